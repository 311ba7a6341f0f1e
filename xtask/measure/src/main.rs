//! `cargo xtask bench …`: measures, and writes what was measured into `BENCHMARKS.md`.

mod fast_import;
mod gates;
mod index;
mod machine;
mod measure;
mod memory;
mod plan;
mod random;
mod release;
mod report;
mod sizes;
mod start;
mod timed;
mod turns;
mod upload;
mod verdicts;

use std::process::ExitCode;

use clap::Parser;
use xtask::programs::{self, BenchCommand};
use xtask::{dist, process, project, setup, term};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Cli {
    #[command(subcommand)]
    command: BenchCommand,
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    programs::main(|| match &command {
        BenchCommand::Start(options) => start::run(options),
        BenchCommand::Gates(options) => gates::run(options),
        BenchCommand::Index(options) => index::run(options),
        BenchCommand::Plan(options) => plan::run(options),
        BenchCommand::Release(options) => release::run(options),
        BenchCommand::Upload(options) => upload::run(options),
        BenchCommand::Verdicts(options) => verdicts::run(options),
    })
}
