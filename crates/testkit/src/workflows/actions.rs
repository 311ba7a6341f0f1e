//! The actions that stand in for GitHub's own and for a cache, and what an action's file says about its inputs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};

use super::expressions::reads_token;

/// Under which name `act` has the folder of the stand-ins.
pub(super) const TREE: &str = "stand-in/actions@v1";

/// What stands in for an action, if anything does.
pub(super) fn stand_in(repository: &str) -> Option<&'static str> {
    match repository {
        "actions/checkout" => Some("checkout"),
        "actions/upload-artifact" => Some("upload-artifact"),
        "actions/download-artifact" => Some("download-artifact"),
        "Swatinem/rust-cache" => Some("rust-cache"),
        _ => None,
    }
}

const FILES: &[(&str, &str)] = &[
    (
        "checkout/action.yml",
        include_str!("../../actions/checkout/action.yml"),
    ),
    (
        "checkout/checkout.sh",
        include_str!("../../actions/checkout/checkout.sh"),
    ),
    (
        "upload-artifact/action.yml",
        include_str!("../../actions/upload-artifact/action.yml"),
    ),
    (
        "download-artifact/action.yml",
        include_str!("../../actions/download-artifact/action.yml"),
    ),
    (
        "rust-cache/action.yml",
        include_str!("../../actions/rust-cache/action.yml"),
    ),
    ("artifacts.py", include_str!("../../actions/artifacts.py")),
];

/// Writes the stand-ins into the folder of a run, whose artifacts they keep there.
pub(super) fn lay_out(run: &Path) -> Result<PathBuf> {
    let folder = run.join("actions");
    for (name, text) in FILES {
        write(&folder.join(name), text)?;
    }
    let artifacts = run.join("artifacts");
    write(
        &folder.join("artifacts-folder"),
        &format!("{}\n", artifacts.display()),
    )?;
    Ok(folder)
}

fn write(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().context("a file is in a folder")?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(file, text).with_context(|| format!("failed to write {}", file.display()))
}

/// The file of the action in this folder.
pub(super) fn read(folder: &Path) -> Result<Value> {
    let files = ["action.yml", "action.yaml"].map(|name| folder.join(name));
    let found = files.iter().find(|file| file.is_file());
    let file = found.with_context(|| format!("there is no action in {}", folder.display()))?;
    let text = std::fs::read_to_string(file)?;
    serde_saphyr::from_str(&text).with_context(|| format!("failed to read {}", file.display()))
}

/// Inputs whose default is the job's token and that the step leaves out, each with that default.
pub(super) fn tokens_left_out(
    action: &Value,
    with: &Map<String, Value>,
) -> Result<Vec<(String, Value)>> {
    let mut found = Vec::new();
    for (name, input) in inputs(action) {
        let default = input.get("default").unwrap_or(&Value::Null);
        let given = with.keys().any(|key| key.eq_ignore_ascii_case(name));
        if !given && reads_token(default)? {
            found.push((name.clone(), default.clone()));
        }
    }
    // There it would be the token of `act`, and no job's.
    if reads_token(action.get("runs").unwrap_or(&Value::Null))? {
        bail!("no stand-in for an action that reads the token without an input");
    }
    Ok(found)
}

/// The first input of a step that the action does not have.
pub(super) fn unknown_input<'a>(
    action: &Value,
    with: &'a Map<String, Value>,
) -> Option<&'a String> {
    with.keys()
        .find(|key| !inputs(action).any(|(name, _)| name.eq_ignore_ascii_case(key)))
}

fn inputs(action: &Value) -> impl Iterator<Item = (&String, &Value)> {
    action
        .get("inputs")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Refuses an action that uses others: their defaults would be the token of `act`.
pub(super) fn refuse_nested(action: &Value) -> Result<()> {
    let steps = action.pointer("/runs/steps").and_then(Value::as_array);
    match steps
        .into_iter()
        .flatten()
        .find_map(|step| step.get("uses"))
    {
        Some(uses) => bail!("no stand-in for an action that uses another, {uses}"),
        None => Ok(()),
    }
}
