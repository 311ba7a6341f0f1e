//! Results of benchmarks by commit, and the executables that measured them: history for people, and a base for comparisons.
//!
//! A commit's results are created once. Results of two jobs are never tested against each other; the executable of a commit
//! is kept, so that a later job can run it beside its own.

use std::path::{Path, PathBuf};

use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::bucket::write::Over;
use crate::bucket::{Wrote, local};
use crate::commit::Commit;
use crate::content::Headers;
use crate::digest::{self, Digest};
use crate::error::StoreError;
use crate::history::check_suite;
use crate::layout::{benchmarks as paths, history};
use crate::name::check_word;
use crate::store::{READS, Store};
use crate::time::Time;

/// Commits whose results are read; older ones stay in the bucket.
const MOST_COMMITS: usize = 1000;
/// More than any suite has.
const MOST_RESULTS: usize = 10_000;
/// The longest name of a benchmark or a unit, in characters.
const LONGEST_NAME: usize = 500;

/// The results of one commit. As JSON: one object, keys in kebab-case in this order, absent values left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BenchmarkResults {
    pub commit: Commit,
    /// The first parent. If it is not the commit of the results before, commits without results are between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Commit>,
    /// The committer's time.
    pub committed: Time,
    /// The commit's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
    pub results: Vec<BenchmarkResult>,
}

/// What was measured of one benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BenchmarkResult {
    pub name: String,
    /// The median of the runs; finite and greater than 0.
    pub value: f64,
    pub unit: String,
    /// Whether a higher value is better, as of a rate.
    #[serde(default)]
    pub higher_is_better: bool,
    /// Whether the value repeats exactly, as a size.
    #[serde(default)]
    pub exact: bool,
}

/// What the executable of a commit's benchmarks must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BenchmarkProgram {
    pub commit: Commit,
    pub platform: String,
    /// Name of the file.
    pub file: String,
    pub size: u64,
    pub sha256: Digest,
}

impl BenchmarkResults {
    fn check(&self) -> Result<(), String> {
        if self.results.is_empty() || self.results.len() > MOST_RESULTS {
            return Err(format!("it has {} results", self.results.len()));
        }
        let wrong = |one: &&BenchmarkResult| {
            let long = |text: &str| text.chars().count() > LONGEST_NAME;
            one.name.trim().is_empty()
                || long(&one.name)
                || long(&one.unit)
                || !(one.value.is_finite() && one.value > 0.0)
        };
        match self.results.iter().find(wrong) {
            None => Ok(()),
            Some(one) => Err(format!(
                "the result `{}` is {} {}",
                one.name, one.value, one.unit
            )),
        }
    }
}

impl Store {
    /// Keeps the results of a commit; `false` if it has some already, which stay.
    pub async fn put_benchmarks(
        &self,
        suite: &str,
        results: &BenchmarkResults,
    ) -> Result<bool, StoreError> {
        check_suite(suite)?;
        let path = paths::result(suite, &results.committed.compact(), &results.commit);
        results
            .check()
            .map_err(|reason| StoreError::damaged(self.address(&path), reason))?;
        self.keep(&path, results).await
    }

    /// The results of the newest commits, by the commits' times, oldest first. Damaged ones are passed over with a warning.
    pub async fn benchmarks(&self, suite: &str) -> Result<Vec<BenchmarkResults>, StoreError> {
        check_suite(suite)?;
        let folder = paths::results(suite);
        let mut paths = self.bucket.files_under(&folder).await?;
        paths.sort();
        let older = paths.len().saturating_sub(MOST_COMMITS);
        let reads = paths
            .drain(older..)
            .map(|path| async move { self.pass_over(self.read_benchmarks(&path).await) });
        let all: Vec<Option<BenchmarkResults>> = futures::stream::iter(reads)
            .buffered(READS)
            .try_collect()
            .await?;
        Ok(all.into_iter().flatten().collect())
    }

    /// The results of one commit.
    pub async fn benchmarks_of(
        &self,
        suite: &str,
        commit: &Commit,
    ) -> Result<Option<BenchmarkResults>, StoreError> {
        check_suite(suite)?;
        let folder = paths::results(suite);
        let paths = self.bucket.files_under(&folder).await?;
        let of_commit = |path: &&String| history::commit_of(path).as_ref() == Some(commit);
        match paths.iter().find(of_commit) {
            Some(path) => self.read_benchmarks(path).await,
            None => Ok(None),
        }
    }

    async fn read_benchmarks(&self, path: &str) -> Result<Option<BenchmarkResults>, StoreError> {
        let Some(bytes) = self.bucket.read(path).await? else {
            return Ok(None);
        };
        let results: BenchmarkResults = self.parse_json(path, &bytes)?;
        let own = history::commit_of(path);
        let checked = match own.as_ref() == Some(&results.commit) {
            true => results.check(),
            false => Err(format!("it is of commit {}", results.commit)),
        };
        checked.map_err(|reason| StoreError::damaged(self.address(path), reason))?;
        Ok(Some(results))
    }

    /// Keeps the executable of a commit's benchmarks; `false` if there is one already, which stays.
    pub async fn put_benchmark_program(
        &self,
        suite: &str,
        commit: &Commit,
        platform: &str,
        program: &Path,
    ) -> Result<bool, StoreError> {
        check_suite(suite)?;
        check_word("platform", platform, "-_.")?;
        let record_path = paths::program_record(suite, commit, platform);
        if self.bucket.size(&record_path).await?.is_some() {
            return Ok(false);
        }
        let content = digest::of_file(program)
            .await
            .map_err(|error| local("read", program, error))?;
        let name = program.file_name().unwrap_or_default();
        let record = BenchmarkProgram {
            commit: commit.clone(),
            platform: platform.to_owned(),
            file: name.to_string_lossy().into_owned(),
            size: content.size,
            sha256: content.sha256,
        };
        let path = paths::program(suite, commit, platform);
        let headers = Headers::immutable("program", None);
        let send = |over| {
            let sent = &|_| {};
            self.bucket
                .send_file(&path, program, &content, &headers, over, sent)
        };
        if send(Over::Nothing).await? == Wrote::Exists {
            // A run that stopped before its record left it.
            let there = self.bucket.digest(&path).await?;
            if there != Some((content.sha256, content.size)) {
                send(Over::Anything).await?;
            }
        }
        self.keep(&record_path, &record).await
    }

    /// Downloads the executable of a commit's benchmarks into a folder, verified; `None` if none was kept.
    pub async fn fetch_benchmark_program(
        &self,
        suite: &str,
        commit: &Commit,
        platform: &str,
        folder: &Path,
    ) -> Result<Option<PathBuf>, StoreError> {
        check_suite(suite)?;
        check_word("platform", platform, "-_.")?;
        let record_path = paths::program_record(suite, commit, platform);
        let Some(bytes) = self.bucket.read(&record_path).await? else {
            return Ok(None);
        };
        let record: BenchmarkProgram = self.parse_json(&record_path, &bytes)?;
        let target = folder.join("program");
        let mut file =
            std::fs::File::create(&target).map_err(|error| local("write", &target, error))?;
        let path = paths::program(suite, commit, platform);
        let received = self
            .download(&path, &mut file, &target, record.size)
            .await?;
        if received != Some((record.sha256, record.size)) {
            let reason = format!(
                "it is not the file of {} bytes with sha256 {}",
                record.size, record.sha256
            );
            return Err(StoreError::damaged(self.address(&path), reason));
        }
        Ok(Some(target))
    }

    /// All suites.
    pub(crate) async fn benchmark_suites(&self) -> Result<Vec<String>, StoreError> {
        self.suites(paths::root()).await
    }
}
