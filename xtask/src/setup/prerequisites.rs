//! What a machine must have before anything can be set up, and what to install where it has not.

use anyhow::{Result, anyhow, bail};

use super::Needs;
use crate::process::Cmd;

/// Versions of the interpreters that were found; both are part of what an installation depends on.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) python: String,
    pub(super) node: String,
}

/// pypiserver's lowest Python is 3.10, zizmor's is 3.11.
fn lowest_python(needs: Needs) -> (u32, u32) {
    match needs {
        Needs::Demo => (3, 10),
        Needs::Tests | Needs::Bench => (3, 11),
    }
}

/// GitHub's own workflow parser is written for Node 20.
const LOWEST_NODE: (u32, u32) = (20, 0);

pub(super) fn check(needs: Needs) -> Result<Found> {
    let mut missing = Vec::new();
    let mut look = |found: Result<String>| {
        found.unwrap_or_else(|error| {
            missing.push(format!("  {error:#}"));
            String::new()
        })
    };
    look(version(
        Cmd::new("cargo").arg("--version"),
        "cargo: install Rust from https://rustup.rs",
    ));
    look(version(
        Cmd::new("git").arg("--version"),
        "git: install Git 2.30 or newer",
    ));
    let python = look(python(lowest_python(needs)));
    let node = look(node());
    if needs == Needs::Tests {
        look(version(
            Cmd::new("npm").arg("--version"),
            "npm: install npm, which comes with Node.js",
        ));
    }
    if missing.is_empty() {
        return Ok(Found { python, node });
    }
    bail!(
        "failed to find what this command needs:\n{}",
        missing.join("\n")
    );
}

/// What a program says of its version; `advice` where it does not run.
fn version(command: Cmd, advice: &'static str) -> Result<String> {
    let said = command.run().map_err(|_| anyhow!(advice))?;
    Ok(said.trim().to_owned())
}

fn python((major, minor): (u32, u32)) -> Result<String> {
    let said = version(
        Cmd::new("python3").args(["-c", "import sys; print(sys.version, sys.executable)"]),
        "python3: install Python 3.11 or newer, with its `venv`",
    )?;
    if !at_least(&said, (major, minor)) {
        let found = said.split(' ').next().unwrap_or_default();
        bail!("python3 is {found}: install Python {major}.{minor} or newer, with its `venv`");
    }
    version(
        Cmd::new("python3").args(["-c", "import ensurepip, venv"]),
        "python3 has no `venv`: install it (Debian and Ubuntu: python3-venv)",
    )?;
    Ok(said)
}

fn node() -> Result<String> {
    let said = version(
        Cmd::new("node").arg("--version"),
        "node: install Node.js 20 or newer",
    )?;
    if !at_least(said.trim_start_matches('v'), LOWEST_NODE) {
        bail!("node is {said}: install Node.js 20 or newer");
    }
    Ok(said)
}

/// Whether a text that starts with `MAJOR.MINOR` names at least that version.
fn at_least(said: &str, lowest: (u32, u32)) -> bool {
    let mut numbers = said
        .split(|c: char| !c.is_ascii_digit())
        .map(|digits| digits.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    found >= lowest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(at_least("3.11.7 (main)", (3, 11)));
        assert!(at_least("4.0", (3, 11)));
        assert!(!at_least("3.9.2", (3, 11)));
        assert!(!at_least("not a version", (3, 11)));
    }

    #[test]
    fn a_program_that_is_not_there_becomes_advice() {
        let error = version(Cmd::new("no-such-program"), "it: install it").unwrap_err();
        assert_eq!(error.to_string(), "it: install it");
    }
}
