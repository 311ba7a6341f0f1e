//! One move of a channel, and the log of all of them.

use serde::{Deserialize, Serialize};

use super::name::Channel;
use crate::commit::Commit;
use crate::digest::Digest;
use crate::error::StoreError;
use crate::layout;
use crate::store::Store;
use crate::time::Time;

/// One move of a channel. As JSON: one object, keys in kebab-case in this order, absent values left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// Place in the channel's log, from 1 on without gaps.
    pub number: u64,
    pub channel: Channel,
    pub version: String,
    pub commit: Commit,
    /// When the commit was made, which orders the builds of one version and day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<Time>,
    /// Digest of the version's manifest.
    pub manifest: Digest,
    /// Who moved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    pub when: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
    /// Number of the move that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_of: Option<u64>,
    /// Number of the move that is in effect again because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<u64>,
}

impl Entry {
    /// Number of the move that brought what this entry stands for.
    pub(crate) fn origin(&self) -> u64 {
        self.restores.unwrap_or(self.number)
    }
}

impl Store {
    /// What a channel stands for now: the last entry of its log. `None` if it was never moved.
    pub async fn current(&self, channel: Channel) -> Result<Option<Entry>, StoreError> {
        match self.numbers(channel).await?.last() {
            Some(&last) => self.entry(channel, last).await.map(Some),
            None => Ok(None),
        }
    }

    /// All moves of a channel, the last one first.
    pub async fn history(&self, channel: Channel) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for number in self.numbers(channel).await?.into_iter().rev() {
            entries.push(self.entry(channel, number).await?);
        }
        Ok(entries)
    }

    /// The last `limit` moves, the last one first, and how many there are.
    pub(crate) async fn last_moves(
        &self,
        channel: Channel,
        limit: usize,
    ) -> Result<(Vec<Entry>, usize), StoreError> {
        let numbers = self.numbers(channel).await?;
        let mut entries = Vec::new();
        for number in numbers.iter().rev().take(limit) {
            entries.push(self.entry(channel, *number).await?);
        }
        Ok((entries, numbers.len()))
    }

    async fn numbers(&self, channel: Channel) -> Result<Vec<u64>, StoreError> {
        let paths = self
            .bucket
            .files_under(&layout::channel_log(&channel))
            .await?;
        let mut numbers: Vec<u64> = paths
            .iter()
            .filter_map(|path| layout::stem(path).parse().ok())
            .collect();
        // A number of nine digits sorts before one of eight as text.
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub(crate) async fn entry(&self, channel: Channel, number: u64) -> Result<Entry, StoreError> {
        let path = layout::channel_entry(&channel, number);
        let Some(bytes) = self.bucket.read(&path).await? else {
            return Err(StoreError::NotFound {
                verb: "read",
                address: self.address(&path),
            });
        };
        let entry: Entry = self.parse_json(&path, &bytes)?;
        if entry.number != number || entry.channel != channel {
            return Err(StoreError::damaged(
                self.address(&path),
                format!("it is entry {} of `{}`", entry.number, entry.channel),
            ));
        }
        Ok(entry)
    }
}
