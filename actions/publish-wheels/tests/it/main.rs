//! `publish-wheels` as its users meet it: through its binary, against a real index, and against one that plays PyPI.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod bad_input;
mod given_back;
mod index;
mod pypi;
mod trusted;

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use testkit::binary::Run;
use testkit::packages::Wheel;
use testkit::pypiserver::PASSWORD;
use testkit::runner::{Level, Outcome};

/// A run of the action over the files of a folder.
fn action(files: &Path, index_url: &str) -> Run {
    Run::new(env!("CARGO_BIN_EXE_publish-wheels"))
        .input("files", files.join("*").as_os_str())
        .input("index-url", index_url)
}

/// What the runner is told to hide of a password: as it is, and as an address carries it.
const MASKS: [&str; 2] = [PASSWORD, "correct%20horse"];

/// A wheel whose bytes are told apart by its words.
fn wheel(folder: &Path, version: &str, words: &str) -> PathBuf {
    Wheel {
        project: "hello-sdk",
        version,
        module: &format!("GREETING = {words:?}\n"),
        ..Wheel::default()
    }
    .write(folder)
}

fn sha256(file: &Path) -> String {
    hex::encode(Sha256::digest(std::fs::read(file).unwrap()))
}

/// The one error of a run that could not do its work.
#[track_caller]
fn refusal(outcome: &Outcome) -> String {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    let errors: Vec<&str> = outcome
        .annotations
        .iter()
        .filter(|one| one.level == Level::Error)
        .map(|one| one.message.as_str())
        .collect();
    let [error] = errors.as_slice() else {
        panic!("expected one error\n{outcome}");
    };
    (*error).to_owned()
}

/// Looks for a secret in all that a run has left, except in the commands that ask for its mask.
#[track_caller]
fn assert_hidden(outcome: &Outcome, secret: &str) {
    let everything = format!("{outcome}\n{}\n{:?}", outcome.summary, outcome.outputs);
    for line in everything.lines() {
        let shown = line.contains(secret) && !line.starts_with("::add-mask::");
        assert!(!shown, "{line}");
    }
}
