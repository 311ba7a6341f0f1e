//! A `.crate` file: parsed once at the door and then checked against what the registry's server will say.

mod archive;
mod manifest;
mod order;
mod rules;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::Deserialize;
use untrusted_input::checkout;

pub use manifest::{Dependency, DependencyKind, Manifest, Publish};
pub use order::{Cycle, check_siblings, publish_order};
pub use rules::{BETWEEN, CRATES_IO_RULES, RULES};

use crate::digest::{self, FileDigest};
use crate::error::{Cause, FormatError};
use crate::rule::{self, Finding};
pub use crate::tarball::{Entry, EntryKind};

/// A registry takes a few MiB; what is larger than this is not read into memory.
const MAX_FILE: u64 = 512 * 1024 * 1024;

/// A `.crate` whose every entry was read.
#[derive(Debug, Clone)]
pub struct Crate {
    pub path: PathBuf,
    /// The normalized `Cargo.toml`: what the registry's server reads.
    pub manifest: Manifest,
    /// Which commit the crate was packaged from; `None` outside of a repository.
    pub vcs: Option<Vcs>,
    /// The crate's own `Cargo.lock`; empty without one.
    pub lock: Vec<LockedPackage>,
    /// The text of the file that `readme` in the manifest names: the server does not read it from the archive.
    pub readme: Option<String>,
    /// Size and SHA-256 of the file; the index calls the latter `cksum`.
    pub digest: FileDigest,
    /// In archive order.
    pub entries: Vec<Entry>,
    /// Bytes of all files inside.
    pub unpacked: u64,
}

/// `.cargo_vcs_info.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vcs {
    /// The full id.
    pub commit: String,
    /// Folder of the crate in its repository, with `/`; empty for the root.
    pub path_in_vcs: String,
    /// Files were changed and not committed when the crate was packaged.
    pub dirty: bool,
}

/// One `[[package]]` of a crate's `Cargo.lock`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LockedPackage {
    pub name: String,
    pub version: Version,
    pub source: Option<String>,
    /// SHA-256 of the package's `.crate`, 64 hexadecimal digits.
    pub checksum: Option<String>,
}

impl Crate {
    /// # Errors
    /// The file is no gzipped tar archive, damaged, or unpacks to more than 512 MiB; `Cargo.toml` is missing or has no
    /// name or version; one of cargo's own files in it cannot be read.
    pub fn open(path: &Path) -> Result<Self, FormatError> {
        Self::read(path).map_err(|cause| FormatError::new("crate", path, cause))
    }

    fn read(path: &Path) -> Result<Self, Cause> {
        let bytes = checkout::read(path, MAX_FILE).map_err(std::io::Error::from)?;
        let contents = archive::read(&bytes, is_cargos_own)?;
        let (root, text) = contents.manifest()?;
        let manifest =
            Manifest::parse(text).map_err(|reason| Cause::invalid("Cargo.toml", reason))?;
        let own = |file: &str| contents.kept.get(&format!("{root}/{file}"));
        let vcs = own(".cargo_vcs_info.json")
            .map(|json| vcs(json))
            .transpose()?;
        let lock = own("Cargo.lock").map(|text| lock(text)).transpose()?;
        let readme = match &manifest.readme {
            None => None,
            Some(file) => archive::read_one(&bytes, &format!("{root}/{file}"))?,
        };
        Ok(Self {
            path: path.to_owned(),
            vcs,
            lock: lock.unwrap_or_default(),
            readme,
            digest: digest::sha256_bytes(&bytes),
            unpacked: contents.entries.iter().map(|entry| entry.size).sum(),
            entries: contents.entries,
            manifest,
        })
    }

    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    pub fn version(&self) -> &Version {
        &self.manifest.version
    }

    /// `name-version`, the folder that holds every entry.
    pub fn root(&self) -> String {
        format!("{}-{}", self.name(), self.version())
    }

    /// Everything that is wrong with the crate wherever it goes: see [`RULES`].
    pub fn check(&self) -> Vec<Finding> {
        rule::run(RULES, self)
    }

    /// What crates.io refuses or confuses beyond [`Crate::check`], for example build metadata: see [`CRATES_IO_RULES`].
    pub fn check_for_crates_io(&self) -> Vec<Finding> {
        rule::run(CRATES_IO_RULES, self)
    }

    /// Whether the crate was packaged from `commit` (a full id).
    pub fn check_commit(&self, commit: &str) -> Option<Finding> {
        let packaged = self.vcs.as_ref().map(|vcs| vcs.commit.as_str());
        (packaged != Some(commit)).then(|| Finding {
            rule: "vcs-commit",
            message: format!(
                "crate {} was packaged from commit {}, expected {commit}",
                self.name(),
                packaged.unwrap_or("unknown")
            ),
        })
    }
}

fn is_cargos_own(path: &str) -> bool {
    path.split_once('/').is_some_and(|(_, file)| {
        matches!(file, "Cargo.lock" | ".cargo_vcs_info.json")
            || file.eq_ignore_ascii_case("Cargo.toml")
    })
}

fn vcs(json: &[u8]) -> Result<Vcs, Cause> {
    #[derive(Deserialize)]
    struct Info {
        git: Git,
        #[serde(default)]
        path_in_vcs: String,
    }
    #[derive(Deserialize)]
    struct Git {
        sha1: String,
        #[serde(default)]
        dirty: bool,
    }
    let info: Info = serde_json::from_slice(json)
        .map_err(|error| Cause::invalid(".cargo_vcs_info.json", error))?;
    Ok(Vcs {
        commit: info.git.sha1,
        path_in_vcs: info.path_in_vcs,
        dirty: info.git.dirty,
    })
}

fn lock(text: &[u8]) -> Result<Vec<LockedPackage>, Cause> {
    #[derive(Deserialize)]
    struct Lock {
        #[serde(default)]
        package: Vec<LockedPackage>,
    }
    let lock: Lock = toml::from_slice(text).map_err(|error| Cause::invalid("Cargo.lock", error))?;
    Ok(lock.package)
}

/// What one read of the archive gave.
struct Contents {
    entries: Vec<Entry>,
    /// Cargo's own files at the root, by path.
    kept: BTreeMap<String, Vec<u8>>,
}

impl Contents {
    /// The folder of the manifest, and its text.
    fn manifest(&self) -> Result<(&str, &str), Cause> {
        let (path, bytes) = self
            .kept
            .iter()
            .find(|(path, _)| path.ends_with("/Cargo.toml"))
            .ok_or_else(|| Cause::Missing("<name>-<version>/Cargo.toml".to_owned()))?;
        let text =
            std::str::from_utf8(bytes).map_err(|error| Cause::invalid("Cargo.toml", error))?;
        Ok((path.strip_suffix("/Cargo.toml").unwrap_or_default(), text))
    }
}
