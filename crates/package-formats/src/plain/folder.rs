//! A folder that is one package, such as documentation or what a browser loads: walked once, links and all.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{archive, wasm};
use crate::error::FormatError;
use crate::kind::Kind;
use crate::rule::{self, Finding};

/// A script that is larger than this is looked at no further.
const MAX_SCRIPT: u64 = 32 * 1024 * 1024;

/// A folder with what its rules ask of the files in it.
#[derive(Debug)]
pub struct PlainFolder {
    pub path: PathBuf,
    pub kind: Kind,
    /// By path from the folder, with `/`.
    pub(super) files: Vec<Entry>,
    /// The text of every script and page of a bundle with modules, by the same path.
    pub(super) scripts: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Neither a file nor a folder.
    pub(super) is_special: bool,
    /// In bytes.
    pub(super) size: u64,
    /// Why a `.wasm` file is no whole module.
    pub(super) module: Option<Result<(), String>>,
    pub(super) archive: Option<archive::Contents>,
}

/// Whether a link leads to a file of the same folder, as which it counts.
fn leads_inside(link: &Path, root: &Path) -> bool {
    link.canonicalize()
        .is_ok_and(|target| target.starts_with(root) && target.is_file())
}

impl PlainFolder {
    /// Reads the folder at `path`: its names, modules and archives whole, and of bundles the scripts.
    ///
    /// # Errors
    /// The folder or a file in it cannot be read.
    pub fn open(kind: Kind, path: &Path) -> Result<Self, FormatError> {
        Self::read(kind, path).map_err(|error| FormatError::new("folder", path, error))
    }

    fn read(kind: Kind, path: &Path) -> io::Result<Self> {
        let mut folder = Self {
            path: path.to_owned(),
            kind,
            files: Vec::new(),
            scripts: Vec::new(),
        };
        let root = path.canonicalize()?;
        let mut left = vec![(path.to_owned(), String::new())];
        while let Some((at, prefix)) = left.pop() {
            for entry in fs::read_dir(at)? {
                let entry = entry?;
                let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
                let (kind, full) = (entry.file_type()?, entry.path());
                if kind.is_dir() {
                    left.push((full, format!("{name}/")));
                } else {
                    let is_special = !kind.is_file() && !leads_inside(&full, &root);
                    folder.add(&full, name, is_special)?;
                }
            }
        }
        folder.files.sort_by(|one, other| one.name.cmp(&other.name));
        folder.scripts.sort();
        Ok(folder)
    }

    fn add(&mut self, path: &Path, name: String, is_special: bool) -> io::Result<()> {
        let mut entry = Entry {
            name,
            is_special,
            size: 0,
            module: None,
            archive: None,
        };
        if !is_special {
            entry.size = fs::metadata(path)?.len();
            let extension = path.extension().and_then(|text| text.to_str());
            match extension.map(str::to_ascii_lowercase).as_deref() {
                Some("wasm") => entry.module = Some(wasm::check(&mut File::open(path)?)?),
                Some("js" | "mjs" | "cjs" | "html" | "ts" | "json")
                    if self.kind == Kind::Wasm && entry.size <= MAX_SCRIPT =>
                {
                    let text = fs::read(path)?;
                    let text = String::from_utf8_lossy(&text).into_owned();
                    self.scripts.push((entry.name.clone(), text));
                }
                _ => entry.archive = archive::read(&entry.name, path)?,
            }
        }
        self.files.push(entry);
        Ok(())
    }

    /// Everything that is wrong with the folder: see [`super::FOLDER_RULES`].
    pub fn check(&self) -> Vec<Finding> {
        rule::run(super::FOLDER_RULES, self)
    }

    /// The folders that hold a file of this name, without their last `/`; the folder itself is empty.
    pub(super) fn folders_with(&self, file: &str) -> BTreeSet<&str> {
        self.files
            .iter()
            .filter_map(|entry| match entry.name.rsplit_once('/') {
                Some((folder, name)) if name == file => Some(folder),
                None if entry.name == file => Some(""),
                _ => None,
            })
            .collect()
    }
}
