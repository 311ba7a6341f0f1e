//! Which files changed, asked of git: the API stops at 300 or 3000 files, and a push's payload lists none.

use std::path::Path;

use actions_core::event::{Event, PullRequest};
use actions_core::{Context, git};
use futures::future::join;

use crate::QueueBase;
use crate::config::Config;
use crate::last_success::Found;
use crate::plan::Before;

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
    /// The commits that were compared.
    pub compared: Option<Compared>,
    /// What they were compared with, where that is not plain.
    pub remark: Option<String>,
}

/// The commits whose differences are the changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The full id of the one before.
    pub base: String,
    /// The full id of the one after.
    pub head: String,
}

/// What to do when a commit is not there.
const DEEPER: &str = "give `actions/checkout` the input `fetch-depth: 0`";

/// A commit that could not be compared, and why.
pub(crate) struct Blind(pub(crate) String);

/// The files that `event` changed, in the checkout at `folder`.
///
/// `asked.base` overrides what a pull request is compared with; on a laptop, where there is no event, it is needed.
pub fn look(
    cx: &Context,
    folder: &Path,
    event: Option<&Event>,
    asked: Asked<'_>,
) -> anyhow::Result<Looked> {
    cx.block_on(async { Ok(looked(folder, event, asked).await) })
}

/// What the config file said before the changes, if they change it.
pub(crate) fn before(
    cx: &Context,
    folder: &Path,
    file: &Config,
    looked: &Looked,
) -> anyhow::Result<Before> {
    let (Changes::Files(files), Some(compared)) = (&looked.changes, &looked.compared) else {
        return Ok(Before::Unknown);
    };
    if !files.contains(&file.path) {
        return Ok(Before::Unknown);
    }
    cx.block_on(async {
        Ok(match Git::open(folder).await {
            Ok(git) => git.before(file, compared).await,
            Err(_) => Before::Unknown,
        })
    })
}

/// What the changes are compared with, if not what the event says.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// A branch or commit.
    pub base: Option<&'a str>,
    /// For an entry of a merge queue.
    pub queue_base: QueueBase,
    /// For a push, if it is not compared with the commit before it.
    pub last_success: Option<&'a Found>,
}

async fn looked(folder: &Path, event: Option<&Event>, asked: Asked<'_>) -> Looked {
    let found = match (event, asked.base) {
        (Some(Event::Push(event)), None) if event.tag().is_some() => {
            return nothing_to_compare("a tag");
        }
        (Some(Event::Push(event)), None) if event.previous().is_none() => {
            return nothing_to_compare("a new branch");
        }
        (Some(Event::Schedule(_)), None) => return nothing_to_compare("a schedule"),
        (Some(Event::WorkflowDispatch(_)), None) => return nothing_to_compare("a start by hand"),
        (event, _) => match Git::open(folder).await {
            Ok(git) => git.changed(event, asked).await,
            Err(blind) => Some(Err(blind)),
        },
    };
    match found {
        None => nothing_to_compare("this event"),
        Some(Ok((compared, files))) => Looked {
            changes: Changes::Files(files),
            warning: None,
            compared: Some(compared),
            remark: remark(event, asked),
        },
        Some(Err(Blind(why))) => Looked {
            changes: Changes::Everything("the changed files cannot be known".to_owned()),
            warning: Some(format!(
                "failed to list the changed files, so every job runs: {why}"
            )),
            compared: None,
            remark: None,
        },
    }
}

/// An entry of a merge queue may be on top of another one, whose changes are then not looked at.
fn remark(event: Option<&Event>, asked: Asked<'_>) -> Option<String> {
    if let (Some(Event::Push(_)), None, Some(Ok(commit))) = (event, asked.base, asked.last_success)
    {
        return Some(format!(
            "compared with {commit}, the newest commit before it for which this workflow succeeded"
        ));
    }
    let Some(Event::MergeGroup(event)) = event else {
        return None;
    };
    let branch = event.merge_group.base_branch();
    Some(match (asked.base, asked.queue_base) {
        (Some(_), _) => return None,
        (None, QueueBase::Branch) => {
            format!("compared with {branch}, for the whole merge queue up to this entry")
        }
        (None, QueueBase::Entry) => format!(
            "compared with {}, which this entry of the merge queue is based on; set `merge-queue-base` to `branch` to compare with {branch}",
            event.merge_group.base_sha
        ),
    })
}

fn nothing_to_compare(what: &str) -> Looked {
    Looked {
        changes: Changes::Everything(format!("{what} has no commit to compare with")),
        warning: None,
        compared: None,
        remark: None,
    }
}

/// Two commits, and the files that differ.
type Difference = (Compared, Vec<String>);

/// What git answers, about one checkout.
pub(crate) struct Git<'a> {
    folder: &'a Path,
    git: git::Git,
}

impl<'a> Git<'a> {
    pub(crate) async fn open(folder: &'a Path) -> Result<Self, Blind> {
        let git = git::Git::open(folder).await;
        let git = git.map_err(|error| Blind(format!("{error:#}")))?;
        Ok(Self { folder, git })
    }

    /// What the config file said before the changes.
    pub(crate) async fn before(&self, file: &Config, compared: &Compared) -> Before {
        let text = async |commit: &str| {
            let name = format!("{commit}:{}", file.path);
            let text = self.run(&["cat-file", "blob", &name]).await.ok()?;
            String::from_utf8(text).ok()
        };
        // A file that is not there before the change has no old rules.
        let (before, after) = (text(&compared.base).await, text(&compared.head).await);
        match before.zip(after) {
            Some((before, after)) if before != after => Before::new(&file.path, &before, &after),
            _ => Before::Unknown,
        }
    }

    /// `None` for an event that has nothing to compare with.
    async fn changed(
        &self,
        event: Option<&Event>,
        asked: Asked<'_>,
    ) -> Option<Result<Difference, Blind>> {
        Some(match (event, asked.base) {
            (_, Some(base)) => self.since(base, "HEAD").await,
            (Some(Event::PullRequest(event)), None) => self.pull_request(&event.pull_request).await,
            (Some(Event::MergeGroup(event)), None) => {
                let group = &event.merge_group;
                if asked.queue_base == QueueBase::Branch {
                    let branch = format!("refs/remotes/origin/{}", group.base_branch());
                    return Some(self.since(&branch, &group.head_sha).await);
                }
                self.between(&group.base_sha, &group.head_sha).await
            }
            (Some(Event::Push(event)), None) => match asked.last_success {
                Some(Err(why)) => Err(Blind(format!("there is no last success: {why}"))),
                Some(Ok(commit)) => self.between(commit, &event.after).await,
                None => self.between(event.previous()?, &event.after).await,
            },
            _ => return None,
        })
    }

    async fn pull_request(&self, pull: &PullRequest) -> Result<Difference, Blind> {
        let blind = match self.since(&pull.base.sha, &pull.head.sha).await {
            Err(blind) => blind,
            found => return found,
        };
        // `actions/checkout` fetches one merge commit: its first parent is the base, and two levels are enough to see it.
        match self.commit("HEAD^2").await {
            Ok(head) if head == pull.head.sha => self.between("HEAD^1", "HEAD").await,
            _ => Err(blind),
        }
    }

    /// What `head` changed since it left `base`.
    async fn since(&self, base: &str, head: &str) -> Result<Difference, Blind> {
        let (base, head) = self.commits(base, head).await?;
        let fork_point = self
            .run(&["merge-base", &base, &head])
            .await
            .map_err(|Blind(why)| {
                let cause = if why.is_empty() { DEEPER } else { &why };
                Blind(format!(
                    "{base} and {head} have no common commit here: {cause}"
                ))
            })?;
        self.files(&text(&fork_point), &head).await
    }

    /// Whether one commit is another one, or before it.
    pub(crate) async fn is_ancestor(&self, one: &str, other: &str) -> bool {
        let args = [
            "merge-base",
            "--is-ancestor",
            "--end-of-options",
            one,
            other,
        ];
        self.run(&args).await.is_ok()
    }

    /// What differs between two commits.
    async fn between(&self, from: &str, to: &str) -> Result<Difference, Blind> {
        let (from, to) = self.commits(from, to).await?;
        self.files(&from, &to).await
    }

    async fn commits(&self, one: &str, other: &str) -> Result<(String, String), Blind> {
        let (one, other) = join(self.commit(one), self.commit(other)).await;
        Ok((one?, other?))
    }

    /// The full id of a commit that is in the checkout.
    pub(crate) async fn commit(&self, name: &str) -> Result<String, Blind> {
        let spec = format!("{name}^{{commit}}");
        let args = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &spec,
        ];
        let found = self.run(&args).await;
        found
            .map(|id| text(&id))
            .map_err(|Blind(why)| match why.as_str() {
                "" => Blind(format!("commit {name} is not in the checkout: {DEEPER}")),
                _ => Blind(why),
            })
    }

    async fn files(&self, from: &str, to: &str) -> Result<Difference, Blind> {
        // Without rename detection a renamed file is one that went and one that came, which is what path rules need.
        let listed = self
            .run(&[
                "diff-tree",
                "-r",
                "-z",
                "--name-only",
                "--no-renames",
                "--ignore-submodules=none",
                from,
                to,
            ])
            .await?;
        let names = listed.split(|&byte| byte == 0);
        let names = names
            .filter(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned());
        let compared = Compared {
            base: from.to_owned(),
            head: to.to_owned(),
        };
        Ok((compared, names.collect()))
    }

    pub(crate) async fn run(&self, args: &[&str]) -> Result<Vec<u8>, Blind> {
        self.run_with(args, Vec::new()).await
    }

    /// The same with something on its standard input.
    pub(crate) async fn run_with(&self, args: &[&str], stdin: Vec<u8>) -> Result<Vec<u8>, Blind> {
        let program = self.git.command(args.iter().copied());
        let program = program.current_dir(self.folder).stdin(stdin);
        let captured = program.captured().await;
        let captured = captured.map_err(|error| Blind(format!("{error:#}")))?;
        match captured.code {
            Some(0) => Ok(captured.stdout),
            _ => Err(Blind(captured.stderr.join(" | "))),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
