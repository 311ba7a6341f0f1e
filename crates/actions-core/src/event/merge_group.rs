//! `merge_group`: a merge queue asks for its checks. The payload has no number, no labels, no body.

use serde::Deserialize;

use super::repository::{Account, Repository};
use super::strict;

/// The payload of `merge_group`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MergeGroupEvent {
    /// `checks_requested` or `destroyed`.
    pub action: String,
    /// The group.
    pub merge_group: MergeGroup,
    /// The repository.
    pub repository: Repository,
    /// Who caused the event.
    pub sender: Option<Account>,
}

/// What the queue would merge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MergeGroup {
    /// The full id of the commit that the base branch would get.
    #[serde(deserialize_with = "strict::commit_id")]
    pub head_sha: String,
    /// The queue's ref: `refs/heads/gh-readonly-queue/<base>/pr-<number>-<base commit>`.
    pub head_ref: String,
    /// The full id of the commit that the group stands on: the base branch, or the group before it.
    #[serde(deserialize_with = "strict::commit_id")]
    pub base_sha: String,
    /// The branch that the queue feeds, such as `refs/heads/main`.
    pub base_ref: String,
}

impl MergeGroup {
    /// The numbers of the pull requests that the queue's ref names; empty when the ref is of another shape.
    ///
    /// GitHub writes one number there: the group's last pull request. When a queue merges several at once, the others
    /// are the merge commits between [`base_sha`](Self::base_sha) and [`head_sha`](Self::head_sha).
    pub fn pull_numbers(&self) -> Vec<u64> {
        // The base branch may hold slashes and a part like `pr-1-…` itself: the last part decides.
        self.queue_part()
            .and_then(|part| part.strip_prefix("pr-"))
            .and_then(|rest| rest.split_once('-'))
            .filter(|(_, commit)| {
                !commit.is_empty() && commit.bytes().all(|b| b.is_ascii_hexdigit())
            })
            .and_then(|(number, _)| number.parse().ok())
            .into_iter()
            .collect()
    }

    /// The branch that the queue feeds, such as `main`.
    pub fn base_branch(&self) -> &str {
        self.base_ref
            .strip_prefix("refs/heads/")
            .unwrap_or(&self.base_ref)
    }

    fn queue_part(&self) -> Option<&str> {
        let name = self
            .head_ref
            .strip_prefix("refs/heads/")
            .unwrap_or(&self.head_ref);
        let (_base, part) = name.strip_prefix("gh-readonly-queue/")?.rsplit_once('/')?;
        Some(part)
    }
}
