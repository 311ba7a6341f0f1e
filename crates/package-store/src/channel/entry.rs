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

/// Largest gap between the numbers of two moves: a number behind a larger one was made up.
const LARGEST_GAP: u64 = 1000;

impl Store {
    /// What a channel stands for now: the last entry of its log. `None` if it was never moved.
    ///
    /// An entry that is damaged, or names a version that is not there, is passed over with a warning; moving the channel
    /// again goes on behind it.
    pub async fn current(&self, channel: Channel) -> Result<Option<Entry>, StoreError> {
        let numbers = self.numbers(channel).await?;
        self.last_good(channel, &numbers).await
    }

    /// All moves of a channel, the last one first.
    pub async fn history(&self, channel: Channel) -> Result<Vec<Entry>, StoreError> {
        Ok(self.last_moves(channel, usize::MAX).await?.0)
    }

    /// The last `limit` moves, the last one first, and how many there are.
    pub(crate) async fn last_moves(
        &self,
        channel: Channel,
        limit: usize,
    ) -> Result<(Vec<Entry>, usize), StoreError> {
        let numbers = self.numbers(channel).await?;
        let Some(current) = self.last_good(channel, &numbers).await? else {
            return Ok((Vec::new(), 0));
        };
        let last = current.number;
        let mut before = numbers;
        before.retain(|number| *number < last);
        let total = before.len().saturating_add(1);
        let mut entries = vec![current];
        for number in before.into_iter().rev().take(limit.saturating_sub(1)) {
            entries.extend(self.readable(channel, number).await?);
        }
        Ok((entries, total))
    }

    /// The last of some entries that reads well and of which the manifest is there.
    pub(super) async fn last_good(
        &self,
        channel: Channel,
        numbers: &[u64],
    ) -> Result<Option<Entry>, StoreError> {
        for number in numbers.iter().rev() {
            let Some(entry) = self.readable(channel, *number).await? else {
                continue;
            };
            if self
                .passed_over(&entry, self.manifest_of(&entry).await)?
                .is_some()
            {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// What an entry leads to, or `None` with a warning where the entry is to be passed over.
    pub(crate) fn passed_over<T>(
        &self,
        entry: &Entry,
        found: Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(error @ (StoreError::UnknownVersion { .. } | StoreError::Damaged { .. })) => {
                let path = layout::channel_entry(&entry.channel, entry.number);
                self.warn(format!("{} is skipped: {error}", self.address(&path)));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The numbers of a channel's log, in order. One that is far behind the one before was not given by us.
    pub(super) async fn numbers(&self, channel: Channel) -> Result<Vec<u64>, StoreError> {
        let folder = layout::channel_log(&channel);
        let paths = self.bucket.files_under(&folder).await?;
        let mut numbers: Vec<u64> = paths
            .iter()
            .filter_map(|path| layout::stem(path).parse().ok())
            .filter(|number| paths.contains(&layout::channel_entry(&channel, *number)))
            .collect();
        // A number of nine digits sorts before one of eight as text.
        numbers.sort_unstable();
        numbers.dedup();
        let mut last = 0;
        let in_order = numbers.iter().take_while(|number| {
            let follows = number
                .checked_sub(last)
                .is_some_and(|gap| gap <= LARGEST_GAP);
            last = **number;
            follows
        });
        let count = in_order.count();
        for number in numbers.drain(count..) {
            let path = layout::channel_entry(&channel, number);
            self.warn(format!(
                "{} is skipped: its number is out of range",
                self.address(&path)
            ));
        }
        numbers.retain(|number| *number > 0);
        Ok(numbers)
    }

    /// An entry, or `None` with a warning if it is damaged or gone.
    pub(super) async fn readable(
        &self,
        channel: Channel,
        number: u64,
    ) -> Result<Option<Entry>, StoreError> {
        match self.entry(channel, number).await {
            Ok(entry) => Ok(Some(entry)),
            Err(error @ (StoreError::Damaged { .. } | StoreError::NotFound { .. })) => {
                self.warn(format!("{error}; it is skipped"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn entry(&self, channel: Channel, number: u64) -> Result<Entry, StoreError> {
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
        let earlier = |other: Option<u64>| other.is_none_or(|other| (1..number).contains(&other));
        if !earlier(entry.restores) || !earlier(entry.rollback_of) {
            return Err(StoreError::damaged(
                self.address(&path),
                "it restores or reverts an entry that is not before it",
            ));
        }
        Ok(entry)
    }
}
