//! Writing the many files of a folder whose place is claimed already, so that each costs one request.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::write::{Sent, changed};
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
    let read = tokio::task::spawn_blocking(all).await;
    read.map_err(|error| local("read", Path::new("."), io::Error::other(error)))?
}

/// Writing over whatever is there. Nobody else writes there: whoever does this holds the folder's claim, and so do all others
/// who are writing the same bytes now.
impl Bucket {
    /// Streams a file, for memory's sake; and only create-only uploads go on after a broken connection.
    pub(crate) async fn write_large(
        &self,
        path: &str,
        source: &Path,
        expected: &Content,
        headers: &Headers,
        sent: Sent<'_>,
    ) -> Result<(), StoreError> {
        let wrote = self.create_from_file(path, source, expected, headers, sent);
        match wrote.await? {
            Wrote::Created => Ok(()),
            Wrote::Exists => self.verify(path, expected, None).await,
        }
    }

    /// Sends a file from memory in one request.
    pub(crate) async fn write_small(
        &self,
        path: &str,
        bytes: Bytes,
        expected: &Content,
        headers: &Headers,
    ) -> Result<(), StoreError> {
        for attempt in 1.. {
            let write = self.replace(path, bytes.clone(), headers);
            let (answer, received) = reported::during(write).await;
            answer?;
            let arrived = received.is_none_or(|received| received == expected.crc32c);
            if arrived {
                break;
            }
            if attempt == TRIES {
                return Err(self.damaged_on_the_way(path));
            }
        }
        Ok(())
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
        let reason = "the server received other bytes than were sent; delete it and upload again";
        StoreError::damaged(self.address(path), reason)
    }
}
