//! `pull_request` and `pull_request_target`: what the gates and the plan ask of a pull request.

use serde::{Deserialize, Deserializer};

use super::repository::{Account, Repository};
use super::strict;

/// The payload of `pull_request` and `pull_request_target`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullRequestEvent {
    /// Whether the event is `pull_request_target`, which runs with the rights of the base repository.
    #[serde(skip)]
    pub target: bool,
    /// What happened, such as `opened`, `synchronize`, `labeled`.
    pub action: String,
    /// The number behind `#`.
    pub number: u64,
    /// The pull request as it was when the event was sent: stale when the run is repeated.
    pub pull_request: PullRequest,
    /// The repository that the pull request wants to go into.
    pub repository: Repository,
    /// Who caused the event.
    pub sender: Option<Account>,
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullRequest {
    /// Whatever its author wrote, control characters included.
    pub title: String,
    /// The description; `None` when it was left empty.
    #[serde(deserialize_with = "strict::nullable")]
    pub body: Option<String>,
    /// Whether it is a draft.
    pub draft: bool,
    /// The labels' names.
    #[serde(deserialize_with = "label_names")]
    pub labels: Vec<String>,
    /// Where the changes come from.
    pub head: Head,
    /// Where the changes go to.
    pub base: Base,
    /// The author; `None` when the account is gone.
    #[serde(deserialize_with = "strict::nullable")]
    pub user: Option<Account>,
    /// Whether it has been merged.
    pub merged: bool,
    /// The page for people.
    pub html_url: String,
}

/// Where the changes of a pull request come from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Head {
    /// The branch's name, without `refs/heads/`.
    #[serde(rename = "ref")]
    pub branch: String,
    /// The full id of the newest commit.
    #[serde(deserialize_with = "strict::commit_id")]
    pub sha: String,
    /// The repository; `None` when the fork has been deleted.
    #[serde(deserialize_with = "strict::nullable")]
    pub repo: Option<HeadRepository>,
}

/// The repository that a pull request comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HeadRepository {
    /// `owner/name`.
    pub full_name: String,
    /// Whether it is a fork of something, which need not be the base.
    pub fork: bool,
    /// Its own default branch, where the payload says it.
    #[serde(default)]
    pub default_branch: Option<String>,
}

/// Where the changes of a pull request go to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Base {
    /// The branch's name, without `refs/heads/`.
    #[serde(rename = "ref")]
    pub branch: String,
    /// The full id of the base branch's commit when the event was sent. It is no merge base.
    #[serde(deserialize_with = "strict::commit_id")]
    pub sha: String,
    /// The repository.
    pub repo: Repository,
}

impl PullRequest {
    /// Whether the head lies in another repository: then there are no secrets, and the token can only read.
    ///
    /// A deleted fork counts as one.
    pub fn is_from_fork(&self) -> bool {
        self.head
            .repo
            .as_ref()
            .is_none_or(|head| head.full_name != self.base.repo.full_name)
    }
}

fn label_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    struct Label {
        name: String,
    }
    let labels = Vec::<Label>::deserialize(deserializer)?;
    Ok(labels.into_iter().map(|label| label.name).collect())
}
