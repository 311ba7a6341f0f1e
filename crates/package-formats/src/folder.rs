//! A package that is a folder, such as documentation: what is in it, and one digest over all of it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::digest::{self, FileDigest};

/// A folder whose every file was read.
#[derive(Debug, Clone)]
pub struct Folder {
    pub path: PathBuf,
    /// Sorted by path, byte by byte.
    pub files: Vec<File>,
}

/// A file of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// From the folder, with `/` on every system.
    pub path: String,
    /// Whether its owner may run it; never on a system that does not know such a thing.
    pub executable: bool,
    pub digest: FileDigest,
}

/// Why a folder is none that can be handed on.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("failed to read `{}`: {cause}", .path.display())]
    Io { path: PathBuf, cause: io::Error },
    #[error("failed to read `{}`: it is not a folder", .0.display())]
    NoFolder(PathBuf),
    #[error("failed to read `{}`: its name is not UTF-8", .0.display())]
    Name(PathBuf),
    #[error("failed to read `{}`: it is a symbolic link out of the folder, or a broken one", .0.display())]
    LinkOut(PathBuf),
    #[error("failed to read `{}`: it is a symbolic link to a folder; copy what it points to", .0.display())]
    LinkToFolder(PathBuf),
    #[error("failed to read `{}`: it is neither a file nor a folder", .0.display())]
    Special(PathBuf),
}

impl Folder {
    /// Reads a folder with all that is below it. A link to a file of the same folder counts as that file.
    ///
    /// # Errors
    /// It is no folder; something in it cannot be read, leads out of it, or is neither a file nor a folder.
    pub fn read(path: &Path) -> Result<Self, FolderError> {
        if !path.is_dir() {
            return Err(FolderError::NoFolder(path.to_owned()));
        }
        let root = path.canonicalize().map_err(|cause| io_error(path, cause))?;
        let mut files = Vec::new();
        let mut waiting = vec![(path.to_owned(), String::new())];
        while let Some((folder, prefix)) = waiting.pop() {
            for entry in fs::read_dir(&folder).map_err(|cause| io_error(&folder, cause))? {
                let entry = entry.map_err(|cause| io_error(&folder, cause))?;
                let full = entry.path();
                let Ok(name) = entry.file_name().into_string() else {
                    return Err(FolderError::Name(full));
                };
                let inner = format!("{prefix}{name}");
                let kind = entry.file_type().map_err(|cause| io_error(&full, cause))?;
                if kind.is_dir() {
                    waiting.push((full, format!("{inner}/")));
                    continue;
                }
                if kind.is_symlink() {
                    follow(&full, &root)?;
                }
                files.push(file(&full, inner)?);
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            path: path.to_owned(),
            files,
        })
    }

    /// What `sha256sum` prints for the files in their order.
    pub fn listing(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            // Writing into a string cannot fail.
            let _written = writeln!(text, "{}  {}", file.digest.sha256, file.path);
        }
        text
    }

    /// The size of all files together, and the digest of the listing.
    pub fn digest(&self) -> FileDigest {
        FileDigest {
            size: self.files.iter().map(|file| file.digest.size).sum(),
            sha256: digest::sha256_bytes(self.listing().as_bytes()).sha256,
        }
    }
}

fn io_error(path: &Path, cause: io::Error) -> FolderError {
    FolderError::Io {
        path: path.to_owned(),
        cause,
    }
}

/// What a link points to must be a file of the same folder: anything else is not there where the folder is unpacked.
fn follow(link: &Path, root: &Path) -> Result<(), FolderError> {
    let target = link
        .canonicalize()
        .map_err(|_| FolderError::LinkOut(link.to_owned()))?;
    if !target.starts_with(root) {
        return Err(FolderError::LinkOut(link.to_owned()));
    }
    match target.is_dir() {
        true => Err(FolderError::LinkToFolder(link.to_owned())),
        false => Ok(()),
    }
}

fn file(full: &Path, path: String) -> Result<File, FolderError> {
    let metadata = fs::metadata(full).map_err(|cause| io_error(full, cause))?;
    if !metadata.is_file() {
        return Err(FolderError::Special(full.to_owned()));
    }
    #[cfg(unix)]
    let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0;
    #[cfg(not(unix))]
    let executable = false;
    Ok(File {
        path,
        executable,
        digest: digest::sha256_file(full).map_err(|cause| io_error(full, cause))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in files {
            let full = folder.path().join(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, path).unwrap();
        }
        folder
    }

    #[test]
    fn the_digest_is_that_of_what_sha256sum_prints_in_the_order_of_bytes() {
        let folder = folder(&["b", "a/z", "a.txt", "B"]);
        let read = Folder::read(folder.path()).unwrap();
        let paths: Vec<&str> = read.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["B", "a.txt", "a/z", "b"]);
        let first = format!("{}  B\n", digest::sha256_bytes(b"B").sha256);
        assert!(read.listing().starts_with(&first));
        assert_eq!(read.digest().size, 10);
        let listed = digest::sha256_bytes(read.listing().as_bytes());
        assert_eq!(read.digest().sha256, listed.sha256);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_within_counts_as_its_file_and_a_link_out_is_an_error() {
        use std::os::unix::fs::symlink;
        let folder = folder(&["a", "deep/b"]);
        symlink("../a", folder.path().join("deep/link")).unwrap();
        let read = Folder::read(folder.path()).unwrap();
        assert_eq!(read.files[2].digest, read.files[0].digest);
        for (target, told) in [
            ("/etc/hostname", "out of the folder, or a broken one"),
            ("gone", "out of the folder, or a broken one"),
            ("deep", "link to a folder"),
        ] {
            let link = folder.path().join("bad");
            symlink(target, &link).unwrap();
            let error = Folder::read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(told), "{target}: {error}");
            fs::remove_file(link).unwrap();
        }
    }

    #[test]
    fn a_file_is_no_folder() {
        let folder = folder(&["a"]);
        let error = Folder::read(&folder.path().join("a")).unwrap_err();
        assert!(matches!(error, FolderError::NoFolder(_)), "{error}");
    }
}
