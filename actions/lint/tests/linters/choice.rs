//! Which linters run: by what the project has, and by what the inputs say.

use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

use crate::{error, has, krate, lint, path_without, problem, told};

#[test]
fn names_that_no_linter_has_are_errors_before_anything_runs() {
    let repo = TempRepo::new();
    krate(&repo, "one", "//! A library.\n");
    let run = |input: &str, value: &str| lint(repo.path()).input(input, value).run();
    let only = run("only", "clipy");
    assert_eq!(
        problem(&only),
        "unknown linter \"clipy\" in the input `only`: did you mean `clippy`? the linters are rustfmt, ruff, ruff-check, ruff-format, taplo, taplo-lint, taplo-format, mypy, pyright, cargo-deny and clippy"
    );
    let skip = run("skip", "eslint");
    assert!(
        problem(&skip)
            .starts_with("unknown linter \"eslint\" in the input `skip`: the linters are "),
        "{skip}"
    );
    let arguments = run("arguments", "clippi: -v");
    assert!(
        problem(&arguments).contains("did you mean `clippy`?"),
        "{arguments}"
    );
    for outcome in [only, skip, arguments] {
        assert!(!outcome.stdout.contains("$ cargo"), "{outcome}");
    }
}

#[test]
fn only_and_skip_choose_and_the_rest_is_told_with_its_reason() {
    let repo = TempRepo::new();
    krate(
        &repo,
        "one",
        "//! A library.\npub fn f(x:i32) -> i32 {\n    return x;\n}\n",
    );
    let only = lint(repo.path()).input("only", "rustfmt").run();
    assert_eq!(
        told(&only),
        [error("rustfmt", "one/src/lib.rs:2")],
        "{only}"
    );
    assert!(
        only.summary
            .contains("| clippy | it is not in \\`only\\` |"),
        "{}",
        only.summary
    );
    let skip = lint(repo.path()).input("skip", "rustfmt").run();
    assert_eq!(told(&skip), [error("clippy", "one/src/lib.rs:3")], "{skip}");
    assert!(
        skip.summary.contains("| rustfmt | it is in \\`skip\\` |"),
        "{}",
        skip.summary
    );
    let typed = lint(repo.path())
        .args(["--only", "rustfmt"])
        .input("only", "clippy")
        .run();
    assert_eq!(
        told(&typed),
        [error("rustfmt", "one/src/lib.rs:2")],
        "{typed}"
    );
}

#[test]
fn a_linter_that_is_named_runs_without_a_configuration() {
    if !has(&["ruff"]) {
        return;
    }
    let repo = TempRepo::new();
    repo.write("m.py", "import os\n");
    let outcome = lint(repo.path()).input("only", "ruff-check").run();
    outcome.assert_code(1);
    assert_eq!(told(&outcome), [error("ruff-check", "m.py:1")], "{outcome}");
    let clippy = lint(repo.path()).input("only", "clippy").run();
    assert_eq!(
        problem(&clippy),
        "failed to run clippy: there is no `Cargo.toml`"
    );
}

#[test]
fn nothing_to_lint_is_an_error_that_says_why() {
    let repo = TempRepo::new();
    repo.write("README.md", "hello\n");
    let outcome = lint(repo.path()).run();
    let problem = problem(&outcome);
    assert!(
        problem.starts_with("failed to find anything to lint in `.`: rustfmt: there is no `Cargo.toml`; ruff-check: it is not configured: there is no `ruff.toml`, `.ruff.toml` or "),
        "{problem}"
    );
    let nowhere = lint(repo.path()).input("folder", "nowhere").run();
    assert!(
        crate::problem(&nowhere).starts_with("failed to find the folder to lint"),
        "{nowhere}"
    );
}

#[test]
fn what_git_ignores_and_what_is_excluded_does_not_count() {
    let repo = TempRepo::new();
    krate(&repo, "one", "//! A library.\n");
    krate(&repo, "tests/fixtures/bad", "pub fn f(x:i32) {}\n");
    krate(&repo, "ignored/bad", "pub fn f(x:i32) {}\n");
    repo.write(".gitignore", "target\n/ignored/\n");
    let all = lint(repo.path()).input("only", "rustfmt").run();
    assert_eq!(
        told(&all),
        [error("rustfmt", "tests/fixtures/bad/src/lib.rs:1")],
        "{all}"
    );
    let excluded = lint(repo.path())
        .input("only", "rustfmt")
        .input("exclude", "tests/fixtures/")
        .run();
    excluded.assert_code(0);
    assert_eq!(excluded.output("linters"), r#"{"rustfmt":0}"#);
}

#[test]
fn the_projects_own_copy_of_a_tool_goes_first() {
    let repo = TempRepo::new();
    repo.write("py/ruff.toml", "")
        .write("py/m.py", "x = 1\n")
        .write(".gitignore", ".venv\n");
    repo.executable(
        ".venv/bin/ruff",
        "#!/bin/sh\ncase \"$1\" in\n--version) echo ruff 99.1 ;;\ncheck) echo '[]' ;;\nesac\n",
    );
    let outcome = lint(repo.path()).env("PATH", path_without("ruff")).run();
    outcome.assert_code(0);
    assert!(
        outcome
            .summary
            .contains("| ruff-check | py | 99.1 | passed |"),
        "{}",
        outcome.summary
    );
}
