//! Objects in a bucket: created once or replaced whole, the same on every backend.

pub(crate) mod address;
pub(crate) mod connect;
mod delete;
pub(crate) mod folder;
pub(crate) mod google;
pub(crate) mod many;
mod minted;
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
    /// What was written or deleted, where a test looks.
    #[cfg(test)]
    pub(crate) changed: Arc<std::sync::Mutex<Vec<String>>>,
    /// When objects were written, where a test says so and the backend does not.
    #[cfg(test)]
    pub(crate) times: Arc<std::sync::Mutex<std::collections::BTreeMap<String, crate::time::Time>>>,
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
            #[cfg(test)]
            changed: Arc::default(),
            #[cfg(test)]
            times: Arc::default(),
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

    /// Tells tests what was written or deleted.
    #[cfg(test)]
    fn note_change(&self, path: &str) {
        if let Ok(mut changed) = self.changed.lock() {
            changed.push(path.to_owned());
        }
    }

    /// Whether a create-only write of a small object is one request. With Google's it is an upload in two parts.
    pub(crate) fn creates_in_one_request(&self) -> bool {
        self.operator.info().scheme() != "gcs"
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
        crate::blocking::run(move || call(&folder, &owned))
            .await
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
