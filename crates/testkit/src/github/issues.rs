//! Labels and comments of issues, which pull requests are as well.

use serde::Deserialize;
use serde_json::{Value, json};

use super::reply::{Answer, Reply, created, no_content, not_found, ok, unprocessable};
use super::routes::Scene;
use super::state::{Comment, Label};
use super::{page, shapes};

/// Labels that GitHub allows on one issue.
const MOST_LABELS: usize = 100;

/// Characters that GitHub allows in one comment.
const MOST_CHARACTERS: usize = 65_536;

pub(super) fn answer(scene: &mut Scene<'_>, method: &str, rest: &[&str]) -> Answer {
    match (method, rest) {
        ("GET", ["issues", "comments", id]) => {
            let comment = find_comment(scene, id)?.clone();
            ok(comment_shape(scene, &comment))
        }
        // GitHub still takes POST for PATCH, and octocrab relies on it.
        ("PATCH" | "POST", ["issues", "comments", id]) => update_comment(scene, id),
        ("DELETE", ["issues", "comments", id]) => {
            let id = find_comment(scene, id)?.id;
            scene.repository.comments.retain(|comment| comment.id != id);
            no_content()
        }
        ("GET", ["issues", number]) => get(scene, find(scene, number)?),
        ("GET", ["issues", number, "labels"]) => {
            let number = find(scene, number)?;
            page::list(scene.request, labels(scene, number))
        }
        ("POST", ["issues", number, "labels"]) => add_labels(scene, number, false),
        ("PUT", ["issues", number, "labels"]) => add_labels(scene, number, true),
        ("DELETE", ["issues", number, "labels", name]) => remove_label(scene, number, name),
        ("GET", ["issues", number, "comments"]) => comments(scene, number),
        ("POST", ["issues", number, "comments"]) => create_comment(scene, number),
        _ => Err(not_found()),
    }
}

pub(super) fn repository_labels(scene: &Scene<'_>) -> Answer {
    let labels = scene.repository.labels.iter();
    let shapes = labels.map(|label| shapes::label(scene.request, scene.repository, &label.name));
    page::list(scene.request, shapes.collect())
}

/// The number, if an issue or a pull request has it.
fn find(scene: &Scene<'_>, number: &str) -> Result<u64, Reply> {
    let number: u64 = number.parse().map_err(|_| not_found())?;
    let known = scene
        .repository
        .issues
        .iter()
        .any(|issue| issue.number == number)
        || scene
            .repository
            .pulls
            .iter()
            .any(|pull| pull.number == number);
    known.then_some(number).ok_or_else(not_found)
}

/// Names of the labels of an issue or a pull request.
fn names_mut<'a>(scene: &'a mut Scene<'_>, number: u64) -> Option<&'a mut Vec<String>> {
    let repository = &mut *scene.repository;
    let issue = repository
        .issues
        .iter_mut()
        .find(|issue| issue.number == number);
    match issue {
        Some(issue) => Some(&mut issue.labels),
        None => {
            let pull = repository
                .pulls
                .iter_mut()
                .find(|pull| pull.number == number);
            pull.map(|pull| &mut pull.labels)
        }
    }
}

fn labels(scene: &Scene<'_>, number: u64) -> Vec<Value> {
    let repository = &scene.repository;
    let pulls = repository
        .pulls
        .iter()
        .map(|pull| (pull.number, &pull.labels));
    let mut issues = repository
        .issues
        .iter()
        .map(|issue| (issue.number, &issue.labels))
        .chain(pulls);
    issues
        .find(|(it, _)| *it == number)
        .map(|(_, names)| {
            names
                .iter()
                .map(|name| shapes::label(scene.request, repository, name))
                .collect()
        })
        .unwrap_or_default()
}

fn add_labels(scene: &mut Scene<'_>, number: &str, replace: bool) -> Answer {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Body {
        Wrapped { labels: Vec<String> },
        Bare(Vec<String>),
    }
    let number = find(scene, number)?;
    let (Body::Wrapped { labels: given } | Body::Bare(given)) = scene.request.json()?;
    // A label that the repository does not have yet is made.
    for name in &given {
        if shapes::find_label(scene.repository, name).is_none() {
            let id = scene.new_id();
            scene.repository.labels.push(Label {
                id,
                name: name.clone(),
                ..Label::default()
            });
        }
    }
    if let Some(names) = names_mut(scene, number) {
        if replace {
            names.clear();
        }
        for name in given {
            if !names
                .iter()
                .any(|it| it.to_lowercase() == name.to_lowercase())
            {
                names.push(name);
            }
        }
        if names.len() > MOST_LABELS {
            names.truncate(MOST_LABELS);
            return Err(unprocessable(
                "Validation Failed: an issue can have at most 100 labels",
            ));
        }
    }
    ok(Value::Array(labels(scene, number)))
}

fn remove_label(scene: &mut Scene<'_>, number: &str, name: &str) -> Answer {
    let number = find(scene, number)?;
    let names = names_mut(scene, number).ok_or_else(not_found)?;
    let before = names.len();
    names.retain(|it| it.to_lowercase() != name.to_lowercase());
    if names.len() == before {
        return Err(super::reply::error(404, "Label does not exist"));
    }
    ok(Value::Array(labels(scene, number)))
}

fn get(scene: &Scene<'_>, number: u64) -> Answer {
    let repository = &scene.repository;
    let pull = repository.pulls.iter().find(|pull| pull.number == number);
    let issue = repository
        .issues
        .iter()
        .find(|issue| issue.number == number);
    let (id, title, body, user, closed) = match (pull, issue) {
        (Some(it), _) => (it.id, &it.title, &it.body, &it.user, it.closed),
        (None, Some(it)) => (it.id, &it.title, &it.body, &it.user, it.closed),
        (None, None) => return Err(not_found()),
    };
    let url = scene.url(&format!("/issues/{number}"));
    let kind = if pull.is_some() { "pull" } else { "issues" };
    let page = shapes::page_url(repository, &format!("/{kind}/{number}"));
    let mut object = json!({
        "id": id,
        "node_id": format!("I_{id}"),
        "number": number,
        "title": title,
        "body": body,
        "state": if closed { "closed" } else { "open" },
        "user": shapes::user(scene.request, user),
        "labels": labels(scene, number),
        "assignee": null,
        "assignees": [],
        "milestone": null,
        "locked": false,
        "comments": repository.comments.iter().filter(|comment| comment.issue == number).count(),
        "created_at": scene.now,
        "updated_at": scene.now,
        "closed_at": closed.then_some(scene.now),
        "author_association": "CONTRIBUTOR",
        "url": url,
        "repository_url": scene.url(""),
        "labels_url": format!("{url}/labels{{/name}}"),
        "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"),
        "html_url": page,
    });
    if let (Some(pull), Some(object)) = (pull, object.as_object_mut()) {
        let links = json!({
            "url": scene.url(&format!("/pulls/{number}")),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "merged_at": pull.merged.then_some(&scene.now),
        });
        object.insert("pull_request".to_owned(), links);
    }
    ok(object)
}

fn comments(scene: &Scene<'_>, number: &str) -> Answer {
    let number = find(scene, number)?;
    let comments = scene
        .repository
        .comments
        .iter()
        .filter(|comment| comment.issue == number);
    page::list(
        scene.request,
        comments
            .map(|comment| comment_shape(scene, comment))
            .collect(),
    )
}

#[derive(Deserialize)]
struct Text {
    body: String,
}

fn text(scene: &Scene<'_>) -> Result<String, Reply> {
    let Text { body } = scene.request.json()?;
    match body.chars().count() {
        0 => Err(super::reply::invalid(
            "IssueComment",
            "body",
            "missing_field",
        )),
        count if count > MOST_CHARACTERS => {
            Err(super::reply::invalid("IssueComment", "body", "invalid"))
        }
        _ => Ok(body),
    }
}

fn create_comment(scene: &mut Scene<'_>, number: &str) -> Answer {
    let comment = Comment {
        issue: find(scene, number)?,
        body: text(scene)?,
        user: scene.request.login(),
        id: scene.new_id(),
    };
    let shape = comment_shape(scene, &comment);
    scene.repository.comments.push(comment);
    created(shape)
}

fn find_comment<'a>(scene: &'a mut Scene<'_>, id: &str) -> Result<&'a mut Comment, Reply> {
    let id: u64 = id.parse().map_err(|_| not_found())?;
    let mut comments = scene.repository.comments.iter_mut();
    comments
        .find(|comment| comment.id == id)
        .ok_or_else(not_found)
}

fn update_comment(scene: &mut Scene<'_>, id: &str) -> Answer {
    find_comment(scene, id)?;
    let body = text(scene)?;
    let comment = find_comment(scene, id)?;
    comment.body = body;
    let comment = comment.clone();
    ok(comment_shape(scene, &comment))
}

fn comment_shape(scene: &Scene<'_>, comment: &Comment) -> Value {
    let id = comment.id;
    let issue = comment.issue;
    json!({
        "id": id,
        "node_id": format!("IC_{id}"),
        "url": scene.url(&format!("/issues/comments/{id}")),
        "html_url": shapes::page_url(scene.repository, &format!("/issues/{issue}#issuecomment-{id}")),
        "issue_url": scene.url(&format!("/issues/{issue}")),
        "body": comment.body,
        "user": shapes::user(scene.request, &comment.user),
        "created_at": scene.now,
        "updated_at": scene.now,
        "author_association": "CONTRIBUTOR",
    })
}
