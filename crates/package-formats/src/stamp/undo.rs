//! A stamp that outlives its process: what the files held before is kept in one file until somebody wants it back, and a stamp
//! that was killed half-way is taken back by the next run.

mod journal;

use std::io;
use std::path::{Path, PathBuf};

use semver::Version;
use untrusted_input::{Checkout, checkout, writes};

use super::StampError;
use super::edit::is_lock;
use super::tree::{self, Plan};
use crate::digest::sha256_bytes;
use journal::{Before, Files, Journal};

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
    /// What an earlier stamp kept there stays, so that several stamps are undone at once. Call [`recover`] before the tree is
    /// read: a stamp that was killed is no state to start from.
    ///
    /// # Errors
    /// A file cannot be written, lies outside of the checkout, or `undo_file` is not ours. Nothing stays changed then.
    pub fn apply(&self, undo_file: &Path) -> Result<Vec<PathBuf>, StampError> {
        if self.files.is_empty() {
            return Ok(Vec::new());
        }
        let before = Journal::read(undo_file)?;
        let unfinished = self.unfinished()?;
        let journal = before.unwrap_or_else(|| Journal::new(self.old.clone()));
        journal.clone().with(unfinished.clone()).write(undo_file)?;
        let written = self.write_files();
        match written {
            Ok(()) => journal.finished(&self.old, unfinished).write(undo_file)?,
            Err(error) => {
                // The first failure is told; a second one of the same disk would say no more.
                let _ = recover(self.checkout.root(), undo_file);
                return Err(error);
            }
        }
        Ok(self.files.iter().map(|file| file.path.clone()).collect())
    }

    fn write_files(&self) -> Result<(), StampError> {
        self.files
            .iter()
            .try_for_each(|file| replace_file(&file.path, file.new.as_bytes()))
    }

    /// What this stamp changes, by path from the root of the checkout.
    fn unfinished(&self) -> Result<Files, StampError> {
        let entry = |file: &super::edit::Written| {
            let key = file.path.strip_prefix(self.checkout.root());
            let key = key.map_err(|_| StampError::Outside {
                path: file.path.clone(),
                checkout: self.checkout.root().to_owned(),
            })?;
            let before = Before {
                text: file.old.clone(),
                stamped: sha256_bytes(file.new.as_bytes()).sha256,
            };
            Ok((key.to_owned(), before))
        };
        self.files.iter().map(entry).collect()
    }
}

/// Whether `undo_file` tells of a stamp that was killed half-way.
///
/// # Errors
/// It cannot be read, or is not ours.
pub fn is_unfinished(undo_file: &Path) -> Result<bool, StampError> {
    let journal = Journal::read(undo_file)?;
    Ok(journal.is_some_and(|journal| journal.unfinished.is_some()))
}

/// Takes a stamp back that was killed half-way, as `undo_file` tells of it, with the files that it left lying about; what
/// earlier stamps wrote stays. Gives the files that got their bytes back.
///
/// # Errors
/// A file was edited since, or cannot be written; the others are given back nevertheless, and the first failure is told.
pub fn recover(folder: &Path, undo_file: &Path) -> Result<Vec<PathBuf>, StampError> {
    writes::tidy(undo_file).map_err(|cause| io_error("tidy up beside", undo_file, cause))?;
    let Some(mut journal) = Journal::read(undo_file)? else {
        return Ok(Vec::new());
    };
    let Some(unfinished) = journal.unfinished.take() else {
        return Ok(Vec::new());
    };
    let files = give_all_back(folder, undo_file, &unfinished, &journal.version)?;
    match journal.files.is_empty() {
        true => remove(undo_file)?,
        false => journal.write(undo_file)?,
    }
    Ok(files)
}

/// Gives the tree in `folder` the bytes back that `undo_file` holds; `None` when there is nothing to give back.
///
/// # Errors
/// A file was edited since it was stamped (`Cargo.lock` is given back whatever is in it), or cannot be written; the
/// others are given back nevertheless, the first failure is told, and `undo_file` stays.
pub fn undo(folder: &Path, undo_file: &Path) -> Result<Option<Undone>, StampError> {
    let Some(before) = Journal::read(undo_file)? else {
        recover(folder, undo_file)?;
        return Ok(None);
    };
    let mut files = recover(folder, undo_file)?;
    if let Some(journal) = Journal::read(undo_file)? {
        files.extend(give_all_back(
            folder,
            undo_file,
            &journal.files,
            &journal.version,
        )?);
        remove(undo_file)?;
    }
    files.sort();
    files.dedup();
    Ok(Some(Undone {
        version: before.version,
        files,
    }))
}

/// The files that had to be written.
fn give_all_back(
    folder: &Path,
    undo_file: &Path,
    files: &Files,
    version: &Version,
) -> Result<Vec<PathBuf>, StampError> {
    let checkout = tree::checkout(&tree::absolute(folder)?)?;
    let mut given = Vec::new();
    let mut result = Ok(());
    for (key, before) in files {
        let path = checkout.root().join(key);
        match give_back(&checkout, &path, before) {
            Ok(true) => given.push(path),
            Ok(false) => {}
            Err(Some(error)) => result = result.and(Err(error)),
            Err(None) => {
                result = result.and(Err(StampError::Changed {
                    path,
                    old: version.clone(),
                    undo_file: undo_file.to_owned(),
                }));
            }
        }
    }
    result.map(|()| given)
}

/// Whether anything had to be written; an error without words where somebody has edited the file since.
fn give_back(
    checkout: &Checkout,
    path: &Path,
    before: &Before,
) -> Result<bool, Option<StampError>> {
    let now = checkout.read(path, checkout::LARGE);
    let now = now.map_err(|cause| io_error("read", path, cause.into()))?;
    writes::tidy(path).map_err(|cause| io_error("tidy up beside", path, cause))?;
    if now == before.text.as_bytes() {
        return Ok(false);
    }
    if !is_lock(path) && sha256_bytes(&now).sha256 != before.stamped {
        return Err(None);
    }
    replace_file(path, before.text.as_bytes())?;
    Ok(true)
}

/// Puts a whole new file in the place of the old one, which is never seen half written; links and permissions stay.
fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), StampError> {
    writes::replace(path, bytes).map_err(|cause| io_error("write", path, cause))
}

fn remove(undo_file: &Path) -> Result<(), StampError> {
    writes::discard(undo_file).map_err(|cause| io_error("remove", undo_file, cause))
}

fn io_error(verb: &'static str, path: &Path, cause: io::Error) -> StampError {
    StampError::Io {
        verb,
        path: path.to_owned(),
        cause,
    }
}
