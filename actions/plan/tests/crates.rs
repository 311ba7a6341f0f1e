//! Jobs that depend on crates, and what happens where cargo cannot tell which are affected.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use std::os::unix::fs::PermissionsExt as _;

use testkit::binary::Run;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

const CONFIG: &str = r#"
[platforms.linux]
runs-on = "ubuntu-latest"
default = true

[jobs.core]
crates = ["core"]

[jobs.app]
crates = ["ap*"]
paths = ["assets/**"]

[jobs.docs]
paths = ["docs/**", "never/**"]
"#;

/// `app` uses `middle` uses `core`; `apart` is on its own.
fn repository(config: &str) -> TempRepo {
    let repo = TempRepo::new();
    repo.write(".github/ci-actions.toml", config);
    repo.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n",
    );
    for (name, uses) in [
        ("core", ""),
        ("middle", "core"),
        ("app", "middle"),
        ("apart", ""),
    ] {
        let uses = match uses {
            "" => String::new(),
            other => format!("{other} = {{ path = \"../{other}\" }}\n"),
        };
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n{uses}"
        );
        repo.write(&format!("crates/{name}/Cargo.toml"), manifest);
        repo.write(&format!("crates/{name}/src/lib.rs"), "");
    }
    repo.write("docs/page.md", "hello").write("assets/a", "a");
    repo.commit("first");
    repo
}

fn plan(repo: &TempRepo) -> Run {
    Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(repo.path())
        .tools()
        .args(["--base", "HEAD~1"])
}

/// The jobs that run after a change of one file.
fn after(repo: &TempRepo, path: &str, text: &str) -> Outcome {
    repo.write(path, text).commit(path);
    let outcome = plan(repo).run();
    outcome.assert_code(0);
    outcome
}

#[test]
fn a_job_runs_if_a_crate_of_it_is_affected_and_says_by_which_way() {
    let repo = repository(CONFIG);
    let outcome = after(&repo, "crates/core/src/lib.rs", "// One.\n");
    assert_eq!(outcome.output("jobs"), r#"["app","core"]"#);
    let way = "`app` depends on `middle` → `core`: `crates/core/src/lib.rs` has changed";
    assert!(outcome.stdout.contains(way), "{outcome}");
    let outcome = after(&repo, "crates/apart/src/lib.rs", "// One.\n");
    assert_eq!(outcome.output("jobs"), r#"["app"]"#);
    let outcome = plan(&repo).args(["--explain", "core"]).run();
    let told = "crates/apart/src/lib.rs does not reach its `crates`";
    assert!(outcome.stdout.contains(told), "{outcome}");
    assert_eq!(
        after(&repo, "docs/page.md", "bye").output("jobs"),
        r#"["docs"]"#
    );
}

/// A crate that no job asks for, and a file outside of all crates.
#[test]
fn a_file_that_reaches_no_job_runs_everything() {
    let repo = repository(&CONFIG.replace("ap*", "app"));
    for path in ["crates/apart/src/lib.rs", "justfile"] {
        let outcome = after(&repo, path, "// One.\n");
        assert_eq!(outcome.output("jobs"), r#"["app","core","docs"]"#);
        assert!(
            outcome.stdout.contains(&format!("no rule knows `{path}`")),
            "{outcome}"
        );
    }
}

#[test]
fn where_cargo_cannot_tell_everything_runs_and_the_reason_is_named() {
    let repo = repository(CONFIG);
    let outcome = after(&repo, "crates/core/Cargo.toml", "[package\n");
    assert_eq!(outcome.output("jobs"), r#"["app","core","docs"]"#);
    let told = "the affected crates cannot be known: cargo cannot read `Cargo.toml`: ";
    assert!(outcome.stdout.contains(told), "{outcome}");
    assert!(
        outcome.stdout.contains("crates/core/Cargo.toml"),
        "{outcome}"
    );

    // Git alone is found, and no cargo.
    let tools = tempfile::tempdir().unwrap();
    let git = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("git"))
        .find(|path| path.exists())
        .unwrap();
    std::os::unix::fs::symlink(git, tools.path().join("git")).unwrap();
    let outcome = plan(&repo).env("PATH", tools.path()).run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("jobs"), r#"["app","core","docs"]"#);
    assert!(
        outcome.stdout.contains("failed to run `cargo metadata"),
        "{outcome}"
    );
}

#[test]
fn a_crate_that_does_not_exist_is_answered_with_those_that_do() {
    for (name, told) in [
        (
            "cor",
            "unknown crate \"cor\": did you mean `core`? the crates are apart, app, core and middle",
        ),
        (
            "re_*",
            "glob \"re_*\" matches none of the crates apart, app, core and middle",
        ),
    ] {
        let repo = repository(&CONFIG.replace("\"core\"", &format!("{name:?}")));
        repo.write("docs/page.md", "bye").commit("second");
        let outcome = plan(&repo).run();
        outcome.assert_code(2);
        assert!(
            outcome
                .stdout
                .contains(&format!(".github/ci-actions.toml:7: {told}")),
            "{outcome}"
        );
    }
}

/// What a job with credentials reads must not run what a pull request brings.
#[test]
fn no_program_that_the_change_brings_is_run() {
    let repo = repository(CONFIG);
    let canary = repo.path().join("ran");
    let script = format!("#!/bin/sh\ntouch {:?}\nexit 1\n", canary);
    for name in ["cargo", "rustc"] {
        repo.executable(&format!("evil/bin/{name}"), &script);
    }
    let mode = std::fs::metadata(repo.path().join("evil/bin/cargo")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o111, 0o111);
    let evil = repo.path().join("evil");
    repo.write(
        "rust-toolchain.toml",
        format!("[toolchain]\npath = {evil:?}\n"),
    );
    let rustc = evil.join("bin/rustc");
    repo.write(
        ".cargo/config.toml",
        format!("[build]\nrustc = {rustc:?}\nrustc-wrapper = {rustc:?}\n"),
    );
    let outcome = after(&repo, "crates/core/src/lib.rs", "// One.\n");
    assert!(!canary.exists(), "{outcome}");
    assert!(!outcome.stdout.contains("cannot be known"), "{outcome}");
}

#[test]
fn coverage_names_what_misses_what() {
    let repo = repository(CONFIG);
    repo.write("justfile", "").commit("second");
    let coverage = |config: &str| {
        repo.write(".github/ci-actions.toml", config)
            .commit("config");
        Run::new(env!("CARGO_BIN_EXE_plan"))
            .workspace(repo.path())
            .tools()
            .arg("--coverage")
            .run()
    };
    let config = CONFIG.replace("[jobs.core]\n", "[jobs.core]\nalways = [\"push:mian\"]\n");
    let outcome = coverage(&config);
    outcome.assert_code(1);
    for told in [
        "glob \"never/**\" in `paths` of job `docs` matches no file",
        "event \"push:mian\" of job `core` names a branch that is not in this clone: did you mean `main`?",
        "no rule knows `justfile`",
        "coverage: 3 problems",
    ] {
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
    }
    let good = CONFIG.replace(", \"never/**\"", ", \"justfile\"");
    let outcome = coverage(&good);
    outcome.assert_code(0);
}

#[test]
fn coverage_names_sets_that_nothing_uses_and_globs_of_a_set_once() {
    let config = CONFIG.replace("\"docs/**\", \"never/**\"", "\"@docs\"");
    let config = config.replace("\"assets/**\"", "\"assets/**\", \"@docs\"");
    let sets = "[paths]\ndocs = [\"docs/**\", \"never/**\"]\nold = [\"docs/**\"]\n";
    let repo = repository(&format!("{sets}{config}"));
    let outcome = Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(repo.path())
        .tools()
        .args(["--coverage", "--ignore=@old"])
        .run();
    outcome.assert_code(1);
    for told in [
        "glob \"never/**\" in set `docs` of `[paths]` matches no file",
        "coverage: 1 problem",
    ] {
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
    }
    let outcome = Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(repo.path())
        .tools()
        .arg("--coverage")
        .run();
    let told = "set `old` of `[paths]` is not used";
    assert!(outcome.stdout.contains(told), "{outcome}");
}
