//! `cargo xtask bench plan`: what deciding costs before anything runs, beside cargo, which is asked for the packages, and beside
//! the library with which path filters in JavaScript match.

mod repository;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::machine;
use super::measure::{self, Contender};
use super::report::{self, verdict};
use crate::process::Cmd;
use crate::programs::BenchPlan as Options;
use crate::setup::{self, Needs};
use crate::{dist, project, term};
use repository::{BY_CRATES, BY_PATHS, CHANGED, CRATES, FILES, Repository};

/// What was aimed at.
const WHOLE: Duration = Duration::from_secs(1);
const OWN: Duration = Duration::from_millis(50);

const SOURCES: &str = "`plan` by crates, sources changed";
const MANIFESTS: &str = "`plan` by crates, a manifest and the lock file changed, too";
const CARGO: &str = "`cargo metadata --no-deps`";
const PATHS: &str = "`plan` by paths, sources changed";
const NODE: &str = "picomatch in Node, the same rules and files";
const NODE_START: &str = "picomatch in Node, started and loaded";

/// Commits that are looked at in a clone of somebody's own.
const HISTORY: &str = "200";

#[derive(Debug)]
struct Row {
    name: String,
    median: Duration,
    fastest: Duration,
    slowest: Duration,
}

pub(super) fn run(options: &Options) -> Result<()> {
    term::heading("Set up");
    if options.repository.is_none() {
        setup::run(Needs::Tests)?;
    }
    let binary = dist::build_one(dist::Profile::Dist, "plan")?;
    term::heading("Measure");
    if let Some(folder) = &options.repository {
        let rows = times(&of_clone(&binary, folder)?, options.rounds)?;
        term::info(&table(&folder.display().to_string(), &rows));
        return Ok(());
    }
    let progress = term::Progress::start(&format!("a repository of {FILES} files"));
    let repository = repository::make()?;
    progress.passed("");
    let contenders = contenders(&binary, &repository);
    same_answer(&contenders)?;
    let rows = times(&contenders, options.rounds)?;
    let date = options.date.clone().or_else(machine::today);
    let what = format!("{CRATES} crates, {FILES} files");
    let body = [
        conditions(options, &date.unwrap_or_default()),
        table(&what, &rows),
        goals(&rows)?,
    ]
    .join("\n\n");
    report::write("bench plan", &body)?;
    term::info(&body);
    Ok(())
}

fn contenders(binary: &Path, repository: &Repository) -> Vec<Contender> {
    let folder = &repository.folder;
    let plan = |config: &str, base: &str| planned(binary, folder, Path::new(config), base);
    let node = || Cmd::new("node").arg(project::tools().join("match-paths.mjs"));
    let match_paths = node().arg(&repository.filters).arg(&repository.changed);
    vec![
        contender(SOURCES, plan(BY_CRATES, "HEAD~1")),
        contender(MANIFESTS, plan(BY_CRATES, "main")),
        contender(CARGO, metadata(folder)),
        contender(PATHS, plan(BY_PATHS, "HEAD~1")),
        contender(NODE, match_paths),
        contender(NODE_START, node()),
    ]
}

/// One job for all crates and one for all files.
fn of_clone(binary: &Path, folder: &Path) -> Result<Vec<Contender>> {
    let config = project::scratch().join("plan.toml");
    let text = "[platforms.linux]\nruns-on = \"ubuntu-latest\"\ndefault = true\n\n\
                [jobs.crates]\ncrates = [\"*\"]\n\n[jobs.files]\npaths = [\"**\"]\n";
    fs::write(&config, text).context("failed to write a config file")?;
    let last = planned(binary, folder, &config, "HEAD~1");
    let history = Cmd::new(binary).arg("--config").arg(&config);
    let history = history.args(["--history", HISTORY]).dir(folder);
    Ok(vec![
        contender("`plan` of the last commit", last),
        contender(CARGO, metadata(folder)),
        contender("`plan --history 200`", history),
    ])
}

fn contender(name: &str, command: Cmd) -> Contender {
    Contender {
        name: name.to_owned(),
        command,
    }
}

fn planned(binary: &Path, folder: &Path, config: &Path, base: &str) -> Cmd {
    let plan = Cmd::new(binary).args(["--base", base]);
    plan.arg("--config").arg(config).dir(folder)
}

/// What `plan` starts, and where: beside the repository, whose toolchain does not count.
fn metadata(folder: &Path) -> Cmd {
    Cmd::new("cargo")
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .dir(std::env::temp_dir())
}

/// Both find the same jobs, or one of them does less work.
fn same_answer(contenders: &[Contender]) -> Result<()> {
    let said = |name: &str| -> Result<String> {
        let found = contenders.iter().find(|one| one.name == name);
        let found = found.with_context(|| format!("failed to find {name}"))?;
        Ok(found.command.run()?.trim().to_owned())
    };
    let (plan, node) = (said(PATHS)?, said(NODE)?);
    let planned = plan.lines().last().unwrap_or_default();
    let (_, jobs) = planned.split_once(" run: ").unwrap_or_default();
    let jobs = jobs.replace(" and ", " ").replace(',', "");
    ensure!(
        !jobs.is_empty() && jobs == node,
        "failed to compare: plan runs {jobs}, and picomatch finds {node}"
    );
    Ok(())
}

fn times(contenders: &[Contender], rounds: u32) -> Result<Vec<Row>> {
    let count = contenders.len();
    let progress = term::Progress::start(&format!("{count} programs, {rounds} rounds"));
    let times = measure::times(contenders, rounds)?;
    progress.passed("");
    let rows = contenders.iter().zip(times).map(|(contender, times)| Row {
        name: contender.name.clone(),
        median: measure::median(&times),
        fastest: times.first().copied().unwrap_or_default(),
        slowest: times.last().copied().unwrap_or_default(),
    });
    Ok(rows.collect())
}

fn conditions(options: &Options, date: &str) -> String {
    let version = |program: &str, arguments: &[&str]| {
        machine::said(program, arguments).unwrap_or_else(|| "unknown".to_owned())
    };
    format!(
        "`cargo xtask bench plan` on {date}: {}; {}, {}, Node {}, picomatch {}.\n\n\
         A repository made from numbers: crates that use up to three others and one of a registry, pages and Python files, \
         with a job for each crate. A change of {CHANGED} sources in ten crates, and one that also changes a manifest and the lock \
         file; the median of {} runs from start to end (fastest–slowest), all programs in turn, files in memory. `cargo metadata` is what \
         `plan` asks cargo, twice if manifests change. picomatch is the library of dorny/paths-filter: it is given \
         the names of the changed files, for which `plan` asks git.",
        machine::class(),
        version("git", &["--version"]),
        version("cargo", &["--version"]),
        version("node", &["--version"]),
        picomatch().unwrap_or_else(|| "unknown".to_owned()),
        options.rounds,
    )
}

fn picomatch() -> Option<String> {
    let path = project::tools().join("node_modules/picomatch/package.json");
    let package: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    Some(package.get("version")?.as_str()?.to_owned())
}

fn table(what: &str, rows: &[Row]) -> String {
    let bare = |time: Duration| report::millis(time).replace(" ms", "");
    let first = rows.first().map(|row| row.median).unwrap_or_default();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let ratio = row.median.as_secs_f64() / first.as_secs_f64();
            vec![
                row.name.clone(),
                format!(
                    "{} ({}–{})",
                    report::millis(row.median),
                    bare(row.fastest),
                    bare(row.slowest)
                ),
                format!("{ratio:.2}"),
            ]
        })
        .collect();
    report::markdown(&[what, "time", "times the first"], &rows)
}

fn goals(rows: &[Row]) -> Result<String> {
    let median = |name: &str| -> Result<Duration> {
        let found = rows.iter().find(|row| row.name == name);
        let found = found.with_context(|| format!("failed to find what was measured of {name}"))?;
        Ok(found.median)
    };
    let whole = median(SOURCES)?.max(median(MANIFESTS)?);
    let own = median(SOURCES)?.saturating_sub(median(CARGO)?);
    let (paths, start) = (median(PATHS)?, median(NODE_START)?);
    Ok(format!(
        "- Goal: under 1 s: {}: {}.\n\
         - Goal: under 50 ms without cargo's own time: {}: {}.\n\
         - Goal: rules by paths are not slower than picomatch starts in Node: {} and {}, {:.2} times: {}.",
        report::millis(whole),
        verdict(whole < WHOLE),
        report::millis(own),
        verdict(own < OWN),
        report::millis(paths),
        report::millis(start),
        paths.as_secs_f64() / start.as_secs_f64(),
        verdict(paths <= start),
    ))
}
