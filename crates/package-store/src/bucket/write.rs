//! Writing: create-only wherever an object never changes, whole-object replacement where it does.

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use opendal::ErrorKind;

use super::folder::Folder;
use super::{Bucket, READ, Wrote, local, reported};
use crate::blocking;
use crate::content::Headers;
use crate::digest::{Checksum, Content};
use crate::error::StoreError;

/// How often a create-only write is tried while the server reports another one in progress (S3 answers 409 then).
const CONFLICT_TRIES: u32 = 6;
const CONFLICT_PAUSE: Duration = Duration::from_millis(300);

/// What a write may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Nothing,
    Anything,
}

/// Hears how many bytes were just sent.
pub(crate) type Sent<'a> = &'a (dyn Fn(u64) + Sync);

impl Bucket {
    /// Writes an object that must not be there yet. A dry run answers what would happen.
    pub(crate) async fn create(
        &self,
        path: &str,
        bytes: Bytes,
        headers: &Headers,
    ) -> Result<Wrote, StoreError> {
        if self.dry_run {
            return self.would_create(path).await;
        }
        if let Some(folder) = &self.folder {
            let call = move |folder: &Folder, path: &str| folder.create(path, &bytes);
            return self.on_folder("write", path, folder, call).await;
        }
        for _ in 1..CONFLICT_TRIES {
            let write = self
                .operator
                .write_with(path, bytes.clone())
                .if_not_exists(true)
                .content_type(&headers.content_type)
                .cache_control(headers.cache.header());
            match write.await {
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    tokio::time::sleep(CONFLICT_PAUSE).await;
                }
                Err(error) if self.is_there_all_the_same(path, &error).await? => {
                    return Ok(Wrote::Exists);
                }
                answer => return self.created(path, answer.map(|_| ())),
            }
        }
        Err(self.contended("write", path))
    }

    fn contended(&self, verb: &'static str, path: &str) -> StoreError {
        StoreError::Contended {
            verb,
            address: self.address(path),
            tries: CONFLICT_TRIES,
        }
    }

    /// Whether an upload is complete although its own address is gone: then the answer to its end got lost on the way.
    async fn is_there_all_the_same(
        &self,
        path: &str,
        error: &opendal::Error,
    ) -> Result<bool, StoreError> {
        Ok(error.kind() == ErrorKind::NotFound && self.size(path).await?.is_some())
    }

    fn created(&self, path: &str, answer: opendal::Result<()>) -> Result<Wrote, StoreError> {
        #[cfg(test)]
        self.note_change(path);
        match answer {
            Ok(()) => Ok(Wrote::Created),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConditionNotMatch | ErrorKind::AlreadyExists
                ) =>
            {
                Ok(Wrote::Exists)
            }
            Err(error) => Err(self.failed("write", path, &error)),
        }
    }

    async fn would_create(&self, path: &str) -> Result<Wrote, StoreError> {
        Ok(match self.size(path).await? {
            Some(_) => Wrote::Exists,
            None => Wrote::Created,
        })
    }

    /// Writes a file of this disk, a chunk at a time; by `over` like [`Bucket::create`] or over what is there. `expected` is what the file was when it was looked at:
    /// should it have changed since, nothing is written. `sent` hears of each chunk's bytes.
    pub(crate) async fn send_file(
        &self,
        path: &str,
        source: &Path,
        expected: &Content,
        headers: &Headers,
        over: Over,
        sent: Sent<'_>,
    ) -> Result<Wrote, StoreError> {
        if self.dry_run {
            return self.would_create(path).await;
        }
        if let Some(folder) = &self.folder {
            let copied = self.copy_in(path, source, *expected, over, folder).await?;
            sent(expected.size);
            return Ok(copied);
        }
        for _ in 1..CONFLICT_TRIES {
            let stream = self.stream_in(path, source, expected, headers, over, sent);
            let (answer, received) = reported::during(stream).await;
            match answer {
                Ok(Some(Wrote::Created)) => {
                    self.verify(path, expected, received).await?;
                    return Ok(Wrote::Created);
                }
                Ok(Some(Wrote::Exists)) => return Ok(Wrote::Exists),
                Err(error) => return Err(error),
                Ok(None) => tokio::time::sleep(CONFLICT_PAUSE).await,
            }
        }
        Err(self.contended("write", path))
    }

    async fn copy_in(
        &self,
        path: &str,
        source: &Path,
        expected: Content,
        over: Over,
        folder: &Arc<Folder>,
    ) -> Result<Wrote, StoreError> {
        let opened = std::fs::File::open(source).map_err(|error| local("read", source, error))?;
        let call = move |folder: &Folder, path: &str| {
            let mut opened = opened;
            let mut partial = folder.partial()?;
            let mut checksum = Checksum::default();
            io::copy(&mut opened, &mut Tee(&mut checksum, &mut partial))?;
            if !expected.is(checksum) {
                return Ok(None);
            }
            match over {
                Over::Nothing => folder.place(partial, path).map(Some),
                Over::Anything => folder.put(partial, path).map(|()| Some(Wrote::Created)),
            }
        };
        self.on_folder("write", path, folder, call)
            .await?
            .ok_or_else(|| changed(source))
    }

    /// `None` where the server asks to try again because another write is in progress.
    async fn stream_in(
        &self,
        path: &str,
        source: &Path,
        expected: &Content,
        headers: &Headers,
        over: Over,
        sent: Sent<'_>,
    ) -> Result<Option<Wrote>, StoreError> {
        let mut file = Chunks::open(source).await?;
        let writer = self
            .operator
            .writer_with(path)
            .chunk(super::CHUNK)
            .if_not_exists(over == Over::Nothing)
            .content_type(&headers.content_type)
            .cache_control(headers.cache.header());
        let mut writer = match writer.await {
            Ok(writer) => writer,
            Err(error) => return self.created(path, Err(error)).map(Some),
        };
        let mut checksum = Checksum::default();
        let mut written = Ok(());
        while written.is_ok() {
            let chunk = file.next(source).await?;
            if chunk.is_empty() {
                break;
            }
            checksum.update(&chunk);
            let size = chunk.len() as u64;
            written = writer.write(chunk).await;
            sent(size);
        }
        if written.is_ok() {
            if !expected.is(checksum) {
                // Best effort: what is not closed never becomes an object.
                let _ = writer.abort().await;
                return Err(changed(source));
            }
            written = writer.close().await.map(|_| ());
        }
        match written {
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(None),
            Err(error) if self.is_there_all_the_same(path, &error).await? => {
                Ok(Some(Wrote::Exists))
            }
            answer => self.created(path, answer).map(Some),
        }
    }

    /// Writes an object over whatever is there.
    pub(crate) async fn replace(
        &self,
        path: &str,
        bytes: Bytes,
        headers: &Headers,
    ) -> Result<(), StoreError> {
        if self.dry_run {
            return Ok(());
        }
        if let Some(folder) = &self.folder {
            let call = move |folder: &Folder, path: &str| folder.replace(path, &bytes);
            return self.on_folder("write", path, folder, call).await;
        }
        self.operator
            .write_with(path, bytes)
            .content_type(&headers.content_type)
            .cache_control(headers.cache.header())
            .await
            .inspect(|_| {
                #[cfg(test)]
                self.note_change(path);
            })
            .map(drop)
            .map_err(|error| self.failed("write", path, &error))
    }

    /// Gives an immutable object a second address, without sending its bytes where the backend can copy.
    pub(crate) async fn create_copy(
        &self,
        from: &str,
        to: &str,
        headers: &Headers,
    ) -> Result<Wrote, StoreError> {
        if self.dry_run {
            return self.would_create(to).await;
        }
        if let Some(folder) = &self.folder {
            let from = from.to_owned();
            let call = move |folder: &Folder, to: &str| folder.link(&from, to);
            return self.on_folder("write", to, folder, call).await;
        }
        let can = self.operator.info().capability();
        if can.copy_with_if_not_exists {
            let copy = self.operator.copy_with(from, to).if_not_exists(true).await;
            return self.created(to, copy.map(|_| ()));
        }
        if can.copy_with_if_version_match {
            // Google's way to say "if it is not there": generation 0.
            let copy = self.operator.copy_with(from, to).if_version_match("0");
            return self.created(to, copy.await.map(|_| ()));
        }
        let Some(bytes) = self.read(from).await? else {
            return Err(StoreError::NotFound {
                verb: "copy",
                address: self.address(from),
            });
        };
        self.create(to, bytes, headers).await
    }
}

/// Writes to a checksum and to a file at once.
struct Tee<'a, W>(&'a mut Checksum, &'a mut W);

impl<W: io::Write> io::Write for Tee<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write_all(bytes)?;
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.flush()
    }
}

/// A file, read a chunk at a time on threads that may block, each chunk straight to where it is sent from.
struct Chunks(Option<std::fs::File>);

impl Chunks {
    async fn open(source: &Path) -> Result<Self, StoreError> {
        let path = source.to_owned();
        match blocking::run(|| std::fs::File::open(path)).await.flatten() {
            Ok(file) => Ok(Self(Some(file))),
            Err(error) => Err(local("read", source, error)),
        }
    }

    /// The next chunk; shorter only at the file's end, and empty behind it.
    async fn next(&mut self, source: &Path) -> Result<Bytes, StoreError> {
        let file = self.0.take();
        // Allocated here, because allocators keep memory apart for each thread that asks for some.
        let mut chunk = Vec::with_capacity(READ);
        let read = blocking::run(move || {
            let Some(mut file) = file else {
                return Ok((None, chunk));
            };
            file.by_ref().take(READ as u64).read_to_end(&mut chunk)?;
            Ok((Some(file), chunk))
        });
        match read.await.flatten() {
            Ok((file, chunk)) => {
                self.0 = file;
                Ok(chunk.into())
            }
            Err(error) => Err(local("read", source, error)),
        }
    }
}

pub(super) fn changed(path: &Path) -> StoreError {
    StoreError::FileChanged {
        path: path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn a_file_that_changed_since_it_was_described_is_not_written() {
        let local = tempfile::tempdir().unwrap();
        let source = local.path().join("source");
        std::fs::write(&source, b"changed").unwrap();
        let expected = Content::of(b"described");
        let headers = Headers::immutable("source", None);
        let folder = local.path().join("bucket");
        for url in ["memory://", folder.to_str().unwrap()] {
            let bucket = Store::open(url).unwrap().bucket;
            let answer = bucket
                .send_file("a/b", &source, &expected, &headers, Over::Nothing, &|_| {})
                .await;
            assert!(
                matches!(answer, Err(StoreError::FileChanged { .. })),
                "{answer:?}"
            );
            assert_eq!(bucket.size("a/b").await.unwrap(), None);
        }
    }
}
