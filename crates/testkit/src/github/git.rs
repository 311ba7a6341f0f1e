//! Reads and moves what a repository on disk holds, with the `git` command.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::reply::{Reply, error, not_found};
use super::state::{Commit, File, Person, Repository};

/// A git repository.
#[derive(Clone, Copy, Debug)]
pub(super) struct Git<'a>(&'a Path);

impl<'a> Git<'a> {
    /// The repository on disk, if there is one.
    pub(super) fn of(repository: &'a Repository) -> Option<Self> {
        repository.path.as_deref().map(Self)
    }

    /// The repository on disk.
    ///
    /// # Errors
    /// 409, as for a repository without a commit.
    pub(super) fn required(repository: &'a Repository) -> Result<Self, Reply> {
        Self::of(repository).ok_or_else(|| error(409, "Git Repository is empty."))
    }

    fn output(self, args: &[&str]) -> Result<Output, Reply> {
        Command::new("git")
            .arg("-C")
            .arg(self.0)
            .args(["-c", "core.quotePath=false"])
            .args(args)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_COMMITTER_NAME", "GitHub")
            .env("GIT_COMMITTER_EMAIL", "noreply@github.com")
            .output()
            .map_err(|err| error(500, &format!("failed to start git: {err}")))
    }

    /// What git prints, as bytes; 404 when it fails, because then something does not exist.
    pub(super) fn bytes(self, args: &[&str]) -> Result<Vec<u8>, Reply> {
        let output = self.output(args)?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(not_found()),
        }
    }

    /// What git prints, without line breaks at the end.
    pub(super) fn text(self, args: &[&str]) -> Result<String, Reply> {
        let bytes = self.bytes(args)?;
        Ok(String::from_utf8_lossy(&bytes)
            .trim_end_matches('\n')
            .to_owned())
    }

    /// Stores an object and returns its id; 422 when git finds a fault in it.
    pub(super) fn write_object(self, kind: &str, content: &[u8]) -> Result<String, Reply> {
        let failed = |err: std::io::Error| error(500, &format!("failed to run git: {err}"));
        let mut child = Command::new("git")
            .arg("-C")
            .arg(self.0)
            .args(["hash-object", "-w", "--stdin", "-t", kind])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(content).map_err(failed)?;
        }
        let output = child.wait_with_output().map_err(failed)?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            false => Err(error(422, "Invalid object")),
        }
    }

    pub(super) fn succeeds(self, args: &[&str]) -> bool {
        self.output(args)
            .is_ok_and(|output| output.status.success())
    }

    /// The full id of the object that a revision names; `kind` as in `commit`, `tree`, `object`.
    pub(super) fn resolve(self, revision: &str, kind: &str) -> Result<String, Reply> {
        let wanted = format!("{revision}^{{{kind}}}");
        self.text(&[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &wanted,
        ])
    }

    /// The commit of a branch, a tag or an id.
    pub(super) fn commit_of(self, name: &str) -> Result<String, Reply> {
        self.resolve(&format!("refs/heads/{name}"), "commit")
            .or_else(|_| self.resolve(name, "commit"))
    }

    /// `commit`, `tag`, `tree` or `blob`.
    pub(super) fn kind(self, object: &str) -> Result<String, Reply> {
        self.text(&["cat-file", "-t", object])
    }

    /// The commits that `git log` gives for these arguments, newest first.
    pub(super) fn log(self, args: &[&str]) -> Result<Vec<Commit>, Reply> {
        let format = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x1e";
        let mut all = vec!["log", "--no-show-signature", format];
        all.extend(args);
        let text = self.text(&all)?;
        Ok(text.split('\u{1e}').filter_map(parse_commit).collect())
    }

    /// One commit.
    pub(super) fn commit(self, id: &str) -> Result<Commit, Reply> {
        let found = self.log(&["-1", "--end-of-options", id])?;
        found.into_iter().next().ok_or_else(not_found)
    }

    /// The files that differ, in git's order, with renames found.
    pub(super) fn changed(self, from: &str, to: &str) -> Result<Vec<File>, Reply> {
        let common = ["diff", "-M", "--no-ext-diff", "--no-color", "--abbrev=40"];
        let run = |options: &[&str]| {
            let mut args = common.to_vec();
            args.extend(options);
            args.extend([from, to]);
            self.text(&args)
        };
        let mut files = parse_raw(&run(&["--raw", "-z"])?);
        let counts = run(&["--numstat", "-z"])?;
        let patch = run(&["--patch"])?;
        let patches = patch.split("diff --git ").skip(1);
        for ((file, (additions, deletions)), patch) in
            files.iter_mut().zip(parse_counts(&counts)).zip(patches)
        {
            (file.additions, file.deletions) = (additions, deletions);
            file.patch = patch
                .split_once("\n@@")
                .map(|(_, hunks)| format!("@@{}", hunks.trim_end_matches('\n')));
        }
        Ok(files)
    }
}

fn parse_commit(record: &str) -> Option<Commit> {
    let fields: Vec<&str> = record.trim_start_matches('\n').split('\0').collect();
    let [
        sha,
        tree,
        parents,
        name,
        email,
        date,
        committer,
        committer_email,
        committed,
        message,
    ] = fields.as_slice()
    else {
        return None;
    };
    let person = |name: &str, email: &str, date: &str| Person {
        name: name.to_owned(),
        email: email.to_owned(),
        date: date.replace("+00:00", "Z"),
    };
    Some(Commit {
        sha: (*sha).to_owned(),
        message: message.trim_end_matches('\n').to_owned(),
        tree: (*tree).to_owned(),
        parents: parents.split_whitespace().map(str::to_owned).collect(),
        author: person(name, email, date),
        committer: person(committer, committer_email, committed),
    })
}

/// Reads `git diff --raw -z`: `:MODE MODE SHA SHA LETTER\0PATH\0`, with a second path for renames and copies.
fn parse_raw(text: &str) -> Vec<File> {
    let mut fields = text.split('\0');
    let mut files = Vec::new();
    while let Some(head) = fields.next().filter(|head| !head.is_empty()) {
        let words: Vec<&str> = head.split(' ').collect();
        let [_, _, old, new, letter] = words.as_slice() else {
            break;
        };
        let mut path = fields.next().unwrap_or_default().to_owned();
        let mut previous = None;
        let status = match letter.chars().next() {
            Some('A') => "added",
            Some('D') => "removed",
            Some('T') => "changed",
            Some(kind @ ('R' | 'C')) => {
                let new_path = fields.next().unwrap_or_default().to_owned();
                previous = Some(std::mem::replace(&mut path, new_path));
                if kind == 'R' { "renamed" } else { "copied" }
            }
            _ => "modified",
        };
        files.push(File {
            filename: path,
            status: status.to_owned(),
            previous_filename: previous,
            sha: (if status == "removed" { *old } else { *new }).to_owned(),
            ..File::default()
        });
    }
    files
}

/// Reads `git diff --numstat -z`: `ADDED\tDELETED\tPATH\0`, where a rename has an empty path and two more fields.
fn parse_counts(text: &str) -> Vec<(u64, u64)> {
    let mut fields = text.split('\0');
    let mut counts = Vec::new();
    while let Some(field) = fields.next().filter(|field| !field.is_empty()) {
        let mut parts = field.splitn(3, '\t');
        // A binary file has `-` in both places.
        let mut number = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
        counts.push((number(), number()));
        if parts.next() == Some("") {
            fields.next();
            fields.next();
        }
    }
    counts
}
