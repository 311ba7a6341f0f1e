//! The Node programs in `tools/node_modules`: every version is in `tools/package-lock.json`.

use std::fs;

use anyhow::{Context, Result};

use super::{show, stamp::Stamp};
use crate::{process::Cmd, project};

/// `node` is its version: some packages hold compiled code.
pub(super) fn install(node: &str) -> Result<()> {
    let tools = project::tools();
    let lock = tools.join("package-lock.json");
    let text =
        fs::read_to_string(&lock).with_context(|| format!("failed to read {}", lock.display()))?;
    let stamp = Stamp::new(&tools.join("node_modules/installed-from"), &[&text, node]);
    if stamp.is_fresh() {
        return Ok(());
    }
    show(
        "Sigstore's services, GitHub's API description and workflow parser into tools/node_modules",
        || {
            // `npm ci` empties the folder first, and the stamp with it.
            Cmd::new("npm")
                .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
                .dir(&tools)
                .run()
                .context("failed to install tools/package-lock.json")?;
            stamp.write()
        },
    )
}
