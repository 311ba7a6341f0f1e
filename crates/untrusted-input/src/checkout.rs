//! Files of a checkout: a pull request can put a link, a pipe or a file without end in the place of any of them.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use bytesize::ByteSize;

/// The largest text file that people write by hand, such as a config file or a manifest.
pub const SMALL: u64 = 1 << 20;
/// The largest text file that programs write, such as a lock file, a report or an event.
pub const LARGE: u64 = 64 << 20;

/// Why a file is not read. No text of it repeats what is in the file.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is a symbolic link that points outside the checkout; copy the file to its place")]
    Outside,
    #[error("it is not a regular file")]
    NotAFile,
    #[error("it is over the limit of {}", ByteSize(*.0))]
    TooLarge(u64),
    #[error("it is not UTF-8 text")]
    NotText,
}

impl ReadError {
    /// Whether there is no such file; a file where a folder should be means the same.
    pub fn is_missing(&self) -> bool {
        use io::ErrorKind::{NotADirectory, NotFound};
        matches!(self, Self::Io(error) if matches!(error.kind(), NotFound | NotADirectory))
    }
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => error,
            other => Self::new(io::ErrorKind::InvalidData, other.to_string()),
        }
    }
}

/// A folder that somebody else filled. A path in it must not lead out of it by a link; a path that lies elsewhere was named by
/// the workflow and is only held to the size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    root: PathBuf,
}

impl Checkout {
    /// The checkout around `folder`: the nearest folder above with a `.git`, or `folder` itself.
    ///
    /// # Errors
    /// The working folder is gone.
    pub fn around(folder: &Path) -> io::Result<Self> {
        let folder = absolute(folder)?;
        let root = folder.ancestors().find(|above| has_git(above));
        Ok(Self {
            root: root.unwrap_or(&folder).to_owned(),
        })
    }

    /// Exactly this folder.
    ///
    /// # Errors
    /// The working folder is gone.
    pub fn of(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            root: absolute(folder)?,
        })
    }

    /// Whether git knows it.
    pub fn is_repository(&self) -> bool {
        has_git(&self.root)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path from the root, with `/` between its parts; `None` where it lies elsewhere.
    pub fn relative(&self, path: &Path) -> Option<String> {
        let path = absolute(path).ok()?;
        let inside = match path.strip_prefix(&self.root) {
            Ok(inside) => inside.to_owned(),
            // A tool that resolves links names the same folder otherwise.
            Err(_) => {
                let (path, root) = (path.canonicalize().ok()?, self.root.canonicalize().ok()?);
                path.strip_prefix(root).ok()?.to_owned()
            }
        };
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        (!parts.is_empty()).then(|| parts.join("/"))
    }

    /// Where a file really is.
    ///
    /// # Errors
    /// There is no such file, or it lies in the checkout and a link leads out of it.
    pub fn resolve(&self, path: &Path) -> Result<PathBuf, ReadError> {
        let path = absolute(path)?;
        let real = path.canonicalize()?;
        let is_inside =
            !path.starts_with(&self.root) || real.starts_with(self.root.canonicalize()?);
        match is_inside {
            true => Ok(real),
            false => Err(ReadError::Outside),
        }
    }

    /// Opens a regular file of at most `limit` bytes.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn open(&self, path: &Path, limit: u64) -> Result<File, ReadError> {
        let real = self.resolve(path)?;
        // A pipe would make `open` wait for somebody who writes.
        check(&fs::metadata(&real)?, limit)?;
        let file = File::open(real)?;
        check(&file.metadata()?, limit)?;
        Ok(file)
    }

    /// The bytes of a regular file.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        let file = self.open(path, limit)?;
        let mut bytes = Vec::new();
        // What some file systems call a file of no bytes has many.
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        match bytes.len() as u64 > limit {
            true => Err(ReadError::TooLarge(limit)),
            false => Ok(bytes),
        }
    }

    /// The text of a regular file.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read_text(&self, path: &Path, limit: u64) -> Result<String, ReadError> {
        String::from_utf8(self.read(path, limit)?).map_err(|_| ReadError::NotText)
    }
}

/// The text of a file, in the checkout around the working folder or elsewhere.
///
/// # Errors
/// See [`ReadError`].
pub fn read_text(path: &Path, limit: u64) -> Result<String, ReadError> {
    Checkout::around(Path::new("."))?.read_text(path, limit)
}

/// The bytes of a file, in the checkout around the working folder or elsewhere.
///
/// # Errors
/// See [`ReadError`].
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    Checkout::around(Path::new("."))?.read(path, limit)
}

fn has_git(folder: &Path) -> bool {
    folder.join(".git").symlink_metadata().is_ok()
}

fn check(metadata: &Metadata, limit: u64) -> Result<(), ReadError> {
    match () {
        () if !metadata.is_file() => Err(ReadError::NotAFile),
        () if metadata.len() > limit => Err(ReadError::TooLarge(limit)),
        () => Ok(()),
    }
}

/// The path from the root of the file system, with `.` and `..` resolved in the text alone.
///
/// # Errors
/// The working folder is gone.
pub fn absolute(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(path).map(|path| clean(&path))
}

/// Resolves `.` and `..` in the text alone, so that one folder has one spelling.
pub fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                cleaned.pop();
            }
            component => cleaned.push(component),
        }
    }
    cleaned
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn checkout() -> (tempfile::TempDir, Checkout) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("repo/.git")).unwrap();
        fs::create_dir_all(folder.path().join("repo/sub")).unwrap();
        fs::write(folder.path().join("token"), "hunter2").unwrap();
        fs::write(folder.path().join("repo/plain"), "plain").unwrap();
        let checkout = Checkout::around(&folder.path().join("repo/sub")).unwrap();
        (folder, checkout)
    }

    #[test]
    fn the_checkout_is_found_from_any_folder_in_it() {
        let (folder, checkout) = checkout();
        assert_eq!(checkout.root(), folder.path().join("repo"));
        let plain = folder.path().join("repo/sub/../plain");
        assert_eq!(checkout.read_text(&plain, 5).unwrap(), "plain");
    }

    #[test]
    fn a_path_is_told_from_the_root_however_it_was_found() {
        let (folder, checkout) = checkout();
        let inside = folder.path().join("repo/sub/../plain");
        assert_eq!(checkout.relative(&inside).as_deref(), Some("plain"));
        symlink("repo", folder.path().join("other-name")).unwrap();
        let other = folder.path().join("other-name/plain");
        assert_eq!(checkout.relative(&other).as_deref(), Some("plain"));
        for outside in ["token", "repo"] {
            assert_eq!(checkout.relative(&folder.path().join(outside)), None);
        }
    }

    #[test]
    fn a_link_within_is_followed_and_one_out_is_refused_before_a_byte_is_read() {
        let (folder, checkout) = checkout();
        let at = |name: &str| folder.path().join("repo").join(name);
        symlink("../plain", at("sub/link")).unwrap();
        assert_eq!(checkout.read_text(&at("sub/link"), SMALL).unwrap(), "plain");
        symlink("../token", at("out")).unwrap();
        symlink("..", at("above")).unwrap();
        symlink("/proc/self/environ", at("environ")).unwrap();
        for name in ["out", "above/token", "environ"] {
            let error = checkout.read(&at(name), SMALL).unwrap_err();
            assert!(matches!(error, ReadError::Outside), "{name}: {error}");
        }
        let error = Checkout::of(&folder.path().join("repo/sub")).unwrap();
        assert!(matches!(
            error.read(&at("sub/link"), SMALL),
            Err(ReadError::Outside)
        ));
    }

    #[test]
    fn what_is_not_a_file_or_has_no_end_is_refused_wherever_it_lies() {
        let (folder, checkout) = checkout();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [&pipe, Path::new("/dev/zero"), folder.path()] {
            let error = checkout.read(path, SMALL).unwrap_err();
            assert!(matches!(error, ReadError::NotAFile), "{path:?}: {error}");
        }
        let plain = folder.path().join("repo/plain");
        let error = checkout.read(&plain, 4).unwrap_err();
        assert_eq!(error.to_string(), "it is over the limit of 4 B");
        let missing = checkout.read(&plain.join("Cargo.toml"), 4).unwrap_err();
        assert!(missing.is_missing());
    }
}
