//! What a maintainer does on GitHub's pages, done through its API.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    repository::NUMBER,
    world::{MAINTAINER, World},
};
use crate::process::Cmd;

/// Gives the pull request a label.
pub(super) fn label(world: &World, label: &str) -> Result<()> {
    let path = format!("/repos/acme/hello-sdk/issues/{NUMBER}/labels");
    send(world, "POST", &path, &json!({ "labels": [label] })).map(drop)
}

/// Edits the text of the pull request.
pub(super) fn edit_body(world: &World, body: &str) -> Result<()> {
    let path = format!("/repos/acme/hello-sdk/pulls/{NUMBER}");
    send(world, "PATCH", &path, &json!({ "body": body })).map(drop)
}

/// The releases as a maintainer sees them, drafts among them.
pub(super) fn releases(world: &World) -> Result<Value> {
    send(world, "GET", "/repos/acme/hello-sdk/releases", &Value::Null)
}

fn send(world: &World, method: &str, path: &str, body: &Value) -> Result<Value> {
    let mut curl = Cmd::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--fail-with-body",
            "--request",
            method,
        ])
        .args(["--header", &format!("Authorization: Bearer {MAINTAINER}")])
        .args([
            "--header",
            "Content-Type: application/json",
            "--user-agent",
            "demo",
        ])
        .arg(format!("{}{path}", world.github.url()));
    if !body.is_null() {
        curl = curl.args(["--data", &body.to_string()]);
    }
    let answer = curl.run()?;
    serde_json::from_str(&answer)
        .with_context(|| format!("failed to read the answer to {method} {path}"))
}
