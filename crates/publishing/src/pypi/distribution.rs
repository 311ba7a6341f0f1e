//! What an index takes: a wheel or an sdist, opened once, with the metadata and digests that its upload needs.

use super::Error;
use blake2::Blake2b256;
use flate2::read::GzDecoder;
use package_formats::wheel::{Metadata, Wheel, normalized_name};
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

/// `PKG-INFO` is metadata and a readme; what is larger is something else.
const LARGEST_METADATA: u64 = 16 << 20;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `.whl`
    Wheel,
    /// `.tar.gz`
    Sdist,
}

/// A file that can be uploaded.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// Where it is.
    pub path: PathBuf,
    /// Its name, which is its identity in the index.
    pub file_name: String,
    /// Wheel or sdist.
    pub kind: Kind,
    /// The project as the metadata spells it.
    pub project: String,
    /// The version as the metadata spells it.
    pub version: String,
    /// Python tags joined with `.`, or `source`.
    pub python: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256, hex.
    pub sha256: String,
    /// BLAKE2b with 32 bytes of output, hex.
    pub blake2_256: String,
    /// Fields of the upload form that come from the metadata, in its order.
    pub metadata: Vec<(String, String)>,
}

impl Distribution {
    /// Opens a `.whl` or a `.tar.gz` and reads it whole, for its digests.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.file_name().and_then(|name| name.to_str());
        let wrong = |cause: String| Error::File {
            path: path.to_owned(),
            cause,
        };
        match name {
            Some(name) if name.ends_with(".whl") => {
                let wheel = Wheel::open(path).map_err(|error| wrong(error.cause.to_string()))?;
                Self::from_wheel(&wheel)
            }
            Some(name) if name.ends_with(".tar.gz") => {
                let metadata = pkg_info(path).map_err(wrong)?;
                Self::build(path, Kind::Sdist, &metadata, "source".to_owned())
            }
            _ => Err(wrong(
                "an index takes `.whl` and `.tar.gz` files".to_owned(),
            )),
        }
    }

    /// A wheel that was opened already.
    pub fn from_wheel(wheel: &Wheel) -> Result<Self, Error> {
        let python = wheel.file_name.python_tags.join(".");
        Self::build(&wheel.path, Kind::Wheel, &wheel.metadata, python)
    }

    fn build(path: &Path, kind: Kind, metadata: &Metadata, python: String) -> Result<Self, Error> {
        let wrong = |cause: String| Error::File {
            path: path.to_owned(),
            cause,
        };
        let digests = digests(path).map_err(|error| wrong(error.to_string()))?;
        let file_name = path.file_name().and_then(|name| name.to_str());
        let file_name = file_name.ok_or_else(|| wrong("its name is not UTF-8".to_owned()))?;
        Ok(Self {
            path: path.to_owned(),
            file_name: file_name.to_owned(),
            kind,
            project: metadata.name().to_owned(),
            version: metadata.version().to_owned(),
            python,
            size: digests.size,
            sha256: digests.sha256,
            blake2_256: digests.blake2_256,
            metadata: metadata.form_fields(),
        })
    }

    /// The name of the project's page (PEP 503).
    pub(super) fn normalized_project(&self) -> String {
        normalized_name(&self.project)
    }
}

struct Digests {
    size: u64,
    sha256: String,
    blake2_256: String,
}

/// Both digests and the size from one read.
fn digests(path: &Path) -> io::Result<Digests> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 256 << 10];
    let (mut sha256, mut blake2) = (Sha256::new(), Blake2b256::new());
    let mut size = 0;
    loop {
        let read = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        size += bytes.len() as u64;
        sha256.update(bytes);
        blake2.update(bytes);
    }
    Ok(Digests {
        size,
        sha256: hex::encode(sha256.finalize()),
        blake2_256: hex::encode(blake2.finalize()),
    })
}

/// The metadata of an sdist: `<name>-<version>/PKG-INFO`.
fn pkg_info(path: &Path) -> Result<Metadata, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let entries = archive.entries().map_err(|error| error.to_string())?;
    for entry in entries {
        let mut entry = entry.map_err(|error| format!("it is no gzipped tar archive: {error}"))?;
        let is_pkg_info = entry.path().is_ok_and(|path| {
            path.components().count() == 2 && path.file_name() == Some("PKG-INFO".as_ref())
        });
        if is_pkg_info {
            let mut raw = Vec::new();
            let read = entry.by_ref().take(LARGEST_METADATA).read_to_end(&mut raw);
            read.map_err(|error| error.to_string())?;
            return Metadata::parse(raw)
                .map_err(|reason| format!("its PKG-INFO is invalid: {reason}"));
        }
    }
    Err("it holds no `PKG-INFO` in its top folder, so it is no sdist".to_owned())
}
