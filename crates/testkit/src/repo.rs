//! Temporary git repositories, so that a test says in three lines what the history looks like.
//!
//! Author, committer and dates are fixed and no configuration of the machine is read, so the same calls give the
//! same commit ids everywhere.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

/// Seconds since the epoch of the first commit: 2026-01-01T00:00:00Z. Every further commit is a minute later.
const FIRST_COMMIT: u64 = 1_767_225_600;

/// A git repository in a temporary folder that disappears with this value.
#[derive(Debug)]
pub struct TempRepo {
    folder: TempDir,
    commits: AtomicU64,
}

impl Default for TempRepo {
    fn default() -> Self {
        Self::new()
    }
}

impl TempRepo {
    /// An empty repository on the branch `main`.
    pub fn new() -> Self {
        let repo = Self::empty_folder();
        repo.git(&["init", "--quiet", "--initial-branch=main"]);
        repo.allow_partial_clones();
        repo
    }

    fn empty_folder() -> Self {
        Self {
            folder: tempfile::Builder::new()
                .prefix("repo-")
                .tempdir()
                .expect("failed to create a temporary folder"),
            commits: AtomicU64::new(0),
        }
    }

    /// A blobless clone, and a fetch of any commit, must be allowed by the side that serves them.
    fn allow_partial_clones(&self) {
        self.git(&["config", "uploadpack.allowFilter", "true"]);
        self.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    }

    /// The working tree.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn place(&self, path: &str) -> PathBuf {
        let place = self.path().join(path);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)
                .unwrap_or_else(|err| panic!("failed to create {}: {err}", parent.display()));
        }
        place
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let place = self.place(path);
        fs::write(&place, content)
            .unwrap_or_else(|err| panic!("failed to write {}: {err}", place.display()));
        self
    }

    /// Writes a file of exactly `bytes` bytes, the same ones every time.
    pub fn write_sized(&self, path: &str, bytes: u64) -> &Self {
        let content: Vec<u8> = (0..bytes).map(|at| b'a' + (at % 23) as u8).collect();
        self.write(path, content)
    }

    /// Writes a file with mode 755.
    pub fn executable(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        self.write(path, content);
        self.mode(path, 0o755)
    }

    /// Sets the permissions of a file.
    pub fn mode(&self, path: &str, mode: u32) -> &Self {
        let place = self.place(path);
        fs::set_permissions(&place, fs::Permissions::from_mode(mode))
            .unwrap_or_else(|err| panic!("failed to set the mode of {}: {err}", place.display()));
        self
    }

    /// Makes a symbolic link at `path` that points to `target`, which need not exist.
    pub fn symlink(&self, path: &str, target: &str) -> &Self {
        let place = self.place(path);
        symlink(target, &place)
            .unwrap_or_else(|err| panic!("failed to link {}: {err}", place.display()));
        self
    }

    /// Removes a file or a folder with all it holds.
    pub fn delete(&self, path: &str) -> &Self {
        let place = self.path().join(path);
        let removed = if place.is_dir() && !place.is_symlink() {
            fs::remove_dir_all(&place)
        } else {
            fs::remove_file(&place)
        };
        removed.unwrap_or_else(|err| panic!("failed to remove {}: {err}", place.display()));
        self
    }

    /// Moves a file.
    pub fn rename(&self, from: &str, to: &str) -> &Self {
        let (from, to) = (self.path().join(from), self.place(to));
        fs::rename(&from, &to)
            .unwrap_or_else(|err| panic!("failed to move {}: {err}", from.display()));
        self
    }

    /// Adds a submodule entry for a commit of another repository, without any content.
    pub fn submodule(&self, path: &str, commit: &str) -> &Self {
        // Without its (empty) folder, the next `git add --all` would take the entry away again.
        fs::create_dir_all(self.place(path))
            .unwrap_or_else(|err| panic!("failed to create {path}: {err}"));
        let entry = format!("160000,{commit},{path}");
        self.git(&["update-index", "--add", "--cacheinfo", &entry]);
        self
    }

    /// Commits everything in the working tree and returns the full commit id.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.sha("HEAD")
    }

    /// Creates a branch at the current commit and switches to it.
    pub fn branch(&self, name: &str) -> &Self {
        self.git(&["switch", "--quiet", "--create", name]);
        self
    }

    /// Switches to an existing branch.
    pub fn switch(&self, name: &str) -> &Self {
        self.git(&["switch", "--quiet", name]);
        self
    }

    /// Checks a commit out without a branch, as `actions/checkout` does.
    pub fn detach(&self, revision: &str) -> &Self {
        self.git(&["switch", "--quiet", "--detach", revision]);
        self
    }

    /// Merges a branch with a merge commit, even where a fast-forward would do, and returns the commit id.
    pub fn merge(&self, branch: &str) -> String {
        let message = format!("Merge {branch}");
        self.git(&["merge", "--quiet", "--no-ff", "--message", &message, branch]);
        self.sha("HEAD")
    }

    /// Makes a lightweight tag at the current commit.
    pub fn tag(&self, name: &str) -> &Self {
        self.git(&["tag", name]);
        self
    }

    /// Makes an annotated tag at the current commit.
    pub fn annotated_tag(&self, name: &str, message: &str) -> &Self {
        self.git(&["tag", "--annotate", name, "--message", message]);
        self
    }

    /// The full id of what a revision names.
    pub fn sha(&self, revision: &str) -> String {
        self.git(&["rev-parse", "--verify", "--quiet", revision])
    }

    /// A clone with the last `depth` commits, as `actions/checkout` makes it by default; its `origin` is this repository.
    pub fn shallow_clone(&self, depth: u32) -> Self {
        self.clone_with(&[&format!("--depth={depth}")])
    }

    /// A clone with all commits and trees, and file contents only where they are checked out.
    pub fn blobless_clone(&self) -> Self {
        self.clone_with(&["--filter=blob:none"])
    }

    fn clone_with(&self, options: &[&str]) -> Self {
        let clone = Self::empty_folder();
        // Only a URL makes git honour depth and filter for a repository on the same disk.
        let source = format!("file://{}", self.path().display());
        let mut args = vec!["clone", "--quiet", "--no-single-branch"];
        args.extend(options);
        args.extend([source.as_str(), "."]);
        clone.git(&args);
        clone.allow_partial_clones();
        clone
    }

    /// Runs git in the repository and returns what it printed, without the last newline.
    ///
    /// # Panics
    /// When git fails; the message holds what git said.
    pub fn git(&self, args: &[&str]) -> String {
        let makes_commit = matches!(args.first(), Some(&("commit" | "merge" | "tag")));
        let minute = match makes_commit {
            true => self.commits.fetch_add(1, Ordering::Relaxed),
            false => self.commits.load(Ordering::Relaxed),
        };
        let date = format!("{} +0000", FIRST_COMMIT + 60 * minute);
        let output = isolated(Command::new("git").args(args))
            .current_dir(self.path())
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .unwrap_or_else(|err| panic!("failed to start git: {err}"));
        assert!(
            output.status.success(),
            "`git {}` failed: {}{}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(&output.stdout),
        );
        let text =
            String::from_utf8(output.stdout).expect("git printed something that is not a string");
        text.trim_end_matches('\n').to_owned()
    }
}

/// Takes the machine's configuration, and any repository around the caller (a hook, a rebase), out of a git command.
fn isolated(command: &mut Command) -> &mut Command {
    for inherited in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(inherited);
    }
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Ada Author")
        .env("GIT_AUTHOR_EMAIL", "ada@example.com")
        .env("GIT_COMMITTER_NAME", "Ada Author")
        .env("GIT_COMMITTER_EMAIL", "ada@example.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_calls_give_the_same_commit_ids() {
        let make = || {
            let repo = TempRepo::new();
            repo.write("a/b.txt", "hello\n").commit("first");
            repo.executable("run.sh", "#!/bin/sh\n")
                .symlink("link", "run.sh")
                .commit("second")
        };
        assert_eq!(make(), make());
    }

    #[test]
    fn modes_links_and_submodules_arrive_in_the_tree() {
        let repo = TempRepo::new();
        let other = "0123456789012345678901234567890123456789";
        repo.executable("run.sh", "x")
            .symlink("link", "nowhere")
            .submodule("vendor/other", other)
            .write_sized("big", 1000)
            .commit("all kinds");
        let tree = repo.git(&["ls-tree", "-r", "--long", "HEAD"]);
        for wanted in [
            "100755 blob",
            "120000 blob",
            &format!("160000 commit {other}"),
            "    1000\tbig",
        ] {
            assert!(tree.contains(wanted), "no {wanted:?} in\n{tree}");
        }
    }

    #[test]
    fn a_blobless_clone_has_no_content_of_old_files_and_a_shallow_one_no_history() {
        let repo = TempRepo::new();
        repo.write("gone.txt", "old\n").commit("first");
        repo.delete("gone.txt")
            .write("kept.txt", "new\n")
            .commit("second");
        let missing =
            repo.blobless_clone()
                .git(&["rev-list", "--objects", "--missing=print", "--all"]);
        assert_eq!(
            missing.lines().filter(|line| line.starts_with('?')).count(),
            1
        );
        let shallow = repo.shallow_clone(1);
        assert_eq!(shallow.git(&["rev-list", "--count", "HEAD"]), "1");
        assert_eq!(shallow.sha("HEAD"), repo.sha("HEAD"));
    }
}
