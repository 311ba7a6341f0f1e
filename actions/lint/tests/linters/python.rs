//! ruff, mypy, pyright and taplo.

use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Level};

use crate::{error, has, lint, told};

const MODULE: &str = "import os\n\n\ndef shout(x: int) -> str:\n    return x\n\n\nshout( 1)\n";

/// A project in a subfolder, with a configuration of each.
fn project() -> TempRepo {
    let repo = TempRepo::new();
    repo.write("py/pkg/m.py", MODULE).write(
        "py/pyproject.toml",
        "[tool.ruff.lint]\nselect = [\"F\"]\n\n[tool.mypy]\nfiles = [\"pkg\"]\n\n[tool.pyright]\n",
    );
    repo
}

#[test]
fn each_linter_of_python_is_told_at_its_line() {
    if !has(&["ruff", "mypy", "pyright"]) {
        return;
    }
    let repo = project();
    let outcome = lint(repo.path())
        .env("FORCE_COLOR", "1")
        .env("MYPY_FORCE_COLOR", "1")
        .env("RUFF_OUTPUT_FORMAT", "github")
        .run();
    outcome.assert_code(1);
    assert_eq!(
        told(&outcome),
        [
            error("ruff-check", "py/pkg/m.py:1"),
            error("ruff-format", "py/pkg/m.py:8"),
            error("mypy", "py/pkg/m.py:5"),
            error("pyright", "py/pkg/m.py:5"),
        ],
        "{outcome}"
    );
    assert!(
        outcome.annotations[0]
            .message
            .starts_with("`os` imported but unused (F401)"),
        "{outcome}"
    );
    // From a folder below the configuration, too.
    let below = lint(&repo.path().join("py/pkg"))
        .input("only", "ruff")
        .run();
    below.assert_code(1);
    assert_eq!(
        told(&below),
        [
            error("ruff-check", "py/pkg/m.py:1"),
            error("ruff-format", "py/pkg/m.py:8")
        ],
        "{below}"
    );
}

#[test]
fn of_many_findings_ten_are_annotated_and_the_summary_lists_all() {
    if !has(&["ruff"]) {
        return;
    }
    let repo = TempRepo::new();
    let imports: String = (0..25).map(|n| format!("import m{n}\n")).collect();
    repo.write("ruff.toml", "lint.select = [\"F\"]\n")
        .write("m.py", imports);
    let outcome = lint(repo.path()).input("skip", "ruff-format").run();
    outcome.assert_code(1);
    assert_eq!(outcome.annotations.len(), 10);
    assert_eq!(
        outcome.annotations[9].message,
        "and 16 more: the step summary lists them all"
    );
    for line in 1..=25 {
        let row = format!("| ruff-check | m.py:{line} | ");
        assert!(outcome.summary.contains(&row), "{row}: {}", outcome.summary);
    }
    assert_eq!(outcome.output("findings"), "25");
}

#[test]
fn a_file_that_is_no_python_is_a_finding_and_a_name_with_signs_comes_through() {
    if !has(&["ruff", "mypy"]) {
        return;
    }
    let repo = TempRepo::new();
    repo.write("ruff.toml", "")
        .write("mypy.ini", "[mypy]\n")
        .write("odd, na%3Ame.py", "def f(:\n");
    let outcome = lint(repo.path()).run();
    outcome.assert_code(1);
    let told = told(&outcome);
    for linter in ["ruff-check", "ruff-format", "mypy"] {
        assert!(
            told.contains(&error(linter, "odd, na%3Ame.py:1")),
            "{linter}: {outcome}"
        );
    }
}

#[test]
fn notes_and_warnings_fail_nothing() {
    if !has(&["mypy", "pyright"]) {
        return;
    }
    let repo = TempRepo::new();
    repo.write("mypy.ini", "[mypy]\n")
        .write(
            "pyrightconfig.json",
            r#"{"reportUnusedExpression": "warning"}"#,
        )
        .write("m.py", "x = 1\nreveal_type(x)\nx == 2\n");
    let outcome = lint(repo.path()).run();
    outcome.assert_code(0);
    let levels: Vec<(Level, String)> = told(&outcome)
        .into_iter()
        .map(|(level, _, place)| (level, place))
        .collect();
    assert!(
        levels.contains(&(Level::Notice, "m.py:2".to_owned())),
        "{outcome}"
    );
    assert!(
        levels.contains(&(Level::Warning, "m.py:3".to_owned())),
        "{outcome}"
    );
    assert_eq!(outcome.output("verdict"), "passed");
}

#[test]
fn taplo_checks_toml_and_its_form() {
    if !has(&["taplo"]) {
        return;
    }
    let repo = TempRepo::new();
    repo.write("taplo.toml", "include = [\"data/*.toml\"]\n")
        .write("data/a.toml", "a=1\n")
        .write("data/b.toml", "b = [\n[c]\n")
        .write("elsewhere.toml", "a=1\n");
    let outcome = lint(repo.path()).run();
    outcome.assert_code(1);
    let told = told(&outcome);
    assert!(
        told.contains(&error("taplo-lint", "data/b.toml:2")),
        "{outcome}"
    );
    assert!(
        told.contains(&error("taplo-format", "data/a.toml")),
        "{outcome}"
    );
    assert!(
        told.iter().all(|one| !one.2.contains("elsewhere")),
        "{outcome}"
    );
}
