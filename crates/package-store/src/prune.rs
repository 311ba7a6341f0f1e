//! Retention: finds packages that nobody names any more, and deletes them so that no reader meets a gap.
//!
//! A commit that a manifest or a channel's log names is kept whole, whatever its age. Deleting goes from what leads to a
//! file to the file: records, then the pages, then the files, then the short address. A run that was interrupted leaves
//! files without a record, which a later run finds as leftovers.

mod leftovers;
mod named;

use futures::{StreamExt, TryStreamExt};

use crate::commit::Commit;
use crate::error::StoreError;
use crate::layout;
use crate::record::Record;
use crate::store::{READS, Store};
use crate::time::Time;
use crate::web::Site;
pub use leftovers::Leftover;

/// What may go.
#[derive(Debug, Clone)]
pub struct PruneOptions {
    /// Packages that were uploaded before this time.
    pub before: Time,
    /// Only commits that start with these hex digits; empty for all.
    pub commits: String,
    /// Only packages of these kinds; empty for all.
    pub kinds: Vec<String>,
    /// Files without a record, and short addresses without a package, that were written before this time. An upload
    /// that is under way looks like one, so this must be longer ago than any upload takes. `None` leaves them alone.
    pub leftovers_before: Option<Time>,
}

/// What would go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prunable {
    pub commits: Vec<OldCommit>,
    pub leftovers: Vec<Leftover>,
    /// Commits that were kept because a manifest or a channel's log names them.
    pub named: usize,
}

/// What would go of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldCommit {
    pub commit: Commit,
    pub packages: Vec<Record>,
    /// Whether nothing is left of the commit then.
    pub whole: bool,
}

impl Prunable {
    /// Bytes of all packages and leftovers.
    pub fn size(&self) -> u64 {
        let packages = self.commits.iter().flat_map(|old| &old.packages);
        let leftovers = self.leftovers.iter().map(|leftover| leftover.size);
        packages.map(|record| record.size).chain(leftovers).sum()
    }
}

impl Store {
    /// Finds what may go. Deletes nothing.
    pub async fn prunable(&self, options: &PruneOptions) -> Result<Prunable, StoreError> {
        let named = self.named().await?;
        let mut found = Prunable::default();
        let prefix = layout::commits_like(&options.commits);
        for commit in self.commits(&prefix, usize::MAX).await? {
            if named.holds(&commit) {
                found.named += 1;
                continue;
            }
            let records = self.records(&commit).await?;
            if let Some(before) = options.leftovers_before {
                let leftovers = self.leftovers_of(&commit, &records, before).await?;
                found.leftovers.extend(leftovers);
            }
            let old = |record: &&Record| {
                record.uploaded < options.before
                    && (options.kinds.is_empty() || options.kinds.contains(&record.kind))
            };
            let packages: Vec<Record> = records.iter().filter(old).cloned().collect();
            if !packages.is_empty() {
                found.commits.push(OldCommit {
                    whole: packages.len() == records.len(),
                    commit,
                    packages,
                });
            }
        }
        if let Some(before) = options.leftovers_before {
            let claims = self
                .abandoned_claims(&options.commits, &named, before)
                .await?;
            found.leftovers.extend(claims);
        }
        Ok(found)
    }

    /// Deletes what [`Store::prunable`] found, but for commits that were named since. Answers with what it deleted.
    pub async fn prune(&self, found: &Prunable, site: &Site) -> Result<Prunable, StoreError> {
        let named = self.named().await?;
        let gone = Prunable {
            commits: keep(&found.commits, |old| !named.holds(&old.commit)),
            leftovers: keep(&found.leftovers, |leftover| !named.holds(&leftover.commit)),
            named: found.named,
        };
        if self.is_dry_run() {
            return Ok(gone);
        }
        for old in &gone.commits {
            self.delete_all(old.packages.iter().map(record_path).collect())
                .await?;
            if old.whole {
                self.leave(&old.commit).await?;
            }
        }
        if gone.commits.iter().any(|old| old.whole) {
            self.write_lists(site).await?;
        }
        for old in &gone.commits {
            // Records may have come since they were looked at; then the commit lives on.
            let left = self.records(&old.commit).await?;
            if left.is_empty() {
                self.delete_pages(&old.commit).await?;
            } else {
                self.write_commit(&old.commit, site, None).await?;
            }
            self.delete_files(old, &left).await?;
        }
        let leftovers = gone.leftovers.iter().map(|leftover| leftover.path.clone());
        self.delete_all(leftovers.collect()).await?;
        Ok(gone)
    }

    /// What only a commit with packages has: its pages, its indexes, and its short address.
    async fn delete_pages(&self, commit: &Commit) -> Result<(), StoreError> {
        let mut paths = self.bucket.files_under(&layout::simple(commit)).await?;
        paths.push(layout::commit_page(commit));
        paths.push(layout::summary(commit));
        paths.push(layout::settled(commit));
        paths.push(layout::expected(commit));
        self.delete_all(paths).await
    }

    async fn delete_files(&self, old: &OldCommit, left: &[Record]) -> Result<(), StoreError> {
        let mut paths = Vec::new();
        for record in &old.packages {
            // Two kinds may share one file.
            let shared =
                |other: &&Record| other.file == record.file && other.profile == record.profile;
            if !left.iter().any(|other| shared(&other)) {
                paths.extend(self.files_of(record).await?);
            }
        }
        self.delete_all(paths).await?;
        if left.is_empty() {
            self.give_back(&old.commit).await?;
        }
        Ok(())
    }

    /// Everything that a package consists of, but for its record.
    async fn files_of(&self, record: &Record) -> Result<Vec<String>, StoreError> {
        let Record {
            commit,
            kind,
            profile,
            file,
            ..
        } = record;
        let permanent = layout::package(commit, profile, file);
        let short = layout::short_package(commit, profile, file);
        let ours = self.holds_short(commit).await?;
        let mut paths = Vec::new();
        if record.files.is_some() {
            paths.extend(self.bucket.files_under(&format!("{permanent}/")).await?);
            if ours {
                paths.extend(self.bucket.files_under(&format!("{short}/")).await?);
            }
            paths.push(layout::listing(commit, kind, profile, file));
        } else {
            paths.push(layout::metadata(commit, profile, file));
            paths.extend(ours.then_some(short));
            paths.push(permanent);
        }
        Ok(paths)
    }

    pub(crate) async fn delete_all(&self, paths: Vec<String>) -> Result<(), StoreError> {
        let work = paths
            .into_iter()
            .map(|path| async move { self.bucket.delete(&path).await });
        futures::stream::iter(work)
            .buffer_unordered(READS)
            .try_collect()
            .await
    }
}

fn keep<T: Clone>(all: &[T], wanted: impl Fn(&T) -> bool) -> Vec<T> {
    all.iter().filter(|one| wanted(one)).cloned().collect()
}

fn record_path(record: &Record) -> String {
    layout::record(&record.commit, &record.kind, &record.profile, &record.file)
}
