//! Bundles built by real commands in a repository, unpacked by the programs that people have.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

mod building;
mod packing;
mod refusals;

use testkit::binary::Run;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

/// A repository with a file to bundle.
fn repo() -> TempRepo {
    let repo = TempRepo::new();
    repo.write(".gitignore", "/dist/\n")
        .write("include/hello.h", "int hello(void);\n")
        .commit("first");
    repo
}

fn build_bundle(repo: &TempRepo) -> Run {
    Run::new(env!("CARGO_BIN_EXE_build-bundle"))
        .workspace(repo.path())
        .sha(&repo.sha("HEAD"))
}

fn error(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    &outcome.annotations[0].message
}
