//! One way to take a digest, so that size and SHA-256 always come from the same read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What identifies the content of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileDigest {
    /// In bytes.
    pub size: u64,
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Reads the file at `path` once, in pieces.
pub fn sha256_file(path: &Path) -> io::Result<FileDigest> {
    sha256_reader(&mut File::open(path)?)
}

/// Reads to the end, in pieces of 64 KiB.
pub fn sha256_reader(reader: &mut impl Read) -> io::Result<FileDigest> {
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

pub fn sha256_bytes(bytes: &[u8]) -> FileDigest {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

#[derive(Default)]
pub(crate) struct Hasher {
    size: u64,
    sha256: Sha256,
}

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.sha256.update(bytes);
    }

    pub(crate) fn finish(self) -> FileDigest {
        FileDigest {
            size: self.size,
            sha256: hex::encode(self.sha256.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_digest_of_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let bytes = vec![7; 200_000];
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(sha256_file(&path).unwrap(), sha256_bytes(&bytes));
    }

    #[test]
    fn the_digest_is_the_one_that_sha256sum_prints() {
        let digest = sha256_bytes(b"abc");
        assert_eq!(digest.size, 3);
        assert_eq!(
            digest.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
