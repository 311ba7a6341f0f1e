//! What is inside of a package that a registry gets: read once, and used by every step.

use package_formats::{Crate, FileDigest, FormatError, Sdist, Wheel};
use std::path::Path;

/// A package that was opened and read to its end.
#[derive(Debug, Clone)]
pub enum Opened {
    /// `.whl`
    Wheel(Wheel),
    /// `.tar.gz`
    Sdist(Sdist),
    /// `.crate`
    Crate(Crate),
}

impl Opened {
    /// Whether packages of this kind are opened.
    pub(super) fn is_of(kind: &str) -> bool {
        matches!(kind, "wheel" | "sdist" | "crate")
    }

    pub(super) fn open(kind: &str, path: &Path) -> Result<Self, FormatError> {
        match kind {
            "wheel" => Wheel::open(path).map(Self::Wheel),
            "sdist" => Sdist::open(path).map(Self::Sdist),
            _ => Crate::open(path).map(Self::Crate),
        }
    }

    /// The version as the package itself spells it.
    pub(crate) fn version(&self) -> String {
        match self {
            Self::Wheel(wheel) => wheel.metadata.version().to_owned(),
            Self::Sdist(sdist) => sdist.metadata.version().to_owned(),
            Self::Crate(krate) => krate.version().to_string(),
        }
    }

    pub(crate) fn digest(&self) -> &FileDigest {
        match self {
            Self::Wheel(wheel) => &wheel.digest,
            Self::Sdist(sdist) => &sdist.digest,
            Self::Crate(krate) => &krate.digest,
        }
    }
}
