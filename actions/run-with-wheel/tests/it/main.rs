//! Data files made by the real pip and Python, from a wheel on disk or in a bucket.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

mod bucket;
mod making;
mod refusals;

use testkit::binary::Run;
use testkit::packages::Wheel;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

const WHEEL: Wheel<'static> = Wheel {
    project: "tiny-wheel",
    version: "0.1.0+2026.1.1.g6e4ddaf",
    tags: "py3-none-any",
    module: "WHO = 'installed'\n",
};

/// Writes who was imported into the file that it is told.
const SCRIPT: &str = "\
import sys, tiny_wheel
open(sys.argv[1], 'w').write(tiny_wheel.WHO + '\\n')
";

/// A repository with a wheel and a script.
fn repo() -> TempRepo {
    let repo = TempRepo::new();
    repo.write(".gitignore", "/dist/\n")
        .write("scripts/make.py", SCRIPT)
        .commit("first");
    WHEEL.write(&repo.path().join("dist"));
    repo
}

/// A run with pip as it works on this machine.
fn run_with_wheel(repo: &TempRepo) -> Run {
    Run::new(env!("CARGO_BIN_EXE_run-with-wheel"))
        .workspace(repo.path())
        .tools()
}

fn error(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    &outcome.annotations[0].message
}
