//! The facts about a pull request, gathered once: the only place of this action that reads anything.

mod api;
mod dependencies;
mod event;
mod gather;
mod git;
mod group;
mod history;
mod needs;
mod reads;
mod sites;
mod source;
mod tree;
mod workflow;

use std::{collections::HashMap, fmt};

pub(crate) use self::dependencies::{Dependencies, Known, Mention, Reference};
pub(crate) use self::{
    api::{connect, file_of_base},
    gather::gather,
    reads::Reads,
    sites::{Host, MOST_LINKS, Site},
    source::Where,
    workflow::Workflow,
};
pub(crate) use needs::{Content, Fact, Needs, Want};
pub(crate) use tree::{Entry, MODE_SUBMODULE, MODE_SYMLINK, Tree};

/// All that gates can know. What no gate asked for is empty.
#[derive(Debug, Default)]
pub(crate) struct PullRequest {
    /// What is looked at, as in `pull request #7`.
    pub(crate) subject: Subject,
    /// `owner/name`, where it can be told.
    pub(crate) repository: Option<String>,
    /// The workflow that this run belongs to, where a pull request started it and its file can be read.
    pub(crate) workflow: Option<Workflow>,
    /// The commit that the event is about: a full id, or a name.
    pub(crate) head: Option<String>,
    /// `None` where there is no pull request, or where no gate asked.
    pub(crate) conversation: Option<Conversation>,
    /// Of a merge group: its pull requests by their numbers, where they could be looked up.
    pub(crate) group: Vec<(u64, Conversation)>,
    /// The commits that are looked at; `None` where there are none, or where no gate asked.
    pub(crate) range: Option<Range>,
    /// Oldest first.
    pub(crate) commits: Vec<Commit>,
    /// Each content that is new at its path, once, with the oldest commit that has it.
    pub(crate) introduced: Vec<IntroducedFile>,
    pub(crate) changes: Vec<Change>,
    pub(crate) tree: Tree,
    /// `None` where it is the same as the tree, or where no gate asked; read it by [`Self::merged_tree`].
    pub(crate) merged: Option<Tree>,
    /// What gates wanted of blobs, by the blob's id.
    pub(crate) contents: HashMap<String, Content>,
    /// Targets of symlinks by the id of their blob, of the merge base and of the head.
    pub(crate) links: HashMap<String, String>,
    pub(crate) added_lines: Vec<AddedLine>,
    /// What came of the links to other sites that a gate wanted to be followed.
    pub(crate) sites: HashMap<String, Site>,
    /// `None` where no gate asked, or where there is nobody to ask.
    pub(crate) dependencies: Option<Dependencies>,
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Conversation {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) labels: Vec<String>,
    /// All labels that the repository has, where the API could be asked.
    pub(crate) repository_labels: Option<Vec<String>>,
    pub(crate) branches: Branches,
}

/// Where a pull request comes from, and where it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Branches {
    pub(crate) head: String,
    pub(crate) base: String,
    /// `None` where it comes from the repository itself, or from one that is gone.
    pub(crate) fork: Option<Fork>,
    /// Of the repository that it goes to.
    pub(crate) default_branch: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fork {
    /// `owner/name`.
    pub(crate) repository: String,
    pub(crate) default_branch: Option<String>,
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
    pub(crate) is_merge: bool,
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

impl PullRequest {
    /// Why there can be no facts of this kind; `None` where there are.
    pub(crate) fn lacks(&self, fact: Fact) -> Option<String> {
        let there = match fact {
            Fact::Conversation => self.conversation.is_some(),
            Fact::Dependencies => return self.lacks_dependencies(),
            Fact::OwnCommits => match self.subject {
                Subject::MergeGroup(_) | Subject::Push(_) => {
                    return Some(format!(
                        "{} contains merges made by GitHub",
                        self.subject.kind()
                    ));
                }
                _ => self.range.is_some(),
            },
            _ => self.range.is_some(),
        };
        let what = match fact {
            Fact::Conversation => "labels, title or description of its own",
            _ => "commits to check",
        };
        let hint = match (fact, &self.subject) {
            (Fact::Conversation, Subject::MergeGroup(_)) => {
                ": set the input `token` to look up its pull requests"
            }
            _ => "",
        };
        (!there).then(|| format!("{} has no {what}{hint}", self.subject.kind()))
    }

    fn lacks_dependencies(&self) -> Option<String> {
        match (&self.dependencies, &self.subject) {
            (Some(_), _) => None,
            (None, Subject::MergeGroup(_)) => Some(
                "the pull requests of a merge group were checked before they were queued"
                    .to_owned(),
            ),
            (None, _) if self.conversation.is_some() => {
                Some("checking dependencies needs a token: set the input `token`".to_owned())
            }
            (None, _) => self.lacks(Fact::Conversation),
        }
    }

    /// What the link with this blob points to.
    pub(crate) fn link_target(&self, blob: &str) -> &str {
        self.links.get(blob).map_or("", String::as_str)
    }

    /// The content of a blob that a gate wanted; `None` where it is larger than that.
    pub(crate) fn content(&self, blob: &str) -> Option<&[u8]> {
        self.contents.get(blob)?.bytes.as_deref()
    }

    /// The same, where it is text.
    pub(crate) fn text(&self, blob: &str) -> Option<&str> {
        std::str::from_utf8(self.content(blob)?).ok()
    }

    /// The files as they would be after the merge.
    pub(crate) fn merged_tree(&self) -> &Tree {
        self.merged.as_ref().unwrap_or(&self.tree)
    }

    /// The paths that the pull request adds or changes and that are files there, with what they become.
    pub(crate) fn changed_files(&self) -> impl Iterator<Item = (&Change, &Side)> {
        self.changes.iter().filter_map(|change| {
            let side = change.new.as_ref().filter(|side| side.is_file())?;
            Some((change, side))
        })
    }

    pub(crate) fn changes_path(&self, path: &str) -> bool {
        self.changes.iter().any(|change| change.path == path)
    }
}

impl Subject {
    /// Of the pull request.
    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Self::PullRequest(number) => Some(*number),
            _ => None,
        }
    }

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
    /// Line breaks at the end of a message are how it was stored, and not said by every source.
    pub(crate) fn new(id: String, message: &str) -> Self {
        Self {
            id,
            message: message.trim_end_matches('\n').to_owned(),
            is_merge: false,
        }
    }

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

impl Change {
    pub(crate) fn adds(&self) -> bool {
        self.old.is_none() && self.new.is_some()
    }
}

impl Side {
    pub(crate) fn is_symlink(&self) -> bool {
        self.mode == MODE_SYMLINK
    }

    pub(crate) fn is_submodule(&self) -> bool {
        self.mode == MODE_SUBMODULE
    }

    pub(crate) fn is_file(&self) -> bool {
        !self.is_symlink() && !self.is_submodule()
    }

    pub(crate) fn is_executable(&self) -> bool {
        self.is_file() && self.mode & 0o111 != 0
    }
}
