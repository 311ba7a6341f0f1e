//! What runs did with a version, for people: who released it, when, how that ended, and whether it was withdrawn.
//!
//! A registry knows better than a journal what it has, so nothing is decided by it but one thing: a version that was
//! withdrawn is not offered again by itself.

use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::active::random;
use crate::bucket::Wrote;
use crate::commit::Commit;
use crate::content::Headers;
use crate::error::StoreError;
use crate::layout;
use crate::store::{READS, Store};
use crate::time::Time;
use crate::version::Version;

/// Runs that are read; a version has a few.
const MOST: usize = 200;
/// Lines that an entry keeps, and the longest of them in characters.
const MOST_LINES: usize = 200;
const LONGEST_LINE: usize = 1000;

/// What one run did with a version. As JSON: one object, keys in kebab-case in this order, absent values left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct JournalEntry {
    pub version: String,
    pub commit: Commit,
    /// What was to be done, in one word: `release` or `withdraw`.
    pub action: String,
    /// When the run ended.
    pub when: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
    /// What it did, one line a step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// Why it stopped; absent where it reached its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Store {
    /// Keeps what a run did with a version.
    pub async fn note(&self, entry: &JournalEntry) -> Result<(), StoreError> {
        let version = self.version_of(entry)?;
        let path = layout::journal_entry(&version, &entry.when.compact(), random());
        self.create_entry(&path, entry).await?;
        Ok(())
    }

    /// Marks a version as withdrawn, once: `false` if it was already.
    pub async fn mark_withdrawn(&self, entry: &JournalEntry) -> Result<bool, StoreError> {
        let path = layout::withdrawal(&self.version_of(entry)?);
        if self.bucket.size(&path).await?.is_some() {
            return Ok(false);
        }
        Ok(self.create_entry(&path, entry).await? == Wrote::Created)
    }

    /// Who withdrew a version and when; `None` if nobody did.
    pub async fn withdrawal(&self, version: &str) -> Result<Option<JournalEntry>, StoreError> {
        let Ok(version) = version.parse::<Version>() else {
            return Ok(None);
        };
        self.read_entry(&layout::withdrawal(&version)).await
    }

    /// What runs did with a version, the first one first. A damaged entry is passed over with a warning.
    pub async fn journal(&self, version: &str) -> Result<Vec<JournalEntry>, StoreError> {
        let Ok(version) = version.parse::<Version>() else {
            return Ok(Vec::new());
        };
        let mut paths = self.bucket.files_under(&layout::journal(&version)).await?;
        paths.sort();
        let older = paths.len().saturating_sub(MOST);
        let reads = paths.drain(older..).map(|path| async move {
            match self.read_entry(&path).await {
                Err(error @ StoreError::Damaged { .. }) => {
                    self.warn(format!("{error}; it is skipped"));
                    Ok(None)
                }
                read => read,
            }
        });
        let entries: Vec<Option<JournalEntry>> = futures::stream::iter(reads)
            .buffered(READS)
            .try_collect()
            .await?;
        let mut entries: Vec<JournalEntry> = entries.into_iter().flatten().collect();
        entries.sort_by_key(|entry| entry.when);
        Ok(entries)
    }

    fn version_of(&self, entry: &JournalEntry) -> Result<Version, StoreError> {
        entry
            .version
            .parse()
            .map_err(|error| StoreError::damaged(self.address("journals/"), error))
    }

    async fn create_entry(&self, path: &str, entry: &JournalEntry) -> Result<Wrote, StoreError> {
        let mut entry = entry.clone();
        entry.steps.truncate(MOST_LINES);
        let cut = |line: &String| line.chars().take(LONGEST_LINE).collect();
        entry.steps = entry.steps.iter().map(cut).collect();
        entry.error = entry.error.as_ref().map(cut);
        let bytes = self.to_json(path, &entry)?;
        let headers = Headers::immutable(path, None);
        self.bucket.create(path, bytes, &headers).await
    }

    async fn read_entry(&self, path: &str) -> Result<Option<JournalEntry>, StoreError> {
        match self.bucket.read(path).await? {
            Some(bytes) => Ok(Some(self.parse_json(path, &bytes)?)),
            None => Ok(None),
        }
    }
}
