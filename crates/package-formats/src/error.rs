//! Why a package could not be opened, in words that name the file.

use std::io;
use std::path::{Path, PathBuf};

use crate::wheel::FileNameError;

/// A package that cannot be read at all. What is readable but wrong is a [`crate::Finding`].
#[derive(Debug, thiserror::Error)]
#[error("failed to open {what} {}: {cause}", .path.display())]
pub struct FormatError {
    /// `wheel`, `crate` or, when the extension says neither, `package`.
    pub what: &'static str,
    pub path: PathBuf,
    pub cause: Cause,
}

impl FormatError {
    pub(crate) fn new(what: &'static str, path: &Path, cause: impl Into<Cause>) -> Self {
        Self {
            what,
            path: path.to_owned(),
            cause: cause.into(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("its extension is neither `.whl` nor `.crate`")]
    Extension,
    #[error("{0}")]
    FileName(#[from] FileNameError),
    #[error("it is no zip archive")]
    NotZip,
    #[error("it is no gzipped tar archive")]
    NotTarGz,
    /// The archive starts like one, and then breaks.
    #[error("its archive is damaged: {0}")]
    Damaged(String),
    /// A member that would be written outside of the folder it is unpacked into.
    #[error("member `{0}` leaves the archive: names are relative, with `/` and without `..`")]
    UnsafeMember(String),
    #[error("it unpacks to more than {0}")]
    TooLarge(String),
    #[error("it holds no `{0}`")]
    Missing(String),
    /// A file inside the package that cannot be understood.
    #[error("its `{file}` is invalid: {reason}")]
    Invalid { file: String, reason: String },
}

impl Cause {
    pub(crate) fn invalid(file: impl Into<String>, reason: impl ToString) -> Self {
        Self::Invalid {
            file: file.into(),
            reason: reason.to_string().trim_end().to_owned(),
        }
    }
}
