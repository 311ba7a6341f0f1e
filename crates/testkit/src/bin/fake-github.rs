//! The fake GitHub as a program, for workflows that run outside of a Rust test.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use testkit::github::{FakeGitHub, State};

/// Serves a fake of the GitHub API on 127.0.0.1 until SIGTERM or SIGINT.
#[derive(Debug, Parser)]
struct Options {
    /// JSON file of what it holds at the start.
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// Port to listen on; 0 lets the system choose one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// File that receives the port once it listens.
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let text = fs::read_to_string(&options.state)
        .with_context(|| format!("failed to read {}", options.state.display()))?;
    let state: State = serde_json::from_str(&text)
        .with_context(|| format!("failed to understand {}", options.state.display()))?;
    let fake = FakeGitHub::start_on(options.port, state)
        .with_context(|| format!("failed to listen on port {}", options.port))?;
    #[expect(
        clippy::print_stdout,
        reason = "whoever starts it wants to know where it is"
    )]
    {
        println!("{}", fake.url());
    }
    fake.run_until_signal(options.port_file.as_deref())
}
