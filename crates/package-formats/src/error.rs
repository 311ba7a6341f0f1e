//! Why a package could not be opened, in words that name the file.

use std::io;
use std::path::{Path, PathBuf};

use crate::rule::Finding;
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

    /// A file that cannot be opened, as a finding about it.
    pub fn finding(&self) -> Finding {
        Finding {
            rule: self.cause.rule(),
            message: self.cause.to_string(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("its extension is neither `.whl` nor `.crate`")]
    Extension,
    /// Wheels and crates are files.
    #[error("it is a folder, and a wheel or a crate is one file")]
    Folder,
    #[error("{0}")]
    FileName(#[from] FileNameError),
    #[error("it is not a zip archive")]
    NotZip,
    #[error("it is not a gzipped tar archive")]
    NotTarGz,
    /// The archive starts like one, and then breaks.
    #[error("its archive is damaged: {0}")]
    Damaged(String),
    /// A member that would be written outside of the folder it is unpacked into.
    #[error("member `{0}` escapes the archive: names are relative, with `/` and without `..`")]
    UnsafeMember(String),
    #[error("it unpacks to more than {0}")]
    TooLarge(String),
    #[error("it has no `{0}`")]
    Missing(String),
    /// A file inside the package that cannot be understood.
    #[error("its `{file}` is invalid: {reason}")]
    Invalid { file: String, reason: String },
}

/// The most of a package's own files, such as METADATA and `Cargo.toml`, that is read into memory.
pub(crate) const MAX_OWN_FILE: u64 = 16 * 1024 * 1024;

/// What a wheel or a crate must be before its own rules can be asked: id, promise, and who enforces it.
pub(crate) const DOOR: &[(&str, &str, &str)] = &[
    (
        "package-name",
        "A wheel is named `name-version-python-abi-platform.whl`, optionally with a build number after the version; a crate ends with `.crate`.",
        "pip; PyPI, at upload",
    ),
    (
        "readable",
        "A wheel is a zip archive and a crate a gzipped tar archive; both can be read completely, including checksums.",
        "pip, cargo and the registries",
    ),
    (
        "safe-members",
        "No member of a wheel is absolute or escapes with `..` (for crates: `entries-root`).",
        "pip and uv, at install",
    ),
    (
        "bomb",
        "A wheel unpacks to at most 50 times its size (64 MiB is always allowed), a crate to at most 512 MiB.",
        "PyPI and crates.io, at upload",
    ),
    (
        "own-files",
        "A wheel has one `*.dist-info` with METADATA and WHEEL, and a crate has `Cargo.toml`; each of these files is readable and at most 16 MiB.",
        "pip, cargo and the registries",
    ),
];

impl Cause {
    /// The rule of the table that is broken by a file that cannot be opened for this reason.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Extension | Self::Folder | Self::FileName(_) => "package-name",
            Self::Io(_) | Self::NotZip | Self::NotTarGz | Self::Damaged(_) => "readable",
            Self::UnsafeMember(_) => "safe-members",
            Self::TooLarge(_) => "bomb",
            Self::Missing(_) | Self::Invalid { .. } => "own-files",
        }
    }

    pub(crate) fn invalid(file: impl Into<String>, reason: impl ToString) -> Self {
        Self::Invalid {
            file: file.into(),
            reason: reason.to_string().trim_end().to_owned(),
        }
    }
}
