//! Writing the many files of a folder whose place is claimed already, so that each costs one request.

use std::path::Path;

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

impl Bucket {
    /// Writes a file over whatever is there. Nobody else writes there: whoever calls this holds the folder's claim, and so
    /// do all others who are writing the same bytes now.
    pub(crate) async fn write_file(
        &self,
        path: &str,
        source: &Path,
        expected: &Content,
        headers: &Headers,
        sent: Sent<'_>,
    ) -> Result<(), StoreError> {
        if self.dry_run {
            return Ok(());
        }
        if expected.size > SMALL {
            // Streamed, for memory's sake; and only create-only uploads go on after a broken connection.
            let wrote = self.create_from_file(path, source, expected, headers, sent);
            return match wrote.await? {
                Wrote::Created => Ok(()),
                Wrote::Exists => self.verify(path, expected, None).await,
            };
        }
        let bytes = tokio::fs::read(source)
            .await
            .map_err(|error| local("read", source, error))?;
        let mut checksum = Checksum::default();
        checksum.update(&bytes);
        if !expected.is(checksum) {
            return Err(changed(source));
        }
        let bytes = Bytes::from(bytes);
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
        sent(expected.size);
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
