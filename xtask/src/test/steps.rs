//! The steps of `cargo xtask test`, in the order in which they run.

use anyhow::{Result, ensure};

use super::Outcome;
use super::count::{self, Cases};
use super::dependencies;
use super::skipped::{self, List, Skipped};
use crate::lint::{self, Linter};
use crate::process::{Cmd, Finished, tail};
use crate::setup::{self, Needs};
use crate::{dist, programs, project};

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
    step("dependencies: deny.toml", dependencies::deny),
    step("dependencies: Rust's version", dependencies::rust_version),
    step("tests", tests),
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

fn cargo(folder: &std::path::Path) -> Cmd {
    without_a_runner(Cmd::new("cargo").dir(folder))
}

/// Without what a runner sets: on GitHub and on a laptop the same is tested.
fn without_a_runner(command: Cmd) -> Cmd {
    let mut command = command.env("CARGO_TERM_COLOR", "never").env("TERM", "dumb");
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
    programs::everything()?;
    Ok(Outcome::default())
}

fn generated() -> Result<Outcome> {
    programs::everything()?
        .command("codegen")?
        .arg("--check")
        .run()?;
    Ok(Outcome::default())
}

/// Every test, beside servers that stand in for three clouds. nextest where it is installed, because it runs the tests of all crates
/// at once; cargo's own otherwise.
fn tests() -> Result<Outcome> {
    let root = project::root();
    let skipped = List::new()?;
    let beside = programs::everything()?
        .command("bucket-server")?
        .args(["google", "s3", "azure", "--", "cargo"])
        .dir(&root)
        .env(skipped::FILE, skipped.path());
    let beside = without_a_runner(beside);
    if cargo(&root).args(["nextest", "--version"]).run().is_ok() {
        let finished = beside
            .args(["nextest", "run", "--workspace", "--no-fail-fast"])
            .args([
                "--cargo-quiet",
                "--status-level=fail",
                "--final-status-level=fail",
            ])
            .args(["--failure-output=final", "--show-progress=none"])
            .finish()?;
        let cases = count::of_nextest(&finished.stderr);
        return Ok(tested(&finished, cases, skipped.read()?));
    }
    let finished = beside
        .args(["test", "--workspace", "--no-fail-fast", "--quiet"])
        .args(["--lib", "--bins", "--tests"])
        .finish()?;
    let cases = count::of_cargo(&finished.stdout);
    Ok(tested(&finished, cases, skipped.read()?))
}

fn documentation_tests() -> Result<Outcome> {
    let finished = cargo(&project::root())
        .args(["test", "--workspace", "--doc", "--no-fail-fast", "--quiet"])
        .finish()?;
    let cases = count::of_cargo(&finished.stdout);
    Ok(tested(&finished, cases, Vec::new()))
}

/// README's first command: each line of its table is a case.
fn demo() -> Result<Outcome> {
    release_tree()?;
    let finished = programs::everything()?.command("demo")?.finish()?;
    let cases = count::of_demo(&finished.stdout);
    let failed = !finished.status.success();
    Ok(Outcome {
        note: format!("{} steps held", cases.passed),
        cases: Cases {
            failed: u64::from(failed),
            ..cases
        },
        skipped: Vec::new(),
        failure: failed.then(|| tail(&finished.output(), SHOWN_LINES)),
    })
}

/// A test that was skipped ended well, as its harness has it.
fn tested(finished: &Finished, told: Cases, skipped: Vec<Skipped>) -> Outcome {
    let failure = (!finished.status.success() || told.failed > 0).then(|| {
        let output = finished.output();
        let names = count::failed(&output).join("\n");
        format!("{names}\n{}", tail(&output, SHOWN_LINES))
    });
    let cases = Cases {
        passed: told.passed.saturating_sub(skipped.len() as u64),
        ..told
    };
    Outcome {
        note: format!(
            "{} passed, {} failed, {} skipped",
            cases.passed,
            cases.failed,
            skipped.len()
        ),
        cases,
        skipped,
        failure,
    }
}

/// The tree that the linters and the workflow tests use, with binaries that were just built.
fn release_tree() -> Result<Outcome> {
    dist::run(&dist::Options::of_this_machine())?;
    Ok(Outcome::default())
}

fn lint(linter: Linter) -> Result<Outcome> {
    lint::run(linter).map(Outcome::held)
}

/// Every tracked shell script. No package registry has shellcheck; the set-up installs Debian's where it may.
fn shellcheck() -> Result<Outcome> {
    if Cmd::new("shellcheck").arg("--version").run().is_err() {
        return Ok(Outcome::missing(
            "lint: shellcheck",
            "`shellcheck` is not installed",
            "shellcheck (Debian and Ubuntu: apt-get install shellcheck)",
        ));
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
