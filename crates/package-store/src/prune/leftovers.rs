//! What interrupted uploads and interrupted deletions left: files that no record names, claims of commits without packages.

use super::named::Named;
use crate::claim::ShortAddress;
use crate::commit::Commit;
use crate::error::StoreError;
use crate::layout;
use crate::record::Record;
use crate::store::Store;
use crate::time::Time;

/// An object that no record accounts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    pub path: String,
    pub size: u64,
    /// Whose it is.
    pub commit: Commit,
}

impl Store {
    /// Objects of a commit that no record accounts for, written before a time. Of a commit without any record that is all.
    pub(super) async fn leftovers_of(
        &self,
        commit: &Commit,
        records: &[Record],
        before: Time,
    ) -> Result<Vec<Leftover>, StoreError> {
        let mut paths = self
            .bucket
            .files_under(&layout::commit_folder(commit))
            .await?;
        if !records.is_empty() {
            paths.retain(|path| layout::is_part_of_a_package(commit, path));
        }
        if self.holds_short(commit).await? {
            paths.extend(self.short_files(commit).await?);
        }
        paths.retain(|path| !records.iter().any(|record| accounts_for(record, path)));
        let leftovers = self.older(commit, paths, before).await?;
        // A file that was just written shows that somebody is at work here.
        Ok(leftovers.unwrap_or_default())
    }

    /// Short addresses of commits that have nothing in the bucket.
    pub(super) async fn abandoned_claims(
        &self,
        digits: &str,
        named: &Named,
        before: Time,
    ) -> Result<Vec<Leftover>, StoreError> {
        let mut found = Vec::new();
        for folder in self.bucket.children("", usize::MAX).await? {
            let short = layout::stem(&folder);
            let like = short.starts_with(digits) || digits.starts_with(short);
            if !like || !crate::commit::is_short(short) {
                continue;
            }
            let path = layout::claim(short);
            let Some(bytes) = self.bucket.read(&path).await? else {
                continue;
            };
            let Ok(holder) = String::from_utf8_lossy(&bytes).trim().parse::<Commit>() else {
                continue;
            };
            let used = !self
                .bucket
                .files_under(&layout::commit_folder(&holder))
                .await?
                .is_empty();
            if !used && !named.holds(&holder) {
                let mut paths = self.short_files(&holder).await?;
                paths.push(path);
                let older = self.older(&holder, paths, before).await?;
                found.extend(older.unwrap_or_default());
            }
        }
        Ok(found)
    }

    /// The objects if all of them were written before a time, else `None`.
    async fn older(
        &self,
        commit: &Commit,
        paths: Vec<String>,
        before: Time,
    ) -> Result<Option<Vec<Leftover>>, StoreError> {
        let mut old = Vec::new();
        for path in paths {
            match self.bucket.modified(&path).await? {
                Some((size, time)) if time < before => old.push(Leftover {
                    path,
                    size,
                    commit: commit.clone(),
                }),
                _ => return Ok(None),
            }
        }
        Ok(Some(old))
    }

    pub(super) async fn holds_short(&self, commit: &Commit) -> Result<bool, StoreError> {
        Ok(self.short_address(commit).await? == ShortAddress::Ours)
    }

    /// What is at a commit's short address, in one folder a profile, but for the claim.
    async fn short_files(&self, commit: &Commit) -> Result<Vec<String>, StoreError> {
        let claim = layout::claim(commit.short());
        let mut files = Vec::new();
        for folder in self.bucket.children(commit.short(), usize::MAX).await? {
            if folder.ends_with('/') {
                files.extend(self.bucket.files_under(&folder).await?);
            }
        }
        files.retain(|path| *path != claim);
        Ok(files)
    }

    /// Gives back the short address of a commit that has nothing left. While files are there another deletion is at work on
    /// them, which finds them by the claim and gives it back itself.
    pub(super) async fn give_back(&self, commit: &Commit) -> Result<(), StoreError> {
        if self.holds_short(commit).await? && self.short_files(commit).await?.is_empty() {
            self.bucket.delete(&layout::claim(commit.short())).await?;
        }
        Ok(())
    }
}

/// Whether an object belongs to a package.
pub(super) fn accounts_for(record: &Record, path: &str) -> bool {
    let Record {
        commit,
        kind,
        profile,
        file,
        ..
    } = record;
    let permanent = layout::package(commit, profile, file);
    let short = layout::short_package(commit, profile, file);
    let below = |folder: &str| {
        let rest = path.strip_prefix(folder);
        record.files.is_some() && rest.is_some_and(|rest| rest.starts_with('/'))
    };
    path == permanent
        || path == short
        || path == layout::metadata(commit, profile, file)
        || path == layout::listing(commit, kind, profile, file)
        || path == layout::reservation(commit, profile, file)
        || path == layout::record(commit, kind, profile, file)
        || below(&permanent)
        || below(&short)
        || path.starts_with(&layout::signatures(commit, profile, file))
}
