//! What stops a crate on its way to a registry, and what to do about it.

use super::Problem;
use crate::{AskedToWait, Conflict, http, outcome::listed, trusted};
use jiff::Timestamp;
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
        "failed to read the index {index}: it requires a token ({status}); check that `token` is set and current"
    )]
    IndexDenied {
        /// The index, without credentials.
        index: String,
        /// The answer.
        status: u16,
    },
    /// Everything that is wrong before the first byte: see [`super::Plan::problems`].
    #[error("failed to publish, nothing was sent: {}", listed(.0))]
    Problems(Vec<Problem>),
    /// Versions taken by other bytes, which another run has sent meanwhile.
    #[error("failed to publish, different bytes exist under the same version; publish a new version: {}", listed(.0))]
    Conflicts(Vec<Conflict>),
    /// The registry refuses uploads for now and says until when; kept and waited for.
    #[error("{cause}; it asks to wait until {}", until.strftime("%H:%M:%S UTC"))]
    Limited {
        /// When it takes the next one, counted from its answer.
        until: Timestamp,
        /// Which attempt it was.
        attempt: u32,
        /// The refusal.
        cause: Box<http::Error>,
    },
    /// The registry takes no more versions of this crate today.
    #[error(
        "failed to publish {file}: {detail}; rerun after {} to continue with this crate; crates already published are skipped",
        resume.strftime("%Y-%m-%d %H:%M UTC")
    )]
    Daily {
        /// The file.
        file: String,
        /// When there is room again: exact where the index says when versions were published, else a day from now.
        resume: Timestamp,
        /// The registry's words.
        detail: String,
    },
    /// A version that should be yanked and is not there.
    #[error("failed to {what}: the index has no such version; check the name and the version")]
    NoSuchVersion {
        /// What was tried, as in `yank hello 0.1.0`.
        what: String,
    },
    /// The registry took a request, and the index does not show its effect.
    #[error(
        "failed to {what}: the registry accepted it, but the index did not show it within {}; run it again",
        crate::clock::spoken(*within)
    )]
    NotShown {
        /// What was tried, as in `yank hello 0.1.0`.
        what: String,
        /// How long the index was read.
        within: Duration,
    },
    /// 401 or 403 for anything but an upload.
    #[error(
        "failed to {what}: the registry refuses the token ({status}{}); check that `token` is current, has this right, and belongs to an owner of the crate",
        http::after_colon(detail)
    )]
    Refused {
        /// What was tried.
        what: String,
        /// The answer.
        status: u16,
        /// The registry's words.
        detail: String,
    },
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
        "failed to see {file} in the index: it was accepted, but not shown within {}; rerun, published files are skipped",
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
