//! The browser that looks at the web pages: Debian's, because no package registry has one.

use anyhow::Context as _;

use super::show;
use crate::{process::Cmd, term};

/// What the browser is called, by system.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Installs it where this user may do that. Without it, the test that needs it says so and is skipped, so a machine that
/// cannot reach Debian is no failure.
pub(super) fn install() {
    let there = NAMES.iter().any(|name| runs(name));
    if there || !runs("apt-get") || !is_root() {
        return;
    }
    let installed = show("chromium, for the test of the web pages", || {
        let apt = |args: &[&str]| {
            let command = Cmd::new("apt-get").args(args);
            command.env("DEBIAN_FRONTEND", "noninteractive").run()
        };
        apt(&["update", "--quiet"]).context("failed to update the list of Debian's packages")?;
        apt(&[
            "install",
            "--quiet",
            "--yes",
            "--no-install-recommends",
            "chromium",
        ])
        .context("failed to install chromium")?;
        Ok(())
    });
    if let Err(error) = installed {
        term::info(&format!("{error:#}"));
    }
}

fn runs(program: &str) -> bool {
    Cmd::new(program).arg("--version").run().is_ok()
}

fn is_root() -> bool {
    let said = Cmd::new("id").arg("-u").run();
    said.is_ok_and(|said| said.trim() == "0")
}
