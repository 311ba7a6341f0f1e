//! Cancelling: SIGINT and SIGTERM end the work at the next await, so that nothing is left half-written.

use std::{future::Future, time::Duration};

use anyhow::Context as _;

use crate::Context;

/// The run was cancelled; what was done so far stands, and the next run continues.
#[derive(Debug, thiserror::Error)]
#[error("cancelled by {0}: completed work is kept, run it again to continue")]
pub struct Cancelled(&'static str);

/// How long tasks that are already in a system call may take after the work itself has stopped.
const GRACE: Duration = Duration::from_secs(2);

/// How long the last requests of a run may take; the runner of a cancelled job waits for some seconds only.
const LAST_REQUESTS: Duration = Duration::from_secs(4);

impl Context {
    /// Drives the async part of an action to its end, or to a signal. On one thread: what waits for a network gains nothing
    /// from two, and handing over between them takes longer than sending a small file.
    pub fn block_on<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        self.block_on_then(work, std::future::ready(()))
    }

    /// [`Self::block_on`], and then `last` for some seconds at the most, however the work ended: for what should not be left
    /// open, such as a token that can be ended early. It never changes the result.
    pub fn block_on_then<T>(
        &self,
        work: impl Future<Output = anyhow::Result<T>>,
        last: impl Future<Output = ()>,
    ) -> anyhow::Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("failed to start the async runtime")?;
        let result = runtime.block_on(async {
            let result = tokio::select! {
                result = work => result,
                signal = signal() => signal.and_then(|signal| Err(Cancelled(signal).into())),
            };
            tokio::time::timeout(LAST_REQUESTS, last).await.ok();
            result
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
