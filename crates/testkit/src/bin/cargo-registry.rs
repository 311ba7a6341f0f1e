//! The cargo registry as a program, for workflows that run outside of a Rust test.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use testkit::cargo_registry::{CargoRegistry, Options};

/// Serves a cargo registry on 127.0.0.1 until SIGTERM or SIGINT.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of its files; what is in there already is served.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Port to listen on; 0 lets the system choose one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// File that receives the port once it listens.
    #[arg(long, value_name = "FILE")]
    port_file: Option<PathBuf>,
    /// Token that may publish; any may when none is given.
    #[arg(long)]
    token: Vec<String>,
    /// Requests for a crate's page of the index that do not see a new version yet.
    #[arg(long, default_value_t = 0)]
    index_lag: u32,
    /// Index of dependencies that this registry does not have; without it, they are refused.
    #[arg(long, value_name = "URL")]
    foreign_index: Option<String>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let options = Options {
        folder: Some(arguments.dir),
        port: arguments.port,
        tokens: arguments.token,
        index_lag: arguments.index_lag,
        foreign_index: arguments.foreign_index,
        ..Options::default()
    };
    let registry = CargoRegistry::start(options).context("failed to start the registry")?;
    #[expect(
        clippy::print_stdout,
        reason = "whoever starts it wants to know where it is"
    )]
    {
        println!("{}", registry.index_url());
    }
    registry.run_until_signal(arguments.port_file.as_deref())
}
