//! Installs the pinned tools that the demo, the tests and the benchmarks run: into the checkout, once.

mod debian;
mod node;
mod prerequisites;
mod python;
mod stamp;

use std::fs::{self, File};

use anyhow::{Context, Result};

use crate::{project, term};

/// What a command needs, so that the demo does not wait for the linters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// `act`, pypiserver, fake-gcs-server and Sigstore's services.
    Demo,
    /// Everything that the tests and `bench start` run.
    Tests,
    /// What `bench gates` compares with.
    Bench,
}

/// Checks for the programs that must be there, and installs the rest. Does nothing the second time.
pub fn run(needs: Needs) -> Result<()> {
    let found = prerequisites::check(needs)?;
    let scratch = project::scratch();
    fs::create_dir_all(&scratch)
        .with_context(|| format!("failed to create {}", scratch.display()))?;
    // Two commands at once would install into the same folders.
    let lock =
        File::create(scratch.join("setup.lock")).context("failed to create the lock file")?;
    lock.lock().context("failed to lock the set-up")?;
    python::install(needs, &found.python)?;
    if needs != Needs::Bench {
        node::install(&found.node)?;
    }
    if needs == Needs::Tests {
        debian::install();
    }
    Ok(())
}

/// Runs one installation with its progress shown.
fn show(label: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let progress = term::Progress::start(label);
    match work() {
        Ok(()) => {
            progress.passed("");
            Ok(())
        }
        Err(error) => {
            progress.failed("");
            Err(error)
        }
    }
}
