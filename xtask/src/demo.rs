//! Shows the whole thread on this machine.

use anyhow::bail;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Keep the folder in which it ran, and say where it is.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Leave the servers up at the end until Ctrl-C.
    #[arg(long)]
    pub(crate) serve: bool,
}

pub(crate) fn run(_options: &Options) -> anyhow::Result<()> {
    bail!("not built yet")
}
