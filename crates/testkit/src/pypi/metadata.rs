//! Asks the library that PyPI itself asks, `packaging`, whether it takes the metadata of a form.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::Deserialize;

const PROGRAM: &str = include_str!("metadata.py");

/// What an upload says about itself, as `packaging` reads it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Checked {
    /// Why it is refused; everything else is empty then.
    pub(super) error: Option<String>,
    /// The normalized name.
    #[serde(default)]
    pub(super) project: String,
    /// As PEP 440 spells it.
    #[serde(default)]
    pub(super) version: String,
    /// The same for all versions that are equal.
    #[serde(default)]
    pub(super) canonical_version: String,
    #[serde(default)]
    pub(super) license_files: Vec<String>,
}

/// The interpreter of the environment that the project's own test command sets up.
///
/// # Errors
/// When it is missing.
pub(super) fn python() -> io::Result<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    if path.is_file() {
        return Ok(path);
    }
    let told = format!(
        "{} is missing: run `cargo xtask test`, which installs it",
        path.display()
    );
    Err(io::Error::new(io::ErrorKind::NotFound, told))
}

/// Checks the metadata of a form. An interpreter takes longer to start than a test should, so equal questions are asked once.
///
/// # Errors
/// When Python fails.
pub(super) fn check(fields: &[(String, String)]) -> io::Result<Checked> {
    static ANSWERS: OnceLock<Mutex<BTreeMap<String, Checked>>> = OnceLock::new();
    let answers = ANSWERS.get_or_init(Mutex::default);
    let question: Vec<_> = fields
        .iter()
        .filter(|(name, _)| !name.ends_with("_digest") && name != "attestations")
        .collect();
    let question = serde_json::to_string(&question).map_err(io::Error::other)?;
    let known = answers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&question)
        .cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let checked = ask(&question)?;
    answers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(question, checked.clone());
    Ok(checked)
}

fn ask(question: &str) -> io::Result<Checked> {
    let mut child = Command::new(python()?)
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(question.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    serde_json::from_slice(&output.stdout).map_err(|error| {
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        io::Error::other(format!("packaging gave no answer: {error}: {told}"))
    })
}
