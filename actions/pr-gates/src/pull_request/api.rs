//! The pull request as it is now: the event is a photograph, and a run that is repeated gets the old one again.

mod client;
mod commits;
mod lines;
mod source;
mod trees;

use std::collections::BTreeSet;

use actions_core::{Context, Secret, text};
use anyhow::{Context as _, bail};
use serde::{Deserialize, de::IgnoredAny};

pub(crate) use self::client::connect;
use self::client::{error_in, is_not_found};
pub(super) use self::{client::Client, source::Api};
use super::{
    Branches, Conversation, Fork, Reference,
    event::{Page, Target},
    reads::Reads,
    short,
};

/// A repository with more labels than this many pages hold is a server that repeats itself.
const MOST_PAGES: usize = 100;
/// How often a list is read that changes under the reader's eyes.
const MOST_READINGS: usize = 3;

#[derive(Deserialize)]
struct LivePage {
    title: String,
    state: String,
    body: Option<String>,
    labels: Vec<Label>,
    head: End,
    base: End,
}

#[derive(Deserialize)]
struct End {
    sha: String,
    r#ref: String,
    /// `None` where a fork is gone.
    repo: Option<EndRepository>,
}

#[derive(Deserialize)]
struct EndRepository {
    full_name: String,
    default_branch: Option<String>,
}

impl LivePage {
    fn branches(&self) -> Branches {
        let (from, to) = (self.head.repo.as_ref(), self.base.repo.as_ref());
        let fork = from.filter(|from| to.is_some_and(|to| to.full_name != from.full_name));
        Branches {
            head: self.head.r#ref.clone(),
            base: self.base.r#ref.clone(),
            fork: fork.map(|fork| Fork {
                repository: fork.full_name.clone(),
                default_branch: fork.default_branch.clone(),
            }),
            default_branch: to
                .and_then(|to| to.default_branch.clone())
                .unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

/// A file of the commit that a pull request is based on, before there is anything to record; `None` where it has none.
pub(crate) async fn file_of_base(
    cx: &Context,
    token: &Secret,
    repository: &str,
    commit: &str,
    path: &str,
) -> anyhow::Result<Option<Vec<u8>>> {
    let reads = Reads::default();
    let client = Client::new(cx, &reads, Some(token));
    let file = Api::new(&client, repository, None)
        .file(commit, path)
        .await?;
    if file.is_none() {
        // A token that may not read the repository gets the same answer: the commit itself must be there.
        let path = format!("/repos/{repository}/git/commits/{commit}");
        client.get::<IgnoredAny>(&path).await?;
    }
    Ok(file)
}

/// A pull request that is known by its number only, and the commit of its base.
pub(super) async fn page(
    client: &Client<'_>,
    repository: &str,
    number: u64,
) -> anyhow::Result<(Page, String)> {
    let live = pull(client, repository, number).await?;
    let page = Page {
        branches: live.branches(),
        repository: repository.to_owned(),
        number,
        head: live.head.sha,
        title: live.title,
        body: live.body.unwrap_or_default(),
        labels: live.labels.into_iter().map(|label| label.name).collect(),
        live: true,
    };
    Ok((page, live.base.sha))
}

/// The pull requests of a merge group. One that the queue's ref names must be there; one that a commit names may be a
/// number that somebody wrote, and counts if it waits for the same branch.
pub(super) async fn group(
    cx: &Context,
    client: &Client<'_>,
    target: &Target,
    named: BTreeSet<u64>,
    with_labels: bool,
) -> anyhow::Result<Vec<(u64, Conversation)>> {
    let (Some(repository), Some(queued)) = (&target.repository, &target.queued) else {
        return Ok(Vec::new());
    };
    let labels = labels_if(with_labels, cx, client, repository).await?;
    let mut numbers = named;
    numbers.extend(&queued.numbers);
    let mut group = Vec::new();
    for number in numbers {
        let certain = queued.numbers.contains(&number);
        let live = match pull(client, repository, number).await {
            Err(err) if !certain && is_not_found(&err) => None,
            live => Some(live?),
        };
        let waits = |live: &LivePage| live.state == "open" && live.base.r#ref == queued.base;
        match live.filter(|live| certain || waits(live)) {
            Some(live) => group.push((number, live.conversation(labels.clone()))),
            None => cx.log.info(format!(
                "A commit names #{number}, which is not an open pull request for {}.",
                text::one_line(&queued.base)
            )),
        }
    }
    let shown: Vec<String> = group
        .iter()
        .map(|(number, _)| format!("#{number}"))
        .collect();
    if !shown.is_empty() {
        cx.log.info(format!(
            "The merge group holds {}, which are read from the API.",
            actions_core::list(&shown)
        ));
    }
    Ok(group)
}

async fn pull(client: &Client<'_>, repository: &str, number: u64) -> anyhow::Result<LivePage> {
    client
        .get(&format!("/repos/{repository}/pulls/{number}"))
        .await
        .with_context(|| format!("failed to read pull request #{number} of {repository}"))
}

impl LivePage {
    fn conversation(self, repository_labels: Option<Vec<String>>) -> Conversation {
        Conversation {
            branches: self.branches(),
            title: self.title,
            body: self.body.unwrap_or_default(),
            labels: self.labels.into_iter().map(|label| label.name).collect(),
            repository_labels,
        }
    }
}

/// Reads title, description and labels, and all labels of the repository where `with_labels` asks for them.
pub(super) async fn conversation(
    cx: &Context,
    client: &Client<'_>,
    page: &Page,
    with_labels: bool,
) -> anyhow::Result<Conversation> {
    let (repository, number) = (&page.repository, page.number);
    let live = pull(client, repository, number).await?;
    let repository_labels = labels_if(with_labels, cx, client, repository).await?;
    let shown: Vec<String> = live
        .labels
        .iter()
        .map(|label| format!("\"{}\"", text::one_line(&label.name)))
        .collect();
    let shown = match shown.as_slice() {
        [] => "it has no labels".to_owned(),
        labels => format!("its labels are {}", actions_core::list(labels)),
    };
    cx.log.info(format!(
        "Pull request #{number} of {repository} is read from the API: {shown}."
    ));
    if live.head.sha != page.head {
        cx.log.info(format!(
            "It has newer commits than {}, which this run checks: they get their own run.",
            short(&page.head)
        ));
    }
    Ok(live.conversation(repository_labels))
}

/// An issue or a pull request that another one waits for.
#[derive(Deserialize)]
pub(super) struct Issue {
    pub(super) title: String,
    pub(super) state: String,
    pub(super) body: Option<String>,
    /// Only pull requests have it.
    pub(super) pull_request: Option<IssuePull>,
}

#[derive(Deserialize)]
pub(super) struct IssuePull {
    pub(super) merged_at: Option<String>,
}

/// Reads an issue or a pull request; `None` where there is none that this token can see. In the repository `own` a token
/// that lacks a permission is the workflow's slip, and in another one nothing that its author could give.
pub(super) async fn issue(
    client: &Client<'_>,
    reference: &Reference,
    own: &str,
) -> anyhow::Result<Option<Issue>> {
    let is_hidden = |err: &anyhow::Error| {
        error_in(err).is_some_and(|error| {
            let elsewhere = reference.repository != own && !error.is_rate_limited();
            error.is_not_found() || elsewhere && matches!(error.status(), Some(403 | 451))
        })
    };
    let path = format!(
        "/repos/{}/issues/{}",
        reference.repository, reference.number
    );
    match client.get(&path).await {
        Ok(issue) => Ok(Some(issue)),
        Err(err) if is_hidden(&err) => Ok(None),
        Err(err) => Err(err).with_context(|| format!("failed to read {reference}")),
    }
}

/// Whether it is a permission that keeps the token from reading, as the API itself says.
pub(super) fn lacks_permission(err: &anyhow::Error) -> bool {
    error_in(err).is_some_and(github::Error::is_missing_permission)
}

/// All labels of the repository, where they are wanted and the token may read them.
pub(super) async fn labels_if(
    wanted: bool,
    cx: &Context,
    client: &Client<'_>,
    repository: &str,
) -> anyhow::Result<Option<Vec<String>>> {
    if !wanted {
        return Ok(None);
    }
    match labels(client, repository).await {
        Ok(labels) => Ok(Some(labels)),
        Err(err) if lacks_permission(&err) => {
            cx.log.warning(format!(
                "did not check that the labels in rules exist in the repository: {err:#}"
            ));
            Ok(None)
        }
        Err(err) => Err(err),
    }
}

/// All labels. A label that goes while they are read would move another one from a page ahead to one that was read
/// already, so pages are read again until they stay.
async fn labels(client: &Client<'_>, repository: &str) -> anyhow::Result<Vec<String>> {
    let failed = || format!("failed to read the labels of {repository}");
    let path = format!("/repos/{repository}/labels");
    for _ in 0..MOST_READINGS {
        let (labels, pages) = client
            .list::<Label>(&path, MOST_PAGES)
            .await
            .with_context(failed)?;
        let names: Vec<String> = labels.into_iter().map(|label| label.name).collect();
        let mut stays = true;
        for page in 1..pages {
            let again: Vec<Label> = client
                .get(&client::page_of(&path, page))
                .await
                .with_context(failed)?;
            let from = (page - 1) * client::PER_PAGE;
            let before = names.iter().skip(from).take(again.len());
            stays &= before.eq(again.iter().map(|label| &label.name));
        }
        if stays {
            return Ok(names);
        }
    }
    bail!("{}: they kept changing while being read, retry", failed())
}
