//! Writes to a bucket that is a folder: whole files or none, and never over what is there unless asked to.
//!
//! The backend's own writer either fills the file in place, where an interrupted upload leaves half a file, or renames over
//! what a racing upload has just put there. Here a file is written beside the tree and linked into it in one step that
//! fails if the name is taken.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Wrote;
use crate::layout;

/// How often a file is placed whose folder is deleted at that moment, because it was empty.
const TRIES: u32 = 100;

/// A folder on disk that holds a bucket.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn target(&self, path: &str) -> io::Result<PathBuf> {
        let target = self.root.join(path);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        Ok(target)
    }

    /// A new file on the same file system, readable by everybody who may read the folder.
    pub(crate) fn partial(&self) -> io::Result<NamedTempFile> {
        let folder = self.root.join(layout::PARTIAL);
        std::fs::create_dir_all(&folder)?;
        new_file_in(&folder, ".partial-")
    }

    /// Gives a finished file its name, unless the name is taken.
    pub(crate) fn place(&self, mut file: NamedTempFile, path: &str) -> io::Result<Wrote> {
        file.as_file().sync_all()?;
        for _ in 1..TRIES {
            match file.persist_noclobber(self.target(path)?) {
                Ok(_) => return Ok(Wrote::Created),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    return Ok(Wrote::Exists);
                }
                // Somebody has just deleted the last file of the folder, and the folder with it.
                Err(error) if error.error.kind() == io::ErrorKind::NotFound => file = error.file,
                Err(error) => return Err(error.error),
            }
        }
        let placed = file.persist_noclobber(self.target(path)?);
        placed.map(|_| Wrote::Created).map_err(|error| error.error)
    }

    pub(crate) fn create(&self, path: &str, bytes: &[u8]) -> io::Result<Wrote> {
        let mut file = self.partial()?;
        file.write_all(bytes)?;
        self.place(file, path)
    }

    pub(crate) fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.partial()?;
        file.write_all(bytes)?;
        self.put(file, path)
    }

    /// Gives a finished file its name, whatever had it.
    pub(crate) fn put(&self, mut file: NamedTempFile, path: &str) -> io::Result<()> {
        file.as_file().sync_all()?;
        for _ in 1..TRIES {
            match file.persist(self.target(path)?) {
                Ok(_) => return Ok(()),
                Err(error) if error.error.kind() == io::ErrorKind::NotFound => file = error.file,
                Err(error) => return Err(error.error),
            }
        }
        let placed = file.persist(self.target(path)?);
        placed.map(|_| ()).map_err(|error| error.error)
    }

    /// Deletes a file, and the folders that are empty then, because a bucket has none.
    pub(crate) fn remove(&self, path: &str) -> io::Result<()> {
        let target = self.root.join(path);
        match std::fs::remove_file(&target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut folder = target.parent();
        while let Some(empty) = folder.filter(|folder| *folder != self.root) {
            // Fails where somebody else's file is, which ends the walk.
            if std::fs::remove_dir(empty).is_err() {
                break;
            }
            folder = empty.parent();
        }
        Ok(())
    }

    /// A second name for a file that never changes; a copy where the file system has no links.
    pub(crate) fn link(&self, from: &str, to: &str) -> io::Result<Wrote> {
        let source = self.root.join(from);
        let mut linked = std::fs::hard_link(&source, self.target(to)?);
        for _ in 1..TRIES {
            match &linked {
                Err(error) if error.kind() == io::ErrorKind::NotFound && source.exists() => {
                    linked = std::fs::hard_link(&source, self.target(to)?);
                }
                _ => break,
            }
        }
        match linked {
            Ok(()) => Ok(Wrote::Created),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Wrote::Exists),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
            Err(_) => {
                let mut file = self.partial()?;
                io::copy(&mut std::fs::File::open(source)?, &mut file)?;
                self.place(file, to)
            }
        }
    }
}

/// A temporary file with the permissions of an ordinary one; `tempfile` alone makes it private to the user.
pub(crate) fn new_file_in(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_keeps_its_bytes_and_nothing_is_left_over() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path().to_owned());
        assert_eq!(folder.create("a/b", b"one").unwrap(), Wrote::Created);
        assert_eq!(folder.create("a/b", b"two").unwrap(), Wrote::Exists);
        assert_eq!(std::fs::read(root.path().join("a/b")).unwrap(), b"one");
        assert_eq!(folder.link("a/b", "c/b").unwrap(), Wrote::Created);
        assert_eq!(folder.link("a/b", "c/b").unwrap(), Wrote::Exists);
        folder.replace("a/b", b"three").unwrap();
        assert_eq!(std::fs::read(root.path().join("a/b")).unwrap(), b"three");
        assert_eq!(std::fs::read(root.path().join("c/b")).unwrap(), b"one");
        let partial = root.path().join(layout::PARTIAL);
        assert_eq!(std::fs::read_dir(partial).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn files_are_as_readable_as_the_umask_allows() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("ordinary"), b"x").unwrap();
        Folder::new(root.path().to_owned())
            .create("ours", b"x")
            .unwrap();
        let mode = |name: &str| {
            std::fs::metadata(root.path().join(name))
                .unwrap()
                .permissions()
                .mode()
        };
        assert_eq!(mode("ours"), mode("ordinary"));
    }
}
