//! What an index takes: a wheel or an sdist, opened once, with the metadata and digests that its upload needs.

use super::Error;
use blake2::Blake2b256;
use package_formats::{
    FileDigest, Finding, FormatError, Sdist,
    wheel::{Metadata, Wheel, normalized_name},
};
use serde_json::Value;
use sha2::Digest as _;
use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
};

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
    /// Fields of the upload form that come from the metadata, in its order.
    pub metadata: Vec<(String, String)>,
    /// PEP 740 attestations of this file; PyPI takes them with trusted publishing, elsewhere they stay at home.
    pub attestations: Vec<Value>,
    /// What is wrong with it wherever it goes.
    pub findings: Vec<Finding>,
    /// What PyPI alone refuses.
    pub findings_for_pypi: Vec<Finding>,
}

impl Distribution {
    /// Opens a `.whl` or a `.tar.gz` and reads it whole, for its rules and its digest.
    ///
    /// # Errors
    /// It cannot be read. What is readable but wrong is in [`Distribution::findings`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let wrong = |cause: String| Error::File {
            path: path.to_owned(),
            cause,
        };
        let unreadable = |error: FormatError| wrong(error.cause.to_string());
        let name = path.file_name().and_then(|name| name.to_str());
        match name {
            Some(name) if name.ends_with(".whl") => {
                let wheel = Wheel::open(path).map_err(unreadable)?;
                Ok(Self::from_wheel(&wheel))
            }
            Some(name) if name.ends_with(".tar.gz") => {
                let sdist = Sdist::open(path).map_err(unreadable)?;
                Ok(Self::from_sdist(&sdist))
            }
            _ => Err(wrong(
                "an index accepts `.whl` and `.tar.gz` files".to_owned(),
            )),
        }
    }

    /// Opens several at once, on as many cores as there are; in the order of `paths`. What cannot be read is an error each.
    pub fn open_all(paths: &[PathBuf]) -> (Vec<Self>, Vec<Error>) {
        let next = Mutex::new(paths.iter().enumerate());
        let opened = Mutex::new(Vec::with_capacity(paths.len()));
        let cores = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..cores.min(paths.len()) {
                scope.spawn(|| {
                    let take = || next.lock().unwrap_or_else(PoisonError::into_inner).next();
                    while let Some((position, path)) = take() {
                        let one = Self::open(path);
                        let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
                        opened.push((position, one));
                    }
                });
            }
        });
        let mut opened = opened.into_inner().unwrap_or_else(PoisonError::into_inner);
        opened.sort_by_key(|(position, _)| *position);
        let (mut files, mut errors) = (Vec::new(), Vec::new());
        for (_, one) in opened {
            match one {
                Ok(file) => files.push(file),
                Err(error) => errors.push(error),
            }
        }
        (files, errors)
    }

    /// A wheel that was opened already.
    pub fn from_wheel(wheel: &Wheel) -> Self {
        Self {
            python: wheel.file_name.python_tags.join("."),
            findings: wheel.check(),
            findings_for_pypi: wheel.check_for_pypi(),
            ..Self::new(&wheel.path, Kind::Wheel, &wheel.metadata, &wheel.digest)
        }
    }

    /// An sdist that was opened already.
    pub fn from_sdist(sdist: &Sdist) -> Self {
        Self {
            findings: sdist.check(),
            findings_for_pypi: sdist.check_for_pypi(),
            ..Self::new(&sdist.path, Kind::Sdist, &sdist.metadata, &sdist.digest)
        }
    }

    fn new(path: &Path, kind: Kind, metadata: &Metadata, digest: &FileDigest) -> Self {
        let file_name = path.file_name().unwrap_or_default();
        Self {
            path: path.to_owned(),
            file_name: file_name.to_string_lossy().into_owned(),
            kind,
            project: metadata.name().to_owned(),
            version: metadata.version().to_owned(),
            python: "source".to_owned(),
            size: digest.size,
            sha256: digest.sha256.clone(),
            metadata: metadata.form_fields(),
            attestations: Vec::new(),
            findings: Vec::new(),
            findings_for_pypi: Vec::new(),
        }
    }

    /// BLAKE2b with 32 bytes of output, hex: only an upload needs it, so nothing else reads the file for it.
    pub(super) async fn blake2_256(&self) -> Result<String, Error> {
        let path = self.path.clone();
        let digest = tokio::task::spawn_blocking(move || blake2_256(&path)).await;
        let digest = digest.map_err(io::Error::other).flatten();
        digest.map_err(|error| Error::File {
            path: self.path.clone(),
            cause: error.to_string(),
        })
    }

    /// The name of the project's page (PEP 503).
    pub(super) fn normalized_project(&self) -> String {
        normalized_name(&self.project)
    }
}

fn blake2_256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 256 << 10];
    let mut blake2 = Blake2b256::new();
    loop {
        let read = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(hex::encode(blake2.finalize()));
        }
        blake2.update(bytes);
    }
}
