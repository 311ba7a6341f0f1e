//! How each linter is called, and how it says that it found something.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::files::Group;
use crate::process::{Cmd, tail};
use crate::project;

/// How much of a linter's text is shown; the first findings matter, but each is a few lines at most.
const SHOWN_LINES: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linter {
    Jactionlint,
    GithubParser,
    Zizmor,
}

impl Linter {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Jactionlint => "jactionlint",
            Self::GithubParser => "GitHub's own parser",
            Self::Zizmor => "zizmor --persona pedantic",
        }
    }

    /// What it says of a workflow with all the mistakes that this linter is here for.
    pub(super) fn must_say(self) -> &'static str {
        match self {
            Self::GithubParser => "no-such-input",
            Self::Jactionlint | Self::Zizmor => "somebody/something@main",
        }
    }

    /// The findings as the linter tells them, or nothing.
    pub(super) fn look(self, group: &Group) -> Result<Option<String>> {
        let command = match self {
            Self::Jactionlint => jactionlint(group),
            Self::GithubParser => github_parser(group)?,
            Self::Zizmor => zizmor(group),
        };
        let finished = command.finish()?;
        let code = finished.status.code().unwrap_or(-1);
        let found = match (self, code) {
            (_, 0) => false,
            (Self::Jactionlint | Self::GithubParser, 1) => true,
            // zizmor tells the highest severity: 11 informational … 14 high.
            (Self::Zizmor, 11..=14) => true,
            _ => bail!(
                "`{}` could not run (exit code {code})\n{}",
                command.shown(),
                tail(&finished.output(), SHOWN_LINES)
            ),
        };
        Ok(found.then(|| tail(finished.stdout.trim_end(), SHOWN_LINES)))
    }
}

fn jactionlint(group: &Group) -> Cmd {
    // shellcheck is optional on a machine, and a step of its own where it is there.
    Cmd::new(project::venv_bin("jactionlint"))
        .arg("--config-file")
        .arg(group.config("jactionlint.yaml"))
        .args(["--no-online", "--strict-exit", "--no-hints", "--no-color"])
        .args(["--shellcheck=", "--pyflakes="])
        .args(&group.files)
        .dir(&group.root)
}

fn zizmor(group: &Group) -> Cmd {
    let command = Cmd::new(project::venv_bin("zizmor"))
        .args(["--offline", "--persona", "pedantic", "--strict-collection"])
        .args(["--color", "never", "--no-progress", "--quiet"]);
    let config = group.config("zizmor.yml");
    let command = if config.is_file() {
        command.arg("--config").arg(config)
    } else {
        command.arg("--no-config")
    };
    command.args(&group.files).dir(&group.root)
}

fn github_parser(group: &Group) -> Result<Cmd> {
    let mut map = std::ffi::OsString::from("rerun-io/ci-actions=");
    map.push(&group.release_tree);
    Ok(Cmd::new("node")
        .arg(bundle()?)
        .arg("--map")
        .arg(map)
        .arg("--root")
        .arg(&group.root)
        .args(&group.files)
        .dir(&group.root))
}

/// GitHub's packages import JSON in a way that Node refuses, so they are bundled, as editors ship them.
fn bundle() -> Result<PathBuf> {
    let tools = project::tools();
    let bundle = project::scratch().join("ghlint.cjs");
    let mut outfile = std::ffi::OsString::from("--outfile=");
    outfile.push(&bundle);
    Cmd::new(tools.join("node_modules/.bin/esbuild"))
        .arg("ghlint.mjs")
        .args([
            "--bundle",
            "--platform=node",
            "--format=cjs",
            "--log-level=warning",
        ])
        .arg(outfile)
        .dir(&tools)
        .run()
        .context("failed to bundle GitHub's workflow parser")?;
    Ok(bundle)
}
