//! `publish-crates` as its users meet it: through its binary, with crates that the real cargo has packaged, to a registry
//! that the real cargo builds from.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod bad_days;
mod bad_input;
mod nothing_sent;
mod registry;
mod same_as_cargo;
mod trusted;
mod workshop;

use std::path::Path;

use sha2::{Digest as _, Sha256};
use testkit::binary::Run;
use testkit::cargo_registry::{CargoRegistry, Options};
use testkit::runner::{Level, Outcome};

const TOKEN: &str = "cio-s3cret-t0ken";

fn registry() -> CargoRegistry {
    let tokens = vec![TOKEN.to_owned()];
    CargoRegistry::start(Options {
        tokens,
        ..Options::default()
    })
    .unwrap()
}

/// A run of the action over the files of a folder.
fn publish(files: &Path, registry: &CargoRegistry) -> Run {
    Run::new(env!("CARGO_BIN_EXE_publish-crates"))
        .input("files", files.join("*.crate").as_os_str())
        .input("registry", registry.index_url())
        .input("crates-io-mirror", registry.index_url())
        .input("token", TOKEN)
}

/// The uploads that the registry has answered, as `status`.
fn uploads(registry: &CargoRegistry) -> Vec<u16> {
    let requests = registry.requests();
    let uploads = requests.iter().filter(|one| one.method == "PUT");
    uploads.map(|one| one.status).collect()
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
