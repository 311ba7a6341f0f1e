//! What is inside a wheel or a `.crate`: a file that a registry would refuse is found here, before anything is uploaded.
//!
//! Everything in this crate works on local files: no network, no printing, no environment variables.
//! A package is parsed once, by [`open`]; what comes back can be asked questions without reading the file again.
//!
//! - [`wheel`] and [`krate`] parse the two formats and hold the rules of the registries as tables.
//! - [`sdist`] is what PyPI asks of a source distribution.
//! - [`plain`] judges what is neither: data, bundles, modules, programs, folders. [`check`] asks all of them.
//! - [`table`] is every rule at once, for users to read.
//! - [`choose`] tells the one wheel that is meant from others, and [`folder`] reads a package that is a folder.
//! - [`file_name`] tells which names every system can hold.
//! - [`version`] knows commit builds and how a Cargo version is spelled in Python.
//! - [`stamp`] sets a version in a source tree, and gives the old one back.

pub mod choose;
mod compare;
pub mod digest;
pub mod file_name;
pub mod folder;
#[cfg(test)]
mod fuzz;
pub mod kind;
pub mod krate;
pub mod plain;
pub mod platform;
pub mod rule;
pub mod sdist;
pub mod stamp;
pub mod table;
pub mod version;
pub mod wheel;

mod error;
mod native;
mod pypi_metadata;
mod tarball;

use std::path::Path;

pub use choose::{Choice, ChoiceError};
pub use compare::differing_members;
pub use digest::FileDigest;
pub use error::{Cause, FormatError};
pub use folder::{Folder, FolderError};
pub use kind::Kind;
pub use krate::Crate;
pub use plain::{PlainFile, PlainFolder};
pub use rule::{Finding, Rule};
pub use sdist::Sdist;
pub use wheel::Wheel;

/// A package file whose format this crate can read.
#[derive(Debug, Clone)]
pub enum Package {
    Wheel(Wheel),
    Crate(Crate),
}

/// Opens the package at `path`; its extension says what it is.
///
/// # Errors
/// The file cannot be read, has another extension than `.whl` and `.crate`, or is not what its extension says.
/// What is readable but wrong is no error here: [`Package::check`] lists it.
pub fn open(path: &Path) -> Result<Package, FormatError> {
    match Kind::of_path(path) {
        Some(Kind::Wheel) => Wheel::open(path).map(Package::Wheel),
        Some(Kind::Crate) => Crate::open(path).map(Package::Crate),
        _ => Err(FormatError::new("package", path, Cause::Extension)),
    }
}

/// Everything that is wrong with what lies at `path` as a package of `kind` that is to run on `platform`: see [`table`].
///
/// # Errors
/// It cannot be read. What is readable but wrong, a file that is no wheel included, is no error here.
pub fn check(kind: Kind, path: &Path, platform: &str) -> Result<Vec<Finding>, FormatError> {
    match path.is_dir() {
        true => check_folder(kind, path),
        false => check_file(kind, path, platform),
    }
}

/// The same for a file; a wheel or a crate says itself where it runs.
///
/// # Errors
/// As [`check`].
pub fn check_file(kind: Kind, path: &Path, platform: &str) -> Result<Vec<Finding>, FormatError> {
    let opened = match kind {
        Kind::Wheel => Wheel::open(path).map(|wheel| wheel.check()),
        Kind::Crate => Crate::open(path).map(|krate| krate.check()),
        _ => PlainFile::open(kind, path, platform).map(|file| file.check()),
    };
    match opened {
        Err(error) if !matches!(error.cause, Cause::Io(_)) => Ok(vec![error.finding()]),
        other => other,
    }
}

/// The same for a folder that is one package.
///
/// # Errors
/// As [`check`].
pub fn check_folder(kind: Kind, path: &Path) -> Result<Vec<Finding>, FormatError> {
    if matches!(kind, Kind::Wheel | Kind::Crate) {
        return Err(FormatError::new(kind.as_str(), path, Cause::Folder));
    }
    Ok(PlainFolder::open(kind, path)?.check())
}

impl Package {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Wheel(_) => Kind::Wheel,
            Self::Crate(_) => Kind::Crate,
        }
    }

    /// The name that an index files the package under: a wheel's normalized name (PEP 503), a crate's own name.
    pub fn project(&self) -> String {
        match self {
            Self::Wheel(wheel) => wheel.file_name.normalized_name(),
            Self::Crate(krate) => krate.name().to_owned(),
        }
    }

    /// The version as the package itself spells it: PEP 440 in a wheel, SemVer in a crate.
    pub fn version(&self) -> String {
        match self {
            Self::Wheel(wheel) => wheel.metadata.version().to_owned(),
            Self::Crate(krate) => krate.version().to_string(),
        }
    }

    /// Where the package runs, for example `linux-x64`; sources and pure Python are `any`.
    pub fn platform(&self) -> String {
        match self {
            Self::Wheel(wheel) => wheel.file_name.platform(),
            Self::Crate(_) => platform::ANY.to_owned(),
        }
    }

    pub fn path(&self) -> &Path {
        match self {
            Self::Wheel(wheel) => &wheel.path,
            Self::Crate(krate) => &krate.path,
        }
    }

    /// Size and SHA-256 of the whole file, taken while it was opened.
    pub fn digest(&self) -> &FileDigest {
        match self {
            Self::Wheel(wheel) => &wheel.digest,
            Self::Crate(krate) => &krate.digest,
        }
    }

    /// Everything that is wrong with the package wherever it goes; what only one registry refuses is in
    /// [`Wheel::check_for_pypi`] and [`Crate::check_for_crates_io`].
    pub fn check(&self) -> Vec<Finding> {
        match self {
            Self::Wheel(wheel) => wheel.check(),
            Self::Crate(krate) => krate.check(),
        }
    }
}
