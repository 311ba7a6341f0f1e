//! The labels of a pull request, read as they are now: the payload is as old as the first run of the event.

use actions_core::event::{Event, Repository};
use actions_core::{Context, Secret};
use anyhow::Context as _;
use github::{Error, GitHub};
use serde::Deserialize;

use crate::config::Config;

/// An issue has a hundred labels at most, which is one page.
const MOST_PAGES: usize = 10;

#[derive(Deserialize)]
struct Label {
    name: String,
}

/// The labels that the config file may ask for; empty where it asks for none.
pub(crate) fn labels(
    cx: &Context,
    file: &Config,
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
            Some(event.pull_request.labels.clone()),
        ),
        // The payload of a merge queue has no labels at all.
        Some(Event::MergeGroup(event)) => {
            (&event.repository, event.merge_group.pull_numbers(), None)
        }
        _ => return Ok(Vec::new()),
    };
    let Some(token) = token else {
        cx.log
            .info("without a token, the labels are those that the event came with");
        return Ok(in_payload.unwrap_or_default());
    };
    cx.block_on(async {
        let github = connections::github(cx, token)?;
        let mut labels = Vec::new();
        for pull in pulls {
            match (live(&github, repository, pull).await, &in_payload) {
                (Ok(live), _) => labels.extend(live),
                (Err(error), Some(in_payload)) if error.is_missing_permission() => {
                    cx.log.warning(format!(
                        "the labels are those of the event, which are old when a run is repeated: {error}"
                    ));
                    labels.extend(in_payload.iter().cloned());
                }
                (Err(error), _) => {
                    return Err(error).with_context(|| {
                        format!(
                            "failed to read the labels of #{pull} in {}",
                            repository.full_name
                        )
                    });
                }
            }
        }
        Ok(labels)
    })
}

fn asks_for_labels(file: &Config) -> bool {
    let of_jobs = file.jobs.values();
    let of_jobs = of_jobs.flat_map(|job| [&job.labels, &job.not_labels]);
    let of_platforms = file.platforms.values().map(|platform| &platform.labels);
    of_jobs.chain(of_platforms).any(|labels| !labels.is_empty())
}

async fn live(github: &GitHub, repository: &Repository, pull: u64) -> Result<Vec<String>, Error> {
    let path = format!(
        "/repos/{}/issues/{pull}/labels?per_page=100",
        repository.full_name
    );
    let labels: Vec<Label> = github.pages(path, MOST_PAGES).all().await?;
    Ok(labels.into_iter().map(|label| label.name).collect())
}
