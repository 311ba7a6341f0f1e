//! The commit of a release. The same source and tree on the same parent give the same commit, whoever makes it and when.

use anyhow::{Context as _, Result};

use super::git;
use crate::dist::Source;

const NAME: &str = "ci-actions";
const EMAIL: &str = "ci-actions@users.noreply.github.com";

/// Stores the release tree, without touching the checkout or its index.
pub(super) fn write_tree(source: &Source) -> Result<String> {
    let scratch = tempfile::tempdir().context("failed to create a folder for an index")?;
    let tree = source.tree();
    let folder = git(&source.root)
        .args(["rev-parse", "--absolute-git-dir"])
        .run()?;
    let with_index = || {
        git(&tree)
            .args(["-c", "core.autocrlf=false", "-c", "core.fileMode=true"])
            .args(["--git-dir", folder.trim(), "--work-tree"])
            .arg(&tree)
            .env("GIT_INDEX_FILE", scratch.path().join("index"))
    };
    with_index().args(["add", "--all", "--force", "."]).run()?;
    Ok(with_index().arg("write-tree").run()?.trim().to_owned())
}

/// Stores the commit. The first release has no parent: no history of the source leads to it.
pub(super) fn write(source: &Source, tree: &str, parent: Option<&str>) -> Result<String> {
    let of_source = |format: &str| -> Result<String> {
        let format = format!("--format={format}");
        let said = git(&source.root).args(["log", "-1", &format]).run()?;
        Ok(said.trim().to_owned())
    };
    let date = format!("{} +0000", of_source("%ct")?);
    let message = format!("{}\n\nSource: {}", subject(source), of_source("%H")?);
    let mut command = git(&source.root).args(["commit-tree", tree, "-m", &message]);
    for role in ["AUTHOR", "COMMITTER"] {
        command = command
            .env(format!("GIT_{role}_NAME"), NAME)
            .env(format!("GIT_{role}_EMAIL"), EMAIL)
            .env(format!("GIT_{role}_DATE"), &date);
    }
    if let Some(parent) = parent {
        command = command.args(["-p", parent]);
    }
    Ok(command.run()?.trim().to_owned())
}

/// The newest commit of this version in the history of the branch.
pub(super) fn of_release(source: &Source, tip: &str) -> Result<Option<String>> {
    let log = git(&source.root)
        .args(["log", "--first-parent", "--format=%H %s", tip])
        .run()?;
    let wanted = subject(source);
    let found = log
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(_, subject)| *subject == wanted);
    Ok(found.map(|(commit, _)| commit.to_owned()))
}

fn subject(source: &Source) -> String {
    format!("Release {}", source.tag())
}
