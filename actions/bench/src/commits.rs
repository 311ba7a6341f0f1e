//! What the event asks for, and which commits it is about.

use actions_core::{Context, event::Event, git};
use anyhow::{Context as _, bail};
use package_store::{BenchmarkResults, Time};

use crate::inputs::{Inputs, Mode};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Compare,
    Record,
    Store,
}

pub(crate) async fn task(cx: &Context, inputs: &Inputs) -> anyhow::Result<Task> {
    match inputs.mode {
        Mode::Compare => return Ok(Task::Compare),
        Mode::Record => return Ok(Task::Record),
        Mode::Store => return Ok(Task::Store),
        Mode::Auto => {}
    }
    if inputs.base.is_some() || inputs.base_commit.is_some() || inputs.base_files.is_some() {
        return Ok(Task::Compare);
    }
    let event = cx.event(None)?;
    match &event {
        Some(Event::PullRequest(_) | Event::MergeGroup(_)) => Ok(Task::Compare),
        Some(event) if cx.on_default_branch(event) => Ok(Task::Record),
        Some(Event::WorkflowDispatch(_)) => Ok(Task::Compare),
        _ => bail!(
            "failed to determine what to compare with: set the input `base` or `base-commit`, or `mode: record` to keep the results"
        ),
    }
}

/// The full id of the commit that head is compared with.
pub(crate) async fn base(cx: &Context, inputs: &Inputs) -> anyhow::Result<String> {
    if let Some(given) = &inputs.base_commit {
        return cx.commit_id(Some(given)).await;
    }
    match cx.event(None)? {
        Some(Event::MergeGroup(event)) => Ok(event.merge_group.base_sha),
        Some(Event::PullRequest(event)) => {
            let (base, head) = (&event.pull_request.base.sha, &event.pull_request.head.sha);
            // What is checked out by default is the merge of both, and its first parent is newer than the event.
            let parents = parents("HEAD").await.unwrap_or_default();
            if let [first, second] = parents.as_slice()
                && second == head
            {
                return Ok(first.clone());
            }
            merge_base(base, head).await.with_context(|| {
                "failed to find the commit that the pull request starts from: check out with `fetch-depth: 0`, or set the input `base-commit`"
            })
        }
        // Started by hand for a branch: it is compared with the commit where it left the default branch.
        Some(event @ Event::WorkflowDispatch(_)) if event.repository().is_some() => {
            let branch = event.repository().map(|it| it.default_branch.as_str());
            let branch = format!("origin/{}", branch.unwrap_or_default());
            merge_base(&branch, "HEAD").await.with_context(|| {
                format!("failed to find the commit where this branch left `{branch}`: check out with `fetch-depth: 0`, or set the input `base-commit`")
            })
        }
        _ => bail!("missing input `base-commit`: the event does not name a base"),
    }
}

async fn merge_base(base: &str, head: &str) -> anyhow::Result<String> {
    let found = git::offline(["merge-base", base, head]).output().await?;
    Ok(String::from_utf8_lossy(&found).trim().to_owned())
}

async fn parents(commit: &str) -> anyhow::Result<Vec<String>> {
    // From the commit itself: of a shallow clone's commits, `git log` shows no parents.
    let object = git::offline(["cat-file", "commit", commit])
        .output()
        .await?;
    let object = String::from_utf8_lossy(&object);
    let header = object.lines().take_while(|line| !line.is_empty());
    let parents = header.filter_map(|line| line.strip_prefix("parent "));
    Ok(parents.map(str::to_owned).collect())
}

/// The results of head without any result: which commit they are of.
pub(crate) async fn of_head(cx: &Context, inputs: &Inputs) -> anyhow::Result<BenchmarkResults> {
    let commit = cx.commit(inputs.commit.as_deref()).await?;
    let committed = Time::from_unix(commit.time)
        .with_context(|| format!("failed to read the time of the commit {}", commit.id))?;
    let parent = parents(&commit.id).await?.first().cloned();
    let server = cx.env.get("GITHUB_SERVER_URL").zip(cx.env.repository());
    Ok(BenchmarkResults {
        commit: commit.id.parse()?,
        parent: parent.map(|id| id.parse()).transpose()?,
        committed,
        commit_url: server.map(|(server, name)| format!("{server}/{name}/commit/{}", commit.id)),
        run_url: cx.env.run_url(),
        results: Vec::new(),
    })
}
