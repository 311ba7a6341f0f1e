//! What stops a crate on its way to a registry, and what to do about it.

use crate::{AskedToWait, Conflict, http, outcome::listed, trusted};
use std::{path::PathBuf, time::Duration};

/// Why a Cargo registry was not read or did not take a crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read, or changed since it was opened.
    #[error("failed to read {}: {cause}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The index is none, or its registry takes no uploads.
    #[error("failed to open the registry {index}: {cause}")]
    Registry {
        /// The index, without credentials.
        index: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The registry shows its index only to those who log in.
    #[error(
        "failed to read the index {index}: it wants a token ({status}); check that `token` is given and current"
    )]
    IndexDenied {
        /// The index, without credentials.
        index: String,
        /// The answer.
        status: u16,
    },
    /// Everything that is wrong with the set before a registry is asked.
    #[error("failed to publish: {}", listed(.0))]
    Set(Vec<String>),
    /// Versions taken by other bytes.
    #[error("failed to publish, other bytes are there under the same version; publish a new version: {}", listed(.0))]
    Conflicts(Vec<Conflict>),
    /// A minted token creates no crate.
    #[error(
        "failed to publish: trusted publishing cannot create a crate, publish the first version with an API token: {}",
        listed(.0)
    )]
    NewCrates(Vec<String>),
    /// 401 or 403.
    #[error(
        "failed to publish {file}: the registry refuses the token ({status}{}); check that `token` is current, may publish this crate, and belongs to an owner of it",
        http::after_colon(detail)
    )]
    Denied {
        /// The file.
        file: String,
        /// The answer.
        status: u16,
        /// The registry's words.
        detail: String,
    },
    /// Any other refusal, with whatever status it came.
    #[error(
        "failed to publish {file}: the registry answered {status}{}",
        http::after_colon(detail)
    )]
    Rejected {
        /// The file.
        file: String,
        /// The answer.
        status: u16,
        /// The registry's words.
        detail: String,
    },
    /// The registry says that the version exists and does not show it.
    #[error(
        "failed to compare {file}: the registry says that the version exists, but the index did not show it within {}: {detail}",
        crate::clock::spoken(*within)
    )]
    Hidden {
        /// The file.
        file: String,
        /// How long the index was read.
        within: Duration,
        /// The registry's words.
        detail: String,
    },
    /// Accepted, but not shown in time.
    #[error(
        "failed to see {file} in the index: it was accepted, but not shown within {}; run it again, what is there stays",
        crate::clock::spoken(*within)
    )]
    Unseen {
        /// The file.
        file: String,
        /// How long the index was read.
        within: Duration,
    },
    /// See [`trusted::Error`].
    #[error(transparent)]
    Trusted(#[from] trusted::Error),
    /// See [`http::Error`].
    #[error(transparent)]
    Http(#[from] http::Error),
}

impl From<AskedToWait> for Error {
    fn from(asked: AskedToWait) -> Self {
        Self::Http(asked.into())
    }
}
