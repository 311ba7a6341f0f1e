//! What happens in the demo, phase by phase, and what must be true after each step.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{
    act::{self, Run, Start},
    events, expect, hub,
    repository::{BODY, BRANCH, PICTURE},
    strangers,
    world::World,
};
use crate::term::Progress;

/// A part of the story.
pub(crate) struct Phase {
    pub(super) title: &'static str,
    pub(super) work: fn(&World, &mut Vec<Row>) -> Result<()>,
}

/// A line of the final table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(super) phase: &'static str,
    pub(super) what: String,
    pub(super) jobs: String,
    pub(super) verdict: &'static str,
    pub(super) elapsed: Duration,
}

pub(super) const PHASES: &[Phase] = &[
    Phase {
        title: "1 · PR Gates",
        work: gates,
    },
    Phase {
        title: "2 · Lint, Build, Test",
        work: build,
    },
    Phase {
        title: "3 · Create Packages",
        work: super::packages::packages,
    },
    Phase {
        title: "4 · Release",
        work: super::release::release,
    },
    Phase {
        title: "5 · GitHub's rules",
        work: super::identity::rules,
    },
    Phase {
        title: "6 · Users install it",
        work: proof,
    },
];

/// Runs a workflow, checks what came out, and adds a line to the table.
pub(super) fn step<'a>(
    world: &World,
    rows: &mut Vec<Row>,
    (phase, what, label): (&'static str, &str, &str),
    start: impl Into<Start<'a>>,
    check: impl FnOnce(&Run) -> Result<(&'static str, String)>,
) -> Result<()> {
    let progress = Progress::start(what);
    let start = start.into();
    let run = match act::run(world, label, &start) {
        Ok(run) => run,
        Err(error) => {
            progress.failed("");
            return Err(error);
        }
    };
    let checked = check(&run).with_context(|| {
        format!(
            "{what}: not as it should be, see {}",
            super::shown(&run.log)
        )
    });
    let (verdict, note) = match checked {
        Ok(checked) => checked,
        Err(error) => {
            progress.failed(&run.jobs_line());
            for one in &run.annotations {
                crate::term::info(&format!(
                    "{}: {} {} {}",
                    one.level, one.title, one.file, one.message
                ));
            }
            return Err(error);
        }
    };
    progress.passed(&note);
    rows.push(Row {
        phase,
        what: what.to_owned(),
        jobs: run.jobs_line(),
        verdict,
        elapsed: run.elapsed,
    });
    Ok(())
}

/// Something that is no workflow, as a line of the table.
fn plain(
    rows: &mut Vec<Row>,
    phase: &'static str,
    what: &str,
    work: impl FnOnce() -> Result<String>,
) -> Result<()> {
    let progress = Progress::start(what);
    let started = Instant::now();
    match work() {
        Ok(note) => {
            progress.passed(&note);
            rows.push(Row {
                phase,
                what: what.to_owned(),
                jobs: String::new(),
                verdict: "passed",
                elapsed: started.elapsed(),
            });
            Ok(())
        }
        Err(error) => {
            progress.failed("");
            Err(error.context(what.to_owned()))
        }
    }
}

pub(super) fn all_succeeded(run: &Run, jobs: &[&str]) -> Result<()> {
    for job in jobs {
        expect(run.job(job) == Some("success"), || {
            format!("the job `{job}` to succeed, but it is {:?}", run.job(job))
        })?;
    }
    Ok(())
}

const GATES: &str = "PR Gates";

fn gates(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let event = events::pull_request(&world.repository, "opened")?;
    step(
        world,
        rows,
        (
            GATES,
            "a pull request with a forgotten label, a large file, an open box",
            "1-gates-found",
        ),
        ("pr-gates.yml", "pull_request", &event),
        |run| {
            expect(run.job(GATES) == Some("failure"), || {
                "the gates to fail".to_owned()
            })?;
            for gate in ["required-labels", "large-files", "checkboxes"] {
                let found = run
                    .annotations
                    .iter()
                    .any(|one| one.level == "error" && one.title == gate);
                expect(found, || format!("a finding of `{gate}`"))?;
            }
            let placed = run.annotations.iter().any(|one| one.file == PICTURE);
            expect(placed, || format!("the finding to name {PICTURE}"))?;
            expect(run.output("pr-gates", "verdict") == Some("found"), || {
                "the verdict `found`".to_owned()
            })?;
            Ok((
                "rejected",
                run.annotations
                    .iter()
                    .map(|one| one.title.clone())
                    .collect::<Vec<_>>()
                    .join(", "),
            ))
        },
    )?;

    world.repository.mend()?;
    hub::label(world, "🦀 rust")?;
    hub::edit_body(world, &BODY.replace("[ ]", "[x]"))?;
    let event = events::pull_request(&world.repository, "synchronize")?;
    step(
        world,
        rows,
        (
            GATES,
            "the fixed pull request (the event still has the old text)",
            "1-gates-passed",
        ),
        ("pr-gates.yml", "pull_request", &event),
        |run| {
            all_succeeded(run, &[GATES])?;
            expect(run.output("pr-gates", "verdict") == Some("passed"), || {
                "the verdict `passed`".to_owned()
            })?;
            Ok(("passed", "labels and text were read live".to_owned()))
        },
    )
}

const BUILD: &str = "Lint, Build, Test";

fn build(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let event = events::pull_request(&world.repository, "synchronize")?;
    step(
        world,
        rows,
        (BUILD, "the plan, the crates and the built wheel", "2-build"),
        ("lint-build-test.yml", "pull_request", &event),
        |run| {
            all_succeeded(run, &["Plan", "lint", "rust", "wheels", "All green"])?;
            let version = run.output("build-wheel", "version").unwrap_or_default();
            let head = world.repository.commit_of(BRANCH)?;
            let short: String = head.chars().take(7).collect();
            expect(version.contains(&format!(".g{short}")), || {
                format!("a wheel of the commit {short}, but its version is \"{version}\"")
            })?;
            expect(run.output("lint", "verdict") == Some("passed"), || {
                "linters without a finding".to_owned()
            })?;
            let passed = |action: &str| {
                let tests = run.output(action, "passed").unwrap_or_default();
                expect(tests.parse::<u32>().is_ok_and(|count| count > 0), || {
                    format!("tests in {action}")
                })?;
                anyhow::Ok(tests)
            };
            let (crates, wheel) = (passed("test-rust")?, passed("test-wheel")?);
            Ok((
                "passed",
                format!("{crates} tests of the crates, {wheel} on the installed wheel {version}"),
            ))
        },
    )?;
    python_alone(world, rows)?;
    every_system(world, rows)
}

fn python_alone(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let before = world.repository.change_python()?;
    let event = events::pull_request_onto(&world.repository, "synchronize", &before)?;
    step(
        world,
        rows,
        (
            BUILD,
            "only Python changes: its tests run on the wheel, those of the crates do not",
            "2-python",
        ),
        ("lint-build-test.yml", "pull_request", &event),
        |run| {
            all_succeeded(run, &["Plan", "lint", "wheels", "All green"])?;
            expect(run.job("rust") != Some("success"), || {
                "the job `rust` to be left out".to_owned()
            })?;
            let passed = run.output("test-wheel", "passed").unwrap_or_default();
            expect(passed.parse::<u32>().is_ok_and(|count| count > 0), || {
                "tests in Python".to_owned()
            })?;
            Ok(("passed", format!("{passed} tests on the installed wheel")))
        },
    )
}

fn every_system(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let event = events::schedule("17 3 * * *");
    step(
        world,
        rows,
        (
            BUILD,
            "nightly run: every job on every system (only Linux runs here)",
            "2-night",
        ),
        ("lint-build-test.yml", "schedule", &event),
        |run| {
            all_succeeded(
                run,
                &["Plan", "lint", "rust", "wheels", "docs", "All green"],
            )?;
            let plan = run.output("plan", "checks").unwrap_or_default();
            let systems = ["linux-arm64", "macos-arm64", "macos-x64", "windows-x64"];
            for system in systems {
                expect(plan.contains(&format!("\"{system}\"")), || {
                    format!("rows for {system}")
                })?;
            }
            Ok(("passed", format!("rows for {} systems", systems.len() + 1)))
        },
    )
}

/// The pull request was merged.
pub(super) fn main_moves(world: &World, rows: &mut Vec<Row>, event: &Value) -> Result<()> {
    step(
        world,
        rows,
        (
            BUILD,
            "main moves: benchmarks are recorded, and kept by a job that runs no code",
            "2-main",
        ),
        ("lint-build-test.yml", "push", event),
        |run| {
            let jobs = ["lint", "rust", "docs", "bench", "All green", "Store"];
            all_succeeded(run, &jobs)?;
            expect(run.job("wheels") != Some("success"), || {
                "the wheels to be left to Create Packages".to_owned()
            })?;
            let objects = strangers::objects(world)?;
            for name in ["benchmarks/index.html", "linux-x64/program"] {
                let mut paths = objects.keys();
                expect(paths.any(|path| path.ends_with(name)), || {
                    format!("`{name}` in the bucket")
                })?;
            }
            Ok((
                "passed",
                "the bucket has the program and its times".to_owned(),
            ))
        },
    )
}

const PROOF: &str = "Users";

fn proof(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    plain(
        rows,
        PROOF,
        "pip installs the wheel from the bucket's short address",
        || strangers::pip_from_the_short_address(world),
    )?;
    plain(
        rows,
        PROOF,
        "pip installs it from the commit's index",
        || strangers::pip_from_the_commit_index(world),
    )?;
    plain(
        rows,
        PROOF,
        "pip installs it from the package index",
        || strangers::pip_from_the_package_index(world),
    )?;
    plain(
        rows,
        PROOF,
        "the web pages, the web app and the documentation are served",
        || strangers::pages(world),
    )?;
    plain(
        rows,
        PROOF,
        "cargo builds a new crate that depends on the published one",
        || strangers::cargo_builds_a_dependant(world),
    )
}
