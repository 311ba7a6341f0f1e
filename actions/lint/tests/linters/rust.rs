//! rustfmt, clippy and cargo-deny, in every workspace of a repository.

use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Level};

use crate::{error, has, krate, lint, told};

const UNFORMATTED: &str = "//! A library.\npub fn double(x:i32) -> i32 {\n    x * 2\n}\n";
const WARNED: &str = "//! A library.\npub fn double(x: i32) -> i32 {\n    return x * 2;\n}\n";

#[test]
fn every_workspace_is_linted_and_paths_are_told_from_the_root_of_the_repository() {
    let repo = TempRepo::new();
    krate(&repo, "one", UNFORMATTED);
    krate(&repo, "tools/two", WARNED);
    // A workspace whose crate needs one of another: what is found there is told once.
    krate(&repo, "user", "//! A library.\n");
    repo.write(
        "user/Cargo.toml",
        "[package]\nname = \"user\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\none = { path = \"../one\" }\ntwo = { path = \"../tools/two\" }\n",
    );
    // Nothing of this is the project's.
    repo.write("node_modules/x/Cargo.toml", "[package\n")
        .write(".venv/x/pyproject.toml", "[tool\n");
    let outcome = lint(repo.path()).run();
    outcome.assert_code(1);
    let expected = [
        error("rustfmt", "one/src/lib.rs:2"),
        error("clippy", "tools/two/src/lib.rs:3"),
    ];
    assert_eq!(told(&outcome), expected, "{outcome}");
    assert_eq!(outcome.output("verdict"), "found");
    assert_eq!(outcome.output("findings"), "2");
    assert_eq!(outcome.output("linters"), r#"{"clippy":1,"rustfmt":1}"#);
    for row in [
        "| rustfmt | one | ",
        "| clippy | tools/two | ",
        "| clippy | tools/two/src/lib.rs:3 | unneeded ",
        "| mypy | it is not configured: there is no ",
    ] {
        assert!(outcome.summary.contains(row), "{row}: {}", outcome.summary);
    }
    assert!(
        outcome.stdout.contains("-pub fn double(x:i32) -> i32 {"),
        "{outcome}"
    );

    // The same from a folder below, which holds one of them.
    for outcome in [
        lint(&repo.path().join("tools")).run(),
        lint(repo.path()).input("folder", "tools").run(),
    ] {
        outcome.assert_code(1);
        assert_eq!(told(&outcome), expected[1..], "{outcome}");
    }
}

#[test]
fn an_error_in_one_crate_keeps_no_finding_of_another_back() {
    let repo = TempRepo::new();
    repo.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"b\"]\n",
    );
    krate(
        &repo,
        "a",
        "//! A library.\npub fn broken() -> i32 {\n    \"text\"\n}\n",
    );
    krate(&repo, "b", WARNED);
    let outcome = lint(repo.path()).run();
    outcome.assert_code(1);
    let mut places = told(&outcome);
    places.sort_by_key(|one| one.2.clone());
    assert_eq!(
        places,
        [
            error("clippy", "a/src/lib.rs:3"),
            error("clippy", "b/src/lib.rs:3")
        ],
        "{outcome}"
    );
}

#[test]
fn warnings_of_clippy_pass_where_they_may_and_the_projects_configuration_counts() {
    let repo = TempRepo::new();
    krate(&repo, "one", WARNED);
    let outcome = lint(repo.path()).input("deny-warnings", "false").run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("verdict"), "passed");
    assert_eq!(outcome.output("findings"), "1");
    assert_eq!(outcome.annotations[0].level, Level::Warning);

    // Neither is the default of clippy or rustfmt.
    repo.write("one/clippy.toml", "too-many-arguments-threshold = 1\n")
        .write("one/rustfmt.toml", "hard_tabs = true\n")
        .write(
            "one/src/lib.rs",
            "//! A library.\npub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n",
        );
    let outcome = lint(repo.path()).run();
    outcome.assert_code(1);
    assert_eq!(
        told(&outcome),
        [
            error("rustfmt", "one/src/lib.rs:3"),
            error("clippy", "one/src/lib.rs:2")
        ],
        "{outcome}"
    );
}

/// As for `-D warnings`.
#[cfg(target_os = "linux")]
#[test]
fn a_warning_that_is_not_a_lint_stays_one() {
    let repo = TempRepo::new();
    krate(&repo, "one", "//! A library.\n");
    repo.write(
        "one/Cargo.toml",
        "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"lib\", \"cdylib\"]\n",
    );
    let outcome = lint(repo.path())
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .run();
    outcome.assert_code(0);
    assert_eq!(outcome.annotations[0].level, Level::Warning, "{outcome}");
    assert!(
        outcome.annotations[0].message.contains("cdylib"),
        "{outcome}"
    );
}

#[test]
fn a_syntax_error_is_a_finding_of_each_linter_that_meets_it() {
    let repo = TempRepo::new();
    krate(&repo, "one", "//! A library.\npub fn broken( {}\n");
    let outcome = lint(repo.path()).run();
    outcome.assert_code(1);
    let told = told(&outcome);
    assert!(
        told.contains(&error("rustfmt", "one/src/lib.rs:2")),
        "{outcome}"
    );
    assert!(
        told.contains(&error("clippy", "one/src/lib.rs:2")),
        "{outcome}"
    );
}

#[test]
fn a_lock_file_that_does_not_fit_is_not_changed() {
    let repo = TempRepo::new();
    krate(&repo, "one", "//! A library.\n");
    krate(&repo, "one/two", "//! A library.\n");
    repo.write("one/Cargo.lock", "version = 4\n\n[[package]]\nname = \"one\"\nversion = \"0.1.0\"\n")
        .write(
            "one/Cargo.toml",
            "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\ntwo = { path = \"two\" }\n",
        );
    let outcome = lint(repo.path()).run();
    let problem = crate::problem(&outcome);
    assert!(
        problem.starts_with("failed to run clippy: it ended with exit code 101"),
        "{outcome}"
    );
    assert!(outcome.stdout.contains("--locked"), "{outcome}");
}

#[test]
fn cargo_deny_is_told_at_its_rule_and_at_the_package() {
    if !has(&["cargo-deny"]) {
        return;
    }
    let repo = TempRepo::new();
    krate(&repo, "one", "//! A library.\n");
    repo.write(
        "one/deny.toml",
        "[licenses]\nallow = [\"MIT\"]\nunused-allowed-license = \"allow\"\n\n[bans]\ndeny = [{ crate = \"one\" }]\n",
    )
    .write(
        "one/Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"one\"\nversion = \"0.1.0\"\n",
    );
    let outcome = lint(repo.path())
        .input("arguments", "cargo-deny: bans licenses")
        .run();
    outcome.assert_code(1);
    let places: Vec<_> = told(&outcome)
        .into_iter()
        .filter(|one| one.0 == Level::Error)
        .collect();
    assert_eq!(
        places,
        [
            error("cargo-deny", "one/deny.toml:6"),
            error("cargo-deny", "one/Cargo.lock:4")
        ],
        "{outcome}"
    );
}

#[test]
fn variables_that_colour_output_change_nothing() {
    let repo = TempRepo::new();
    krate(&repo, "one", UNFORMATTED);
    let outcome = lint(repo.path())
        .env("CARGO_TERM_COLOR", "always")
        .env("FORCE_COLOR", "1")
        .env("CLICOLOR_FORCE", "1")
        .run();
    outcome.assert_code(1);
    assert_eq!(
        told(&outcome),
        [error("rustfmt", "one/src/lib.rs:2")],
        "{outcome}"
    );
}
