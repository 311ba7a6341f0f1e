//! The facts about a pull request, gathered once: the only place of this action that reads anything.

mod api;
mod event;
mod git;

use std::{collections::HashMap, fmt};

use actions_core::Context;

use self::event::Target;
use crate::Inputs;

/// A kind of fact, as gates ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// Labels, title, description.
    Conversation,
    /// The commits with their messages.
    Commits,
    /// The files that each commit brings in, with their sizes; includes [`Self::Tree`] and [`Self::Commits`].
    History,
    /// Which paths differ between the merge base and the head.
    Changes,
    /// The files at the head, the targets of symlinks; includes [`Self::Changes`].
    Tree,
    /// The sizes of the files at the head; includes [`Self::Tree`].
    TreeSizes,
    /// The lines that the head has and the merge base has not.
    AddedLines,
}

/// All that gates can know. What no gate asked for is empty.
#[derive(Debug, Default)]
pub(crate) struct PullRequest {
    /// What is looked at, as in `pull request #7`.
    pub(crate) subject: Subject,
    /// `None` where there is no pull request, or where no gate asked.
    pub(crate) conversation: Option<Conversation>,
    /// The commits that are looked at; `None` where there are none, or where no gate asked.
    pub(crate) range: Option<Range>,
    /// Oldest first.
    pub(crate) commits: Vec<Commit>,
    /// Each content that is new at its path, once, with the oldest commit that has it.
    pub(crate) introduced: Vec<IntroducedFile>,
    pub(crate) changes: Vec<Change>,
    pub(crate) tree: Tree,
    /// Targets of symlinks by the id of their blob, of the merge base and of the head.
    pub(crate) links: HashMap<String, String>,
    pub(crate) added_lines: Vec<AddedLine>,
}

/// What the gates look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Subject {
    PullRequest(u64),
    /// The base branch of the queue.
    MergeGroup(String),
    /// The branch.
    Push(String),
    /// The ref: a tag, or a branch that is gone.
    NoCommits(String),
    /// Commits without a pull request: a laptop, or a run that was started by hand or by the clock.
    #[default]
    Checkout,
}

/// What people wrote on the page of the pull request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Conversation {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) labels: Vec<String>,
    /// All labels that the repository has, where the API could be asked.
    pub(crate) repository_labels: Option<Vec<String>>,
}

/// The commits that the head has and the base has not. Full ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) base: String,
    /// The newest commit that both have.
    pub(crate) merge_base: String,
    pub(crate) head: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) id: String,
    pub(crate) message: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IntroducedFile {
    pub(crate) path: String,
    pub(crate) blob: String,
    /// Bytes of the blob: of the pointer, where the file is in Git LFS.
    pub(crate) size: u64,
    pub(crate) commit: String,
}

/// One path that differs between the merge base and the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) path: String,
    pub(crate) old: Option<Side>,
    pub(crate) new: Option<Side>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) mode: u32,
    pub(crate) id: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AddedLine {
    pub(crate) path: String,
    /// Counted from 1, in the file at the head.
    pub(crate) line: u32,
    pub(crate) text: String,
}

/// All files of a commit.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Sorted by the bytes of their paths.
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: String,
    /// As git writes it, such as `0o100644`.
    pub(crate) mode: u32,
    pub(crate) id: String,
    /// Bytes of the blob, where a gate asked and the clone has it.
    pub(crate) size: Option<u64>,
}

pub(crate) const MODE_SYMLINK: u32 = 0o120_000;
pub(crate) const MODE_SUBMODULE: u32 = 0o160_000;

/// Reads what the gates need, from the event, the API and git, and nothing else.
pub(crate) async fn gather(
    cx: &Context,
    inputs: &Inputs,
    facts: &[Fact],
) -> anyhow::Result<PullRequest> {
    let target = event::target(cx, inputs)?;
    let mut pr = PullRequest {
        subject: target.subject.clone(),
        ..PullRequest::default()
    };
    if facts.contains(&Fact::Conversation) {
        pr.conversation = conversation(cx, inputs, &target).await?;
    }
    let needs_git = facts.iter().any(|fact| *fact != Fact::Conversation);
    if let (true, Some(ends)) = (needs_git, &target.ends) {
        git::gather(cx, ends, facts, &mut pr).await?;
    }
    Ok(pr)
}

async fn conversation(
    cx: &Context,
    inputs: &Inputs,
    target: &Target,
) -> anyhow::Result<Option<Conversation>> {
    let Some(page) = &target.page else {
        return Ok(None);
    };
    let Some(token) = &inputs.token else {
        cx.log.info(
            "There is no token, so labels, title and description are those of the event: \
             they are stale when a run is repeated. Give `token` to read them as they are now.",
        );
        return Ok(Some(page.as_sent()));
    };
    let client = actions_core::github::client(&cx.env, Some(token))?;
    let with_labels = inputs.required_labels.has_rules();
    api::conversation(cx, &client, page, with_labels)
        .await
        .map(Some)
}

impl PullRequest {
    /// Why there can be no facts of this kind; `None` where there are.
    pub(crate) fn lacks(&self, fact: Fact) -> Option<String> {
        let there = match fact {
            Fact::Conversation => self.conversation.is_some(),
            _ => self.range.is_some(),
        };
        let what = match fact {
            Fact::Conversation => "labels, title or description of its own",
            _ => "commits to look at",
        };
        (!there).then(|| format!("{} has no {what}", self.subject.kind()))
    }

    /// What the link with this blob points to.
    pub(crate) fn link_target(&self, blob: &str) -> &str {
        self.links.get(blob).map_or("", String::as_str)
    }

    pub(crate) fn changes_path(&self, path: &str) -> bool {
        self.changes.iter().any(|change| change.path == path)
    }
}

impl Subject {
    fn kind(&self) -> &'static str {
        match self {
            Self::PullRequest(_) => "a pull request",
            Self::MergeGroup(_) => "a merge group",
            Self::Push(_) => "a push",
            Self::NoCommits(_) => "a tag or a branch that is gone",
            Self::Checkout => "a checkout without a pull request",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PullRequest(number) => write!(f, "pull request #{number}"),
            Self::MergeGroup(branch) => write!(f, "merge group for {branch}"),
            Self::Push(branch) => write!(f, "push to {branch}"),
            Self::NoCommits(name) => f.write_str(name),
            Self::Checkout => f.write_str("this checkout"),
        }
    }
}

impl Commit {
    pub(crate) fn short(&self) -> &str {
        short(&self.id)
    }

    pub(crate) fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// A commit id for eyes.
pub(crate) fn short(id: &str) -> &str {
    id.get(..7).unwrap_or(id)
}

impl Side {
    pub(crate) fn is_symlink(&self) -> bool {
        self.mode == MODE_SYMLINK
    }
}

impl Entry {
    pub(crate) fn is_symlink(&self) -> bool {
        self.mode == MODE_SYMLINK
    }

    pub(crate) fn is_submodule(&self) -> bool {
        self.mode == MODE_SUBMODULE
    }
}

impl Tree {
    pub(crate) fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Self { entries }
    }

    pub(crate) fn entry(&self, path: &str) -> Option<&Entry> {
        let at = self
            .entries
            .binary_search_by(|entry| entry.path.as_str().cmp(path))
            .ok()?;
        self.entries.get(at)
    }

    /// Whether any file lies below `path`; the root, an empty path, is always there.
    pub(crate) fn has_folder(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        let at = self
            .entries
            .partition_point(|entry| entry.path.as_str() < prefix.as_str());
        let below = |entry: &Entry| entry.path.starts_with(&prefix);
        path.is_empty() || self.entries.get(at).is_some_and(below)
    }

    /// The tree without the changes that led to it.
    pub(crate) fn before(&self, changes: &[Change]) -> Self {
        let changed: HashMap<&str, &Change> = changes
            .iter()
            .map(|change| (change.path.as_str(), change))
            .collect();
        let kept = self
            .entries
            .iter()
            .filter(|entry| !changed.contains_key(entry.path.as_str()))
            .cloned();
        let old = changes.iter().filter_map(|change| {
            let side = change.old.as_ref()?;
            Some(Entry {
                path: change.path.clone(),
                mode: side.mode,
                id: side.id.clone(),
                size: None,
            })
        });
        Self::new(kept.chain(old).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        Tree::new(
            paths
                .iter()
                .map(|&path| Entry {
                    path: path.to_owned(),
                    mode: 0o100_644,
                    id: path.to_owned(),
                    size: None,
                })
                .collect(),
        )
    }

    #[test]
    fn folders_are_told_from_names_that_only_begin_alike() {
        let tree = tree(&["a-b", "a/b/c", "ab/c", "a.b"]);
        assert!(tree.has_folder("a") && tree.has_folder("a/b") && tree.has_folder(""));
        assert!(!tree.has_folder("a-b") && !tree.has_folder("a/b/c") && !tree.has_folder("a/"));
        assert!(tree.entry("a-b").is_some() && tree.entry("a").is_none());
    }

    #[test]
    fn the_tree_before_has_what_was_removed_and_not_what_was_added() {
        let side = || {
            Some(Side {
                mode: 0o100_644,
                id: "1".to_owned(),
            })
        };
        let change = |path: &str, old, new| Change {
            path: path.to_owned(),
            old,
            new,
        };
        let changes = [change("new", None, side()), change("gone", side(), None)];
        let before = tree(&["kept", "new"]).before(&changes);
        let paths: Vec<&str> = before
            .entries
            .iter()
            .map(|entry| entry.path.as_str())
            .collect();
        assert_eq!(paths, ["gone", "kept"]);
    }
}
