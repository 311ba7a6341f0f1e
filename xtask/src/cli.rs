//! The command line of `cargo xtask`: which command runs which module.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{bench, codegen, demo, dist, fuzz, process, real_packages, release, test};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Builds, tests and shows ci-actions")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write each action.yml, the tables in READMEs and the JSON Schema from the actions' inputs.
    Codegen(codegen::Options),
    /// Assemble the release tree (what `@v1` names) and the binaries of a release.
    Dist(dist::Options),
    /// Commit and tag the release tree; nothing leaves this machine.
    Release(release::Options),
    /// Run the four workflows of the example from a release tree, with real servers on this machine.
    Demo(demo::Options),
    /// Run every test and lint, and count them.
    Test(test::Options),
    /// Measure, and write what was measured into BENCHMARKS.md.
    #[command(subcommand)]
    Bench(bench::Command),
    /// Feed each parser texts that nobody would write, for a bounded time.
    Fuzz(fuzz::Options),
    /// Hold the rules of packages against what well-known projects publish; needs the internet.
    RealPackages,
}

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    process::end_children_on_signals()?;
    match Cli::parse().command {
        Command::Codegen(options) => codegen::run(&options)?,
        Command::Dist(options) => dist::run(&options)?,
        Command::Release(options) => release::run(&options)?,
        Command::Demo(options) => demo::run(&options)?,
        Command::Test(options) => return test::run(&options),
        Command::Bench(command) => bench::run(&command)?,
        Command::Fuzz(options) => fuzz::run(&options)?,
        Command::RealPackages => real_packages::run()?,
    }
    Ok(ExitCode::SUCCESS)
}
