//! Whether the bucket still has what its records name: a file may be gone by a lifecycle rule, or by hand.

use std::collections::BTreeMap;
use std::fmt;

use futures::{StreamExt, TryStreamExt};

use crate::digest::Digest;
use crate::error::StoreError;
use crate::layout;
use crate::listing;
use crate::record::Record;
use crate::store::{READS, Store};

/// Missing files that an error names.
const NAMED: usize = 3;

/// A package of which something is missing or has another size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    pub record: Record,
    /// What is wrong, with the object's path.
    pub reason: String,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.record.named(), self.reason)
    }
}

impl Store {
    /// The packages of which the bucket has not everything any more. Asks for sizes: one request a file, and one listing a
    /// folder.
    pub async fn lost(&self, records: &[Record]) -> Result<Vec<Lost>, StoreError> {
        // Owned, because a closure over borrowed ones makes a future that no other thread may run.
        let looks = records.iter().cloned().map(|record| async move {
            let reason = self.loss(&record).await?;
            Ok(reason.map(|reason| Lost { record, reason }))
        });
        let lost: Vec<Option<Lost>> = futures::stream::iter(looks)
            .buffered(READS)
            .try_collect()
            .await?;
        Ok(lost.into_iter().flatten().collect())
    }

    /// Fails if any of the packages is lost.
    pub(crate) async fn must_have(&self, records: &[Record]) -> Result<(), StoreError> {
        let lost = self.lost(records).await?;
        if lost.is_empty() {
            return Ok(());
        }
        Err(StoreError::Lost { lost })
    }

    /// What is missing of a package, in words.
    pub(crate) async fn loss(&self, record: &Record) -> Result<Option<String>, StoreError> {
        if record.files.is_some() {
            return self.folder_loss(record).await;
        }
        let path = layout::package(&record.commit, &record.profile, &record.file);
        match self.bucket.size(&path).await? {
            None => return Ok(Some(format!("{path} is gone"))),
            Some(size) if size != record.size => {
                let reason = format!("{path} has {size} bytes, not {}", record.size);
                return Ok(Some(reason));
            }
            Some(_) => {}
        }
        if record.metadata_sha256.is_some() {
            let path = layout::metadata(&record.commit, &record.profile, &record.file);
            if self.bucket.size(&path).await?.is_none() {
                return Ok(Some(format!("{path} is gone")));
            }
        }
        Ok(None)
    }

    async fn folder_loss(&self, record: &Record) -> Result<Option<String>, StoreError> {
        let path = layout::listing(&record.commit, &record.kind, &record.profile, &record.file);
        let Some(text) = self.bucket.read(&path).await? else {
            return Ok(Some(format!("{path} is gone")));
        };
        if Digest::of(&text) != record.sha256 {
            return Ok(Some(format!("{path} is not the listing of the record")));
        }
        let entries = listing::parse(&String::from_utf8_lossy(&text))
            .map_err(|reason| StoreError::damaged(self.address(&path), reason))?;
        let folder = layout::package(&record.commit, &record.profile, &record.file);
        let there = self.sizes_in(&folder).await?;
        let missing: Vec<&str> = entries
            .iter()
            .map(|entry| entry.path.as_str())
            .filter(|path| !there.contains_key(*path))
            .collect();
        if let Some(first) = missing.get(..missing.len().min(NAMED))
            && !first.is_empty()
        {
            let (count, all) = (missing.len(), entries.len());
            let names = first.join(", ");
            return Ok(Some(format!(
                "{count} of {all} files below {folder} are gone: {names}"
            )));
        }
        let sizes = entries.iter().filter_map(|entry| there.get(&entry.path));
        let size = sizes.fold(0_u64, |sum, size| sum.saturating_add(*size));
        Ok(
            (size != record.size)
                .then(|| format!("{folder} has {size} bytes, not {}", record.size)),
        )
    }

    /// The files below a folder by their paths in it, with their sizes.
    pub(crate) async fn sizes_in(&self, folder: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        let folder = format!("{folder}/");
        let found = self.bucket.sizes_under(&folder).await?;
        let below =
            |(path, size): (String, u64)| Some((path.strip_prefix(&folder)?.to_owned(), size));
        Ok(found.into_iter().filter_map(below).collect())
    }
}
