//! Turns the release tree into the commit that tags name: `uses: …@v1` gets that commit, never a commit of `main`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{dist, process::Cmd, project, term};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Take the binaries of all targets from this folder.
    #[arg(long, value_name = "DIR", required_unless_present = "print_version")]
    assets: Option<PathBuf>,
    /// Only say which version it would be.
    #[arg(long)]
    print_version: bool,
}

/// The version of every action, from the workspace's Cargo.toml.
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.print_version {
        term::last_line(VERSION);
        return Ok(());
    }
    let tag = format!("v{VERSION}");
    let root = project::root();
    if !git(&root)
        .args(["tag", "--list", &tag])
        .run()?
        .trim()
        .is_empty()
    {
        bail!(
            "the tag {tag} exists: a released version never changes, raise the version in Cargo.toml"
        );
    }
    dist::run(&dist::Options {
        vendored: false,
        profile: dist::Profile::Dist,
        target: None,
        assets: options.assets.clone(),
    })?;
    let commit = commit_tree(&root, &project::release_tree(), &tag)?;
    git(&root).args(["tag", &tag, &commit]).run()?;
    for floating in floating_tags(VERSION) {
        git(&root)
            .args(["tag", "--force", &floating, &commit])
            .run()?;
    }
    term::info(&format!("{tag} is {commit}; push its tags to release it"));
    Ok(())
}

/// Commits a folder without touching the checkout or its index: a commit without parents, since no history leads to it.
fn commit_tree(root: &Path, tree: &Path, tag: &str) -> Result<String> {
    let scratch = tempfile::tempdir().context("failed to make a folder for an index")?;
    let index = scratch.path().join("index");
    let with_index = || {
        git(root)
            .arg("--work-tree")
            .arg(tree)
            .env("GIT_INDEX_FILE", &index)
    };
    with_index()
        .args(["add", "--all", "--force", "."])
        .dir(tree)
        .run()?;
    let written = with_index().arg("write-tree").run()?;
    let commit = git(root)
        .args([
            "-c",
            "user.name=ci-actions",
            "-c",
            "user.email=ci-actions@users.noreply.github.com",
        ])
        .args([
            "commit-tree",
            written.trim(),
            "-m",
            &format!("Release {tag}"),
        ])
        .run()?;
    Ok(commit.trim().to_owned())
}

fn git(root: &Path) -> Cmd {
    Cmd::new("git")
        .arg("--git-dir")
        .arg(root.join(".git"))
        .dir(root)
}

/// `v1` and `v1.2` for 1.2.3: the tags that move.
fn floating_tags(version: &str) -> Vec<String> {
    let mut parts = version.split('.');
    let (Some(major), Some(minor)) = (parts.next(), parts.next()) else {
        return Vec::new();
    };
    vec![format!("v{major}"), format!("v{major}.{minor}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tags_that_move_are_the_major_and_the_minor_one() {
        assert_eq!(floating_tags("1.2.3"), ["v1", "v1.2"]);
    }

    #[test]
    fn a_release_is_a_commit_of_the_tree_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (root, tree) = (
            folder.path().join("repository"),
            folder.path().join("a tree"),
        );
        std::fs::create_dir_all(tree.join("dist")).unwrap();
        std::fs::write(tree.join("dist/run.sh"), "#!/bin/sh\n").unwrap();
        Cmd::new("git")
            .args(["init", "--quiet"])
            .arg(&root)
            .run()
            .unwrap();
        std::fs::write(root.join("source.rs"), "").unwrap();
        let commit = commit_tree(&root, &tree, "v1.2.3").unwrap();
        let files = git(&root)
            .args(["ls-tree", "-r", "--name-only", &commit])
            .run()
            .unwrap();
        assert_eq!(files.trim(), "dist/run.sh");
    }
}
