//! The command line of `cargo xtask`: which command runs which module, or which program.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::programs::{self, BenchCommand, CodegenOptions, DemoOptions, Program};
use crate::{dist, fuzz, process, real_packages, release, test};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Builds, tests and shows ci-actions")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generate each action.yml, the tables in READMEs and the JSON Schema from the actions' inputs.
    Codegen(CodegenOptions),
    /// Assemble the release tree (what `@v1` points to) and the binaries of a release.
    Dist(dist::Options),
    /// Run a step of a release; each can be repeated.
    Release(release::Options),
    /// Run the four workflows of the example from a release tree, with real servers on this machine.
    Demo(DemoOptions),
    /// Run every test and lint, and count them.
    Test(test::Options),
    /// Run benchmarks and write the results to BENCHMARKS.md.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Fuzz each parser for a limited time.
    Fuzz(fuzz::Options),
    /// Check the package rules against packages of well-known projects; needs the internet.
    RealPackages,
}

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    process::end_children_on_signals()?;
    match Cli::parse().command {
        // These link actions' libraries, so each is a program: it is built first, and parses the same options again.
        Command::Codegen(_) => return programs::start(Program::Codegen, own_arguments()),
        Command::Demo(_) => return programs::start(Program::Demo, own_arguments()),
        Command::Bench(_) => return programs::start(Program::Bench, own_arguments()),
        Command::Dist(options) => dist::run(&options)?,
        Command::Release(options) => release::run(&options)?,
        Command::Test(options) => return test::run(&options),
        Command::Fuzz(options) => fuzz::run(&options)?,
        Command::RealPackages => real_packages::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What stands after the command's name.
fn own_arguments() -> impl Iterator<Item = std::ffi::OsString> {
    std::env::args_os().skip(2)
}
