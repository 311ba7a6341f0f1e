//! What stops a wheel on its way to an index, and what to do about it.

use super::Problem;
use crate::{AskedToWait, Conflict, http, outcome::listed, trusted};
use std::{path::PathBuf, time::Duration};

/// Why a Python index was not read or did not take a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is neither a wheel nor an sdist, or a broken one.
    #[error("failed to read {}: {cause}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Two files of one name among those to send.
    #[error(
        "failed to choose between two files named {file}: one has sha256 {one}, the other {other}"
    )]
    Twice {
        /// The name.
        file: String,
        /// SHA-256 of the first.
        one: String,
        /// SHA-256 of the second.
        other: String,
    },
    /// What the rules of packages, or PyPI's own, say about the files; all of it.
    #[error("failed to publish, nothing was sent: {}", listed(.0))]
    Problems(Vec<Problem>),
    /// Neither the project nor the whole index is where its page was looked for.
    #[error(
        "failed to find the index: {page} answers {status}; set `simple-url` to the address of its pages, such as https://host.example/team/+simple/ for devpi"
    )]
    NoIndex {
        /// The page that was derived from `index-url`.
        page: String,
        /// Its answer.
        status: u16,
    },
    /// Something between us and the index answers in its place.
    #[error(
        "failed to read {page}: it is a web page, not an index page; check `index-url` and `simple-url`, and whether a proxy or a login page answers there"
    )]
    NotAnIndex {
        /// The page that was read.
        page: String,
    },
    /// Names taken by other bytes.
    #[error("failed to publish, different bytes exist under the same name; publish a new version: {}", listed(.0))]
    Conflicts(Vec<Conflict>),
    /// 401 or 403.
    #[error(
        "failed to upload {file}: the index refuses the credentials ({status}{}); check `username` (`__token__` for an API token), that `password` is current, and that it may upload to {project:?}",
        http::after_colon(detail)
    )]
    Denied {
        /// The file.
        file: String,
        /// The project that the token must cover.
        project: String,
        /// The answer.
        status: u16,
        /// The index's words.
        detail: String,
    },
    /// A redirect: a secret and a file follow none.
    #[error(
        "failed to upload {file}: {from} redirects to {to}; set `index-url` to that address if you trust it"
    )]
    Redirected {
        /// The file.
        file: String,
        /// Where it was sent.
        from: String,
        /// Where the index points to.
        to: String,
    },
    /// Any other refusal.
    #[error(
        "failed to upload {file}: the index answered {status}{}",
        http::after_colon(detail)
    )]
    Rejected {
        /// The file.
        file: String,
        /// The answer.
        status: u16,
        /// The index's words.
        detail: String,
    },
    /// The index says that the name exists and does not show it.
    #[error(
        "failed to compare {file}: the index says that it exists, but {page} did not show it within {}: {detail}",
        crate::clock::spoken(*within)
    )]
    Hidden {
        /// The file.
        file: String,
        /// The page that was read.
        page: String,
        /// How long it was read.
        within: Duration,
        /// The index's words.
        detail: String,
    },
    /// Accepted, but not shown in time.
    #[error(
        "failed to see {file} in the index: it was accepted, but {page} did not show it within {}; rerun, published files are skipped; if the index shows its files elsewhere, set `simple-url` to that address",
        crate::clock::spoken(*within)
    )]
    Unseen {
        /// The file.
        file: String,
        /// The page that was read.
        page: String,
        /// How long it was read.
        within: Duration,
    },
    /// PyPI ends a request that takes this long.
    #[error(
        "failed to upload {file}: the upload of {size} bytes was cut off after {}, but PyPI ends uploads after {}; use a faster connection or a smaller file ({cause})",
        crate::clock::spoken(*after),
        crate::clock::spoken(super::LONGEST_UPLOAD)
    )]
    TooSlow {
        /// The file.
        file: String,
        /// Its size in bytes.
        size: u64,
        /// When it was cut off.
        after: Duration,
        /// What was seen of it.
        cause: String,
    },
    /// The page is not what the simple API promises.
    #[error("failed to {what}: {cause}")]
    Page {
        /// What was tried.
        what: String,
        /// What is wrong with it.
        cause: String,
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

impl Error {
    pub(super) fn page(what: &str, cause: impl ToString) -> Self {
        Self::Page {
            what: what.to_owned(),
            cause: cause.to_string(),
        }
    }
}
