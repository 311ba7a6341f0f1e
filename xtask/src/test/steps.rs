//! The steps of `cargo xtask test`, in the order in which they run.

use anyhow::{Result, ensure};
use testkit::bucket_server::BucketServer;

use super::Outcome;
use super::count::{self, Cases};
use crate::lint::{self, Linter};
use crate::process::{Cmd, Finished, tail};
use crate::setup::{self, Needs};
use crate::{codegen, demo, dist, project};

/// How much of a failed test run is shown: the failures are at its end.
const SHOWN_LINES: usize = 300;

pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) work: fn() -> Result<Outcome>,
}

pub(super) const ALL: &[Step] = &[
    step("set-up", || {
        setup::run(Needs::Tests).map(|()| Outcome::default())
    }),
    step("format", format),
    step("clippy", || clippy(&project::root())),
    step("example: clippy", || clippy(&project::example())),
    step("build", build),
    step("generated files", generated),
    step("release tree", release_tree),
    step("tests", tests),
    step("tests: Google's and S3's buckets", buckets),
    step("documentation tests", documentation_tests),
    step("demo", demo),
    step("lint: jactionlint", || lint(Linter::Jactionlint)),
    step("lint: GitHub's own parser", || lint(Linter::GithubParser)),
    step("lint: zizmor, pedantic", || lint(Linter::Zizmor)),
    step("lint: shellcheck", shellcheck),
];

const fn step(name: &'static str, work: fn() -> Result<Outcome>) -> Step {
    Step { name, work }
}

/// A cargo of this workspace, without what a runner sets: on GitHub and on a laptop the same is tested.
fn cargo(folder: &std::path::Path) -> Cmd {
    let mut command = Cmd::new("cargo")
        .dir(folder)
        .env("CARGO_TERM_COLOR", "never")
        .env("TERM", "dumb");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let of_a_runner = ["GITHUB_", "INPUT_", "RUNNER_", "ACTIONS_"];
        if of_a_runner.iter().any(|prefix| text.starts_with(prefix)) {
            command = command.env_remove(&name);
        }
    }
    command
}

fn format() -> Result<Outcome> {
    for folder in [project::root(), project::example()] {
        cargo(&folder)
            .args(["fmt", "--all", "--check", "--", "-l"])
            .run()?;
    }
    Ok(Outcome::default())
}

fn clippy(folder: &std::path::Path) -> Result<Outcome> {
    cargo(folder)
        .args(["clippy", "--workspace", "--all-targets", "--quiet"])
        .args(["--", "-D", "warnings"])
        .run()?;
    Ok(Outcome::default())
}

fn build() -> Result<Outcome> {
    cargo(&project::root())
        .args(["build", "--workspace", "--bins", "--quiet"])
        .run()?;
    Ok(Outcome::default())
}

fn generated() -> Result<Outcome> {
    codegen::run(&codegen::Options { check: true })?;
    Ok(Outcome::default())
}

/// nextest where it is installed, because it runs the tests of all crates at once; cargo's own otherwise.
fn tests() -> Result<Outcome> {
    let root = project::root();
    if cargo(&root).args(["nextest", "--version"]).run().is_ok() {
        let finished = cargo(&root)
            .args(["nextest", "run", "--workspace", "--no-fail-fast"])
            .args([
                "--cargo-quiet",
                "--status-level=fail",
                "--final-status-level=fail",
            ])
            .args(["--failure-output=final", "--show-progress=none"])
            .finish()?;
        return Ok(tested(&finished, count::of_nextest(&finished.stderr)));
    }
    let finished = cargo(&root)
        .args(["test", "--workspace", "--no-fail-fast", "--quiet"])
        .args(["--lib", "--bins", "--tests"])
        .finish()?;
    Ok(tested(&finished, count::of_cargo(&finished.stdout)))
}

/// The store's tests once more, each on a server that stands in for a cloud.
fn buckets() -> Result<Outcome> {
    let mut all = Cases::default();
    let mut failures = Vec::new();
    // fake-gcs-server ignores that an upload in parts is create-only, so it cannot judge a race.
    for (server, skipped) in [
        (BucketServer::google(), Some("races")),
        (BucketServer::s3(), None),
    ] {
        let mut command = cargo(&project::root())
            .args(["test", "--workspace", "--test", "store", "--no-fail-fast"])
            .arg("--quiet")
            .env("PACKAGE_STORE_TEST_BUCKET", server.bucket("suite"))
            .env("AWS_ACCESS_KEY_ID", "tests")
            .env("AWS_SECRET_ACCESS_KEY", "tests");
        if let Some(skipped) = skipped {
            command = command.args(["--", "--skip", skipped]);
        }
        let finished = command.finish()?;
        let cases = count::of_cargo(&finished.stdout);
        all.passed += cases.passed;
        all.failed += cases.failed;
        if !finished.status.success() {
            failures.push(tail(&finished.output(), SHOWN_LINES));
        }
    }
    Ok(Outcome {
        note: format!("{} passed, {} failed", all.passed, all.failed),
        cases: all,
        failure: (!failures.is_empty()).then(|| failures.join("\n")),
    })
}

fn documentation_tests() -> Result<Outcome> {
    let finished = cargo(&project::root())
        .args(["test", "--workspace", "--doc", "--no-fail-fast", "--quiet"])
        .finish()?;
    Ok(tested(&finished, count::of_cargo(&finished.stdout)))
}

/// README's first command: each line of its table is a case.
fn demo() -> Result<Outcome> {
    let world = demo::prepare()?;
    let (rows, failure) = match demo::play(&world) {
        Ok(rows) => (rows, None),
        Err((rows, error)) => (rows, Some(error)),
    };
    let outcome = Outcome {
        note: format!("{} steps held", rows.len()),
        cases: Cases {
            passed: rows.len() as u64,
            failed: u64::from(failure.is_some()),
        },
        failure: failure.map(|error| format!("{error:#}")),
    };
    if outcome.failure.is_none() {
        world.remove()?;
    }
    Ok(outcome)
}

fn tested(finished: &Finished, cases: Cases) -> Outcome {
    let failure = (!finished.status.success() || cases.failed > 0)
        .then(|| tail(&finished.output(), SHOWN_LINES));
    Outcome {
        note: format!("{} passed, {} failed", cases.passed, cases.failed),
        cases,
        failure,
    }
}

/// The tree that the linters and the workflow tests use, with binaries that were just built.
fn release_tree() -> Result<Outcome> {
    dist::run(&dist::Options {
        vendored: false,
        profile: dist::Profile::Dev,
        target: None,
        assets: None,
    })?;
    Ok(Outcome::default())
}

fn lint(linter: Linter) -> Result<Outcome> {
    lint::run(linter).map(Outcome::held)
}

/// Every tracked shell script; shellcheck is not installable from a package registry, so it is optional.
fn shellcheck() -> Result<Outcome> {
    if Cmd::new("shellcheck").arg("--version").run().is_err() {
        return Ok(Outcome::held("not installed: skipped"));
    }
    let root = project::root();
    let listed = Cmd::new("git")
        .args(["ls-files", "*.sh", ".ci/run"])
        .dir(&root)
        .run()?;
    let scripts: Vec<&str> = listed.lines().collect();
    ensure!(!scripts.is_empty(), "failed to find any shell script");
    Cmd::new("shellcheck").args(&scripts).dir(&root).run()?;
    Ok(Outcome::held(format!("{} scripts", scripts.len())))
}
