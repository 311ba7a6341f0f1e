//! `fix`: for a laptop.

use std::fs;

use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

use crate::{error, has, krate, lint, problem, told};

const SOURCE: &str = "//! A library.\npub fn double(x:i32) -> i32 {\n    return x * 2;\n}\n";

fn project() -> TempRepo {
    let repo = TempRepo::new();
    krate(&repo, "one", SOURCE);
    repo.write("ruff.toml", "")
        .write("m.py", "import os\nx = f( 1)\n");
    repo
}

#[test]
fn in_continuous_integration_nothing_is_changed_unless_that_is_asked_for() {
    let repo = project();
    for run in [
        lint(repo.path()).input("fix", "true"),
        lint(repo.path()).arg("--fix").env("GITHUB_ACTIONS", ""),
    ] {
        let outcome = run.run();
        assert!(
            problem_text(&outcome).contains("set `allow-fix-in-ci: true`"),
            "{outcome}"
        );
    }
    assert_eq!(
        fs::read_to_string(repo.path().join("one/src/lib.rs")).unwrap(),
        SOURCE
    );
    let asked = lint(repo.path())
        .input("fix", "true")
        .input("allow-fix-in-ci", "true")
        .input("only", "rustfmt\nclippy")
        .run();
    asked.assert_code(0);
}

/// On a terminal an error is a line of the log.
fn problem_text(outcome: &testkit::runner::Outcome) -> &str {
    match outcome.annotations.is_empty() {
        true => {
            outcome.assert_code(2);
            &outcome.stdout
        }
        false => problem(outcome),
    }
}

#[test]
fn what_can_be_fixed_is_and_what_is_left_is_found() {
    if !has(&["ruff"]) {
        return;
    }
    let repo = project();
    let outcome = lint(repo.path())
        .arg("--fix")
        .env("CI", "")
        .env("GITHUB_ACTIONS", "")
        .run();
    outcome.assert_code(1);
    assert_eq!(
        fs::read_to_string(repo.path().join("one/src/lib.rs")).unwrap(),
        "//! A library.\npub fn double(x: i32) -> i32 {\n    x * 2\n}\n"
    );
    assert_eq!(
        fs::read_to_string(repo.path().join("m.py")).unwrap(),
        "x = f(1)\n"
    );
    // Who meant what by `f` is not for a linter to say.
    assert!(
        outcome.stdout.contains("m.py:1: Undefined name `f` (F821)"),
        "{outcome}"
    );
    let again = lint(repo.path()).run();
    assert_eq!(told(&again), [error("ruff-check", "m.py:1")], "{again}");
}
