//! What stops a release, and what to do about it.

use package_store::{Channel, StoreError, Time};
use std::{io, path::PathBuf};

use crate::{channels, crates_io, github_release, outcome::listed, pypi};

/// Why a version was not released.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The version of a commit build.
    #[error(
        "failed to release {0}: it is a commit build; set the version of a release, such as `1.2.3`"
    )]
    CommitBuild(String),
    /// Files that are as recorded and still not what they should be.
    #[error("failed to read the packages of {version}: {}", listed(files))]
    Unreadable {
        /// The version.
        version: String,
        /// What is wrong with each file.
        files: Vec<String>,
    },
    /// Somebody has withdrawn it.
    #[error("version {version} was withdrawn at {when}; release a new version")]
    Withdrawn {
        /// The version.
        version: String,
        /// When.
        when: Time,
    },
    /// What would be left out without anybody having said so.
    #[error("the version has {}", listed(.0))]
    Unconfigured(Vec<String>),
    /// A channel that does not take the version.
    #[error("failed to move `{channel}`: {why}; set other `channels`, or `channels: auto`")]
    Unfit {
        /// Which.
        channel: Channel,
        /// Why.
        why: String,
    },
    /// What the preflight found.
    #[error("the version is not ready to be released: {}", listed(.0))]
    Preflight(Vec<String>),
    /// What is served at the end is not what was released.
    #[error("the served files differ from the release: {}", listed(.0))]
    NotAsReleased(Vec<String>),
    /// What is served at the end could not be read.
    #[error(
        "everything was sent, but some of it could not be read back, run it again: {}",
        listed(.0)
    )]
    NotReadBack(Vec<String>),
    /// A file beside the packages.
    #[error("failed to write `{}`: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A thread ended early.
    #[error("failed to read the packages: {0}")]
    Stopped(String),
    /// The bucket, or what it has.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// See [`pypi::Error`].
    #[error(transparent)]
    Pypi(#[from] pypi::Error),
    /// See [`crates_io::Error`].
    #[error(transparent)]
    Crates(#[from] crates_io::Error),
    /// See [`github_release::Error`].
    #[error(transparent)]
    GitHub(#[from] github_release::Error),
    /// See [`signing::Error`].
    #[error(transparent)]
    Signing(#[from] signing::Error),
    /// See [`channels::Error`].
    #[error(transparent)]
    Channels(Box<channels::Error>),
}

impl From<channels::Error> for Error {
    fn from(error: channels::Error) -> Self {
        Self::Channels(Box::new(error))
    }
}

impl Error {
    /// Whether a check has failed: everything could be read, and something is not as it should be.
    pub fn is_finding(&self) -> bool {
        match self {
            Self::NotAsReleased(_) => true,
            Self::Signing(error) => error.is_rejection(),
            _ => false,
        }
    }
}
