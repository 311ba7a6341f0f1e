//! A file that says what a folder was installed from, so that the same is not installed twice.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

#[derive(Debug)]
pub(super) struct Stamp {
    path: PathBuf,
    wanted: String,
}

impl Stamp {
    /// `sources` are everything that the result depends on: lists of versions, the interpreter, the place.
    pub(super) fn new(path: &Path, sources: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for source in sources {
            digest.update(source.len().to_le_bytes());
            digest.update(source);
        }
        Self {
            path: path.to_owned(),
            wanted: format!("{}\n", hex::encode(digest.finalize())),
        }
    }

    pub(super) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|found| found == self.wanted)
    }

    /// Before an installation: one that is cut short must not look finished.
    pub(super) fn forget(&self) -> Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("failed to remove {}", self.path.display()))
            }
            _ => Ok(()),
        }
    }

    /// After an installation.
    pub(super) fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.wanted)
            .with_context(|| format!("failed to write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_fresh_only_for_what_it_was_written_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stamp");
        let one = Stamp::new(&path, &["act==1", "3.11"]);
        assert!(!one.is_fresh());
        one.write().unwrap();
        assert!(one.is_fresh());
        assert!(!Stamp::new(&path, &["act==1", "3.12"]).is_fresh());
        assert!(!Stamp::new(&path, &["act==13.11", ""]).is_fresh());
        one.forget().unwrap();
        assert!(!one.is_fresh());
        one.forget().unwrap();
    }
}
