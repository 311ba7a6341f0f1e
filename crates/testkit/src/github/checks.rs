//! Commit statuses and check runs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::git::Git;
use super::reply::{Answer, Reply, created, invalid, not_found, ok, unprocessable};
use super::routes::Scene;
use super::state::{CheckRun, Status};
use super::{page, shapes};

/// Characters that GitHub allows in the description of a status.
const MOST_CHARACTERS: usize = 140;

/// The commit of a branch, a tag or an id; as it is, when there is no repository on disk.
fn resolve(scene: &Scene<'_>, name: &str) -> Result<String, Reply> {
    match Git::of(scene.repository) {
        Some(git) => git.commit_of(name),
        None => Ok(name.to_owned()),
    }
}

pub(super) fn create_status(scene: &mut Scene<'_>, commit: &str) -> Answer {
    #[derive(Deserialize)]
    struct Body {
        state: String,
        #[serde(default = "default_context")]
        context: String,
        description: Option<String>,
        target_url: Option<String>,
    }
    fn default_context() -> String {
        "default".to_owned()
    }
    let body: Body = scene.request.json()?;
    if !["error", "failure", "pending", "success"].contains(&body.state.as_str()) {
        return Err(invalid("Status", "state", "inclusion"));
    }
    if body
        .description
        .as_ref()
        .is_some_and(|text| text.chars().count() > MOST_CHARACTERS)
    {
        return Err(unprocessable(
            "Validation Failed: description is too long (maximum is 140 characters)",
        ));
    }
    let sha = resolve(scene, commit)
        .map_err(|_| unprocessable(&format!("No commit found for SHA: {commit}")))?;
    let status = Status {
        id: scene.new_id(),
        sha,
        state: body.state,
        context: body.context,
        description: body.description,
        target_url: body.target_url,
        user: scene.request.login(),
    };
    let shape = status_shape(scene, &status, true);
    scene.repository.statuses.push(status);
    created(shape)
}

/// The statuses of a commit, newest first.
fn of_commit<'a>(scene: &'a Scene<'_>, commit: &str) -> Result<Vec<&'a Status>, Reply> {
    let sha = resolve(scene, commit)?;
    let statuses = scene.repository.statuses.iter().rev();
    Ok(statuses.filter(|status| status.sha == sha).collect())
}

pub(super) fn statuses(scene: &Scene<'_>, commit: &str) -> Answer {
    let found = of_commit(scene, commit)?;
    let shapes = found
        .into_iter()
        .map(|status| status_shape(scene, status, true));
    page::list(scene.request, shapes.collect())
}

/// The newest status of each context, and what they come to.
pub(super) fn combined(scene: &Scene<'_>, commit: &str) -> Answer {
    let mut newest: Vec<&Status> = Vec::new();
    for status in of_commit(scene, commit)? {
        if !newest.iter().any(|it| it.context == status.context) {
            newest.push(status);
        }
    }
    let any = |state: &str| newest.iter().any(|status| status.state == state);
    let state = match newest.as_slice() {
        _ if any("failure") || any("error") => "failure",
        [] => "pending",
        _ if any("pending") => "pending",
        _ => "success",
    };
    let sha = resolve(scene, commit)?;
    ok(json!({
        "state": state,
        "sha": sha,
        "total_count": newest.len(),
        "statuses": newest.iter().map(|status| status_shape(scene, status, false)).collect::<Vec<_>>(),
        "repository": shapes::repository(scene.request, scene.repository),
        "commit_url": scene.url(&format!("/commits/{sha}")),
        "url": scene.url(&format!("/commits/{sha}/status")),
    }))
}

fn status_shape(scene: &Scene<'_>, status: &Status, with_creator: bool) -> Value {
    let id = status.id;
    let mut object = json!({
        "id": id,
        "node_id": format!("SC_{id}"),
        "url": scene.url(&format!("/statuses/{}", status.sha)),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}"),
        "state": status.state,
        "context": status.context,
        "description": status.description,
        "target_url": status.target_url,
        "created_at": scene.now,
        "updated_at": scene.now,
    });
    if let (true, Some(object)) = (with_creator, object.as_object_mut()) {
        object.insert(
            "creator".to_owned(),
            shapes::user(scene.request, &status.user),
        );
    }
    object
}

#[derive(Deserialize)]
struct RunBody {
    name: Option<String>,
    head_sha: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    output: Option<RunOutput>,
}

#[derive(Deserialize)]
struct RunOutput {
    title: Option<String>,
    summary: Option<String>,
}

impl RunBody {
    fn apply(self, run: &mut CheckRun) {
        if let Some(name) = self.name {
            run.name = name;
        }
        if let Some(status) = self.status {
            run.status = status;
        }
        if let Some(conclusion) = self.conclusion {
            run.conclusion = Some(conclusion);
            "completed".clone_into(&mut run.status);
        }
        if let Some(output) = self.output {
            run.title = output.title.or_else(|| run.title.take());
            run.summary = output.summary.or_else(|| run.summary.take());
        }
    }
}

pub(super) fn create_run(scene: &mut Scene<'_>) -> Answer {
    let body: RunBody = scene.request.json()?;
    let (Some(_), Some(head_sha)) = (&body.name, &body.head_sha) else {
        return Err(unprocessable(
            "Invalid request.\n\n\"name\", \"head_sha\" weren't supplied.",
        ));
    };
    let mut run = CheckRun {
        id: scene.new_id(),
        head_sha: resolve(scene, head_sha)
            .map_err(|_| unprocessable(&format!("No commit found for SHA: {head_sha}")))?,
        status: "queued".to_owned(),
        ..CheckRun::default()
    };
    body.apply(&mut run);
    let shape = run_shape(scene, &run);
    scene.repository.check_runs.push(run);
    created(shape)
}

fn find_run<'a>(scene: &'a mut Scene<'_>, id: &str) -> Result<&'a mut CheckRun, Reply> {
    let id: u64 = id.parse().map_err(|_| not_found())?;
    let mut runs = scene.repository.check_runs.iter_mut();
    runs.find(|run| run.id == id).ok_or_else(not_found)
}

pub(super) fn get_run(scene: &mut Scene<'_>, id: &str) -> Answer {
    let run = find_run(scene, id)?.clone();
    ok(run_shape(scene, &run))
}

pub(super) fn update_run(scene: &mut Scene<'_>, id: &str) -> Answer {
    let body: RunBody = scene.request.json()?;
    let run = find_run(scene, id)?;
    body.apply(run);
    let run = run.clone();
    ok(run_shape(scene, &run))
}

pub(super) fn runs_of_commit(scene: &Scene<'_>, commit: &str) -> Answer {
    let sha = resolve(scene, commit)?;
    let name = scene.request.parameter("check_name");
    let runs: Vec<Value> = scene
        .repository
        .check_runs
        .iter()
        .filter(|run| run.head_sha == sha && name.is_none_or(|name| run.name == name))
        .map(|run| run_shape(scene, run))
        .collect();
    let total = runs.len();
    page::wrapped(
        scene.request,
        runs,
        |runs| json!({ "total_count": total, "check_runs": runs }),
    )
}

fn run_shape(scene: &Scene<'_>, run: &CheckRun) -> Value {
    let id = run.id;
    let url = scene.url(&format!("/check-runs/{id}"));
    let page = shapes::page_url(scene.repository, &format!("/runs/{id}"));
    json!({
        "id": id,
        "node_id": format!("CR_{id}"),
        "head_sha": run.head_sha,
        "external_id": "",
        "url": url,
        "html_url": page,
        "details_url": page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": scene.now,
        "completed_at": run.conclusion.as_ref().map(|_| scene.now),
        "name": run.name,
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": null,
            "annotations_count": 0,
            "annotations_url": format!("{url}/annotations"),
        },
        "check_suite": { "id": 1 },
        "app": null,
        "pull_requests": [],
    })
}
