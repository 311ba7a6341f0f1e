//! Linters that cannot look: the others still do, and the run is no success.

use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

use crate::{has, krate, lint, path_with, path_without, pinned, problem, told};

const UNFORMATTED: &str = "//! A library.\npub fn double(x:i32) -> i32 {\n    x * 2\n}\n";

#[test]
fn a_tool_that_is_missing_is_told_with_the_command_that_installs_it_after_the_others_ran() {
    let repo = TempRepo::new();
    krate(&repo, "one", UNFORMATTED);
    repo.write("ruff.toml", "");
    let outcome = lint(repo.path()).env("PATH", path_without("ruff")).run();
    assert_eq!(
        problem(&outcome),
        "failed to run `ruff --version`: the program is not installed, or not in PATH; install it with `pip install ruff`"
    );
    assert!(
        told(&outcome).contains(&crate::error("rustfmt", "one/src/lib.rs:2")),
        "{outcome}"
    );
    for row in [
        "| clippy | one | ",
        "| ruff-check | . |  | could not run | ",
    ] {
        assert!(outcome.summary.contains(row), "{row}: {}", outcome.summary);
    }
}

#[test]
fn the_reason_is_shown_beside_any_number_of_findings() {
    if !has(&["ruff"]) {
        return;
    }
    let repo = TempRepo::new();
    let imports: String = (0..25).map(|n| format!("import m{n}\n")).collect();
    repo.write("ruff.toml", "")
        .write("mypy.ini", "[mypy]\n")
        .write("m.py", imports);
    let ruff = std::fs::canonicalize(pinned()[0].join("ruff")).unwrap();
    let tools = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(ruff, tools.path().join("ruff")).unwrap();
    let path = std::env::split_paths(&path_without("mypy")).collect::<Vec<_>>();
    let path = std::env::join_paths([tools.path().to_owned()].into_iter().chain(path)).unwrap();
    let outcome = lint(repo.path()).env("PATH", path).run();
    assert!(
        problem(&outcome).contains("install it with `pip install mypy`"),
        "{outcome}"
    );
    assert_eq!(outcome.annotations.len(), 10, "{outcome}");
}

/// A `ruff` that prints `said` and ends with `code`.
fn fake_ruff(said: &str, code: u8) -> (TempRepo, tempfile::TempDir) {
    let repo = TempRepo::new();
    repo.write("ruff.toml", "").write("m.py", "x = 1\n");
    let tools = TempRepo::new();
    tools.executable(
        "ruff",
        format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then echo ruff 0.0.1; exit; fi\ncat <<'EOF'\n{said}\nEOF\nexit {code}\n"
        ),
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(tools.path().join("ruff"), folder.path().join("ruff")).unwrap();
    (repo, folder)
}

#[test]
fn output_that_cannot_be_read_is_shown_whole_and_no_success() {
    let said = "panicked at src/main.rs:\n::error::forged\nan internal error";
    for (said, code, told) in [
        (
            said,
            0,
            "failed to read the output of ruff-check, which is shown above",
        ),
        (
            said,
            101,
            "failed to run ruff-check: it ended with exit code 101",
        ),
        (
            "[]",
            1,
            "failed to run ruff-check: it ended with exit code 1",
        ),
        (
            "[]",
            2,
            "failed to run ruff-check: it ended with exit code 2",
        ),
        ("[{}]", 0, "failed to read the output of ruff-check"),
    ] {
        let (repo, tools) = fake_ruff(said, code);
        let path = path_with(&[tools.path().to_owned()]);
        let outcome = lint(repo.path())
            .env("PATH", path)
            .input("only", "ruff-check")
            .run();
        assert!(problem(&outcome).contains(told), "{code}: {outcome}");
        let last = said.lines().last().unwrap();
        assert!(outcome.stdout.lines().any(|line| line == last), "{outcome}");
        assert_eq!(outcome.annotations.len(), 1, "{outcome}");
    }
}

#[test]
fn a_manifest_that_cannot_be_read_is_named() {
    let repo = TempRepo::new();
    krate(&repo, "good", UNFORMATTED);
    repo.write("template/Cargo.toml", "[package]\nname = {{ name }}\n")
        .write("py/pyproject.toml", "[tool.ruff\n");
    let outcome = lint(repo.path()).run();
    let problem = problem(&outcome);
    assert!(
        problem.contains("failed to read `template/Cargo.toml`: "),
        "{problem}"
    );
    assert!(
        problem.contains("add its folder to the input `exclude`"),
        "{problem}"
    );
    assert!(
        problem.contains("failed to read `py/pyproject.toml:1`: "),
        "{problem}"
    );
    assert!(
        told(&outcome).contains(&crate::error("rustfmt", "good/src/lib.rs:2")),
        "{outcome}"
    );
}

#[test]
fn a_crate_that_cargo_counts_to_no_workspace_is_not_run_and_told() {
    let repo = TempRepo::new();
    repo.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"a\"]\n",
    );
    krate(&repo, "a", "//! A library.\n");
    krate(&repo, "stray", UNFORMATTED);
    let outcome = lint(repo.path()).run();
    outcome.assert_code(0);
    assert!(
        outcome
            .summary
            .contains("stray/Cargo.toml\\` | it is inside a workspace "),
        "{}",
        outcome.summary
    );
}

#[test]
fn a_build_that_breaks_beside_warnings_is_no_mere_finding() {
    let repo = TempRepo::new();
    repo.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"b\"]\n",
    );
    krate(
        &repo,
        "a",
        "//! A library.\npub fn double(x: i32) -> i32 {\n    return x * 2;\n}\n",
    );
    krate(&repo, "b", "//! A library.\n");
    repo.write("b/build.rs", "fn main() {\n    std::process::exit(3);\n}\n");
    let outcome = lint(repo.path()).input("skip", "rustfmt").run();
    assert!(
        problem(&outcome).starts_with("failed to run clippy: it ended with exit code 101"),
        "{outcome}"
    );
    assert!(
        told(&outcome).contains(&crate::error("clippy", "a/src/lib.rs:3")),
        "{outcome}"
    );
    assert!(
        outcome
            .stdout
            .contains("failed to run custom build command"),
        "{outcome}"
    );
}
