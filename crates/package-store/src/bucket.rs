//! Objects in a bucket: created once or replaced whole, the same on every backend.

pub(crate) mod address;
pub(crate) mod connect;
mod delete;
pub(crate) mod folder;
pub(crate) mod google;
pub(crate) mod many;
mod read;
mod reported;
mod transport;
pub(crate) mod write;

use opendal::Operator;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::error::StoreError;
use folder::Folder;

/// Bytes in flight of one upload or download.
const CHUNK: usize = 8 << 20;
/// Bytes that are read from a file at once; the backend gathers them to chunks without copying.
const READ: usize = 1 << 20;

/// How a create-only write ended. `Exists` says nothing on whose bytes are there: a retried request may have met its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrote {
    Created,
    Exists,
}

/// A bucket, or the prefix of one.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    operator: Operator,
    folder: Option<Arc<Folder>>,
    shown: Arc<str>,
    dry_run: bool,
}

impl Bucket {
    pub(crate) fn new(
        operator: Operator,
        folder: Option<Folder>,
        shown: &str,
        dry_run: bool,
    ) -> Self {
        Self {
            operator,
            folder: folder.map(Arc::new),
            shown: shown.trim_end_matches('/').into(),
            dry_run,
        }
    }

    pub(crate) fn to_dry_run(&self) -> Self {
        Self {
            dry_run: true,
            ..self.clone()
        }
    }

    pub(crate) fn dry_run(&self) -> bool {
        self.dry_run
    }

    #[cfg(test)]
    pub(crate) fn operator(&self) -> &Operator {
        &self.operator
    }

    /// The address of an object as people may see it.
    pub(crate) fn address(&self, path: &str) -> String {
        if self.shown.ends_with(':') {
            format!("{}//{path}", self.shown)
        } else {
            format!("{}/{path}", self.shown)
        }
    }

    fn failed(&self, verb: &'static str, path: &str, error: &opendal::Error) -> StoreError {
        StoreError::from_backend(verb, self.address(path), error)
    }

    fn folder_failed(&self, verb: &'static str, path: &str, error: &io::Error) -> StoreError {
        StoreError::from_folder(verb, self.address(path), error)
    }

    /// Runs a call on the folder where blocking is allowed.
    async fn on_folder<T: Send + 'static>(
        &self,
        verb: &'static str,
        path: &str,
        folder: &Arc<Folder>,
        call: impl FnOnce(&Folder, &str) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (folder, owned) = (folder.clone(), path.to_owned());
        tokio::task::spawn_blocking(move || call(&folder, &owned))
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| self.folder_failed(verb, path, &error))
    }
}

pub(crate) fn local(verb: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::LocalFile {
        verb,
        path: path.to_owned(),
        source,
    }
}
