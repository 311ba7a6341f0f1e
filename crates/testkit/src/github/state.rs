//! What the fake GitHub holds. Everything has a default, so a state file says only what matters to its test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use super::runs::WorkflowRun;
use crate::faults::Fault;

/// All of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct State {
    pub tokens: Vec<Token>,
    pub repositories: Vec<Repository>,
    pub faults: Vec<Fault>,
    /// The time of everything that happens here, RFC 3339.
    pub now: String,
    /// Requests that every caller together may make; the next one gets 403.
    pub rate_limit: u64,
    pub rate_used: u64,
    /// Entries after which a tree is cut and says `truncated`.
    pub tree_limit: usize,
    /// Files are sent to another host than the API's; a judge of requests that knows one address only needs one host.
    pub files_elsewhere: bool,
    pub next_id: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            tokens: Vec::new(),
            repositories: Vec::new(),
            faults: Vec::new(),
            now: "2026-01-01T00:00:00Z".to_owned(),
            rate_limit: 5000,
            rate_used: 0,
            tree_limit: 100_000,
            files_elsewhere: true,
            next_id: 1000,
        }
    }
}

/// Who may do what.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Token {
    /// What the log calls it.
    pub name: String,
    pub value: String,
    /// The user that it acts for; `github-actions[bot]` when empty.
    pub login: String,
    /// As in a workflow: `contents: write`, `pull-requests: read`, `issues`, `statuses`, `checks`. `metadata: read` is always there.
    pub permissions: BTreeMap<String, Right>,
    /// Repositories (`owner/name`) that it can see beside the public ones; all when left out.
    pub repositories: Option<Vec<String>>,
}

impl Token {
    /// A token that can read or write contents, and nothing else.
    pub fn contents(name: &str, value: &str, right: Right) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            permissions: BTreeMap::from([("contents".to_owned(), right)]),
            ..Self::default()
        }
    }
}

/// How far a permission goes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    None,
    Read,
    Write,
}

/// A repository.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Repository {
    pub id: u64,
    pub owner: String,
    pub name: String,
    pub private: bool,
    pub default_branch: String,
    /// A git repository on disk that answers for refs, commits, trees and blobs.
    pub path: Option<PathBuf>,
    pub labels: Vec<Label>,
    pub issues: Vec<Issue>,
    pub pulls: Vec<Pull>,
    pub comments: Vec<Comment>,
    pub statuses: Vec<Status>,
    pub check_runs: Vec<CheckRun>,
    /// Oldest first.
    pub workflow_runs: Vec<WorkflowRun>,
    /// Bundles, as they were handed over.
    pub attestations: Vec<serde_json::Value>,
    /// Refs (`refs/heads/main`) and what they point to, for a repository without `path`.
    pub refs: BTreeMap<String, String>,
    /// Annotated tags, for a repository without `path`.
    pub tags: Vec<Tag>,
    pub releases: Vec<Release>,
    /// A release that is published is locked from then on, with its tag and its files.
    pub immutable_releases: bool,
    /// Names of tags that immutable releases have used up.
    pub used_up_tags: BTreeSet<String>,
    /// How many listings do not show a release or a file yet that was just made.
    pub list_lag: u32,
    /// Servers of an older version do not tell the digests of files.
    pub no_digests: bool,
}

impl Default for Repository {
    fn default() -> Self {
        Self {
            id: 0,
            owner: String::new(),
            name: String::new(),
            private: false,
            default_branch: "main".to_owned(),
            path: None,
            labels: Vec::new(),
            issues: Vec::new(),
            pulls: Vec::new(),
            comments: Vec::new(),
            statuses: Vec::new(),
            check_runs: Vec::new(),
            workflow_runs: Vec::new(),
            attestations: Vec::new(),
            refs: BTreeMap::new(),
            tags: Vec::new(),
            releases: Vec::new(),
            immutable_releases: false,
            used_up_tags: BTreeSet::new(),
            list_lag: 0,
            no_digests: false,
        }
    }
}

impl Repository {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

/// A label of a repository.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Label {
    pub id: u64,
    pub name: String,
    /// Six hexadecimal digits; `ededed` when empty, as GitHub chooses it.
    pub color: String,
    pub description: Option<String>,
}

/// An issue that is no pull request.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Issue {
    pub id: u64,
    pub number: u64,
    pub title: String,
    pub body: Option<String>,
    pub user: String,
    pub closed: bool,
    /// Names of labels.
    pub labels: Vec<String>,
}

/// A pull request.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pull {
    pub id: u64,
    pub number: u64,
    pub title: String,
    pub body: Option<String>,
    pub user: String,
    pub draft: bool,
    pub closed: bool,
    pub merged: bool,
    pub merge_commit_sha: Option<String>,
    /// Names of labels.
    pub labels: Vec<String>,
    pub head: Side,
    pub base: Side,
    /// What changed; computed when left out and the repository has a `path`.
    pub files: Option<Vec<File>>,
    /// The commits; computed when left out and the repository has a `path`.
    pub commits: Option<Vec<Commit>>,
}

/// One side of a pull request.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Side {
    /// Name of the branch.
    pub r#ref: String,
    /// The commit; that of the branch when empty and the repository has a `path`.
    pub sha: String,
    /// `owner/name` of a fork; the repository itself when left out.
    pub repo: Option<String>,
}

/// A changed file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    pub filename: String,
    /// `added`, `removed`, `modified`, `renamed`, `copied`, `changed`, `unchanged`.
    pub status: String,
    pub previous_filename: Option<String>,
    pub sha: String,
    pub additions: u64,
    pub deletions: u64,
    pub patch: Option<String>,
}

impl Default for File {
    fn default() -> Self {
        Self {
            filename: String::new(),
            status: "modified".to_owned(),
            previous_filename: None,
            sha: "0".repeat(40),
            additions: 0,
            deletions: 0,
            patch: None,
        }
    }
}

/// A commit.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Commit {
    pub sha: String,
    pub message: String,
    pub tree: String,
    pub parents: Vec<String>,
    pub author: Person,
    pub committer: Person,
}

/// Who made a commit or a tag, and when.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Person {
    pub name: String,
    pub email: String,
    /// RFC 3339.
    pub date: String,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            name: "Ada Author".to_owned(),
            email: "ada@example.com".to_owned(),
            date: "2026-01-01T00:00:00Z".to_owned(),
        }
    }
}

/// A comment on an issue or a pull request.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Comment {
    pub id: u64,
    /// Number of the issue or pull request.
    pub issue: u64,
    pub user: String,
    pub body: String,
}

/// A commit status.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Status {
    pub id: u64,
    pub sha: String,
    /// `error`, `failure`, `pending`, `success`.
    pub state: String,
    pub context: String,
    pub description: Option<String>,
    pub target_url: Option<String>,
    pub user: String,
}

/// A check run.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckRun {
    pub id: u64,
    pub head_sha: String,
    pub name: String,
    /// `queued`, `in_progress`, `completed`.
    pub status: String,
    pub conclusion: Option<String>,
    pub title: Option<String>,
    pub summary: Option<String>,
}

/// An annotated tag object.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tag {
    pub sha: String,
    pub tag: String,
    pub message: String,
    pub object: String,
    /// Type of the object: `commit`, `tag`, `tree`, `blob`.
    pub r#type: String,
    pub tagger: Person,
}

/// A release, draft or published.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Release {
    pub id: u64,
    pub tag_name: String,
    pub target_commitish: String,
    pub name: Option<String>,
    pub body: Option<String>,
    pub draft: bool,
    pub prerelease: bool,
    /// Whether it is the one that `releases/latest` names.
    pub latest: bool,
    /// Whether it was published while its repository made releases immutable.
    pub immutable: bool,
    /// How many listings do not show it yet.
    pub hidden: u32,
    pub user: String,
    pub assets: Vec<Asset>,
}

/// A file of a release.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asset {
    pub id: u64,
    /// As GitHub has rewritten it.
    pub name: String,
    pub label: Option<String>,
    pub content_type: String,
    /// `uploaded`; `starter` when an upload was broken off.
    pub state: String,
    /// The bytes, in base64.
    pub content: String,
    /// How many listings do not show it yet.
    pub hidden: u32,
    pub user: String,
}
