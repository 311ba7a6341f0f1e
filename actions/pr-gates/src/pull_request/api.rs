//! The pull request as it is now: the event is a photograph, and a run that is repeated gets the old one again.

use std::time::Duration;

use actions_core::{Context, text};
use anyhow::{Context as _, anyhow, bail};
use octocrab::Octocrab;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Conversation, event::Page, short};

/// How long to wait before each further try; the client itself repeats a request three times at once.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];
const PER_PAGE: usize = 100;
/// A repository with more labels than this many pages hold is a server that repeats itself.
const MOST_PAGES: usize = 100;

#[derive(Deserialize)]
struct LivePage {
    title: String,
    body: Option<String>,
    labels: Vec<Label>,
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

/// Reads title, description and labels, and all labels of the repository where `with_labels` asks for them.
pub(super) async fn conversation(
    cx: &Context,
    client: &Octocrab,
    page: &Page,
    with_labels: bool,
) -> anyhow::Result<Conversation> {
    let (repository, number) = (&page.repository, page.number);
    let path = format!("/repos/{repository}/pulls/{number}");
    let live = get::<LivePage>(client, &path);
    let all_labels = async {
        match with_labels {
            true => labels(client, repository).await.map(Some),
            false => Ok(None),
        }
    };
    let (live, all_labels) = tokio::join!(live, all_labels);
    let live =
        live.with_context(|| format!("failed to read pull request #{number} of {repository}"))?;
    let repository_labels =
        all_labels.with_context(|| format!("failed to read the labels of {repository}"))?;
    let labels: Vec<String> = live.labels.into_iter().map(|label| label.name).collect();
    let shown: Vec<String> = labels
        .iter()
        .map(|label| format!("\"{}\"", text::one_line(label)))
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
            "It has newer commits than {}, which this run is about: they have a run of their own.",
            short(&page.head)
        ));
    }
    Ok(Conversation {
        title: live.title,
        body: live.body.unwrap_or_default(),
        labels,
        repository_labels,
    })
}

async fn labels(client: &Octocrab, repository: &str) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for page in 1..=MOST_PAGES {
        let path = format!("/repos/{repository}/labels?per_page={PER_PAGE}&page={page}");
        let labels: Vec<Label> = get(client, &path).await?;
        let last = labels.len() < PER_PAGE;
        names.extend(labels.into_iter().map(|label| label.name));
        if last {
            return Ok(names);
        }
    }
    bail!("there are more than {}", MOST_PAGES * PER_PAGE)
}

/// Asks until there is an answer, a few times at most.
async fn get<T: DeserializeOwned>(client: &Octocrab, path: &str) -> anyhow::Result<T> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let err = match client.get::<T, _, _>(path, None::<&()>).await {
            Ok(answer) => return Ok(answer),
            Err(err) => err,
        };
        match pauses.next() {
            Some(pause) if may_pass(&err) => tokio::time::sleep(pause).await,
            _ => return Err(explain(&err)),
        }
    }
}

/// Whether the same question may get an answer later.
fn may_pass(err: &octocrab::Error) -> bool {
    match err {
        octocrab::Error::GitHub { source, .. } => {
            source.status_code.is_server_error() || source.status_code.as_u16() == 429
        }
        octocrab::Error::Service { .. } | octocrab::Error::Hyper { .. } => true,
        _ => false,
    }
}

/// The cause, and what to type where it is a missing right.
pub(crate) fn explain(err: &octocrab::Error) -> anyhow::Error {
    let octocrab::Error::GitHub { source, .. } = err else {
        return anyhow!("{}", causes(err));
    };
    let status = source.status_code.as_u16();
    let message = text::one_line(&source.message);
    let limited = message.to_lowercase().contains("rate limit");
    let hint = match status {
        403 | 429 if limited => ": run it again when the limit of requests has passed",
        401 => ": is the `token` still valid?",
        403 | 404 => {
            ": give the job `permissions:` with `pull-requests: read` and `contents: read`"
        }
        500.. => ": GitHub has a problem, run it again later",
        _ => "",
    };
    anyhow!("the API answers {status} \"{message}\"{hint}")
}

/// The chain of causes, each said once.
fn causes(err: &octocrab::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next: Option<&dyn std::error::Error> = Some(err);
    while let Some(err) = next {
        let text = text::one_line(&err.to_string()).into_owned();
        if !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
        next = err.source();
    }
    said.join(": ")
}
