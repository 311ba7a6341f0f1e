//! A source distribution: its metadata, and what PyPI asks of it before it takes one.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use flate2::bufread::GzDecoder;

use crate::digest::{self, FileDigest};
use crate::error::{Cause, FormatError, MAX_OWN_FILE};
use crate::pypi_metadata as of_metadata;
use crate::rule::{self, Finding, Rule};
use crate::tarball;
use crate::wheel::{Metadata, normalized_name};

/// More than any project's sources; what unpacks to more is there to fill a disk.
const MAX_UNPACKED: u64 = 8 * 1024 * 1024 * 1024;
/// Its name's end.
const EXTENSION: &str = ".tar.gz";

/// An sdist (`name-version.tar.gz`) that was read to its end.
#[derive(Debug, Clone)]
pub struct Sdist {
    pub path: PathBuf,
    /// The file's name.
    pub file_name: String,
    /// `PKG-INFO` in its top folder.
    pub metadata: Metadata,
    /// Size and SHA-256 of the file.
    pub digest: FileDigest,
    /// The first part of every path in it.
    top: BTreeSet<String>,
    /// Every path in it.
    paths: BTreeSet<String>,
}

/// What holds for every good sdist, wherever it goes.
pub const RULES: &[Rule<Sdist>] = &[
    Rule {
        id: "sdist-file-name",
        promise: "The file is named `name-version.tar.gz`, with the name and version of its PKG-INFO.",
        enforced_by: "PyPI, at upload; pip and uv, which find it by its name",
        check: file_name,
    },
    Rule {
        id: "sdist-one-folder",
        promise: "Everything in it is in one folder.",
        enforced_by: "PyPI, at upload; pip, at install",
        check: one_folder,
    },
];

/// From warehouse, `forklift/legacy.py` and `forklift/metadata.py`.
pub const PYPI_RULES: &[Rule<Sdist>] = &[
    Rule {
        id: "pypi-local-version",
        promise: of_metadata::LOCAL_VERSION_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |sdist| of_metadata::local_version(&sdist.metadata),
    },
    Rule {
        id: "pypi-file-name",
        promise: "The file name is the normalized project name, with `_` for `-`, and the normalized version (PEP 625).",
        enforced_by: "PyPI, at upload",
        check: normalized_file_name,
    },
    Rule {
        id: "pypi-size",
        promise: of_metadata::SIZE_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |sdist| of_metadata::size(sdist.digest.size),
    },
    Rule {
        id: "pypi-metadata",
        promise: of_metadata::LIMITS_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |sdist| of_metadata::metadata(&sdist.metadata),
    },
    Rule {
        id: "pypi-metadata-fields",
        promise: of_metadata::FIELDS_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |sdist| of_metadata::fields(&sdist.metadata),
    },
    Rule {
        id: "pypi-requires-python",
        promise: of_metadata::REQUIRES_PYTHON_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |sdist| of_metadata::requires_python(&sdist.metadata),
    },
    Rule {
        id: "pypi-description-type",
        promise: of_metadata::DESCRIPTION_TYPE_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |sdist| of_metadata::description_type(&sdist.metadata),
    },
    Rule {
        id: "pypi-private",
        promise: of_metadata::PRIVATE_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |sdist| of_metadata::private(&sdist.metadata),
    },
    Rule {
        id: "pypi-direct-requirement",
        promise: of_metadata::DIRECT_REQUIREMENT_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |sdist| of_metadata::direct_requirement(&sdist.metadata),
    },
    Rule {
        id: "pypi-license-files",
        promise: "Every `License-File` is in the sdist (PEP 639).",
        enforced_by: "PyPI, at upload",
        check: license_files,
    },
];

impl Sdist {
    /// Reads the sdist at `path` from front to back, once for its digest and once for its entries.
    ///
    /// # Errors
    /// It cannot be read, is not a gzipped tar archive or a damaged one, or holds no readable `PKG-INFO` in its top folder.
    pub fn open(path: &Path) -> Result<Self, FormatError> {
        Self::read(path).map_err(|cause| FormatError::new("sdist", path, cause))
    }

    fn read(path: &Path) -> Result<Self, Cause> {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut file = File::open(path)?;
        let digest = digest::sha256_reader(&mut file)?;
        file.seek(SeekFrom::Start(0))?;
        let mut magic = [0; 2];
        if file.read_exact(&mut magic).is_err() || magic != [0x1f, 0x8b] {
            return Err(Cause::NotTarGz);
        }
        file.seek(SeekFrom::Start(0))?;
        let mut unpacked = GzDecoder::new(BufReader::new(file)).take(MAX_UNPACKED + 1);
        let (mut top, mut paths, mut pkg_info) = (BTreeSet::new(), BTreeSet::new(), None);
        let walked = tarball::walk(&mut unpacked, &mut |entry, body| {
            let path = entry.path.trim_start_matches("./").trim_end_matches('/');
            let (folder, file) = path.split_once('/').unwrap_or((path, ""));
            if file == "PKG-INFO" && pkg_info.is_none() {
                if entry.size > MAX_OWN_FILE {
                    let limit = ByteSize(MAX_OWN_FILE);
                    return Err(io::Error::other(format!("`{path}` is over {limit}")));
                }
                let mut bytes = Vec::new();
                body.read_to_end(&mut bytes)?;
                pkg_info = Some((path.to_owned(), bytes));
            }
            // An archive may name the folder it was made in: `./`.
            if !path.is_empty() {
                top.insert(folder.to_owned());
                paths.insert(path.to_owned());
            }
            Ok(())
        });
        // A cut archive reads as damaged: say first that it was we who cut it.
        if unpacked.limit() == 0 {
            return Err(Cause::TooLarge(ByteSize(MAX_UNPACKED).to_string()));
        }
        walked.map_err(|error| Cause::Damaged(error.to_string()))?;
        let (name, bytes) = pkg_info.ok_or_else(|| Cause::Missing("*/PKG-INFO".to_owned()))?;
        Ok(Self {
            path: path.to_owned(),
            file_name: file_name.into_owned(),
            metadata: Metadata::parse(bytes).map_err(|reason| Cause::invalid(name, reason))?,
            digest,
            top,
            paths,
        })
    }

    /// Everything that is wrong with the sdist wherever it goes: see [`RULES`].
    pub fn check(&self) -> Vec<Finding> {
        rule::run(RULES, self)
    }

    /// What PyPI refuses beyond [`Sdist::check`], for example a local version: see [`PYPI_RULES`].
    pub fn check_for_pypi(&self) -> Vec<Finding> {
        rule::run(PYPI_RULES, self)
    }

    /// What PEP 625 calls it.
    fn normalized(&self) -> String {
        let name = normalized_name(self.metadata.name()).replace('-', "_");
        let version = self.metadata.version();
        let version: Option<pep440_rs::Version> = version.parse().ok();
        let version = version.map_or_else(
            || self.metadata.version().to_owned(),
            |version| version.to_string(),
        );
        format!("{name}-{version}{EXTENSION}")
    }
}

/// Old names, such as `Hello.SDK-1.0.tar.gz`, are found by installers all the same.
fn file_name(sdist: &Sdist) -> Vec<String> {
    let stem = sdist.file_name.strip_suffix(EXTENSION);
    let parts = stem.and_then(|stem| stem.rsplit_once('-'));
    let fits = parts.is_some_and(|(name, version)| {
        let (ours, theirs) = (version.parse(), sdist.metadata.version().parse());
        let same_version = match (ours, theirs) {
            (Ok::<pep440_rs::Version, _>(ours), Ok(theirs)) => ours == theirs,
            _ => false,
        };
        normalized_name(name) == normalized_name(sdist.metadata.name()) && same_version
    });
    (!fits)
        .then(|| {
            let (name, version) = (sdist.metadata.name(), sdist.metadata.version());
            format!("file name does not match `{name}` {version} in its PKG-INFO")
        })
        .into_iter()
        .collect()
}

fn normalized_file_name(sdist: &Sdist) -> Vec<String> {
    let expected = sdist.normalized();
    // The other rule says it where the name is another one altogether.
    (sdist.file_name != expected && file_name(sdist).is_empty())
        .then(|| format!("file is not named `{expected}`"))
        .into_iter()
        .collect()
}

fn one_folder(sdist: &Sdist) -> Vec<String> {
    (sdist.top.len() > 1)
        .then(|| {
            let names: Vec<&str> = sdist.top.iter().take(5).map(String::as_str).collect();
            let count = sdist.top.len();
            format!(
                "archive has {count} top entries, the limit is 1: {}",
                names.join(", ")
            )
        })
        .into_iter()
        .collect()
}

fn license_files(sdist: &Sdist) -> Vec<String> {
    let (true, Some(folder)) = (sdist.metadata.has_license_files(), sdist.top.first()) else {
        return Vec::new();
    };
    sdist
        .metadata
        .all("License-File")
        .map(|file| format!("{folder}/{file}"))
        .filter(|path| !sdist.paths.contains(path))
        .map(|path| format!("`{path}` is missing, PKG-INFO lists it as `License-File`"))
        .collect()
}
