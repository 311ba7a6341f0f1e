//! How long the tests of a commit took, so that later runs can split them into shards of equal length.
//!
//! Each shard of a run keeps its own part, which is created once. A run counts when all of its parts are there, and from then
//! on never changes: shards that were told the same [`TimedRun`] read the same durations, whenever they start.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::commit::Commit;
use crate::error::StoreError;
use crate::history::check_suite;
use crate::layout::{self, durations as paths, history};
use crate::store::{READS, Store};
use crate::time::Time;

/// The newest commits that are looked at for one whose parts are all there.
const LOOKED_AT: usize = 20;
/// More shards than any run has.
const MOST_SHARDS: u32 = 1000;
/// Length of a time in a name: `20261121T081500Z`.
const TIME: usize = 16;

/// What one shard measured; times are in milliseconds. As JSON: one object, keys in kebab-case in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TestDurations {
    pub commit: Commit,
    /// The committer's time.
    pub committed: Time,
    /// From 1 on.
    pub shard: u32,
    pub shards: u32,
    /// How long all tests took together, of which many run at the same time.
    pub wall: u64,
    /// How long the documentation tests took; 0 where they did not run.
    pub doctests: u64,
    /// How long each test took, by the name of its program.
    pub tests: BTreeMap<String, BTreeMap<String, u64>>,
}

/// A run of which all parts are in the bucket; its text is `20261121T081500Z-<full id>/<shards>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct TimedRun {
    entry: String,
    commit: Commit,
    shards: u32,
}

impl TimedRun {
    pub fn commit(&self) -> &Commit {
        &self.commit
    }
}

impl fmt::Display for TimedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.entry, self.shards)
    }
}

impl From<TimedRun> for String {
    fn from(run: TimedRun) -> Self {
        run.to_string()
    }
}

impl FromStr for TimedRun {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let parse = || {
            let (entry, shards) = text.split_once('/')?;
            let (time, commit) = entry.split_once('-')?;
            let plain = time.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let shards = shards.parse().ok()?;
            Some(Self {
                entry: entry.to_owned(),
                commit: commit
                    .parse()
                    .ok()
                    .filter(|_| plain && time.len() == TIME)?,
                shards: Some(shards).filter(|count| (1..=MOST_SHARDS).contains(count))?,
            })
        };
        parse().ok_or_else(|| StoreError::Value {
            what: "run",
            given: text.chars().take(100).collect(),
            expected: "a time, a commit and a number of shards, as `plan` writes them".to_owned(),
        })
    }
}

impl TestDurations {
    fn run(&self) -> TimedRun {
        TimedRun {
            entry: history::entry(&self.committed.compact(), &self.commit),
            commit: self.commit.clone(),
            shards: self.shards,
        }
    }
}

impl Store {
    /// Keeps what one shard measured; `false` if there is such a part already, which stays.
    pub async fn put_test_durations(
        &self,
        suite: &str,
        part: &TestDurations,
    ) -> Result<bool, StoreError> {
        check_suite(suite)?;
        let entry = part.run().entry;
        let path = paths::shard(suite, &entry, part.shards, part.shard);
        if !(1..=MOST_SHARDS).contains(&part.shards) || !(1..=part.shards).contains(&part.shard) {
            let reason = format!("it is shard {} of {}", part.shard, part.shards);
            return Err(StoreError::damaged(self.address(&path), reason));
        }
        self.keep(&path, part).await
    }

    /// For each suite the run of the newest commit, by the commits' times, whose parts are all there. Damaged runs are passed
    /// over with a warning.
    pub async fn newest_test_durations(&self) -> Result<BTreeMap<String, TimedRun>, StoreError> {
        let mut newest = BTreeMap::new();
        for suite in self.suites(paths::root()).await? {
            let folder = paths::durations(&suite);
            let entries = self.bucket.children(&folder, usize::MAX).await?;
            for entry in entries.iter().rev().take(LOOKED_AT) {
                if let Some(run) = self.whole_run(&suite, entry).await? {
                    newest.insert(suite, run);
                    break;
                }
            }
        }
        Ok(newest)
    }

    /// Of a commit's runs the one with the fewest shards.
    async fn whole_run(&self, suite: &str, folder: &str) -> Result<Option<TimedRun>, StoreError> {
        let splits = self.bucket.children(folder, usize::MAX).await?;
        let entry = layout::stem(folder);
        let named = splits.iter().map(|split| layout::stem(split));
        let mut runs: Vec<TimedRun> = named
            .filter_map(|shards| format!("{entry}/{shards}").parse().ok())
            .collect();
        runs.sort_by_key(|run| run.shards);
        for run in runs {
            let there = paths::run(suite, &run.entry, run.shards);
            if self.bucket.children(&there, usize::MAX).await?.len() < run.shards as usize {
                continue;
            }
            let read = self.test_durations(suite, &run).await;
            if self.pass_over(read.map(Some))?.is_some() {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    /// All parts of a run. A part that is missing is an error: all of them were there when the run was named.
    pub async fn test_durations(
        &self,
        suite: &str,
        run: &TimedRun,
    ) -> Result<Vec<TestDurations>, StoreError> {
        check_suite(suite)?;
        let reads = (1..=run.shards).map(|shard| async move {
            let path = paths::shard(suite, &run.entry, run.shards, shard);
            let damaged = |reason: &str| StoreError::damaged(self.address(&path), reason);
            let bytes = self.bucket.read(&path).await?;
            let bytes = bytes.ok_or_else(|| damaged("it is missing"))?;
            let part: TestDurations = self.parse_json(&path, &bytes)?;
            match part.run() == *run && part.shard == shard {
                true => Ok(part),
                false => Err(damaged("it is of another run")),
            }
        });
        let reads = futures::stream::iter(reads);
        reads.buffered(READS).try_collect().await
    }
}
