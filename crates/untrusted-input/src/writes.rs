//! Files that are replaced whole: a reader sees the old bytes or the new ones, and a run that is killed leaves nothing that
//! the next one does not find.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The end of a name that no other file has.
const SUFFIX: &str = ".ci-actions-new";

/// Puts a whole new file in the place of the old one, on the disk before the call returns; links and permissions stay.
///
/// # Errors
/// The file cannot be written. The old one is as it was then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        found => found?,
    };
    let new = beside(&target);
    remove(&new)?;
    let written = write(&target, &new, bytes);
    if written.is_err() {
        // The first failure is told.
        let _left = remove(&new);
    }
    written
}

fn write(target: &Path, new: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(new)?;
    file.write_all(bytes)?;
    if let Ok(old) = fs::metadata(target) {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()?;
    drop(file);
    fs::rename(new, target)?;
    sync_folder(target)
}

/// Removes a file, if it is there, and what a killed [`replace`] of it left.
///
/// # Errors
/// It cannot be removed.
pub fn discard(path: &Path) -> io::Result<()> {
    tidy(path)?;
    remove(path)?;
    sync_folder(path)
}

/// Removes what a killed [`replace`] of this file left.
///
/// # Errors
/// It cannot be removed.
pub fn tidy(path: &Path) -> io::Result<()> {
    remove(&beside(path))?;
    match path.canonicalize() {
        Ok(target) => remove(&beside(&target)),
        Err(_) => Ok(()),
    }
}

/// Where the new bytes wait until they are complete; always the same place, so that the next run finds them.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}{SUFFIX}"))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A rename is on the disk once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| cfg!(unix) && folder.is_dir()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_what_a_kill_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Cargo.toml");
        let left = folder.path().join(".Cargo.toml.ci-actions-new");
        fs::write(&left, "hal").unwrap();
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(!left.exists());
        fs::write(&left, "hal").unwrap();
        discard(&path).unwrap();
        discard(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_lies_in_wait_is_not_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let victim = folder.path().join("victim");
        fs::write(&victim, "safe").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join(".a.ci-actions-new")).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"safe");
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
