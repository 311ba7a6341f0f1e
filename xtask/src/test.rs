//! tests
use anyhow::Result;
#[derive(Debug, clap::Args)]
pub(crate) struct Options {}
pub(crate) fn run(_options: &Options) -> Result<()> {
    crate::term::heading("Set up");
    crate::setup::run(crate::setup::Needs::Tests)
}
