//! Tests the crates of a workspace, and says of each failure where it is and what it said.

mod balance;
mod build;
mod cargo;
mod filter;
mod history;
mod libtest;
mod nextest;
mod panics;
mod part;
mod report;
mod shard;
mod workspace;

use std::{path::PathBuf, time::Instant};

use actions_core::{Action, Context, Done, Permission, When, text};
use anyhow::{Context as _, bail};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Serialize;
use test_reports::Report;

use build::Built;
use history::Measured;
use part::Part;
use shard::Shard;
use workspace::Workspace;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "test-rust",
    name: "Test Rust",
    description: "Runs the tests of Rust crates with nextest or cargo, including documentation tests, and reports failures on their lines, flaky tests and slow tests.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "check-square",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[
        Permission {
            scope: "contents",
            access: "read",
            when: When::Always,
            reason: "For the checkout before it.",
        },
        Permission::BUCKET,
    ],
};

/// What runs the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Runner {
    /// nextest if it is installed, else cargo.
    Auto,
    Nextest,
    Cargo,
}

/// When durations are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Record {
    /// Of the default branch.
    Auto,
    Always,
    Never,
}

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Cargo.toml of the workspace
    #[arg(long, value_name = "FILE", default_value = "Cargo.toml")]
    pub manifest_path: PathBuf,
    /// Crates to test; by default the workspace's `default-members`, or all if it has none
    #[arg(long, value_name = "NAMES")]
    pub packages: Vec<String>,
    /// Features to test
    #[arg(long, value_name = "FEATURES")]
    pub features: Vec<String>,
    /// Test all features
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub all_features: bool,
    /// Cargo profile to build with; by default `test`
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Additional arguments that both cargo and nextest accept, such as `--exclude=NAME`
    #[arg(long, value_name = "ARGUMENTS", allow_hyphen_values = true)]
    pub arguments: Vec<String>,
    /// What runs the tests: `auto` uses nextest if installed, otherwise cargo
    #[arg(long, value_name = "RUNNER", default_value = "auto")]
    pub runner: Runner,
    /// Profile in `.config/nextest.toml`; defaults to `default`
    #[arg(long, value_name = "PROFILE")]
    pub nextest_profile: Option<String>,
    /// Number of retries of a failed test; defaults to nextest's configuration, otherwise none
    #[arg(long, value_name = "COUNT")]
    pub retries: Option<u32>,
    /// Minimum number of tests that must run, unless this is a shard; ignored tests do not count
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub min_tests: usize,
    /// Time limit for each test, such as 90s or 10m; a test that exceeds it fails. With cargo, which has no limits:
    /// longest time that a test program may print nothing
    #[arg(long, value_name = "DURATION", value_parser = test_reports::limit)]
    pub test_timeout: Option<SignedDuration>,
    /// Also run documentation tests; with shards, only the first does
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub doctests: bool,
    /// Part of the tests to run, such as `2/5`; together, the parts run every test
    #[arg(long, value_name = "SHARD")]
    pub shard: Option<Shard>,
    /// Durations that balance the shards: the output `test-durations` of `plan`
    #[arg(long, value_name = "JSON")]
    pub durations: Option<String>,
    /// Bucket with test durations
    #[arg(long, value_name = "URL")]
    pub bucket: Option<String>,
    /// Name of the suite in the bucket; use one for each system
    #[arg(long, value_name = "NAME", default_value = "tests")]
    pub suite: String,
    /// When to store durations in the bucket: `auto` means on the default branch
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub record: Record,
    /// File for the JUnit report
    #[arg(long, value_name = "FILE", default_value = "junit.xml")]
    pub report: PathBuf,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// `passed` or `found`.
    pub verdict: &'static str,
    /// `nextest` or `cargo`.
    pub runner: &'static str,
    /// How many tests passed, flaky ones included.
    pub passed: usize,
    /// How many tests failed.
    pub failed: usize,
    /// How many tests passed only on retry.
    pub flaky: usize,
    /// How many tests are ignored.
    pub skipped: usize,
    /// Path of the JUnit report; empty if the tests do not compile.
    pub report: String,
}

/// Builds and runs the tests.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    cx.block_on(test(cx, &inputs))
}

async fn test(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let workspace = Workspace::read(inputs).await?;
    test_reports::forget(&inputs.report)?;
    let runner = choose(inputs.runner).await?;
    let programs = match build::build(cx, &workspace).await? {
        Built::Programs(programs) => programs,
        Built::Broken(errors) => {
            report::broken(cx, &errors)?;
            return Ok(done(
                runner.name(),
                &Report::default(),
                String::new(),
                false,
            ));
        }
    };
    let doctests = inputs.doctests && workspace.has_doctests(inputs);
    let part = match runner {
        Chosen::Nextest(_) => Part::find(cx, inputs, &workspace, doctests).await?,
        Chosen::Cargo => Part::for_cargo(inputs),
    };
    let mut measured = Measured::default();
    let began = Instant::now();
    let (mut report, programs, mut total) = match &runner {
        Chosen::Nextest(_) => {
            let tmp =
                tempfile::tempdir_in(cx.temp_dir()).context("failed to make a temporary folder")?;
            let report = nextest::run(cx, inputs, &workspace, tmp.path(), &part).await?;
            measured.tests = Some(began.elapsed());
            (report, Vec::new(), 0)
        }
        Chosen::Cargo => {
            let tested = cargo::run(cx, inputs, &workspace, &programs).await?;
            let report = Report {
                cases: tested.cases,
                ..Report::default()
            };
            (report, tested.programs, tested.total)
        }
    };
    let ran = report.cases.len();
    if doctests && inputs.shard.is_none_or(|shard| shard.index == 1) {
        let began = Instant::now();
        report.cases.extend(cargo::doctests(cx, &workspace).await?);
        measured.doctests = began.elapsed();
    }
    let shard = report::shard(&part, ran, began.elapsed());
    if inputs.shard.is_some() && report.cases.is_empty() && matches!(runner, Chosen::Nextest(_)) {
        total = nextest::list(inputs, cx, &workspace).await?.count;
    }
    refuse_nothing(&report, inputs, total)?;
    panics::place(&mut report.cases, &workspace);
    report.write(&inputs.report, "test-rust")?;
    history::record(cx, inputs, &report, &measured).await?;
    report::tests(cx, &runner.shown(), &report, &programs, &shard, started)?;
    let good = report.failed() == 0;
    let path = inputs.report.display().to_string();
    Ok(done(runner.name(), &report, path, good))
}

/// A run without a test proves nothing. A shard may be empty where the others are not.
fn refuse_nothing(report: &Report, inputs: &Inputs, total: usize) -> anyhow::Result<()> {
    let ran = report.passed() + report.failed();
    match (inputs.shard, ran, report.skipped()) {
        (Some(_), 0, 0) if total == 0 => {}
        (Some(_), ..) => return Ok(()),
        (None, ran, _) if ran >= inputs.min_tests => return Ok(()),
        (None, 0, skipped @ 1..) => bail!(
            "failed to run a test: {}, and there are no others",
            match skipped {
                1 => "1 is ignored".to_owned(),
                many => format!("{many} are ignored"),
            }
        ),
        (None, 0, 0) => {}
        (None, ran, _) => bail!(
            "failed to run the tests: {} ran, but `min-tests` is {}",
            text::counted(ran, "test"),
            inputs.min_tests
        ),
    }
    bail!("failed to find a test: the chosen crates have none; name others in the input `packages`")
}

/// The runner that was found.
#[derive(Debug)]
enum Chosen {
    Nextest(String),
    Cargo,
}

impl Chosen {
    fn name(&self) -> &'static str {
        match self {
            Self::Nextest(_) => "nextest",
            Self::Cargo => "cargo",
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Nextest(version) => format!("nextest {version}"),
            Self::Cargo => "cargo test".to_owned(),
        }
    }
}

async fn choose(wanted: Runner) -> anyhow::Result<Chosen> {
    if wanted == Runner::Cargo {
        return Ok(Chosen::Cargo);
    }
    match (nextest::version().await, wanted) {
        (Some(version), _) => Ok(Chosen::Nextest(version)),
        (None, Runner::Nextest) => bail!(
            "failed to find nextest: install it with `cargo install --locked cargo-nextest`, or set `runner: cargo`"
        ),
        (None, _) => Ok(Chosen::Cargo),
    }
}

fn done(runner: &'static str, report: &Report, path: String, good: bool) -> Done<Outputs> {
    let outputs = Outputs {
        verdict: if good { "passed" } else { "found" },
        runner,
        passed: report.passed(),
        failed: report.failed(),
        flaky: report.flaky(),
        skipped: report.skipped(),
        report: path,
    };
    match good {
        true => Done::passed(outputs),
        false => Done::found(outputs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "test-rust");
    }
}
