//! Reading and listing, where an object that is not there is an answer and not an error.

use std::io;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use opendal::ErrorKind;

use super::{Bucket, CHUNK};
use crate::digest::{Digest, Hasher};
use crate::error::StoreError;

/// Largest object that is read into memory, in bytes: the listing of some hundred thousand files.
const LARGEST: usize = 64 << 20;

impl Bucket {
    /// A whole object in memory, or `None` where there is none. For small ones: records, pages, listings. One that is larger
    /// than any of these is damaged, and is not read to its end.
    pub(crate) async fn read(&self, path: &str) -> Result<Option<Bytes>, StoreError> {
        let opened = match self.operator.reader(path).await {
            Ok(reader) => reader.into_bytes_stream(..).await,
            Err(error) => Err(error),
        };
        let stream = match opened {
            Ok(stream) => stream,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("read", path, &error)),
        };
        let mut all = BytesMut::new();
        let mut take = |chunk: &[u8]| {
            if all.len().saturating_add(chunk.len()) > LARGEST {
                let reason = format!("it is larger than {} MiB", LARGEST >> 20);
                return Err(StoreError::damaged(self.address(path), reason));
            }
            all.extend_from_slice(chunk);
            Ok(())
        };
        let found = self.drain(path, stream, &mut take).await?;
        Ok(found.then(|| all.freeze()))
    }

    /// Size in bytes, or `None` where there is no such object.
    pub(crate) async fn size(&self, path: &str) -> Result<Option<u64>, StoreError> {
        match self.operator.stat(path).await {
            Ok(found) => Ok(Some(found.content_length())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read", path, &error)),
        }
    }

    /// Hands an object's bytes to `take`, a chunk at a time; `false` where there is no such object.
    pub(crate) async fn each_chunk(
        &self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<bool, StoreError> {
        let missing = |error: &opendal::Error| error.kind() == ErrorKind::NotFound;
        let opened = match self.operator.reader_with(path).chunk(CHUNK).await {
            Ok(reader) => reader.into_bytes_stream(..).await,
            Err(error) => Err(error),
        };
        let stream = match opened {
            Ok(stream) => stream,
            Err(error) if missing(&error) => return Ok(false),
            Err(error) => return Err(self.failed("read", path, &error)),
        };
        self.drain(path, stream, &mut take).await
    }

    async fn drain(
        &self,
        path: &str,
        mut stream: impl Stream<Item = io::Result<Bytes>> + Unpin,
        take: &mut impl FnMut(&[u8]) -> Result<(), StoreError>,
    ) -> Result<bool, StoreError> {
        while let Some(chunk) = stream.next().await {
            match chunk {
                Ok(chunk) => take(&chunk)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(self.stream_failed(path, &error)),
            }
        }
        Ok(true)
    }

    fn stream_failed(&self, path: &str, error: &io::Error) -> StoreError {
        let inner = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<opendal::Error>());
        match inner {
            Some(inner) => self.failed("read", path, inner),
            None => self.folder_failed("read", path, error),
        }
    }

    /// Digest and size of what is there.
    pub(crate) async fn digest(&self, path: &str) -> Result<Option<(Digest, u64)>, StoreError> {
        let mut hasher = Hasher::default();
        let found = self
            .each_chunk(path, |chunk| {
                hasher.update(chunk);
                Ok(())
            })
            .await?;
        Ok(found.then(|| hasher.finish()))
    }

    /// Paths and sizes of all objects under a folder (`folder/`), at any depth.
    pub(crate) async fn sizes_under(&self, folder: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let entries = self
            .operator
            .list_with(folder)
            .recursive(true)
            .await
            .map_err(|error| self.failed("list", folder, &error))?;
        let mut sizes = Vec::with_capacity(entries.len());
        for entry in entries {
            let (path, found) = entry.into_parts();
            if found.is_dir() {
                continue;
            }
            let size = match self.folder {
                // A folder's listing does not look at its files.
                Some(_) => self.size(&path).await?.unwrap_or(0),
                None => found.content_length(),
            };
            sizes.push((path, size));
        }
        Ok(sizes)
    }

    /// Paths of all objects under a folder (`folder/`), at any depth, sorted.
    pub(crate) async fn files_under(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let entries = self
            .operator
            .list_with(folder)
            .recursive(true)
            .await
            .map_err(|error| self.failed("list", folder, &error))?;
        let mut paths: Vec<String> = entries
            .into_iter()
            .filter(|entry| !entry.metadata().is_dir())
            .map(|entry| entry.path().to_owned())
            .collect();
        paths.sort();
        Ok(paths)
    }

    /// Paths right below a folder (`folder/`) or of which the last part starts like the given one, sorted, at most `limit`.
    /// Folders end in `/`.
    pub(crate) async fn children(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let failed = |error: opendal::Error| self.failed("list", prefix, &error);
        let mut lister = self.operator.lister(prefix).await.map_err(failed)?;
        let mut paths = Vec::new();
        while let Some(entry) = lister.next().await {
            let path = entry.map_err(failed)?.path().to_owned();
            if path != prefix && path != "/" {
                paths.push(path);
            }
            if paths.len() >= limit {
                break;
            }
        }
        paths.sort();
        Ok(paths)
    }
}
