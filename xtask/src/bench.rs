//! benchmarks
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Start,
}
pub(crate) fn run(_command: &Command) -> anyhow::Result<()> {
    crate::setup::run(crate::setup::Needs::Demo)
}
