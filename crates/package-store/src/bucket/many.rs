//! Writing the many files of a folder, so that each costs one request.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::write::{Over, changed};
use super::{Bucket, Wrote, local, reported};
use crate::content::Headers;
use crate::digest::{Checksum, Content};
use crate::error::StoreError;

/// Files up to this size are sent from memory in one request; larger ones are streamed.
pub(crate) const SMALL: u64 = 1 << 20;
/// How often a file is sent that did not arrive as it was.
const TRIES: u32 = 3;

/// Reads files that are small, all on one thread that may block. A file that is not what it was when it was looked at is an
/// error.
pub(crate) async fn read_small(files: Vec<(PathBuf, Content)>) -> Result<Vec<Bytes>, StoreError> {
    let read = |(source, expected): (PathBuf, Content)| {
        let bytes = std::fs::read(&source).map_err(|error| local("read", &source, error))?;
        let mut checksum = Checksum::default();
        checksum.update(&bytes);
        match expected.is(checksum) {
            true => Ok(Bytes::from(bytes)),
            false => Err(changed(&source)),
        }
    };
    let all = move || files.into_iter().map(read).collect();
    let read = crate::blocking::run(all).await;
    read.map_err(|error| local("read", Path::new("."), error))?
}

impl Bucket {
    /// Sends a file from memory in one request.
    pub(crate) async fn write_small(
        &self,
        path: &str,
        bytes: Bytes,
        expected: &Content,
        headers: &Headers,
        over: Over,
    ) -> Result<Wrote, StoreError> {
        let mut over = over;
        for _ in 0..TRIES {
            let write = async {
                match over {
                    Over::Nothing => self.create(path, bytes.clone(), headers).await,
                    Over::Anything => {
                        let replaced = self.replace(path, bytes.clone(), headers).await;
                        replaced.map(|()| Wrote::Created)
                    }
                }
            };
            let (answer, received) = reported::during(write).await;
            let wrote = answer?;
            if wrote == Wrote::Exists || received.is_none_or(|it| it == expected.crc32c) {
                return Ok(wrote);
            }
            // What arrived damaged is ours.
            over = Over::Anything;
        }
        Err(self.damaged_on_the_way(path))
    }

    /// Fails if an object that was there already has other bytes.
    pub(crate) async fn same(
        &self,
        path: &str,
        expected: &Content,
        wrote: Wrote,
    ) -> Result<(), StoreError> {
        if wrote == Wrote::Created {
            return Ok(());
        }
        match self.digest(path).await? {
            Some((existing, _)) if existing == expected.sha256 => Ok(()),
            Some((existing, _)) => Err(StoreError::Conflict {
                address: self.address(path),
                existing,
                offered: expected.sha256,
                unfinished: None,
            }),
            None => Err(StoreError::NotFound {
                verb: "read",
                address: self.address(path),
            }),
        }
    }

    /// Compares what a server reported of an upload with what was sent; asks for the size where it reported nothing.
    pub(crate) async fn verify(
        &self,
        path: &str,
        expected: &Content,
        received: Option<u32>,
    ) -> Result<(), StoreError> {
        if let Some(received) = received {
            return match received == expected.crc32c {
                true => Ok(()),
                false => Err(self.damaged_on_the_way(path)),
            };
        }
        match self.size(path).await? {
            Some(size) if size == expected.size => Ok(()),
            other => Err(StoreError::damaged(
                self.address(path),
                format!(
                    "{} bytes were uploaded and {} arrived",
                    expected.size,
                    other.unwrap_or(0)
                ),
            )),
        }
    }

    fn damaged_on_the_way(&self, path: &str) -> StoreError {
        let reason = "the server received different bytes; upload it again";
        StoreError::damaged(self.address(path), reason)
    }
}
