//! Runs of a workflow.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::reply::{Answer, not_found};
use super::routes::Scene;
use super::{page, shapes};

/// A run of a workflow.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkflowRun {
    pub id: u64,
    /// Name of its file in `.github/workflows`.
    pub workflow: String,
    pub head_branch: String,
    pub head_sha: String,
    pub event: String,
    /// `queued`, `in_progress`, `completed`.
    pub status: String,
    pub conclusion: Option<String>,
}

/// Lists the runs of the workflow with this file name, newest first.
pub(super) fn of_workflow(scene: &Scene<'_>, file: &str) -> Answer {
    let runs = scene.repository.workflow_runs.iter().rev();
    let of_file: Vec<&WorkflowRun> = runs.filter(|it| it.workflow == file).collect();
    if of_file.is_empty() {
        return Err(not_found());
    }
    let is = |parameter: &str, values: &[&str]| {
        let wanted = scene.request.parameter(parameter);
        wanted.is_none_or(|wanted| values.contains(&wanted))
    };
    let shapes: Vec<Value> = of_file
        .into_iter()
        .filter(|run| {
            let conclusion = run.conclusion.as_deref().unwrap_or_default();
            is("branch", &[&run.head_branch])
                && is("event", &[&run.event])
                && is("status", &[&run.status, conclusion])
                && is("head_sha", &[&run.head_sha])
        })
        .map(|run| shape(scene, run))
        .collect();
    let total = shapes.len();
    page::wrapped(
        scene.request,
        shapes,
        |runs| json!({ "total_count": total, "workflow_runs": runs }),
    )
}

fn shape(scene: &Scene<'_>, run: &WorkflowRun) -> Value {
    let id = run.id;
    let url = scene.url(&format!("/actions/runs/{id}"));
    let workflow = scene.url("/actions/workflows/1");
    let path = format!(".github/workflows/{}", run.workflow);
    let repository = shapes::repository(scene.request, scene.repository);
    json!({
        "id": id,
        "name": run.workflow,
        "node_id": format!("WFR_{id}"),
        "check_suite_id": id,
        "check_suite_node_id": format!("CS_{id}"),
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "path": path,
        "run_number": id,
        "run_attempt": 1,
        "event": run.event,
        "display_title": run.workflow,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": 1,
        "url": url,
        "html_url": shapes::page_url(scene.repository, &format!("/actions/runs/{id}")),
        "pull_requests": [],
        "created_at": scene.now,
        "updated_at": scene.now,
        "run_started_at": scene.now,
        "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"),
        "check_suite_url": scene.url(&format!("/check-suites/{id}")),
        "artifacts_url": format!("{url}/artifacts"),
        "cancel_url": format!("{url}/cancel"),
        "rerun_url": format!("{url}/rerun"),
        "previous_attempt_url": null,
        "workflow_url": workflow,
        "head_commit": null,
        "repository": repository,
        "head_repository": repository,
    })
}
