//! Shows the whole thread on this machine: the example's workflows, run by `act` from a release tree, with real
//! servers on loopback; then strangers use what came out.

mod act;
mod events;
mod hub;
mod identity;
mod packages;
mod release;
mod repository;
mod story;
mod strangers;
mod world;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Parser;
use xtask::programs::{self, DemoOptions as Options};
use xtask::{dist, process, project, term};

use story::Row;
use world::World;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask demo")]
struct Cli {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    let options = Cli::parse().options;
    programs::main(|| run(&options))
}

fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    let world = prepare()?;
    let rows = play(&world);
    let (rows, failure) = match rows {
        Ok(rows) => (rows, None),
        Err((rows, error)) => (rows, Some(error)),
    };
    report(&rows);
    if let Some(error) = failure {
        term::info(&format!(
            "{} steps held, logs: {}",
            rows.len(),
            shown(&world.logs())
        ));
        return Err(error);
    }
    term::info(&format!(
        "{} steps held, in {}",
        rows.len(),
        term::duration(started.elapsed())
    ));
    finish(world, options)
}

/// Lays out the example and starts the servers. Tools and release tree are there already: `cargo xtask demo` makes them first.
fn prepare() -> Result<World> {
    let progress = term::Progress::start("start the servers");
    // Outside of this workspace: cargo would read its configuration in the example too.
    let folder = std::env::temp_dir().join(format!("ci-actions-demo-{}", std::process::id()));
    let world = World::start(&folder)?;
    progress.passed(&world.servers_line());
    Ok(world)
}

/// All phases in their order; what was done is told also when a step failed.
fn play(world: &World) -> Result<Vec<Row>, (Vec<Row>, anyhow::Error)> {
    let mut rows = Vec::new();
    for phase in story::PHASES {
        term::heading(phase.title);
        if let Err(error) = (phase.work)(world, &mut rows) {
            return Err((rows, error));
        }
    }
    Ok(rows)
}

fn report(rows: &[Row]) {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.phase.to_owned(),
                row.what.clone(),
                row.jobs.clone(),
                row.verdict.to_owned(),
                format!("{:.1}", row.elapsed.as_secs_f64()),
            ]
        })
        .collect();
    term::heading("What happened");
    term::table(&["phase", "what", "jobs", "verdict", "seconds"], &cells);
}

fn finish(world: World, options: &Options) -> Result<()> {
    if options.serve {
        term::heading("Serving until Ctrl-C");
        for (name, url, _) in strangers::addresses(&world)? {
            term::info(&format!("{name:15} {url}"));
        }
        term::info(&world.addresses());
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    }
    if options.keep {
        term::info(&format!(
            "kept: {}: the repository in `git`, its author's clone in `hello-sdk`, the bucket in `bucket`, logs and summaries in `logs`",
            shown(world.folder())
        ));
        return Ok(());
    }
    world.remove()?;
    term::info(
        "where to look: examples/hello-sdk/.github/workflows; run it with --keep or --serve to explore",
    );
    Ok(())
}

fn shown(path: &std::path::Path) -> String {
    path.display().to_string()
}

/// Fails with what was expected unless it is so.
fn expect(holds: bool, what: impl FnOnce() -> String) -> Result<()> {
    if !holds {
        bail!("expected {}", what());
    }
    Ok(())
}
