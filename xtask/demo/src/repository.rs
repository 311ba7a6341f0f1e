//! The example as a repository of somebody who uses it: a history, a branch, a pull request.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::{dist, process::Cmd};

/// The branch of the pull request.
pub(super) const BRANCH: &str = "ada/greet-in-french";
/// Its number.
pub(super) const NUMBER: u64 = 7;
/// What its author wrote first: one box is still open.
pub(super) const BODY: &str =
    "Greets in French too.\n\n- [x] It has a test\n- [ ] The docs say so\n";
/// The picture that should not have been added.
pub(super) const PICTURE: &str = "docs/screenshot.png";

/// A clone on disk, which the fake GitHub reads too.
#[derive(Debug)]
pub(super) struct Repository {
    folder: PathBuf,
    base: String,
}

impl Repository {
    /// Copies the tracked files of the example, makes its first commit and the branch of the pull request, and pushes both
    /// to `server`.
    pub(super) fn lay_out(example: &Path, folder: &Path, server: &str) -> Result<Self> {
        let files = Cmd::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
                ".",
            ])
            .dir(example)
            .run()?;
        for file in files.split('\0').filter(|file| !file.is_empty()) {
            let to = folder.join(file);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)
                    .with_context(|| format!("failed to create `{}`", parent.display()))?;
            }
            fs::copy(example.join(file), &to)
                .with_context(|| format!("failed to copy `{file}`"))?;
        }
        let mut repository = Self {
            folder: folder.to_owned(),
            base: String::new(),
        };
        repository.git(&["init", "--quiet", "--initial-branch=main"])?;
        repository.git(&["remote", "add", "origin", server])?;
        repository.commit("Say hello")?;
        repository.base = repository.head()?;
        repository.git(&["checkout", "--quiet", "-b", BRANCH])?;
        repository.change()?;
        fs::write(repository.folder.join(PICTURE), noise(300 * 1024))
            .context("failed to write a picture")?;
        repository.commit("Greet in French")?;
        Ok(repository)
    }

    /// The commit that the pull request starts from.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The author takes the picture out of the commit that added it, as the gate says.
    pub(super) fn mend(&self) -> Result<()> {
        self.git(&["rm", "--quiet", PICTURE])?;
        self.git(&[
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.com",
            "commit",
            "--quiet",
            "--amend",
            "--no-edit",
        ])
    }

    /// The author changes nothing but a test in Python; gives the commit before.
    pub(super) fn change_python(&self) -> Result<String> {
        let before = self.head()?;
        let path = self.folder.join("hello-sdk-python/tests/test_package.py");
        let mut text = fs::read_to_string(&path)
            .with_context(|| format!("failed to read `{}`", path.display()))?;
        text.push_str(
            "\n\ndef test_german_is_known():\n    assert \"de\" in hello_sdk.languages()\n",
        );
        fs::write(&path, text).with_context(|| format!("failed to write `{}`", path.display()))?;
        self.commit("Test that German is known")?;
        Ok(before)
    }

    /// The pull request is merged into main; gives the commit before and after.
    pub(super) fn merge(&self) -> Result<(String, String)> {
        self.git(&["checkout", "--quiet", "main"])?;
        let before = self.head()?;
        let message = format!("Merge pull request #{NUMBER} from {BRANCH}");
        self.git(&[
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.com",
            "merge",
            "--quiet",
            "--no-ff",
            "-m",
            &message,
            BRANCH,
        ])?;
        Ok((before, self.head()?))
    }

    /// A branch of its own for a line of versions, whose packages are the crates alone; gives its commit.
    pub(super) fn release_branch(&self, branch: &str, version: &str) -> Result<String> {
        self.git(&["checkout", "--quiet", "-b", branch, "main"])?;
        Cmd::new(binary("stamp-version-")?)
            .arg(format!("--version={version}"))
            .dir(&self.folder)
            .run()?;
        let path = self.folder.join(".github/ci-actions.toml");
        let settings = fs::read_to_string(&path)
            .with_context(|| format!("failed to read `{}`", path.display()))?;
        let (gates, packages) = settings
            .split_once("[packages.wheels]")
            .context("failed to find the table of the wheels")?;
        let crates = packages
            .split("\n[packages.")
            .find(|table| table.starts_with("crates]"))
            .context("failed to find the table of the crates")?;
        fs::write(&path, format!("{gates}[packages.{crates}"))
            .with_context(|| format!("failed to write `{}`", path.display()))?;
        self.commit(&format!("Release {version}"))?;
        let commit = self.head()?;
        self.git(&["checkout", "--quiet", "main"])?;
        Ok(commit)
    }

    /// Sends what its author has to the server.
    pub(super) fn push(&self) -> Result<()> {
        self.git(&["push", "--quiet", "--force", "--all", "origin"])
    }

    /// Brings the tags that a workflow has made.
    pub(super) fn fetch(&self) -> Result<()> {
        self.git(&["fetch", "--quiet", "--tags", "origin"])
    }

    /// The commit of what is checked out.
    pub(super) fn head(&self) -> Result<String> {
        self.commit_of("HEAD")
    }

    /// The commit that a name stands for.
    pub(super) fn commit_of(&self, name: &str) -> Result<String> {
        let commit = self
            .command(&["rev-parse", "--verify", &format!("{name}^{{commit}}")])
            .run()?;
        Ok(commit.trim().to_owned())
    }

    /// The pull request as the fake GitHub holds it.
    pub(super) fn pull_request(&self) -> Value {
        json!({
            "number": NUMBER,
            "title": "Greet in French",
            "body": BODY,
            "user": "ada",
            "head": {"ref": BRANCH},
            "base": {"ref": "main"},
        })
    }

    /// A change worth a review: a function of the core, and its test.
    fn change(&self) -> Result<()> {
        let path = self.folder.join("hello-core/src/lib.rs");
        let mut text = fs::read_to_string(&path)
            .with_context(|| format!("failed to read `{}`", path.display()))?;
        let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
        text.insert_str(
            tests,
            "/// The greeting of a whole room.\n#[must_use]\npub fn greet_all() -> &'static str {\n    \"Bonjour, tout le monde!\"\n}\n\n",
        );
        fs::write(&path, text).with_context(|| format!("failed to write `{}`", path.display()))
    }

    fn commit(&self, message: &str) -> Result<()> {
        self.git(&["add", "--all"])?;
        self.git(&[
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.com",
            "commit",
            "--quiet",
            "-m",
            message,
        ])
    }

    fn git(&self, args: &[&str]) -> Result<()> {
        self.command(args).run().map(drop)
    }

    /// Git as on any machine: nothing of this user's own settings.
    fn command(&self, args: &[&str]) -> Cmd {
        Cmd::new("git")
            .args(["-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"])
            .args(args)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .dir(&self.folder)
    }
}

/// The action's binary for this machine, by the start of its name.
fn binary(start: &str) -> Result<PathBuf> {
    let folder = dist::assets_folder();
    let entries =
        fs::read_dir(&folder).with_context(|| format!("failed to read `{}`", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with(start)
    };
    paths
        .into_iter()
        .find(is_it)
        .with_context(|| format!("failed to find `{start}…` in `{}`", folder.display()))
}

/// Bytes that no compression makes smaller, the same in every run.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(size)
    .collect()
}
