//! Deletes some commits at once: announced, looked at again, and then from what leads to a file to the file.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};

use super::leftovers::{Leftover, accounts_for};
use super::named::Named;
use super::{OldCommit, Prunable, record_path};
use crate::active::{Deletion, Journal, JournalCommit};
use crate::commit::Commit;
use crate::error::StoreError;
use crate::layout;
use crate::record::Record;
use crate::store::{READS, Store};
use crate::version::Version;
use crate::web::Site;

/// Objects that are deleted between two looks at the clock.
const CHUNK: usize = 500;

/// What goes of a commit.
#[derive(Debug, Clone)]
pub(super) struct Work {
    commit: Commit,
    pub(super) old: Option<OldCommit>,
    pub(super) leftovers: Vec<Leftover>,
}

/// What goes of a commit, as it was found after the deletion was announced.
struct Todo {
    work: Work,
    day: Option<String>,
    /// Records that stay.
    left: Vec<Record>,
}

impl Work {
    pub(super) fn of(commit: &Commit) -> Self {
        Self {
            commit: commit.clone(),
            old: None,
            leftovers: Vec::new(),
        }
    }

    fn packages(&self) -> &[Record] {
        self.old.as_ref().map_or(&[], |old| &old.packages)
    }
}

impl Todo {
    fn packages(&self) -> &[Record] {
        self.work.packages()
    }
}

impl Store {
    /// Deletes what may go of some commits, adds it to `gone`, and answers which commits were left alone because somebody is
    /// at work on them.
    pub(super) async fn prune_batch(
        &self,
        batch: &[Work],
        named: &mut Named,
        gone: &mut Prunable,
        site: &Site,
    ) -> Result<BTreeSet<Commit>, StoreError> {
        let others = self.announced_deletions().await?;
        let mut journal = Journal::default();
        for work in batch {
            let day = match self.day_of(&work.commit).await? {
                None => work.old.as_ref().and_then(|old| old.day.clone()),
                day => day,
            };
            // Another run may have removed the commit from the list, and been killed before it wrote the list.
            let journals = others.iter().flat_map(|other| &other.journal.commits);
            let mut journals = journals.filter(|other| other.commit == work.commit);
            journal.commits.push(JournalCommit {
                day: day.or_else(|| journals.find_map(|other| other.day.clone())),
                commit: work.commit.clone(),
                packages: work.packages().to_vec(),
            });
        }
        let mut deletion = self.announce_deletion(journal.clone()).await?;
        let looked = self.look_again(batch, &journal, named, gone).await;
        let (todos, in_use) = match looked {
            Ok(looked) => looked,
            Err(error) => {
                // Nothing was deleted, so there is nothing to finish.
                self.end_deletion(deletion).await?;
                return Err(error);
            }
        };
        self.delete_announced(&mut deletion, &todos, site).await?;
        self.end_deletion(deletion).await?;
        for todo in todos {
            gone.commits.extend(todo.work.old);
            gone.leftovers.extend(todo.work.leftovers);
        }
        Ok(in_use)
    }

    /// What may still go now that uploads and promotions wait.
    async fn look_again(
        &self,
        batch: &[Work],
        journal: &Journal,
        named: &mut Named,
        gone: &Prunable,
    ) -> Result<(Vec<Todo>, BTreeSet<Commit>), StoreError> {
        let (users, _) = self.uses(gone.uses_before).await?;
        // After the uses: what was named by a run that has ended since is seen.
        named.refresh(self).await?;
        let (mut todos, mut in_use) = (Vec::new(), BTreeSet::new());
        for (work, journal) in batch.iter().zip(&journal.commits) {
            if users.contains(&work.commit) {
                in_use.insert(work.commit.clone());
                continue;
            }
            if named.holds(&work.commit) {
                continue;
            }
            let now = self.records(&work.commit).await?;
            let mut work = work.clone();
            if let Some(old) = &mut work.old {
                // A package that was uploaded again is another one.
                old.packages.retain(|record| {
                    let there = now
                        .iter()
                        .find(|one| record_path(one) == record_path(record));
                    there.is_none_or(|there| there == record)
                });
            }
            work.old.take_if(|old| old.packages.is_empty());
            let mut left = now;
            left.retain(|record| !work.packages().contains(record));
            let used = |path: &str| left.iter().any(|record| accounts_for(record, path));
            work.leftovers.retain(|leftover| !used(&leftover.path));
            todos.push(Todo {
                work,
                day: journal.day.clone(),
                left,
            });
        }
        Ok((todos, in_use))
    }

    async fn delete_announced(
        &self,
        deletion: &mut Deletion,
        todos: &[Todo],
        site: &Site,
    ) -> Result<(), StoreError> {
        let packages = || todos.iter().flat_map(Todo::packages);
        let mut builds = Vec::new();
        for record in packages() {
            builds.extend(self.build_of(record).await?);
        }
        self.delete_all(deletion, builds).await?;
        self.delete_all(deletion, packages().map(record_path).collect())
            .await?;

        let emptied = || todos.iter().filter(|todo| todo.left.is_empty());
        let mut days = BTreeSet::new();
        for todo in emptied() {
            self.leave(&todo.work.commit).await?;
            days.extend(todo.day.clone());
        }
        if !days.is_empty() {
            self.write_lists(&days, site).await?;
        }
        for todo in todos {
            if todo.left.is_empty() {
                let pages = self.pages_of_commit(&todo.work.commit).await?;
                self.delete_all(deletion, pages).await?;
            } else if !todo.packages().is_empty() {
                self.renew(deletion).await?;
                self.write_commit_of_deletion(&todo.work.commit, site)
                    .await?;
            }
        }
        for todo in todos {
            self.delete_files(deletion, todo).await?;
        }
        Ok(())
    }

    async fn delete_files(&self, deletion: &mut Deletion, todo: &Todo) -> Result<(), StoreError> {
        let (mut paths, mut reservations) = (Vec::new(), Vec::new());
        for record in todo.packages() {
            let of_it = self.files_of(record).await?;
            let stays = |path: &String| todo.left.iter().any(|left| accounts_for(left, path));
            paths.extend(of_it.into_iter().filter(|path| !stays(path)));
        }
        let leftovers = todo.work.leftovers.iter();
        paths.extend(leftovers.map(|leftover| leftover.path.clone()));
        // The claim is given back, when nothing needs it any more.
        let claim = layout::claim(todo.work.commit.short());
        paths.retain(|path| *path != claim);
        let reserved = layout::reservations(&todo.work.commit);
        paths.retain(|path| {
            let is_file = !path.starts_with(&reserved);
            if !is_file {
                reservations.push(path.clone());
            }
            is_file
        });
        self.delete_all(deletion, paths).await?;
        self.delete_all(deletion, reservations).await?;
        if todo.left.is_empty() {
            self.give_back(&todo.work.commit).await?;
        }
        Ok(())
    }

    /// The frozen list of the commit build that a package belongs to: no channel names it, or its commit would stay.
    async fn build_of(&self, record: &Record) -> Result<Option<String>, StoreError> {
        let Ok(version) = record.version.parse::<Version>() else {
            return Ok(None);
        };
        if !version.is_build() {
            return Ok(None);
        }
        match self.manifest(&record.version).await {
            Ok(manifest) if *manifest.commit() == record.commit => {
                Ok(Some(layout::manifest(&version)))
            }
            Ok(_) | Err(StoreError::UnknownVersion { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What only a commit with packages has: its pages, and its indexes.
    async fn pages_of_commit(&self, commit: &Commit) -> Result<Vec<String>, StoreError> {
        let mut paths = self.bucket.files_under(&layout::simple(commit)).await?;
        paths.push(layout::commit_page(commit));
        paths.push(layout::settled(commit));
        paths.push(layout::expected(commit));
        paths.push(layout::summary(commit));
        Ok(paths)
    }

    /// Everything that a package consists of, but for its record; its reservation is the last.
    pub(crate) async fn files_of(&self, record: &Record) -> Result<Vec<String>, StoreError> {
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
        let signatures = layout::signatures(commit, profile, file);
        let mut paths = self.bucket.files_under(&signatures).await?;
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
        paths.push(layout::reservation(commit, profile, file));
        Ok(paths)
    }

    async fn delete_all(
        &self,
        deletion: &mut Deletion,
        paths: Vec<String>,
    ) -> Result<(), StoreError> {
        for chunk in paths.chunks(CHUNK) {
            self.renew(deletion).await?;
            let announced = &*deletion;
            let work = chunk.iter().map(|path| async move {
                if !announced.is_alive() {
                    return Err(StoreError::Backend {
                        verb: "delete",
                        address: self.address(path),
                        temporary: true,
                        cause: "it takes too long; the next run continues".to_owned(),
                    });
                }
                self.bucket.delete(path).await
            });
            futures::stream::iter(work)
                .buffer_unordered(READS)
                .try_collect::<()>()
                .await?;
        }
        Ok(())
    }
}
