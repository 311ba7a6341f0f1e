//! The newest commit for which the workflow succeeded: a push is compared with it, so that a later push does not hide a red one.

use std::path::Path;

use actions_core::event::{Event, PushEvent};
use actions_core::{Context, Secret};
use github::{GitHub, path_part};
use serde::Deserialize;

use crate::changes::Git;

/// Runs that are looked at, newest first: one page.
const MOST_RUNS: u8 = 100;

/// The full id of the commit, or why there is none that can be compared with.
pub type Found = Result<String, String>;

#[derive(Deserialize)]
struct Runs {
    workflow_runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    head_sha: String,
}

/// Looks for it if a branch was pushed that was there before.
pub(crate) fn find(
    cx: &Context,
    folder: &Path,
    event: Option<&Event>,
    token: Option<&Secret>,
) -> anyhow::Result<Option<Found>> {
    let Some(Event::Push(event)) = event else {
        return Ok(None);
    };
    let Some(branch) = event.branch().filter(|_| event.previous().is_some()) else {
        return Ok(None);
    };
    if event.deleted {
        return Ok(None);
    }
    let found = cx.block_on(async { Ok(found(cx, folder, event, branch, token).await) })?;
    Ok(Some(found))
}

async fn found(
    cx: &Context,
    folder: &Path,
    event: &PushEvent,
    branch: &str,
    token: Option<&Secret>,
) -> Found {
    let token = token.ok_or("there is no token to ask GitHub with")?;
    let workflow = cx.env.get("GITHUB_WORKFLOW_REF").and_then(file_of);
    let workflow = workflow.ok_or("GITHUB_WORKFLOW_REF does not name a workflow")?;
    let github = connections::github(cx, token).map_err(|error| format!("{error:#}"))?;
    let path = format!(
        "/repos/{}/actions/workflows/{}/runs?branch={}&event=push&status=success&per_page={MOST_RUNS}",
        event.repository.full_name,
        path_part(workflow),
        path_part(branch),
    );
    let runs = runs(&github, &path).await?;
    let git = Git::open(folder).await.map_err(|blind| blind.0)?;
    for run in &runs {
        if git.is_ancestor(&run.head_sha, &event.after).await {
            return Ok(run.head_sha.clone());
        }
    }
    Err(match runs.len() {
        0 => format!("no run of {workflow} for a push to {branch} has succeeded"),
        count => format!(
            "the checkout has none of the commits of the last {count} successful runs of {workflow} among those before {}: give `actions/checkout` the input `fetch-depth: 0`",
            event.after
        ),
    })
}

async fn runs(github: &GitHub, path: &str) -> Result<Vec<Run>, String> {
    let runs: Result<Runs, github::Error> = github.get(path).await;
    let runs = runs.map_err(|error| format!("failed to list the runs of the workflow: {error}"))?;
    Ok(runs.workflow_runs)
}

/// The file's name, from `owner/name/.github/workflows/ci.yml@refs/heads/main`.
fn file_of(full: &str) -> Option<&str> {
    let (path, _) = full.split_once('@')?;
    let (folder, file) = path.rsplit_once('/')?;
    (folder.ends_with("/.github/workflows") && !file.is_empty()).then_some(file)
}
