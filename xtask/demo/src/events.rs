//! The events that GitHub would send for what happens in the demo.

use anyhow::Result;
use serde_json::{Value, json};

use super::repository::{BODY, BRANCH, NUMBER, Repository};

fn repository() -> Value {
    json!({
        "full_name": "acme/hello-sdk",
        "name": "hello-sdk",
        "default_branch": "main",
        "fork": false,
        "owner": {"login": "acme"},
    })
}

/// A pull request was opened, or got new commits. As on GitHub, title, body and labels are those of that moment.
pub(super) fn pull_request(repo: &Repository, action: &str) -> Result<Value> {
    pull_request_onto(repo, action, repo.base())
}

/// The same for a base that has moved.
pub(super) fn pull_request_onto(repo: &Repository, action: &str, base: &str) -> Result<Value> {
    let side = |name: &str, commit: &str| json!({"ref": name, "sha": commit, "repo": repository()});
    Ok(json!({
        "action": action,
        "number": NUMBER,
        "pull_request": {
            "number": NUMBER,
            "title": "Greet in French",
            "body": BODY,
            "draft": false,
            "merged": false,
            "labels": [],
            "html_url": format!("https://github.com/acme/hello-sdk/pull/{NUMBER}"),
            "user": {"login": "ada"},
            "head": side(BRANCH, &repo.commit_of(BRANCH)?),
            "base": side("main", base),
        },
        "repository": repository(),
        "sender": {"login": "ada"},
    }))
}

/// Commits came to main.
pub(super) fn push(before: &str, after: &str) -> Value {
    pushed("refs/heads/main", before, after, false)
}

/// A branch was made.
pub(super) fn push_to(branch: &str, commit: &str) -> Value {
    pushed(
        &format!("refs/heads/{branch}"),
        &"0".repeat(40),
        commit,
        true,
    )
}

/// A tag was made.
pub(super) fn tag(tag: &str, commit: &str) -> Value {
    pushed(&format!("refs/tags/{tag}"), &"0".repeat(40), commit, true)
}

/// The hour or the night that the workflow's schedule names.
pub(super) fn schedule(cron: &str) -> Value {
    json!({"schedule": cron, "repository": repository()})
}

/// Somebody started the workflow with these inputs.
pub(super) fn by_hand_with(inputs: &Value) -> Value {
    json!({
        "ref": "refs/heads/main",
        "inputs": inputs,
        "repository": repository(),
        "sender": {"login": "ada"},
    })
}

/// Somebody started the workflow on main and ticked these boxes, and no others.
pub(super) fn by_hand(ticked: &[&str]) -> Value {
    let mut inputs: serde_json::Map<String, Value> = ["draft-release", "force"]
        .iter()
        .chain(ticked)
        .map(|&name| (name.to_owned(), json!(ticked.contains(&name).to_string())))
        .collect();
    inputs.insert("platforms".to_owned(), json!("linux-x64"));
    by_hand_with(&Value::Object(inputs))
}

fn pushed(name: &str, before: &str, after: &str, created: bool) -> Value {
    json!({
        "ref": name,
        "before": before,
        "after": after,
        "created": created,
        "deleted": false,
        "forced": false,
        "head_commit": {"id": after, "message": "Merge pull request", "timestamp": "2026-01-01T00:00:00Z"},
        "commits": [],
        "repository": repository(),
        "sender": {"login": "ada"},
        "pusher": {"name": "ada"},
    })
}
