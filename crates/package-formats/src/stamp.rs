//! Sets a version in a source tree and gives every byte back: of one Python package for the time of a build ([`Stamp`]), or
//! of a whole workspace until somebody takes it back ([`Tree`], [`undo`]).

mod edit;
#[cfg(test)]
mod fuzz;
mod lock;
mod requirement;
mod source;
mod tree;
mod undo;
mod workspace;

use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use semver::Version;

use crate::version::{VersionError, VersionMode};
use edit::Edits;
use source::Source;
pub use tree::{LineChange, Plan, Tree};
pub use undo::{Undone, is_unfinished, recover, undo};

#[derive(Debug, thiserror::Error)]
pub enum StampError {
    #[error("failed to {verb} {}: {cause}", .path.display())]
    Io {
        verb: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
    #[error("failed to parse {}: {reason}", .path.display())]
    Toml { path: PathBuf, reason: String },
    #[error(
        "failed to find the version of {}: write `version` into `[project]` of pyproject.toml or into `[package]` of Cargo.toml",
        .0.display()
    )]
    NoVersion(PathBuf),
    #[error("failed to find the workspace of {}: its `package.version` is inherited, and no Cargo.toml above has `[workspace.package] version`", .0.display())]
    NoWorkspace(PathBuf),
    #[error(
        "failed to find the version of {}: its members have several ({versions}); write `version` into `[workspace.package]` of Cargo.toml",
        .folder.display()
    )]
    SeveralVersions { folder: PathBuf, versions: String },
    #[error(
        "failed to stamp {}: it is a member of the workspace {}; pass that folder, so that all members are stamped",
        .member.display(),
        .root.display()
    )]
    Member { member: PathBuf, root: PathBuf },
    #[error("failed to stamp `{dependency}` in {}: its {reason}", .path.display())]
    Requirement {
        path: PathBuf,
        dependency: String,
        reason: String,
    },
    #[error(
        "failed to read the undo file {}: {reason}; delete it if it is not of this tree",
        .path.display()
    )]
    UndoFile { path: PathBuf, reason: String },
    #[error(transparent)]
    Version(#[from] VersionError),
    #[error(
        "failed to restore {}: it changed since it was stamped; set its version back to {old} by hand, and delete {}",
        .path.display(),
        .undo_file.display()
    )]
    Changed {
        path: PathBuf,
        old: Version,
        undo_file: PathBuf,
    },
    #[error(
        "failed to stamp {}: it is outside the checkout {}",
        .path.display(),
        .checkout.display()
    )]
    Outside { path: PathBuf, checkout: PathBuf },
}

/// A source tree whose version is set for one build. Dropping it restores the tree as well, but cannot say so when
/// that fails: call [`Stamp::restore`].
#[derive(Debug)]
#[must_use = "dropping a stamp takes it back at once"]
pub struct Stamp {
    /// As the sources had it.
    pub old: Version,
    /// As the sources have it now.
    pub new: Version,
    /// The files that were changed; empty when they had the new version already.
    pub edited: Vec<PathBuf>,
    folder: PathBuf,
    undo_file: Option<PathBuf>,
}

/// The version that the sources of the package in `package_dir` have.
///
/// # Errors
/// The same as [`Stamp::apply`], but for writing.
pub fn source_version(package_dir: &Path) -> Result<Version, StampError> {
    Ok(Source::find(package_dir)?.version)
}

impl Stamp {
    /// Sets the version of the package in `package_dir`, where maturin builds it, to what `mode` makes of it.
    ///
    /// The version lives in `pyproject.toml` (`[project] version`), else in the crate (`[package] version`), else in
    /// its workspace (`[workspace.package] version`). Entries of `Cargo.lock` follow, so that `--locked` builds work.
    /// `date` is the commit's own, in UTC. An already stamped version is stripped first.
    ///
    /// `undo_file` holds how to take the stamp back while it lasts: what an earlier build left there, because it was killed,
    /// is given back first.
    ///
    /// # Errors
    /// No version is found, a file cannot be read or written, or `commit` is not a commit id. Nothing stays changed then.
    pub fn apply(
        package_dir: &Path,
        mode: VersionMode,
        commit: &str,
        date: Date,
        undo_file: &Path,
    ) -> Result<Self, StampError> {
        undo(package_dir, undo_file)?;
        let source = Source::find(package_dir)?;
        let new = mode.resolve(&source.version, commit, date)?;
        let mut edits = Edits::default();
        if new != source.version {
            source.set(&new, &mut edits)?;
        }
        let plan = Plan {
            files: edits.into_files().map(|file| file.finish()).collect(),
            checkout: source.checkout().clone(),
            old: source.version,
            new,
        };
        let edited = plan.apply(undo_file)?;
        Ok(Self {
            old: plan.old,
            new: plan.new,
            undo_file: (!edited.is_empty()).then(|| undo_file.to_owned()),
            folder: package_dir.to_owned(),
            edited,
        })
    }

    /// Gives every changed file its old bytes back.
    ///
    /// `Cargo.lock` gets them whatever is in it: builds write to it.
    ///
    /// # Errors
    /// A file cannot be written, or was edited since; the others are restored nevertheless, and the first failure is told.
    pub fn restore(mut self) -> Result<(), StampError> {
        self.give_back()
    }

    fn give_back(&mut self) -> Result<(), StampError> {
        match self.undo_file.take() {
            Some(undo_file) => undo(&self.folder, &undo_file).map(drop),
            None => Ok(()),
        }
    }
}

impl Drop for Stamp {
    fn drop(&mut self) {
        // There is nobody left to tell; `restore` is the way to hear of a failure.
        let _ = self.give_back();
    }
}
