//! The commits between two ends, all pages of a comparison: without pages the API lists 250.

use anyhow::{Context as _, bail};
use github::path_part as part;
use serde::Deserialize;

use super::{
    client::{Client, is_not_found, page_of},
    lines::ListedFile,
};
use crate::pull_request::{Commit, Range, event::Ends, history::Walked, short};

/// A comparison with more commits than this many pages hold is no pull request.
const MOST_PAGES: usize = 100;

const MEND: &str = "use `actions/checkout` before this step, with `fetch-depth: 0`";

/// What the API says of two ends.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) range: Range,
    /// Id of the tree that the merge base has.
    pub(super) merge_base_tree: String,
    pub(super) head_tree: String,
    pub(super) commits: Vec<Walked>,
    /// The first 300 of them.
    pub(super) files: Vec<ListedFile>,
}

#[derive(Deserialize)]
struct Page {
    base_commit: ListedCommit,
    merge_base_commit: ListedCommit,
    total_commits: usize,
    commits: Vec<ListedCommit>,
    #[serde(default)]
    files: Vec<ListedFile>,
}

#[derive(Deserialize)]
struct ListedCommit {
    sha: String,
    commit: Inner,
    parents: Vec<Id>,
}

#[derive(Deserialize)]
struct Inner {
    message: String,
    tree: Id,
    committer: Option<Person>,
}

#[derive(Deserialize)]
struct Id {
    sha: String,
}

#[derive(Deserialize)]
struct Person {
    date: Option<String>,
}

impl ListedCommit {
    fn walked(self) -> Walked {
        let date = self.commit.committer.and_then(|person| person.date);
        Walked {
            commit: Commit::new(self.sha, &self.commit.message),
            tree: self.commit.tree.sha,
            parents: self.parents.into_iter().map(|parent| parent.sha).collect(),
            date: date.unwrap_or_default(),
        }
    }
}

/// Compares the ends; the first base that exists counts.
pub(super) async fn compare(
    client: &Client<'_>,
    repository: &str,
    ends: &Ends,
) -> anyhow::Result<Comparison> {
    let mut lost = None;
    for base in &ends.bases {
        match compare_with(client, repository, base, &ends.head).await {
            Err(err) if is_not_found(&err) => lost = Some(err),
            other => return other,
        }
    }
    Err(lost.context("there is no base")?)
}

async fn compare_with(
    client: &Client<'_>,
    repository: &str,
    base: &str,
    head: &str,
) -> anyhow::Result<Comparison> {
    let failed = || {
        format!(
            "failed to compare {} with {} in {repository}",
            short(head),
            shown(base)
        )
    };
    let path = format!(
        "/repos/{repository}/compare/{}...{}",
        part(base),
        part(head)
    );
    let first: Page = client.get(&page_of(&path, 1)).await.with_context(failed)?;
    let total = first.total_commits;
    let mut commits = first.commits;
    let mut page = 1;
    while commits.len() < total && page < MOST_PAGES {
        page += 1;
        let next: Page = client
            .get(&page_of(&path, page))
            .await
            .with_context(failed)?;
        if next.commits.is_empty() {
            break;
        }
        commits.extend(next.commits);
    }
    if commits.len() != total {
        bail!(
            "{}: the API lists {} of {total} commits: {MEND}",
            failed(),
            commits.len()
        );
    }
    let commits: Vec<Walked> = commits.into_iter().map(ListedCommit::walked).collect();
    let own = commits.iter().find(|walked| walked.commit.id == head);
    let head_tree = match own {
        Some(walked) => walked.tree.clone(),
        None if head == first.merge_base_commit.sha => {
            first.merge_base_commit.commit.tree.sha.clone()
        }
        None => bail!("{}: the API does not list {head}: {MEND}", failed()),
    };
    Ok(Comparison {
        range: Range {
            base: first.base_commit.sha,
            merge_base: first.merge_base_commit.sha,
            head: head.to_owned(),
        },
        merge_base_tree: first.merge_base_commit.commit.tree.sha,
        head_tree,
        commits,
        files: first.files,
    })
}

fn is_id(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn shown(name: &str) -> &str {
    if is_id(name) { short(name) } else { name }
}
