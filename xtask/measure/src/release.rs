//! `cargo xtask bench release`: crates beside `cargo publish`, wheels beside twine and uv, each on the same server.

mod crates;
mod goals;
mod wheels;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::measure::Contender;
use super::turns::Row;
use super::{machine, memory, report, timed, turns};
use crate::process::Cmd;
use crate::programs::BenchRelease as Options;
use crate::setup::{self, Needs};
use crate::{dist, project, term};
use crates::Workspace;
use wheels::Wheels;

/// Runs that look at memory alone, because looking slows a program down.
const MEMORY_RUNS: u32 = 3;

/// What was measured of crates or of wheels.
#[derive(Debug)]
struct Part {
    rows: Vec<Row>,
    /// Of our action, in bytes; nothing where the system does not tell.
    peak: Option<u64>,
}

pub(super) fn run(options: &Options) -> Result<()> {
    term::heading("Set up");
    setup::run(Needs::Tests)?;
    let publish_crates = dist::build_one(dist::Profile::Dist, "publish-crates")?;
    let publish_wheels = dist::build_one(dist::Profile::Dist, "publish-wheels")?;
    term::heading("Make what is published");
    let workspace = shown("crates", || Workspace::make(options.crates))?;
    let wheels = shown("wheels", || Wheels::make(options.wheel_size))?;
    term::heading("Measure");
    let crates = Part {
        rows: turns::run(
            "crates",
            &workspace.programs(&publish_crates),
            options.rounds,
            || workspace.start(),
            |place| workspace.check(place),
        )?,
        peak: peak(
            || workspace.start(),
            |place| workspace.ours(&publish_crates, place),
        )?,
    };
    let packaging = packaging(&workspace, options.rounds)?;
    let uploads = Part {
        rows: turns::run(
            "wheels",
            &wheels.programs(&publish_wheels),
            options.rounds,
            wheels::start,
            |sink| wheels.check(sink),
        )?,
        peak: peak(wheels::start, |sink| wheels.ours(&publish_wheels, sink))?,
    };
    let body = [
        conditions(options),
        turns::table(&workspace.name(), "publish-crates", &crates.rows),
        format!(
            "`cargo publish` also packages the crates, while our action gets them packaged: `cargo package --workspace --no-verify` alone \
             takes {}.",
            report::millis(packaging)
        ),
        turns::table(&wheels.name(), "publish-wheels", &uploads.rows),
        goals::all(&crates, &uploads)?,
    ]
    .join("\n\n");
    report::write("bench release", &body)?;
    term::info(&body);
    Ok(())
}

fn shown<T>(label: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let progress = term::Progress::start(label);
    let made = work()?;
    progress.passed("");
    Ok(made)
}

/// The most memory that our action takes for all that it sends.
fn peak<S>(start: impl Fn() -> Result<S>, ours: impl Fn(&S) -> Cmd) -> Result<Option<u64>> {
    let progress = term::Progress::start("memory");
    let mut peak = None;
    for _ in 0..MEMORY_RUNS {
        let server = start()?;
        peak = peak.max(memory::once(&Contender {
            name: "our action".to_owned(),
            command: ours(&server),
        })?);
    }
    progress.passed("");
    Ok(peak)
}

fn packaging(workspace: &Workspace, rounds: u32) -> Result<Duration> {
    let progress = term::Progress::start("`cargo package`");
    let mut times = Vec::new();
    for _ in 0..rounds {
        let place = workspace.start()?;
        times.push(timed::time(&workspace.package(&place))?);
    }
    progress.passed("");
    let time = timed::median(&times).context("failed to measure anything")?;
    Ok(time.wall)
}

fn conditions(options: &Options) -> String {
    let version = |program: &Path| {
        let said = machine::said(&program.to_string_lossy(), &["--version"]);
        let said = said.unwrap_or_else(|| "unknown".to_owned());
        // What it is built from follows in brackets.
        let name = said.split(" (").next().unwrap_or_default();
        name.replace(" version ", " ")
    };
    let date = options.date.clone().or_else(machine::today);
    format!(
        "`cargo xtask bench release` on {}: {}; {}, {}, {}.\n\n\
         All servers are on the same machine and new for each run, and all programs take turns; the median of {} runs. CPU is \
         the client's own. A second run finds everything published: `cargo publish` fails, and twine sends everything \
         again. Crates go to a registry with the checks of crates.io, which keeps its files in memory and shows a version immediately; cargo has an empty \
         home for each run. Wheels go to an index that reads each upload completely, and stores its name and the digest in its \
         form. This is cheap: `curl`, which sends the same bytes without any checks, is the lower bound. uv \
         checks the index (`--check-url`) only in its second run.",
        date.unwrap_or_default(),
        machine::class(),
        version(Path::new("cargo")),
        version(&project::venv_bin("uv")),
        version(&project::venv_bin("twine")),
        options.rounds,
    )
}
