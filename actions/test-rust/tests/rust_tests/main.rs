//! Small workspaces, tested by the real cargo and the real nextest.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

mod balanced;
mod composite;
mod failing;
mod refusals;
mod retries;
mod shards;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use testkit::binary::Run;
use testkit::needs;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

const RUNNERS: [&str; 2] = ["nextest", "cargo"];

/// A run with the pinned nextest before that of the machine.
fn test_rust(folder: &Path) -> Run {
    Run::new(env!("CARGO_BIN_EXE_test-rust"))
        .workspace(folder)
        .tools()
        .env("PATH", path_with(&[pinned()]))
}

fn pinned() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin")
}

fn path_with(first: &[PathBuf]) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = first.iter().cloned().chain(std::env::split_paths(&path));
    std::env::join_paths(all).unwrap()
}

/// The machine's `PATH` without any nextest.
fn path_without_nextest() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let rest = std::env::split_paths(&path).filter(|folder| !folder.join("cargo-nextest").exists());
    std::env::join_paths(rest).unwrap()
}

/// The runners that are installed; a test that cannot look at both says so.
#[track_caller]
fn runners() -> Vec<&'static str> {
    if pinned().join("cargo-nextest").is_file() {
        return RUNNERS.to_vec();
    }
    needs::skip(
        "`cargo-nextest` is not installed",
        "the pinned tools (`cargo xtask test set-up`)",
    );
    Vec::new()
}

/// A workspace of crates, each with its library.
fn workspace(crates: &[(&str, &str)]) -> TempRepo {
    let repo = TempRepo::new();
    let names: Vec<String> = crates
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    repo.write(
        "Cargo.toml",
        format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
            names.join(", ")
        ),
    )
    .write(".gitignore", "/target\n");
    for (name, source) in crates {
        repo.write(
            &format!("{name}/Cargo.toml"),
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
        )
        .write(&format!("{name}/src/lib.rs"), source);
    }
    repo
}

/// Tests of a library, below the lines of `above`.
fn tests(body: &str) -> String {
    format!("#[cfg(test)]\nmod tests {{\n{body}\n}}\n")
}

fn counts(outcome: &Outcome) -> [&str; 4] {
    ["passed", "failed", "flaky", "skipped"].map(|name| outcome.output(name))
}

fn problem(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    &outcome.annotations.last().unwrap().message
}
