//! Writes what is generated from the actions' inputs.

use anyhow::bail;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Write nothing, and fail when a file differs from what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(_options: &Options) -> anyhow::Result<()> {
    bail!("not built yet")
}
