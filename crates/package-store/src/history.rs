//! What benchmarks and durations of tests share: suites, and entries of commits, which are created once and passed over if damaged.

use serde::Serialize;

use crate::bucket::Wrote;
use crate::content::Headers;
use crate::error::StoreError;
use crate::layout;
use crate::name::check_word;
use crate::store::Store;

impl Store {
    /// Keeps a value; `false` if there is one already, which stays.
    pub(crate) async fn keep(
        &self,
        path: &str,
        value: &impl Serialize,
    ) -> Result<bool, StoreError> {
        let bytes = self.to_json(path, value)?;
        let headers = Headers::immutable(path, None);
        Ok(self.bucket.create(path, bytes, &headers).await? == Wrote::Created)
    }

    /// Makes of a damaged entry a warning.
    pub(crate) fn pass_over<T>(
        &self,
        read: Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match read {
            Err(error @ StoreError::Damaged { .. }) => {
                self.warn(format!("{error}; it is passed over"));
                Ok(None)
            }
            read => read,
        }
    }

    /// The suites that have a folder below `root`.
    pub(crate) async fn suites(&self, root: &str) -> Result<Vec<String>, StoreError> {
        let folders = self.bucket.children(root, usize::MAX).await?;
        let names = folders.iter().map(|path| layout::stem(path).to_owned());
        Ok(names.filter(|suite| check_suite(suite).is_ok()).collect())
    }
}

pub(crate) fn check_suite(suite: &str) -> Result<(), StoreError> {
    check_word("suite", suite, "-_.")
}
