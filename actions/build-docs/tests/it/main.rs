//! Documentation built by the real cargo, rustdoc, pip and pdoc.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

mod python;
mod refusals;
mod rust;

use testkit::binary::Run;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

/// A workspace of three crates that know nothing of each other, so that any of them may be documented last.
fn repo() -> TempRepo {
    let repo = TempRepo::new();
    repo.write(".gitignore", "/dist/\n/target/\n").write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\", \"three\"]\n",
    );
    for name in ["one", "two", "three"] {
        repo.write(
            &format!("{name}/Cargo.toml"),
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
        )
        .write(
            &format!("{name}/src/lib.rs"),
            format!(
                "//! Crate {name}.\n\n/// A thing.\n#[derive(Debug, Clone)]\npub struct Thing;\n"
            ),
        );
    }
    repo.commit("first");
    repo
}

/// A run with cargo and pip as they work on this machine.
fn build_docs(repo: &TempRepo) -> Run {
    Run::new(env!("CARGO_BIN_EXE_build-docs"))
        .workspace(repo.path())
        .sha(&repo.sha("HEAD"))
        .tools()
}

fn error(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    &outcome.annotations[0].message
}
