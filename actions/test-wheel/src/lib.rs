//! Tests a wheel as people will get it: installed alone into a fresh environment, never imported from the source tree.

mod interpreter;
mod progress;
mod session;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use actions_core::{Action, Cancelled, Context, Done, Permission, Summary, Table, list};
use anyhow::{Context as _, bail};
use jiff::SignedDuration;
use package_formats::{Choice, Wheel};
use schemars::JsonSchema;
use serde::Serialize;
use test_reports::Report;

use progress::Progress;
use session::Session;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "test-wheel",
    name: "Test wheel",
    description: "Installs exactly one wheel into a fresh Python environment, proves that nothing else is imported, and runs pytest.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "check-square",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission::BUCKET],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Wheel to test: a file, a glob, or a folder with one wheel for this project and platform
    #[arg(long, value_name = "PATH", conflicts_with = "bucket")]
    pub wheel: Option<String>,
    /// Bucket with the wheel of `commit`
    #[arg(long, value_name = "URL")]
    pub bucket: Option<String>,
    /// Commit whose wheel to fetch from the bucket; defaults to the event's, or HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Project to test, if there are wheels of several
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Platform of the wheel, such as linux-x64; defaults to this machine's
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<String>,
    /// Files or folders with tests for pytest; without any, the wheel is only installed and imported
    #[arg(long, value_name = "PATHS")]
    pub tests: Vec<PathBuf>,
    /// Module that must be importable; defaults to the project's name with underscores
    #[arg(long, value_name = "MODULE")]
    pub import: Option<String>,
    /// Pip requirements of the tests, besides the wheel and pytest
    #[arg(long, value_name = "REQUIREMENTS")]
    pub requirements: Vec<String>,
    /// Python interpreter to test with
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub python: String,
    /// Extra arguments for pytest, which otherwise follows the project's configuration
    #[arg(long, value_name = "ARGUMENTS", allow_hyphen_values = true)]
    pub pytest_args: Vec<String>,
    /// Minimum number of tests that must run; skipped tests do not count
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub min_tests: usize,
    /// Time limit for all tests, such as 10m or 1h 30m; tests still running then have failed
    #[arg(long, value_name = "DURATION", value_parser = test_reports::limit)]
    pub timeout: Option<SignedDuration>,
    /// Version of pytest
    #[arg(long, value_name = "VERSION", default_value = "9.2.0")]
    pub pytest: String,
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
    /// Number of tests that passed.
    pub passed: usize,
    /// Number of tests that failed or could not be set up.
    pub failed: usize,
    /// Number of skipped tests.
    pub skipped: usize,
    /// Version of the tested wheel.
    pub version: String,
    /// Path of the JUnit report; empty without tests.
    pub report: String,
}

/// Installs the wheel and tests it.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    if inputs.wheel.is_none() && inputs.bucket.is_none() {
        bail!("missing input `wheel`: set it to the wheel's path, or set `bucket` and `commit`");
    }
    for path in &inputs.tests {
        if !path.exists() {
            bail!("failed to find the tests: there is no `{}`", path.display());
        }
    }
    let tmp = tempfile::tempdir_in(cx.temp_dir()).context("failed to create a temporary folder")?;
    let notes = tmp.path().join("notes");
    fs::create_dir(&notes).context("failed to create a temporary folder")?;
    let tested = cx.block_on(test(cx, &inputs, tmp.path(), &notes));
    if let Err(error) = &tested
        && error.is::<Cancelled>()
    {
        tell_of_a_cancelled_run(cx, &inputs, &notes)?;
    }
    tested
}

/// A job that is cancelled, or runs out of its own time, shows what ran until then.
fn tell_of_a_cancelled_run(cx: &Context, inputs: &Inputs, notes: &Path) -> anyhow::Result<()> {
    let progress = Progress::read(notes)?;
    let running = progress.running();
    if running.is_empty() {
        return Ok(());
    }
    cx.log.info(format!("still running: {}", list(&running)));
    let report = session::stopped(inputs, &progress, "the run was cancelled")?;
    show(cx, "cancelled", &report)
}

async fn test(
    cx: &Context,
    inputs: &Inputs,
    tmp: &Path,
    notes: &Path,
) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let path = the_wheel(cx, inputs, tmp).await?;
    let wheel = Wheel::open(&path)?;
    cx.log.info(format!(
        "testing {} (SHA-256 {})",
        path.display(),
        wheel.digest.sha256
    ));
    let session = Session::install(cx, inputs, &wheel, tmp).await?;
    session.check_import(cx).await?;
    let report = match inputs.tests.as_slice() {
        [] => Report::default(),
        _ => session.run_tests(cx, inputs, notes).await?,
    };
    show(cx, &wheel.file_name.to_string(), &report)?;
    cx.log.info(format!(
        "tested {} {} as installed: {} passed, {} failed, {} skipped, in {:.1} s",
        wheel.file_name.normalized_name(),
        wheel.metadata.version(),
        report.passed(),
        report.failed(),
        report.skipped(),
        started.elapsed().as_secs_f64()
    ));
    let good = report.failed() == 0;
    let outputs = Outputs {
        verdict: if good { "passed" } else { "found" },
        passed: report.passed(),
        failed: report.failed(),
        skipped: report.skipped(),
        version: wheel.metadata.version().to_owned(),
        report: match inputs.tests.as_slice() {
            [] => String::new(),
            _ => inputs.report.display().to_string(),
        },
    };
    Ok(match good {
        true => Done::passed(outputs),
        false => Done::found(outputs),
    })
}

/// The one wheel that is meant, from the bucket or from disk.
async fn the_wheel(cx: &Context, inputs: &Inputs, tmp: &Path) -> anyhow::Result<PathBuf> {
    let choice = Choice {
        project: inputs.project.clone(),
        platform: inputs.platform.clone(),
    };
    let Some(bucket) = &inputs.bucket else {
        let given = inputs.wheel.as_deref().unwrap_or_default();
        return Ok(choice.on_disk(given)?);
    };
    let store = connections::bucket(cx, bucket, false)?;
    let commit = cx.commit_id(inputs.commit.as_deref()).await?.parse()?;
    let record = store.the_wheel(&commit, &choice, bucket).await?;
    Ok(store.fetch(&record, &tmp.join("wheel")).await?)
}

fn show(cx: &Context, wheel: &str, report: &Report) -> anyhow::Result<()> {
    let mut counts = Table::new(&["wheel", "passed", "failed", "skipped"]);
    counts.row([
        wheel.to_owned(),
        report.passed().to_string(),
        report.failed().to_string(),
        report.skipped().to_string(),
    ]);
    let mut summary = Summary::new();
    summary.heading("Test wheel").table(&counts);
    test_reports::summary(report, &mut summary);
    cx.write_summary(&summary)?;
    cx.log.annotate(test_reports::annotations(report));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "test-wheel");
    }
}
