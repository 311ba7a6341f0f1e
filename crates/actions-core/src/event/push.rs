//! `push`: commits or a tag arrived, or a ref went away.

use serde::Deserialize;

use super::repository::{Account, Repository};
use super::strict;

/// The payload of `push`. It lists no changed files: git knows them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PushEvent {
    /// The full ref, such as `refs/heads/main` or `refs/tags/v1.0.0`.
    #[serde(rename = "ref")]
    pub full_ref: String,
    /// What the ref pointed at; all zeros for a new ref. After a forced push it may be unreachable.
    #[serde(deserialize_with = "strict::commit_id")]
    pub before: String,
    /// What the ref points at now; all zeros when it was deleted. For an annotated tag this is the tag's id, not a commit's.
    #[serde(deserialize_with = "strict::commit_id")]
    pub after: String,
    /// Whether the ref is new.
    pub created: bool,
    /// Whether the ref is gone.
    pub deleted: bool,
    /// Whether history was rewritten.
    pub forced: bool,
    /// The newest commit; `None` when the ref was deleted.
    #[serde(deserialize_with = "strict::nullable")]
    pub head_commit: Option<PushCommit>,
    /// The pushed commits, oldest first; GitHub lists 2048 at most, and none for a tag.
    pub commits: Vec<PushCommit>,
    /// The repository.
    pub repository: Repository,
    /// Who pushed.
    pub sender: Option<Account>,
}

/// A pushed commit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PushCommit {
    /// The full id.
    #[serde(deserialize_with = "strict::commit_id")]
    pub id: String,
    /// The whole message.
    pub message: String,
}

impl PushEvent {
    /// The branch, such as `main`; `None` for a tag.
    pub fn branch(&self) -> Option<&str> {
        self.full_ref.strip_prefix("refs/heads/")
    }

    /// The tag, such as `v1.0.0`; `None` for a branch.
    pub fn tag(&self) -> Option<&str> {
        self.full_ref.strip_prefix("refs/tags/")
    }

    /// The full id of the pushed commit; `None` when the ref was deleted.
    pub fn commit(&self) -> Option<&str> {
        if self.deleted {
            return None;
        }
        let head = self.head_commit.as_ref().map(|commit| commit.id.as_str());
        Some(head.unwrap_or(&self.after))
    }

    /// The commit that the ref pointed at before; `None` for a new ref.
    pub fn previous(&self) -> Option<&str> {
        (!self.created && self.before.bytes().any(|byte| byte != b'0'))
            .then_some(self.before.as_str())
    }
}
