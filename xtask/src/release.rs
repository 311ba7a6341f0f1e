//! Turns the release tree into the commit that tags name: `uses: …@v1` gets that commit, never a commit of `main`.
//!
//! Each step looks first at what is done already, so a release that was stopped anywhere is finished by starting it again.

mod commit;
mod notes;
mod remote;
mod tags;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::dist::{self, Source};
use crate::{process::Cmd, project, term};
use remote::Remote;

/// The branch that all releases lie on, each on top of the one before.
const BRANCH: &str = "releases";

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    step: Step,
    /// The remote repository to release to.
    #[arg(long, default_value = "origin", global = true)]
    remote: String,
    /// The checkout to release.
    #[arg(long, value_name = "DIR", hide = true, global = true)]
    root: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Step {
    /// Print the tag of the version in Cargo.toml, as `v1.2.3`.
    Tag,
    /// Print whether no newer version has been released: `true` or `false`.
    IsNewest,
    /// Print the version's section of CHANGELOG.md.
    Notes,
    /// Commit the release tree on top of the branch `releases`, and push the branch.
    PushCommit {
        /// The folder with the binaries of all targets.
        #[arg(long, value_name = "DIR")]
        assets: PathBuf,
    },
    /// Give that commit the version's tag, which never moves again.
    PushTag,
    /// Move `vX` and `vX.Y` to it, each where no newer version is.
    MoveTags,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let root = options.root.clone().unwrap_or_else(project::root);
    let source = Source::read(&root)?;
    let remote = Remote::new(&root, &options.remote);
    match &options.step {
        Step::Tag => term::last_line(&source.tag()),
        Step::IsNewest => {
            let newest = tags::is_newest(&source.version, &remote.tags()?);
            term::last_line(&newest.to_string());
        }
        Step::Notes => term::last_line(&notes::of(&source)?),
        Step::PushCommit { assets } => push_commit(&source, &remote, assets)?,
        Step::PushTag => push_tag(&source, &remote)?,
        Step::MoveTags => tags::follow(&source, &remote)?,
    }
    Ok(())
}

fn push_commit(source: &Source, remote: &Remote, assets: &Path) -> Result<()> {
    // What would stop the release later stops it here, where nothing has left this machine.
    notes::of(source)?;
    refuse_changes(source)?;
    dist::run_on(
        source,
        &dist::Options {
            vendored: false,
            profile: dist::Profile::Dist,
            target: None,
            assets: Some(assets.to_owned()),
        },
    )?;
    let tree = commit::write_tree(source)?;
    remote.fetch()?;
    let tag = source.tag();
    if let Some(released) = remote.tags()?.get(&tag) {
        let theirs = remote.tree_of(released)?;
        ensure!(
            theirs == tree,
            "failed to release {tag}: it is already released, as {released}, with different content, and a version never \
             changes. Raise `version` in Cargo.toml; to repeat an interrupted release, rerun only its failed job, \
             which keeps the binaries"
        );
        term::info(&format!("{tag} is already released, as {released}"));
        return Ok(());
    }
    remote.allows_workflows_of(&tree)?;
    let tip = remote.branch(BRANCH)?;
    if let Some(tip) = &tip
        && let Some(made) = commit::of_release(source, tip)?
        && remote.tree_of(&made)? == tree
    {
        term::info(&format!(
            "{tag} is already on the branch {BRANCH}, as {made}"
        ));
        return Ok(());
    }
    let commit = commit::write(source, &tree, tip.as_deref())?;
    remote.push(&commit, &format!("refs/heads/{BRANCH}"))?;
    term::info(&format!("{tag} is {commit} on the branch {BRANCH}"));
    Ok(())
}

fn push_tag(source: &Source, remote: &Remote) -> Result<()> {
    remote.fetch()?;
    let tag = source.tag();
    let tip = remote.branch(BRANCH)?;
    let commit = match &tip {
        Some(tip) => commit::of_release(source, tip)?,
        None => None,
    };
    let commit = commit.with_context(|| {
        format!("failed to tag {tag}: the branch {BRANCH} has no commit of it; run `cargo xtask release push-commit` first")
    })?;
    match remote.tags()?.get(&tag) {
        Some(released) if *released == commit => {
            term::info(&format!("{tag} is already {released}"));
            Ok(())
        }
        Some(released) => bail!(
            "failed to tag {commit} as {tag}: that is {released}, and a version never changes. Raise `version` in Cargo.toml"
        ),
        None => {
            remote.push(&commit, &format!("refs/tags/{tag}"))?;
            term::info(&format!("{tag} is {commit}"));
            Ok(())
        }
    }
}

/// What is released is a commit of the source, which its own commit names.
fn refuse_changes(source: &Source) -> Result<()> {
    let changed = git(&source.root)
        .args(["status", "--porcelain", "--untracked-files=no"])
        .run()?;
    ensure!(
        changed.is_empty(),
        "failed to release: there are uncommitted changes\n{changed}"
    );
    Ok(())
}

fn git(root: &Path) -> Cmd {
    Cmd::new("git").dir(root)
}
