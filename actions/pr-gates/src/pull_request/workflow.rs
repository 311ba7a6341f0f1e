//! The file of the workflow that this run belongs to; that it cannot be read changes no verdict.

use actions_core::Context;

use super::{
    event::{Target, variable},
    reads::Reads,
    source::Source,
};

/// A workflow as it is written.
#[derive(Debug)]
pub(crate) struct Workflow {
    /// From the root of the repository.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The event that started it: `pull_request` or `pull_request_target`.
    pub(crate) event: String,
}

/// Finds out whose workflow runs, and reads it if it is there. Only one of this repository that a pull request started
/// is of interest.
pub(super) async fn read(
    cx: &Context,
    reads: &Reads,
    source: &Source<'_>,
    target: &Target,
) -> anyhow::Result<Option<Workflow>> {
    let (Some(event), Some(repository)) = (&target.event, &target.repository) else {
        return Ok(None);
    };
    // Through the API it takes a request, and once for a pull request is enough.
    if !event.starts_with("pull_request") || !(source.is_near() || target.opened) {
        return Ok(None);
    }
    let full = variable(cx, reads, "GITHUB_WORKFLOW_REF").await?;
    let full = full.unwrap_or_default();
    let path = full.split('@').next().unwrap_or_default();
    let path = path.strip_prefix(repository.as_str());
    let Some(path) = path.and_then(|path| path.strip_prefix('/')) else {
        return Ok(None);
    };
    let commit = variable(cx, reads, "GITHUB_WORKFLOW_SHA").await?;
    for commit in commit.into_iter().chain(["HEAD".to_owned()]) {
        match source.file(&commit, path).await {
            Ok(Some(bytes)) => {
                return Ok(Some(Workflow {
                    text: String::from_utf8_lossy(&bytes).into_owned(),
                    path: path.to_owned(),
                    event: event.clone(),
                }));
            }
            Ok(None) => {}
            Err(err) => cx
                .log
                .debug(format!("failed to read the workflow: {err:#}")),
        }
    }
    Ok(None)
}
