//! Tokens that a run minted are given back however it ends: well, with an error, or because the job was cancelled.

use std::sync::OnceLock;

use actions_core::Context;
use publishing::release::Targets;

/// The places of a run, once they are known.
#[derive(Debug, Default)]
pub struct Ending(OnceLock<Targets>);

impl Ending {
    /// From now on the tokens that are minted for these places are given back.
    pub fn remember(&self, targets: &Targets) {
        self.0.get_or_init(|| targets.clone());
    }
}

/// Drives the async part of an action that mints tokens for the places that it remembers, and gives them back.
///
/// # Errors
/// Those of the work.
pub fn block_on<T>(
    cx: &Context,
    work: impl AsyncFnOnce(&Ending) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let ending = Ending::default();
    cx.block_on_then(work(&ending), async {
        if let Some(targets) = ending.0.get() {
            targets.end().await;
        }
    })
}
