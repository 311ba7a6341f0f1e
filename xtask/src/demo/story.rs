//! What happens in the demo, phase by phase, and what must be true after each step.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::{
    act::{self, Run},
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
        work: release,
    },
    Phase {
        title: "5 · Strangers use it",
        work: proof,
    },
];

/// Runs a workflow, checks what came out, and adds a line to the table.
pub(super) fn step(
    world: &World,
    rows: &mut Vec<Row>,
    (phase, what, label): (&'static str, &str, &str),
    (workflow, event, payload): (&str, &str, &serde_json::Value),
    check: impl FnOnce(&Run) -> Result<(&'static str, String)>,
) -> Result<()> {
    let progress = Progress::start(what);
    let run = match act::run(world, label, workflow, event, payload) {
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
                "the gates to say no".to_owned()
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
                "says no",
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
            "the mended pull request; its event still has the old text",
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
    world.repository.checkout(BRANCH)?;
    let event = events::pull_request(&world.repository, "synchronize")?;
    step(
        world,
        rows,
        (BUILD, "the plan, the crates, the wheel as built", "2-build"),
        ("lint-build-test.yml", "pull_request", &event),
        |run| {
            all_succeeded(run, &["Plan", "Rust", "Wheel", "All green"])?;
            let version = run.output("build-wheel", "version").unwrap_or_default();
            let head = world.repository.commit_of(BRANCH)?;
            let short: String = head.chars().take(7).collect();
            expect(version.contains(&format!(".g{short}")), || {
                format!("a wheel of the commit {short}, but its version is \"{version}\"")
            })?;
            let tests = run.output("test-wheel", "passed").unwrap_or_default();
            expect(tests.parse::<u32>().is_ok_and(|count| count > 0), || {
                "tests of the wheel".to_owned()
            })?;
            Ok((
                "passed",
                format!("wheel {version}, {tests} tests on the installed wheel"),
            ))
        },
    )
}

const RELEASE: &str = "Release";

fn release(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let tag = "v0.1.0";
    world.repository.checkout(tag)?;
    let event = events::by_hand_with(&serde_json::json!({"version": tag}));
    step(
        world,
        rows,
        (
            RELEASE,
            "started by hand: fetch, check, publish, move `latest`",
            "4-release",
        ),
        ("release.yml", "workflow_dispatch", &event),
        |run| {
            all_succeeded(run, &[RELEASE])?;
            expect(run.output("promote", "version") == Some("0.1.0"), || {
                "`latest` at 0.1.0".to_owned()
            })?;
            let wheels = run
                .output("publish-wheels", "published")
                .unwrap_or_default();
            let crates = run
                .output("publish-crates", "published")
                .unwrap_or_default();
            expect(
                wheels.contains("hello_sdk") && crates.contains("hello-core"),
                || format!("wheel and crates to be published, but: {wheels} {crates}"),
            )?;
            Ok(("passed", "1 wheel, 2 crates".to_owned()))
        },
    )?;
    step(
        world,
        rows,
        (
            RELEASE,
            "the same again: nothing is sent",
            "4-release-again",
        ),
        ("release.yml", "workflow_dispatch", &event),
        |run| {
            all_succeeded(run, &[RELEASE])?;
            let published = [
                run.output("publish-wheels", "published"),
                run.output("publish-crates", "published"),
            ];
            expect(published == [Some("[]"), Some("[]")], || {
                format!("nothing to be published, but: {published:?}")
            })?;
            Ok(("passed", "all of it was there".to_owned()))
        },
    )
}

const PROOF: &str = "Strangers";

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
        "the web pages, the web app and the documentation are there",
        || strangers::pages(world),
    )?;
    plain(
        rows,
        PROOF,
        "cargo builds a new crate that depends on the published one",
        || strangers::cargo_builds_a_dependant(world),
    )
}
