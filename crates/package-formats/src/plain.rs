//! What is neither wheel nor crate: data, bundles, modules, programs and whole folders, judged by what is in them.

mod archive;
mod folder;
mod folder_rules;
mod rules;
mod wasm;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

pub use folder::PlainFolder;
pub use folder_rules::RULES as FOLDER_RULES;
pub use rules::RULES;
pub(crate) use rules::is_safe;

use crate::error::FormatError;
use crate::kind::Kind;
use crate::native::{self, Format};
use crate::platform::Machine;
use crate::rule::{self, Finding};

/// Enough of a file to tell its format and its processor.
const HEAD: u64 = 4096;

/// A file whose content was looked at once, as far as its rules ask.
#[derive(Debug)]
pub struct PlainFile {
    pub path: PathBuf,
    pub kind: Kind,
    /// Where it is said to run, for example `linux-x64`.
    pub platform: String,
    /// In bytes.
    pub size: u64,
    name: String,
    head: Vec<u8>,
    /// Of what is called like an archive.
    archive: Option<archive::Contents>,
    /// Why a `.wasm` file is no whole module.
    module: Option<Result<(), String>>,
    /// Whether the file system lets it be run; always so where it does not say.
    is_executable: bool,
}

/// A format and the processors in it.
type Code = (Format, BTreeSet<Machine>);

impl PlainFile {
    /// Reads the file at `path`, an archive to its end.
    ///
    /// # Errors
    /// The file cannot be read. What is readable but wrong is no error here: [`PlainFile::check`] lists it.
    pub fn open(kind: Kind, path: &Path, platform: &str) -> Result<Self, FormatError> {
        Self::read(kind, path, platform)
            .map_err(|error| FormatError::new(kind.as_str(), path, error))
    }

    fn read(kind: Kind, path: &Path, platform: &str) -> std::io::Result<Self> {
        let name = path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let mut file = fs::File::open(path)?;
        let metadata = file.metadata()?;
        let mut head = Vec::new();
        file.by_ref().take(HEAD).read_to_end(&mut head)?;
        let module = match name.to_ascii_lowercase().ends_with(".wasm") {
            true => Some(wasm::check(&mut fs::File::open(path)?)?),
            false => None,
        };
        Ok(Self {
            archive: archive::read(&name, path)?,
            module,
            is_executable: is_executable(&metadata),
            path: path.to_owned(),
            platform: platform.to_owned(),
            size: metadata.len(),
            kind,
            name,
            head,
        })
    }

    /// Everything that is wrong with the file: see [`RULES`].
    pub fn check(&self) -> Vec<Finding> {
        rule::run(RULES, self)
    }

    fn code(&self) -> Option<Code> {
        native::of_head(&self.head)
    }
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    true
}
