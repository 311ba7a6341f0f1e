//! `cargo xtask bench gates`: the whole set of gates beside the hooks that people use today and beside the least
//! that any such check costs, all over the same tree.

mod hooks;
mod repository;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::machine;
use super::measure::{self, Contender};
use super::report::{self, verdict};
use crate::process::Cmd;
use crate::programs::BenchGates as Options;
use crate::setup::{self, Needs};
use crate::{dist, project, term};
use repository::{Repository, Shape};

const SMALL: Shape = Shape {
    name: "8,000 files",
    files: 8_000,
    bytes: 40_000_000,
};
const LARGE: Shape = Shape {
    name: "100,000 files",
    files: 100_000,
    bytes: 200_000_000,
};

/// What was aimed at.
const FASTER_THAN_HOOKS: f64 = 15.0;
const SLOWER_THAN_FLOOR: f64 = 3.0;
const MEMORY: u64 = 100_000_000;

const GATES: &str = "`pr-gates`, all gates";
const FLOOR: &str = "`git ls-tree -r -l HEAD`";

/// One program on one repository.
#[derive(Debug)]
struct Row {
    name: String,
    median: Duration,
    fastest: Duration,
    slowest: Duration,
    memory: Option<u64>,
}

pub(super) fn run(options: &Options) -> Result<()> {
    term::heading("Set up");
    setup::run(Needs::Bench)?;
    let binary = dist::build_one(dist::Profile::Dist, "pr-gates")?;
    term::heading("Measure");
    let (gates, small) = on(SMALL, &binary, options.rounds)?;
    let (_, large) = on(LARGE, &binary, options.large_rounds)?;
    let date = options
        .date
        .clone()
        .or_else(machine::today)
        .unwrap_or_default();
    let body = [
        conditions(options, &date, &gates),
        table(SMALL, &small),
        table(LARGE, &large),
        goals(&small, &large)?,
    ]
    .join("\n\n");
    report::write("bench gates", &body)?;
    term::info(&body);
    Ok(())
}

/// The gates that said something, and the rows of the table.
fn on(shape: Shape, binary: &Path, rounds: u32) -> Result<(Vec<String>, Vec<Row>)> {
    let progress = term::Progress::start(&format!("a repository of {}", shape.name));
    let repository = repository::make(shape)?;
    progress.passed("");
    let gates = said(&gates_command(binary, &repository))?;
    let mut contenders = vec![
        Contender {
            name: GATES.to_owned(),
            command: gates_command(binary, &repository),
        },
        Contender {
            name: FLOOR.to_owned(),
            command: Cmd::new("git")
                .args(["ls-tree", "-r", "-l", "HEAD"])
                .dir(&repository.folder),
        },
    ];
    contenders.extend(hooks::contenders(&repository, shape)?);
    let progress =
        term::Progress::start(&format!("{} programs, {rounds} rounds", contenders.len()));
    let times = measure::times(&contenders, rounds)?;
    progress.passed("");
    let progress = term::Progress::start("their memory");
    let rows = contenders.iter().zip(times).map(|(contender, times)| {
        Ok(Row {
            name: contender.name.clone(),
            median: measure::median(&times),
            fastest: times.first().copied().unwrap_or_default(),
            slowest: times.last().copied().unwrap_or_default(),
            memory: super::memory::peak(contender)?,
        })
    });
    let rows = rows.collect::<Result<_>>()?;
    progress.passed("");
    Ok((gates, rows))
}

/// Every gate has a rule; the pull request passes them all.
const RULES: &[(&str, &str)] = &[
    ("--required-labels", "any of: enhancement | bug"),
    ("--required-changes", "if added/** then *.rs"),
    ("--title", "^[A-Z]"),
    ("--blocked-words-in", "title"),
    ("--blocked-words-in", "body"),
    ("--blocked-words-in", "commits"),
    ("--blocked-words-in", "added-lines"),
    ("--blocked-words-in", "file-names"),
    ("--fixup-commits", "refuse"),
    ("--merge-commits", "refuse"),
    ("--blocked-files", "*.orig"),
    ("--executable-bit", "**"),
    ("--text-format", "utf-8, lf, final-newline for **"),
    ("--links", "*.md"),
    ("--cargo", "all"),
];

fn gates_command(binary: &Path, repository: &Repository) -> Cmd {
    let command = Cmd::new(binary).arg("--event").arg(&repository.event);
    let rules = RULES.iter();
    let command = rules.fold(command, |command, (input, rule)| {
        command.args([input, rule])
    });
    command.dir(&repository.folder)
}

/// The gates that looked, from the table that the action prints.
fn said(gates: &Cmd) -> Result<Vec<String>> {
    let output = gates.run()?;
    let looked = output.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (gate, verdict) = (words.next()?, words.next()?);
        (verdict == "passed").then(|| gate.to_owned())
    });
    Ok(looked.collect())
}

fn conditions(options: &Options, date: &str, gates: &[String]) -> String {
    let version = |program: &Path, arguments: &[&str]| {
        machine::said(&program.to_string_lossy(), arguments).unwrap_or_else(|| "unknown".to_owned())
    };
    let gates: Vec<String> = gates.iter().map(|gate| format!("`{gate}`")).collect();
    format!(
        "`cargo xtask bench gates` on {date}: {}; {}, {}, {}, pre-commit-hooks {}.\n\n\
         Two generated repositories, each with a pull request of 100 files in 5 commits; the median of {} runs on \
         the small one and of {} on the large one (fastest–slowest), all programs in turn, files cached in memory. \
         `pr-gates` reads the pull request from its event and runs {}. \
         The hooks get the names of all files of their kind, like with `pre-commit run --all-files`: \
         in batches, one per core at a time. \
         `git ls-tree` is the lower bound: a list of all files with their sizes. \
         Memory is the peak of the program and all its child processes.",
        machine::class(),
        version(Path::new("git"), &["--version"]),
        version(&project::venv_bin("python"), &["--version"]),
        version(&project::venv_bin("pre-commit"), &["--version"]),
        hooks::version(),
        options.rounds,
        options.large_rounds,
        gates.join(", "),
    )
}

fn table(shape: Shape, rows: &[Row]) -> String {
    let gates = rows.first().map(|row| row.median).unwrap_or_default();
    let header = [
        &format!("{}, {:.0} MB", shape.name, shape.bytes as f64 / 1e6),
        "time",
        "times `pr-gates`",
        "peak memory",
    ];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let bare = |time: Duration| report::millis(time).replace(" ms", "");
            vec![
                row.name.clone(),
                format!(
                    "{} ({}–{})",
                    report::millis(row.median),
                    bare(row.fastest),
                    bare(row.slowest)
                ),
                format!("{:.1}", ratio(row.median, gates)),
                report::mebibytes(row.memory),
            ]
        })
        .collect();
    report::markdown(&header, &rows)
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// Goals and whether they were met.
fn goals(small: &[Row], large: &[Row]) -> Result<String> {
    let ratios = |rows: &[Row], slow: &str, fast: &str| -> Result<f64> {
        Ok(ratio(find(rows, slow)?.median, find(rows, fast)?.median))
    };
    let hooks_on_small = ratios(small, hooks::TOGETHER, GATES)?;
    let hooks_on_large = ratios(large, hooks::TOGETHER, GATES)?;
    let floor = ratios(small, GATES, FLOOR)?;
    let memory = find(large, GATES)?.memory;
    Ok(format!(
        "- Goal: all gates at least {FASTER_THAN_HOOKS} times as fast as the five hooks together: {hooks_on_small:.1} times \
         on the small repository, {hooks_on_large:.1} times on the large one: {}.\n\
         - Goal: all gates on the small repository within {SLOWER_THAN_FLOOR} times of `git ls-tree`: {floor:.1} times: {}.\n\
         - Goal: under 100 MB of memory on the large repository: {}: {}.",
        verdict(hooks_on_small.min(hooks_on_large) >= FASTER_THAN_HOOKS),
        verdict(floor <= SLOWER_THAN_FLOOR),
        memory.map_or_else(|| "unknown".to_owned(), report::megabytes),
        verdict(memory.is_some_and(|bytes| bytes < MEMORY)),
    ))
}

fn find<'a>(rows: &'a [Row], name: &str) -> Result<&'a Row> {
    let found = rows.iter().find(|row| row.name == name);
    found.with_context(|| format!("failed to find what was measured of {name}"))
}
