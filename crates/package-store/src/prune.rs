//! Retention: finds packages that nobody names any more, and deletes them so that no reader meets a gap.
//!
//! A commit that a manifest or a channel's log names is kept whole, whatever its age. Deleting goes from what leads to a
//! file to the file: records, then the pages, then the files, then the short address. It is announced first, and what is
//! used or named then is left alone (see [`crate::active`]). The announcement says what goes, so that a later run finishes
//! what was interrupted.

mod batch;
mod leftovers;
mod named;

use std::collections::{BTreeMap, BTreeSet};

use crate::active::{Announced, is_dead};
use crate::commit::Commit;
use crate::error::StoreError;
use crate::layout;
use crate::record::Record;
use crate::store::Store;
use crate::time::Time;
use crate::web::Site;
use batch::Work;
pub use leftovers::Leftover;
use leftovers::accounts_for;
use named::Named;

/// Commits that are deleted together: the lists of commits are written once for all of them.
const BATCH: usize = 50;

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
    /// Commits that were left alone because a run is at work on them.
    pub in_use: usize,
    /// Runs that announced themselves before this time were killed.
    uses_before: Option<Time>,
}

/// What would go of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldCommit {
    pub commit: Commit,
    pub packages: Vec<Record>,
    /// Whether nothing is left of the commit then.
    pub whole: bool,
    /// The day of the list that it was on, where an interrupted run has taken it off.
    day: Option<String>,
}

impl Prunable {
    /// Bytes of all packages and leftovers.
    pub fn size(&self) -> u64 {
        let packages = self.commits.iter().flat_map(|old| &old.packages);
        let leftovers = self.leftovers.iter().map(|leftover| leftover.size);
        let sizes = packages.map(|record| record.size).chain(leftovers);
        sizes.fold(0, u64::saturating_add)
    }
}

impl Store {
    /// Finds what may go. Deletes nothing.
    pub async fn prunable(&self, options: &PruneOptions) -> Result<Prunable, StoreError> {
        let mut named = Named::default();
        named.refresh(self).await?;
        let unfinished = self.announced_deletions().await?;
        let mut found = Prunable {
            uses_before: options.leftovers_before,
            ..Prunable::default()
        };
        let prefix = layout::commits_like(&options.commits);
        let mut commits = self.commits(&prefix, usize::MAX).await?;
        commits.extend(journaled(&unfinished, &options.commits));
        commits.sort();
        commits.dedup();
        for commit in commits {
            if named.holds(&commit) {
                found.named += 1;
                continue;
            }
            let records = self.records(&commit).await?;
            let old = |record: &&Record| {
                record.uploaded < options.before
                    && (options.kinds.is_empty() || options.kinds.contains(&record.kind))
            };
            let mut packages: Vec<Record> = records.iter().filter(old).cloned().collect();
            let whole = packages.len() == records.len();
            let (interrupted, day) = self.interrupted(&commit, &records, &unfinished).await?;
            packages.extend(interrupted);
            if let Some(before) = options.leftovers_before {
                let known: Vec<Record> = records.iter().chain(&packages).cloned().collect();
                let leftovers = self.leftovers_of(&commit, &known, before).await?;
                found.leftovers.extend(leftovers);
            }
            if !packages.is_empty() {
                found.commits.push(OldCommit {
                    commit,
                    packages,
                    whole,
                    day,
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

    /// Packages of which an interrupted run has deleted the record and not yet everything else, and the commit's day.
    async fn interrupted(
        &self,
        commit: &Commit,
        records: &[Record],
        unfinished: &[Announced],
    ) -> Result<(Vec<Record>, Option<String>), StoreError> {
        let (mut gone, mut day) = (BTreeMap::new(), None);
        let commits = unfinished.iter().flat_map(|one| &one.journal.commits);
        for journal in commits.filter(|one| one.commit == *commit) {
            day = day.or_else(|| journal.day.clone());
            for record in journal.packages.iter().filter(|one| one.commit == *commit) {
                record.check()?;
                gone.insert(record_path(record), record.clone());
            }
        }
        for record in records {
            gone.remove(&record_path(record));
        }
        if gone.is_empty() {
            return Ok((Vec::new(), None));
        }
        let folder = layout::commit_folder(commit);
        let paths = self.bucket.files_under(&folder).await?;
        let any = !paths.is_empty() || self.holds_short(commit).await?;
        // Of a commit without records everything goes.
        let left = |record: &Record| match records.is_empty() {
            true => any,
            false => paths.iter().any(|path| accounts_for(record, path)),
        };
        Ok((gone.into_values().filter(left).collect(), day))
    }

    /// Deletes what [`Store::prunable`] found, but for commits that were named since, or that somebody is at work on. Answers
    /// with what it deleted.
    pub async fn prune(&self, found: &Prunable, site: &Site) -> Result<Prunable, StoreError> {
        let mut named = Named::default();
        named.refresh(self).await?;
        if self.is_dry_run() {
            return Ok(Prunable {
                commits: keep(&found.commits, |old| !named.holds(&old.commit)),
                leftovers: keep(&found.leftovers, |leftover| !named.holds(&leftover.commit)),
                ..found.clone()
            });
        }
        let mut gone = Prunable {
            commits: Vec::new(),
            leftovers: Vec::new(),
            ..found.clone()
        };
        let mut in_use = BTreeSet::new();
        for batch in works(found).chunks(BATCH) {
            let spared = self.prune_batch(batch, &mut named, &mut gone, site).await?;
            in_use.extend(spared);
        }
        gone.in_use = in_use.len();
        self.tidy(&in_use, found.uses_before).await?;
        Ok(gone)
    }

    /// Removes announcements of killed runs: nothing is left to finish of the deletions, and the others are old.
    async fn tidy(
        &self,
        in_use: &BTreeSet<Commit>,
        uses_before: Option<Time>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        for deletion in self.announced_deletions().await? {
            let mut commits = deletion.journal.commits.iter();
            if is_dead(&deletion, now) && !commits.any(|one| in_use.contains(&one.commit)) {
                self.bucket.delete(&deletion.path).await?;
            }
        }
        if uses_before.is_some() {
            for path in self.uses(uses_before).await?.1 {
                self.bucket.delete(&path).await?;
            }
        }
        Ok(())
    }
}

/// The commits of interrupted deletions that start with these digits.
fn journaled<'a>(
    unfinished: &'a [Announced],
    digits: &'a str,
) -> impl Iterator<Item = Commit> + use<'a> {
    let commits = unfinished.iter().flat_map(|one| &one.journal.commits);
    let commits = commits.map(|one| one.commit.clone());
    commits.filter(move |commit| commit.as_str().starts_with(digits))
}

/// What was found, by commit.
fn works(found: &Prunable) -> Vec<Work> {
    let mut works: BTreeMap<&Commit, Work> = BTreeMap::new();
    for old in &found.commits {
        let work = works
            .entry(&old.commit)
            .or_insert_with(|| Work::of(&old.commit));
        work.old = Some(old.clone());
    }
    for leftover in &found.leftovers {
        let work = works
            .entry(&leftover.commit)
            .or_insert_with(|| Work::of(&leftover.commit));
        work.leftovers.push(leftover.clone());
    }
    works.into_values().collect()
}

fn keep<T: Clone>(all: &[T], wanted: impl Fn(&T) -> bool) -> Vec<T> {
    all.iter().filter(|one| wanted(one)).cloned().collect()
}

pub(crate) fn record_path(record: &Record) -> String {
    layout::record(&record.commit, &record.kind, &record.profile, &record.file)
}
