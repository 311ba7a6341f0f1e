//! Small projects, linted by the real tools.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

mod broken;
mod choice;
mod composite;
mod fixing;
mod own;
mod python;
mod rust;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use testkit::binary::Run;
use testkit::needs;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Level, Outcome};

/// A run with the pinned tools before those of the machine.
fn lint(folder: &Path) -> Run {
    Run::new(env!("CARGO_BIN_EXE_lint"))
        .workspace(folder)
        .tools()
        .env("PATH", path_with(&pinned()))
}

/// Where the pinned tools are.
fn pinned() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    [".venv/bin", "tools/node_modules/.bin"]
        .map(|folder| root.join(folder))
        .to_vec()
}

fn path_with(first: &[PathBuf]) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = first.iter().cloned().chain(std::env::split_paths(&path));
    std::env::join_paths(all).unwrap()
}

/// The machine's `PATH` without the folders that have this program.
fn path_without(program: &str) -> OsString {
    let path = path_with(&pinned());
    let rest = std::env::split_paths(&path).filter(|folder| !folder.join(program).exists());
    std::env::join_paths(rest).unwrap()
}

/// Whether all of these are installed; if not, the test is skipped and its caller returns.
#[track_caller]
fn has(programs: &[&str]) -> bool {
    programs.iter().all(|program| {
        let is_there = pinned().iter().any(|folder| folder.join(program).is_file());
        if !is_there {
            needs::skip(
                &format!("`{program}` is not installed"),
                "the pinned tools (`cargo xtask test set-up`)",
            );
        }
        is_there
    })
}

/// A crate whose library is `source`.
fn krate(repo: &TempRepo, folder: &str, source: &str) {
    let name = folder.rsplit('/').next().unwrap();
    repo.write(
        &format!("{folder}/Cargo.toml"),
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
    )
    .write(&format!("{folder}/src/lib.rs"), source)
    .write(".gitignore", "target\n");
}

/// What annotations say: level, title, place, first line.
fn told(outcome: &Outcome) -> Vec<(Level, String, String)> {
    outcome
        .annotations
        .iter()
        .map(|one| {
            let line = one.line.map(|line| format!(":{line}")).unwrap_or_default();
            (
                one.level,
                one.title.clone().unwrap_or_default(),
                format!("{}{line}", one.file.clone().unwrap_or_default()),
            )
        })
        .collect()
}

fn error(title: &str, place: &str) -> (Level, String, String) {
    (Level::Error, title.to_owned(), place.to_owned())
}

/// The error of a run that could not look, which is the last one.
fn problem(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    let last = outcome.annotations.last().unwrap();
    assert_eq!(last.title, None, "{outcome}");
    &last.message
}
