//! SHA-256 digests, which decide whether two packages are the same package.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// A SHA-256 digest; its text form is 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// What was given instead of a SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SHA-256 digest: it has 64 lowercase hex digits")]
pub struct InvalidDigest(String);

impl Digest {
    /// The digest of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }
}

/// All that one pass over a file tells of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) sha256: Digest,
    /// In bytes.
    pub(crate) size: u64,
    /// What servers report of what they received, and what a file is compared by while it is sent: a second SHA-256
    /// would cost more than sending it.
    pub(crate) crc32c: u32,
}

impl Content {
    #[cfg(test)]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut checksum = Checksum::default();
        checksum.update(bytes);
        let (crc32c, size) = checksum.finish();
        Self {
            sha256: Digest::of(bytes),
            size,
            crc32c,
        }
    }

    /// Whether what was sent is what was looked at.
    pub(crate) fn is(&self, sent: Checksum) -> bool {
        sent.finish() == (self.crc32c, self.size)
    }
}

/// A CRC-32C in the making, and the number of bytes it has seen.
#[derive(Clone)]
pub(crate) struct Checksum(crc_fast::Digest);

impl Default for Checksum {
    fn default() -> Self {
        Self(crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi))
    }
}

impl Checksum {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    #[expect(clippy::cast_possible_truncation, reason = "a CRC-32 has 32 bits")]
    pub(crate) fn finish(self) -> (u32, u64) {
        (self.0.finalize() as u32, self.0.get_amount())
    }
}

/// A digest in the making, and the number of bytes it has seen.
#[derive(Default)]
pub(crate) struct Hasher {
    state: sha2::Sha256,
    size: u64,
}

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
        self.size += bytes.len() as u64;
    }

    pub(crate) fn finish(self) -> (Digest, u64) {
        (Digest(self.state.finalize().into()), self.size)
    }
}

/// Looks at a file once, on a thread that may block.
pub(crate) async fn of_file(path: &Path) -> io::Result<Content> {
    let path = path.to_owned();
    crate::blocking::run(move || of_file_blocking(&path)).await?
}

/// The same on this thread.
pub(crate) fn of_file_blocking(path: &Path) -> io::Result<Content> {
    let mut file = std::fs::File::open(path)?;
    let (mut hasher, mut checksum) = (Hasher::default(), Checksum::default());
    // Small enough to stay in the processor's cache between the two.
    let mut buffer = vec![0; 128 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        hasher.update(chunk);
        checksum.update(chunk);
    }
    let (sha256, size) = hasher.finish();
    let (crc32c, _) = checksum.finish();
    Ok(Content {
        sha256,
        size,
        crc32c,
    })
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let invalid = || InvalidDigest(text.chars().take(80).collect());
        if !crate::commit::is_hex(text) {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| invalid())?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 64];
        hex::encode_to_slice(self.0, &mut digits).map_err(|_| fmt::Error)?;
        f.write_str(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn the_digest_of_nothing_is_the_published_one() {
        assert_eq!(Digest::of(b"").to_string(), EMPTY);
        assert_eq!(EMPTY.parse::<Digest>().unwrap(), Digest::of(b""));
    }

    #[test]
    fn only_64_lower_case_digits_are_a_digest() {
        for given in ["", "abc", &EMPTY.to_uppercase(), &format!("{EMPTY}00")] {
            assert!(given.parse::<Digest>().is_err(), "{given}");
        }
    }
}
