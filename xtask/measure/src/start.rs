//! `cargo xtask bench start`: what a step costs before it does anything. Sizes of the release, and start-up
//! times beside what people would otherwise write: a Node action, a Python hook.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::measure::{Contender, Measured, interleaved};
use super::sizes::{self, Size, Tree};
use super::{machine, report};
use crate::process::Cmd;
use crate::programs::BenchStart as Options;
use crate::setup::{self, Needs};
use crate::{dist, project, term};

// What was aimed at.
const TREE_GOAL_SIZE: u64 = 150_000;
const BINARY_GOAL_SIZE: u64 = 8_000_000;
const LAUNCHER_GOAL: Duration = Duration::from_millis(20);
const BINARY_GOAL: Duration = Duration::from_millis(5);

pub(super) fn run(options: &Options) -> Result<()> {
    term::heading("Set up");
    setup::run(Needs::Tests)?;
    term::heading("Build the release");
    dist::run(&dist::Options {
        vendored: true,
        profile: dist::Profile::Dist,
        target: None,
        assets: None,
    })?;
    let tree = sizes::tree(&project::release_tree())?;
    ensure!(
        tree.binaries.len() == tree.actions.len(),
        "failed to find one binary for each of the {} actions: there are {}",
        tree.actions.len(),
        tree.binaries.len()
    );
    term::heading("Measure");
    let progress = term::Progress::start("start-up times");
    let measured = interleaved(&contenders(&tree)?, options.rounds)?;
    progress.passed(&format!(
        "{} programs, {} rounds",
        measured.len(),
        options.rounds
    ));
    let date = options.date.clone().or_else(machine::today);
    let body = section(&tree, &measured, options.rounds, &date.unwrap_or_default())?;
    report::write("bench start", &body)?;
    term::info(&body);
    Ok(())
}

fn contenders(tree: &Tree) -> Result<Vec<Contender>> {
    let launcher = project::release_tree().join("dist").join("run.sh");
    let mut all = Vec::new();
    for (action, binary) in &tree.binaries {
        all.push(Contender {
            name: format!("{action}, launcher"),
            command: on_a_runner(Cmd::new("bash").arg(&launcher).args([action, "--help"])),
        });
        all.push(Contender {
            name: action.clone(),
            command: on_a_runner(Cmd::new(binary).arg("--help")),
        });
    }
    all.push(Contender {
        name: NODE.to_owned(),
        command: on_a_runner(Cmd::new("node").arg(node_action()?)),
    });
    all.push(Contender {
        name: PYTHON.to_owned(),
        command: on_a_runner(Cmd::new(project::venv_bin("python")).arg(python_hook()?)),
    });
    Ok(all)
}

const NODE: &str = "Node action";
const PYTHON: &str = "Python hook";

/// The variables that every step of a workflow has and that the launcher and the packages read.
fn on_a_runner(command: Cmd) -> Cmd {
    let system = if cfg!(target_os = "macos") {
        "macOS"
    } else {
        "Linux"
    };
    let machine = if cfg!(target_arch = "aarch64") {
        "ARM64"
    } else {
        "X64"
    };
    command
        .env_remove("CI_ACTIONS_BIN_DIR")
        .env("RUNNER_OS", system)
        .env("RUNNER_ARCH", machine)
        .env("GITHUB_REPOSITORY", "somebody/something")
        .env("INPUT_NAME", "value")
}

/// What every JavaScript action begins with, in one file, as JavaScript actions are published.
fn node_action() -> Result<PathBuf> {
    let tools = project::tools();
    let source = r#"
        import * as core from "@actions/core";
        import * as github from "@actions/github";
        if (core.getInput("name") !== "value") process.exitCode = 1;
        if (core.getInput("token")) github.getOctokit(core.getInput("token"));
        if (github.context.repo.owner !== "somebody") process.exitCode = 1;
    "#;
    let entry = write("node-action.mjs", source)?;
    let bundle = project::scratch().join("node-action.cjs");
    let mut outfile = std::ffi::OsString::from("--outfile=");
    outfile.push(&bundle);
    Cmd::new(tools.join("node_modules/.bin/esbuild"))
        .arg(entry)
        .args([
            "--bundle",
            "--platform=node",
            "--format=cjs",
            "--log-level=error",
        ])
        .arg(outfile)
        .env("NODE_PATH", tools.join("node_modules"))
        .dir(&tools)
        .run()
        .context("failed to bundle the Node action to compare with")?;
    Ok(bundle)
}

/// What a hook in Python begins with: it parses its arguments and is able to call git.
fn python_hook() -> Result<PathBuf> {
    let source = "\
import argparse
import re
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument('filenames', nargs='*')
parser.add_argument('--limit', type=int, default=500)
arguments = parser.parse_args()
assert re.compile('x').match('x') and subprocess.PIPE and arguments.limit == 500
sys.exit(0)
";
    write("python-hook.py", source)
}

fn write(name: &str, text: &str) -> Result<PathBuf> {
    let path = project::scratch().join(name);
    fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))?;
    Ok(path)
}

fn section(tree: &Tree, measured: &[Measured], rounds: u32, date: &str) -> Result<String> {
    let find = |name: &str| {
        let found = measured.iter().find(|one| one.name == name);
        found.with_context(|| format!("failed to find what was measured of {name}"))
    };
    let mut rows = Vec::new();
    for (action, binary) in &tree.binaries {
        let launcher = find(&format!("{action}, launcher"))?;
        rows.push(row(
            action,
            Some(sizes::file(binary)?),
            find(action)?,
            Some(launcher),
        ));
    }
    let node = find(NODE)?;
    let python = find(PYTHON)?;
    rows.push(row(NODE, Some(sizes::file(&node_action()?)?), node, None));
    rows.push(row(PYTHON, None, python, None));
    let header = ["", "size", "gzip", "start", "with launcher", "peak memory"];
    Ok(format!(
        "{}\n\n{}\n\n{}\n",
        conditions(tree, rounds, date),
        report::markdown(&header, &rows),
        goals(tree, measured)?,
    ))
}

fn row(
    name: &str,
    size: Option<Size>,
    alone: &Measured,
    launcher: Option<&Measured>,
) -> Vec<String> {
    let bytes =
        |pick: fn(Size) -> u64| size.map_or_else(String::new, |size| report::megabytes(pick(size)));
    vec![
        name.to_owned(),
        bytes(|size| size.raw),
        bytes(|size| size.gzip),
        spread(alone),
        launcher.map_or_else(String::new, spread),
        report::mebibytes(alone.memory),
    ]
}

/// `4.2 ms (3.9–8.0)`.
fn spread(measured: &Measured) -> String {
    let bare = |time: Duration| report::millis(time).replace(" ms", "");
    format!(
        "{} ({}–{})",
        report::millis(measured.median),
        bare(measured.fastest),
        bare(measured.slowest)
    )
}

fn conditions(tree: &Tree, rounds: u32, date: &str) -> String {
    let version = |program: &str, arguments: &[&str]| {
        machine::said(program, arguments).unwrap_or_else(|| "unknown".to_owned())
    };
    let python = project::venv_bin("python");
    format!(
        "`cargo xtask bench start` on {date}: {}; {}, Node {}, {}.\n\n\
         Start: from the start of the process to its end, median of {rounds} (fastest–slowest), all programs \
         in turn. Each action prints its `--help`; \"with launcher\" adds `dist/run.sh`, which finds the \
         binary and checks its SHA-256. The Node action is one bundled file that loads `@actions/core` and \
         `@actions/github` and reads an input; the Python hook imports `argparse`, `re` and `subprocess` and \
         parses its arguments.\n\n\
         The release tree without binaries: {} in {} actions, {} as a gzipped tar file.",
        machine::class(),
        version("rustc", &["--version"]),
        version("node", &["--version"]),
        version(&python.to_string_lossy(), &["--version"]),
        report::megabytes(tree.without_binaries.raw),
        tree.actions.len(),
        report::megabytes(tree.without_binaries.gzip),
    )
}

/// Goals and whether they were met, the slowest action counting.
fn goals(tree: &Tree, measured: &[Measured]) -> Result<String> {
    let is_launcher = |one: &&Measured| one.name.ends_with(", launcher");
    let is_binary = |one: &&Measured| tree.actions.contains(&one.name);
    let line = |what: &str, slowest: Option<&Measured>, goal: Duration| {
        let time = slowest.map(|one| one.median).unwrap_or_default();
        let verdict = report::verdict(time <= goal);
        let goal = report::millis(goal);
        format!(
            "- {what}: {goal} at most, slowest {}: {verdict}.",
            report::millis(time)
        )
    };
    let slowest_launcher = measured
        .iter()
        .filter(is_launcher)
        .max_by_key(|one| one.median);
    let slowest_binary = measured
        .iter()
        .filter(is_binary)
        .max_by_key(|one| one.median);
    let times = [
        line(
            "Goal for launcher, digest and binary",
            slowest_launcher,
            LAUNCHER_GOAL,
        ),
        line("Goal for the binary alone", slowest_binary, BINARY_GOAL),
    ];
    Ok([sizes_goals(tree)?, times].concat().join("\n"))
}

/// The goals of sizes, with the name of everything that is over.
fn sizes_goals(tree: &Tree) -> Result<[String; 2]> {
    let raw = tree.without_binaries.raw;
    let mut over = Vec::new();
    for (action, binary) in &tree.binaries {
        if size_of(binary)? > BINARY_GOAL_SIZE {
            over.push(format!("`{action}`"));
        }
    }
    let verdict = match over.is_empty() {
        true => "held".to_owned(),
        false => format!("missed by {}", over.join(", ")),
    };
    Ok([
        format!(
            "- Goal for the release tree without binaries: {} at most: {}.",
            report::megabytes(TREE_GOAL_SIZE),
            report::verdict(raw <= TREE_GOAL_SIZE)
        ),
        format!(
            "- Goal for the size of a binary: {} at most: {verdict}.",
            report::megabytes(BINARY_GOAL_SIZE)
        ),
    ])
}

fn size_of(file: &Path) -> Result<u64> {
    let metadata = fs::metadata(file);
    Ok(metadata
        .with_context(|| format!("failed to read {}", file.display()))?
        .len())
}
