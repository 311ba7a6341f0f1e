//! `cargo xtask bench …`: measures, and writes what was measured into `BENCHMARKS.md`.

mod gates;
mod index;
mod machine;
mod measure;
mod memory;
mod report;
mod sizes;
mod start;
mod upload;

use anyhow::Result;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Sizes of the release tree and its binaries, and how long each action takes to start.
    Start(start::Options),
    /// The whole set of gates beside pre-commit's hooks and `git ls-tree`, on a small and a large repository.
    Gates(gates::Options),
    /// pip's index of 100,000 wheels, from their records to the last page.
    Index(index::Options),
    /// Uploads beside Google's own clients and `curl`, on the same server, and into a sink.
    Upload(upload::Options),
}

pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Start(options) => start::run(options),
        Command::Gates(options) => gates::run(options),
        Command::Index(options) => index::run(options),
        Command::Upload(options) => upload::run(options),
    }
}
