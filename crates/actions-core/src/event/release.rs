//! `release`: a release page was published, edited or removed.

use serde::Deserialize;

use super::repository::{Account, Repository};

/// The payload of `release`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReleaseEvent {
    /// What happened, such as `published`.
    pub action: String,
    /// The release.
    pub release: Release,
    /// The repository.
    pub repository: Repository,
    /// Who caused the event.
    pub sender: Option<Account>,
}

/// A release page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Release {
    /// Such as `v1.0.0`.
    pub tag_name: String,
    /// Whether it is a draft, which has no tag yet.
    pub draft: bool,
    /// Whether it is marked as a prerelease.
    pub prerelease: bool,
    /// The branch or commit that the tag was made from. GitHub ignores it when the tag was there before the release,
    /// so it proves nothing about the tag's commit.
    pub target_commitish: String,
}
