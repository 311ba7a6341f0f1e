//! Cancelling: SIGINT and SIGTERM end the work at the next await, so that nothing is left half-written.

use std::{future::Future, time::Duration};

use anyhow::Context as _;

use crate::Context;

/// The run was cancelled; what was done so far stands, and the next run continues.
#[derive(Debug, thiserror::Error)]
#[error("cancelled by {0}: what was done so far stands, run it again to continue")]
pub struct Cancelled(&'static str);

/// How long tasks that are already in a system call may take after the work itself has stopped.
const GRACE: Duration = Duration::from_secs(2);

impl Context {
    /// Drives the async part of an action to its end, or to a signal. On one thread: what waits for a network gains nothing
    /// from two, and handing over between them takes longer than sending a small file.
    pub fn block_on<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("failed to start the async runtime")?;
        let result = runtime.block_on(async {
            tokio::select! {
                result = work => result,
                signal = signal() => Err(Cancelled(signal?).into()),
            }
        });
        runtime.shutdown_timeout(GRACE);
        result
    }
}

#[cfg(unix)]
async fn signal() -> anyhow::Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen for SIGINT")?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    })
}

#[cfg(not(unix))]
async fn signal() -> anyhow::Result<&'static str> {
    tokio::signal::ctrl_c()
        .await
        .context("failed to listen for Ctrl-C")?;
    Ok("Ctrl-C")
}
