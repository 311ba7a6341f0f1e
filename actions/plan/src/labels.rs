//! The labels of a pull request, read as they are now: the payload is as old as the first run of the event.

use actions_core::event::{Event, Repository};
use actions_core::{Context, Secret, github};
use anyhow::{Context as _, anyhow};

use crate::jobs_file::JobsFile;

/// The labels that the jobs file may ask for; empty where it asks for none.
pub(crate) fn labels(
    cx: &Context,
    file: &JobsFile,
    event: Option<&Event>,
    token: Option<&Secret>,
) -> anyhow::Result<Vec<String>> {
    if !asks_for_labels(file) {
        return Ok(Vec::new());
    }
    let (repository, pulls, in_payload) = match event {
        Some(Event::PullRequest(event)) => (
            &event.repository,
            vec![event.number],
            event.pull_request.labels.clone(),
        ),
        // The payload of a merge queue has no labels at all.
        Some(Event::MergeGroup(event)) => (
            &event.repository,
            event.merge_group.pull_numbers(),
            Vec::new(),
        ),
        _ => return Ok(Vec::new()),
    };
    let Some(token) = token else {
        cx.log
            .info("without a token, the labels are those that the event came with");
        return Ok(in_payload);
    };
    cx.block_on(async {
        let mut labels = Vec::new();
        for pull in pulls {
            labels.extend(live(cx, repository, pull, token).await?);
        }
        Ok(labels)
    })
}

fn asks_for_labels(file: &JobsFile) -> bool {
    let of_jobs = file.jobs.values().map(|job| &job.labels);
    let of_platforms = file.platforms.values().map(|platform| &platform.labels);
    of_jobs.chain(of_platforms).any(|labels| !labels.is_empty())
}

async fn live(
    cx: &Context,
    repository: &Repository,
    pull: u64,
    token: &Secret,
) -> anyhow::Result<Vec<String>> {
    let client = github::client(&cx.env, Some(token))?;
    let read = async {
        let issues = client.issues(repository.owner(), repository.name());
        let first = issues.list_labels_for_issue(pull).per_page(100).send();
        client.all_pages(first.await?).await
    };
    let labels = read.await.map_err(in_short).with_context(|| {
        format!(
            "failed to read the labels of #{pull} in {}",
            repository.full_name
        )
    })?;
    Ok(labels.into_iter().map(|label| label.name).collect())
}

/// What GitHub said in one line, and the likely cause in the workflow.
fn in_short(error: octocrab::Error) -> anyhow::Error {
    match error {
        octocrab::Error::GitHub { source, .. }
            if [403, 404].contains(&source.status_code.as_u16()) =>
        {
            anyhow!(
                "{}: is `pull-requests: read` missing from the job's permissions?",
                source.message
            )
        }
        octocrab::Error::GitHub { source, .. } => anyhow!("{}", source.message),
        other => other.into(),
    }
}
