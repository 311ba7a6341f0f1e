//! A stamp that outlives its process: what the files held before is kept in one file until somebody wants it back.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};

use super::StampError;
use super::edit::{is_lock, replace_file};
use super::tree::{Plan, absolute};
use crate::digest::sha256_bytes;

/// What is to be given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Undo {
    /// The version before the first stamp.
    version: Version,
    /// By path from the folder of the tree, with `/`.
    files: BTreeMap<PathBuf, Before>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    /// The whole text before the first stamp.
    text: String,
    /// SHA-256 of what the last stamp wrote.
    stamped: String,
}

/// What was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The version that the sources have again.
    pub version: Version,
    pub files: Vec<PathBuf>,
}

impl Plan {
    /// Writes the new version, after `undo_file` holds how to take it back.
    ///
    /// What an earlier stamp kept there stays, so that several stamps are undone at once.
    ///
    /// # Errors
    /// A file cannot be written, or `undo_file` is not ours. Nothing stays changed then.
    pub fn apply(&self, undo_file: &Path) -> Result<Vec<PathBuf>, StampError> {
        if self.files.is_empty() {
            return Ok(Vec::new());
        }
        let before = read(undo_file)?;
        let undo = self.remember(before.clone());
        write(undo_file, &undo)?;
        for (index, file) in self.files.iter().enumerate() {
            if let Err(error) = replace_file(&file.path, file.new.as_bytes()) {
                for written in self.files.iter().take(index) {
                    // The first failure is told; a second one of the same disk would say no more.
                    let _ = replace_file(&written.path, written.old.as_bytes());
                }
                let _ = match before {
                    Some(before) => write(undo_file, &before),
                    None => remove(undo_file),
                };
                return Err(error);
            }
        }
        Ok(self.files.iter().map(|file| file.path.clone()).collect())
    }

    fn remember(&self, before: Option<Undo>) -> Undo {
        let mut undo = before.unwrap_or_else(|| Undo {
            version: self.old.clone(),
            files: BTreeMap::new(),
        });
        let mut is_a_second_stamp = false;
        for file in &self.files {
            let key = file.path.strip_prefix(&self.folder).unwrap_or(&file.path);
            let old = sha256_bytes(file.old.as_bytes()).sha256;
            let stamped = sha256_bytes(file.new.as_bytes()).sha256;
            match undo.files.get_mut(key) {
                Some(known) if known.stamped == old => {
                    is_a_second_stamp = true;
                    known.stamped = stamped;
                }
                // A file that somebody has changed since is what they want back.
                _ => {
                    let text = file.old.clone();
                    undo.files.insert(key.to_owned(), Before { text, stamped });
                }
            }
        }
        if !is_a_second_stamp {
            undo.version = self.old.clone();
        }
        undo
    }
}

/// Gives the tree in `folder` the bytes back that `undo_file` holds; `None` when there is nothing to give back.
///
/// # Errors
/// A file was edited since it was stamped (`Cargo.lock` is given back whatever is in it), or cannot be written; the
/// others are given back nevertheless, the first failure is told, and `undo_file` stays.
pub fn undo(folder: &Path, undo_file: &Path) -> Result<Option<Undone>, StampError> {
    let folder = absolute(folder)?;
    let Some(undo) = read(undo_file)? else {
        return Ok(None);
    };
    let mut files = Vec::new();
    let mut result = Ok(());
    for (path, before) in &undo.files {
        let path = folder.join(path);
        match give_back(&path, before, &undo.version) {
            Ok(true) => files.push(path),
            Ok(false) => {}
            Err(error) => result = result.and(Err(error)),
        }
    }
    result?;
    remove(undo_file)?;
    Ok(Some(Undone {
        version: undo.version,
        files,
    }))
}

/// Whether anything had to be written.
fn give_back(path: &Path, before: &Before, version: &Version) -> Result<bool, StampError> {
    let now = fs::read(path).map_err(|cause| StampError::Io {
        verb: "read",
        path: path.to_owned(),
        cause,
    })?;
    if now == before.text.as_bytes() {
        return Ok(false);
    }
    if !is_lock(path) && sha256_bytes(&now).sha256 != before.stamped {
        return Err(StampError::Changed {
            path: path.to_owned(),
            old: version.clone(),
        });
    }
    replace_file(path, before.text.as_bytes())?;
    Ok(true)
}

fn read(undo_file: &Path) -> Result<Option<Undo>, StampError> {
    let text = match fs::read(undo_file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(io_error("read", undo_file, cause)),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| StampError::UndoFile {
            path: undo_file.to_owned(),
            reason: error.to_string(),
        })
}

fn write(undo_file: &Path, undo: &Undo) -> Result<(), StampError> {
    let write = || -> io::Result<()> {
        let folder = undo_file.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(undo)?)?;
        file.persist(undo_file)?;
        Ok(())
    };
    write().map_err(|cause| io_error("write", undo_file, cause))
}

fn remove(undo_file: &Path) -> Result<(), StampError> {
    fs::remove_file(undo_file).map_err(|cause| io_error("remove", undo_file, cause))
}

fn io_error(verb: &'static str, path: &Path, cause: io::Error) -> StampError {
    StampError::Io {
        verb,
        path: path.to_owned(),
        cause,
    }
}
