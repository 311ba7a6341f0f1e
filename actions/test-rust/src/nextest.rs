//! Tests by cargo-nextest, whose report is JUnit's.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use actions_core::{Context, process::Program};
use anyhow::{Context as _, bail};
use serde::Deserialize;
use test_reports::Report;
use untrusted_input::checkout;

use crate::{
    Inputs,
    balance::Test,
    filter,
    part::Part,
    workspace::{Workspace, plain},
};

/// The report's name where the project's configuration gives none.
const REPORT: &str = "ci-actions.xml";

/// Exit code of nextest where tests failed: `NextestExitCode::TEST_RUN_FAILED`.
const FAILED: i32 = 100;

/// Its version, if it is installed.
pub(crate) async fn version() -> Option<String> {
    let asked = plain("cargo")
        .args(["nextest", "--version"])
        .captured()
        .await
        .ok()?;
    let said = String::from_utf8(asked.stdout).ok()?;
    // As in `cargo-nextest 0.9.148 (cd1d6d546 2026-10-07)`.
    let version = said.split_whitespace().nth(1).map(str::to_owned);
    version.filter(|_| asked.code == Some(0))
}

/// Runs the tests; failures are in the report.
pub(crate) async fn run(
    cx: &Context,
    inputs: &Inputs,
    workspace: &Workspace,
    tmp: &Path,
    part: &Part,
) -> anyhow::Result<Report> {
    let (config, store) = (tmp.join("nextest.toml"), tmp.join("nextest"));
    fs::write(&config, config_of(inputs, &store))
        .context("failed to write a configuration for nextest")?;
    let commands = match part {
        Part::Whole => vec![Vec::new()],
        Part::ByName(shard, _) => vec![vec![format!("--partition=hash:{shard}")]],
        Part::ByDurations(own) => filter::commands(&own.tests, &own.all),
    };
    let profile = profile(cx, inputs);
    let report = OwnConfig::read(workspace)?.report(workspace, store, &profile);
    let mut whole = Report::default();
    for choice in &commands {
        let nextest = command(inputs, workspace, &config, &profile, choice);
        let one = run_one(cx, nextest, &report).await?;
        whole.cases.extend(one.cases);
        whole.also_skipped += one.also_skipped;
    }
    match part {
        Part::Whole => {}
        // Of a shard it counts the tests of the others too.
        Part::ByName(..) => whole.also_skipped = 0,
        Part::ByDurations(own) => {
            whole.also_skipped = 0;
            own.prove(&whole)?;
        }
    }
    Ok(whole)
}

fn command(
    inputs: &Inputs,
    workspace: &Workspace,
    config: &Path,
    profile: &str,
    choice: &[String],
) -> Program {
    let mut nextest = workspace
        .nextest("run")
        .args([
            "--no-fail-fast",
            "--no-tests=pass",
            "--color=never",
            "--profile",
            profile,
        ])
        .arg(format!(
            "--tool-config-file=ci-actions:{}",
            config.display()
        ));
    if let Some(retries) = inputs.retries {
        nextest = nextest.arg(format!("--retries={retries}"));
    }
    match choice {
        [one] if one.len() < 200 => nextest.arg(one),
        // Nobody reads hundreds of names.
        many => nextest.unshown_args(many),
    }
}

async fn run_one(cx: &Context, nextest: Program, report: &Path) -> anyhow::Result<Report> {
    test_reports::forget(report)?;
    let (mut run, mut skipped) = (0, 0);
    let code = {
        let _group = cx.log.group("Test");
        cx.log.info(format!("$ {}", nextest.shown()));
        let on_stderr = |line: &str| {
            cx.log.child_line(line);
            (run, skipped) = counts(line).unwrap_or((run, skipped));
        };
        nextest
            .watched(|line| cx.log.child_line(line), on_stderr)
            .await?
    };
    if !matches!(code, 0 | FAILED) {
        bail!("failed to run the tests: nextest ended with exit code {code}, see its output above");
    }
    if !report.is_file() {
        // It writes none where it ran nothing.
        if code == 0 && run == 0 {
            return Ok(Report {
                also_skipped: skipped,
                ..Report::default()
            });
        }
        bail!(
            "failed to run the tests: nextest wrote no report at `{}`",
            report.display()
        );
    }
    let mut report = Report::read(report)?;
    report.also_skipped = skipped;
    if code == FAILED && report.failed() == 0 {
        bail!(
            "failed to run the tests: nextest ended with exit code {code} and names no test that failed, see its output above"
        );
    }
    Ok(report)
}

/// How many tests ran and were skipped: `Summary [   0.017s] 4 tests run: 3 passed, 1 failed, 2 skipped`.
fn counts(line: &str) -> Option<(usize, usize)> {
    let (before, counts) = line
        .split_once(" run: ")
        .filter(|_| line.contains("Summary ["))?;
    // Of a run that was stopped it says `4/5 tests`.
    let run = before
        .split_once("] ")?
        .1
        .split([' ', '/'])
        .next()?
        .parse()
        .ok()?;
    let mut counts = counts
        .split(", ")
        .filter_map(|count| count.trim().strip_suffix(" skipped"));
    let skipped = counts.next().and_then(|count| count.parse().ok());
    Some((run, skipped.unwrap_or_default()))
}

/// A configuration that counts for what the project's own does not say. The report goes to `store`: by default nextest takes
/// a folder of the workspace, wherever the target folder is.
fn config_of(inputs: &Inputs, store: &Path) -> String {
    let store = toml::Value::from(store.to_string_lossy().into_owned());
    let timeout = inputs.test_timeout.map(|limit| {
        let period = limit.as_millis();
        format!("slow-timeout = {{ period = \"{period}ms\", terminate-after = 1 }}\n")
    });
    let timeout = timeout.unwrap_or_default();
    format!("[store]\ndir = {store}\n[profile.default]\n{timeout}junit.path = \"{REPORT}\"\n")
}

/// The tests of all shards.
#[derive(Debug)]
pub(crate) struct Listed {
    /// How many there are, ignored ones included.
    pub(crate) count: usize,
    /// Those that run, sorted.
    pub(crate) tests: Vec<Test>,
}

/// What `cargo nextest list` says.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Listing {
    test_count: usize,
    rust_suites: BTreeMap<String, Suite>,
}

#[derive(Deserialize)]
struct Suite {
    testcases: BTreeMap<String, Testcase>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Testcase {
    filter_match: FilterMatch,
}

#[derive(Deserialize)]
struct FilterMatch {
    status: String,
}

/// Lists the tests.
pub(crate) async fn list(
    inputs: &Inputs,
    cx: &Context,
    workspace: &Workspace,
) -> anyhow::Result<Listed> {
    let out = workspace
        .nextest("list")
        .args(["--message-format=json", "--profile", &profile(cx, inputs)])
        .output()
        .await
        .context("failed to list the tests")?;
    let listing: Listing =
        serde_json::from_slice(&out).context("failed to read nextest's list of tests")?;
    let mut tests = Vec::new();
    for (class, suite) in listing.rust_suites {
        for (name, testcase) in suite.testcases {
            if testcase.filter_match.status == "matches" {
                let class = class.clone();
                tests.push(Test { class, name });
            }
        }
    }
    tests.sort_unstable();
    Ok(Listed {
        count: listing.test_count,
        tests,
    })
}

fn profile(cx: &Context, inputs: &Inputs) -> String {
    let given = inputs.nextest_profile.as_deref();
    given
        .or(cx.env.get("NEXTEST_PROFILE"))
        .unwrap_or("default")
        .to_owned()
}

/// What the project's own configuration says of the report.
#[derive(Debug, Default)]
struct OwnConfig(toml::Table);

impl OwnConfig {
    fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let path = workspace.root.join(".config/nextest.toml");
        match workspace.checkout.read_text(&path, checkout::SMALL) {
            Ok(text) => Ok(Self(
                text.parse()
                    .context("failed to read `.config/nextest.toml`")?,
            )),
            Err(err) if err.is_missing() => Ok(Self::default()),
            Err(err) => Err(err).context("failed to read `.config/nextest.toml`"),
        }
    }

    fn text(&self, keys: &[&str]) -> Option<&str> {
        let (last, tables) = keys.split_last()?;
        let table = tables
            .iter()
            .try_fold(&self.0, |table, key| table.get(*key)?.as_table());
        table?.get(*last)?.as_str()
    }

    fn report(&self, workspace: &Workspace, store: PathBuf, profile: &str) -> PathBuf {
        let store = match self.text(&["store", "dir"]) {
            Some(dir) => workspace.root.join(dir),
            None => store,
        };
        let of = |profile: &str| self.text(&["profile", profile, "junit", "path"]);
        let path = of(profile).or_else(|| of("default")).unwrap_or(REPORT);
        store.join(profile).join(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_in_the_last_line() {
        let line = "     Summary [   0.017s] 4 tests run: 3 passed (1 flaky), 1 failed, 2 skipped";
        assert_eq!(counts(line), Some((4, 2)));
        let one = "     Summary [   0.017s] 1 test run: 1 passed, 0 skipped";
        assert_eq!(counts(one), Some((1, 0)));
        let stopped = "     Summary [   0.017s] 3/5 tests run: 3 passed, 0 skipped";
        assert_eq!(counts(stopped), Some((3, 0)));
        assert_eq!(counts("a test says: 3 skipped"), None);
    }
}
