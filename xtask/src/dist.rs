//! Assembles the release tree.

use anyhow::bail;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Put the binaries into the tree, for networks that cannot download them.
    #[arg(long)]
    pub(crate) vendored: bool,
    /// `dev` builds fast; `dist` builds what a release ships.
    #[arg(long, value_enum, default_value_t = Profile::Dist)]
    pub(crate) profile: Profile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Profile {
    Dev,
    Dist,
}

pub(crate) fn run(_options: &Options) -> anyhow::Result<()> {
    bail!("not built yet")
}
