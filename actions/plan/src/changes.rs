//! Which files changed, asked of git: the API stops at 300 or 3000 files, and a push's payload lists none.

use std::path::Path;
use std::process::Command;

use actions_core::event::{Event, PullRequest};

/// The files that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// These paths, from the root of the repository. A renamed file is there twice.
    Files(Vec<String>),
    /// There is nothing to compare with, or it cannot be known, for this reason: every job runs.
    Everything(String),
}

/// What git could tell.
#[derive(Debug, PartialEq, Eq)]
pub struct Looked {
    /// The changes to plan with.
    pub changes: Changes,
    /// Set when there is something to compare with but git could not: what to do about it.
    pub warning: Option<String>,
}

/// What to do when a commit is not there.
const DEEPER: &str = "give `actions/checkout` the input `fetch-depth: 0`";

/// A commit that could not be compared, and why.
struct Blind(String);

/// The files that `event` changed, in the checkout at `folder`.
///
/// `base` overrides what a pull request is compared with; on a laptop, where there is no event, it is needed.
pub fn look(folder: &Path, event: Option<&Event>, base: Option<&str>) -> Looked {
    let git = Git { folder };
    let found = match (event, base) {
        (_, Some(base)) => git.since(base, "HEAD"),
        (Some(Event::PullRequest(event)), None) => git.pull_request(&event.pull_request),
        (Some(Event::MergeGroup(event)), None) => {
            git.between(&event.merge_group.base_sha, &event.merge_group.head_sha)
        }
        (Some(Event::Push(event)), None) if event.tag().is_none() => match event.previous() {
            Some(before) => git.between(before, &event.after),
            None => return nothing_to_compare("a new branch"),
        },
        (event, None) => {
            return nothing_to_compare(match event {
                Some(Event::Push(_)) => "a tag",
                Some(Event::Schedule(_)) => "a schedule",
                Some(Event::WorkflowDispatch(_)) => "a start by hand",
                _ => "this event",
            });
        }
    };
    match found {
        Ok(files) => Looked {
            changes: Changes::Files(files),
            warning: None,
        },
        Err(Blind(why)) => Looked {
            changes: Changes::Everything("the changed files cannot be known".to_owned()),
            warning: Some(format!(
                "failed to list the changed files, so every job runs: {why}"
            )),
        },
    }
}

fn nothing_to_compare(what: &str) -> Looked {
    Looked {
        changes: Changes::Everything(format!("{what} has no commit to compare with")),
        warning: None,
    }
}

struct Git<'a> {
    folder: &'a Path,
}

impl Git<'_> {
    fn pull_request(&self, pull: &PullRequest) -> Result<Vec<String>, Blind> {
        let three_dots = self.since(&pull.base.sha, &pull.head.sha);
        // `actions/checkout` fetches one merge commit: its first parent is the base, and two levels are enough to see it.
        three_dots.or_else(|blind| match self.commit("HEAD^2") {
            Ok(head) if head == pull.head.sha => self.between("HEAD^1", "HEAD"),
            _ => Err(blind),
        })
    }

    /// What `head` changed since it left `base`.
    fn since(&self, base: &str, head: &str) -> Result<Vec<String>, Blind> {
        let base = self.commit(base)?;
        let head = self.commit(head)?;
        let fork_point = self
            .run(&["merge-base", &base, &head])
            .map_err(|Blind(why)| {
                let cause = if why.is_empty() { DEEPER } else { &why };
                Blind(format!(
                    "{base} and {head} have no common commit here: {cause}"
                ))
            })?;
        self.files(&text(&fork_point), &head)
    }

    /// What differs between two commits.
    fn between(&self, from: &str, to: &str) -> Result<Vec<String>, Blind> {
        self.files(&self.commit(from)?, &self.commit(to)?)
    }

    /// The full id of a commit that is in the checkout.
    fn commit(&self, name: &str) -> Result<String, Blind> {
        let spec = format!("{name}^{{commit}}");
        let found = self.run(&[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &spec,
        ]);
        found
            .map(|id| text(&id))
            .map_err(|Blind(why)| match why.as_str() {
                "" => Blind(format!("commit {name} is not in the checkout: {DEEPER}")),
                _ => Blind(why),
            })
    }

    fn files(&self, from: &str, to: &str) -> Result<Vec<String>, Blind> {
        // Without rename detection a renamed file is one that went and one that came, which is what path rules need.
        let listed = self.run(&[
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            "--no-renames",
            "--ignore-submodules=none",
            from,
            to,
        ])?;
        let names = listed.split(|&byte| byte == 0);
        Ok(names
            .filter(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect())
    }

    fn run(&self, args: &[&str]) -> Result<Vec<u8>, Blind> {
        let output = Command::new("git")
            .args(args)
            .current_dir(self.folder)
            .env("LC_ALL", "C")
            .output()
            .map_err(|error| Blind(format!("failed to run git: {error}")))?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(Blind(text(&output.stderr))),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
