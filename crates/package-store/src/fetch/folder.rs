//! Downloads a package that is a folder: all of its files, each verified, or none under its name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use super::{gone, partial_in};
use crate::bucket::local;
use crate::digest::{self, Digest};
use crate::error::StoreError;
use crate::layout;
use crate::listing::{self, Entry};
use crate::record::Record;
use crate::store::Store;

/// Files in flight at the same time.
const PARALLEL: usize = 32;

impl Store {
    /// Downloads the files into a folder of the package's name. Those that are there with the right bytes are kept; a file
    /// that the package does not have is an error, because whoever reads the folder would take it for the package's.
    pub(super) async fn fetch_folder(
        &self,
        record: &Record,
        target: PathBuf,
    ) -> Result<PathBuf, StoreError> {
        let entries = self.listing(record).await?;
        refuse_strangers(&target, &entries)?;
        let target_of = &target;
        let fetches = entries.iter().map(|entry| async move {
            self.fetch_file(record, entry, target_of, &target_of.join(&entry.path))
                .await
        });
        futures::stream::iter(fetches)
            .buffer_unordered(PARALLEL)
            .try_collect::<()>()
            .await?;
        // What came meanwhile would be taken for the package's as well.
        refuse_strangers(&target, &entries)?;
        Ok(target)
    }

    /// The listing of a package that is a folder, as `sha256sum --check` takes it: its digest is the package's, so a signature
    /// of it is one of all files.
    pub async fn folder_listing(&self, record: &Record) -> Result<Bytes, StoreError> {
        record.check()?;
        let path = layout::listing(&record.commit, &record.kind, &record.profile, &record.file);
        let Some(bytes) = self.bucket.read(&path).await? else {
            return Err(gone(record, &path));
        };
        let found = Digest::of(&bytes);
        if found != record.sha256 {
            let reason = format!(
                "it has sha256 {found}, but the record says {}",
                record.sha256
            );
            return Err(StoreError::damaged(self.address(&path), reason));
        }
        Ok(bytes)
    }

    /// The files of a recorded folder; a listing that is not the one that the record names is damaged.
    async fn listing(&self, record: &Record) -> Result<Vec<Entry>, StoreError> {
        let bytes = self.folder_listing(record).await?;
        listing::parse(&String::from_utf8_lossy(&bytes)).map_err(|reason| {
            let path = layout::listing(&record.commit, &record.kind, &record.profile, &record.file);
            StoreError::damaged(self.address(&path), reason)
        })
    }

    async fn fetch_file(
        &self,
        record: &Record,
        entry: &Entry,
        package: &Path,
        target: &Path,
    ) -> Result<(), StoreError> {
        let there = digest::of_file(target).await;
        if there.is_ok_and(|there| there.sha256 == entry.sha256) {
            return Ok(());
        }
        let folder = target.parent().unwrap_or(target);
        std::fs::create_dir_all(folder).map_err(|error| local("make", folder, error))?;
        // Beside the package: what a killed run leaves is never inside of it.
        let mut partial = partial_in(package.parent().unwrap_or(package), record)?;
        let path = layout::folder_file(&record.commit, &record.profile, &record.file, &entry.path);
        let Some((sha256, _)) = self
            .download(&path, &mut partial, target, record.size)
            .await?
        else {
            return Err(gone(record, &path));
        };
        if sha256 != entry.sha256 {
            let reason = format!(
                "it has sha256 {sha256}, but the listing says {}",
                entry.sha256
            );
            return Err(StoreError::damaged(self.address(&path), reason));
        }
        partial
            .persist(target)
            .map(|_| ())
            .map_err(|error| local("write", target, error.error))
    }
}

/// Fails where the folder has what the package does not have, or leads elsewhere. What an earlier version of this program
/// left half-written in it is removed.
fn refuse_strangers(target: &Path, entries: &[Entry]) -> Result<(), StoreError> {
    let refused = |reason: String| StoreError::Folder {
        path: target.to_owned(),
        reason,
    };
    match std::fs::symlink_metadata(target) {
        Err(_) => return Ok(()),
        Ok(found) if found.is_dir() => {}
        Ok(_) => {
            let reason = "it is not a folder; remove it, or fetch into another folder";
            return Err(refused(reason.to_owned()));
        }
    }
    let known: BTreeSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    for path in listing::walk(target)? {
        if known.contains(path.as_str()) {
            continue;
        }
        if is_partial(&path) {
            let partial = target.join(&path);
            std::fs::remove_file(&partial).map_err(|error| local("remove", &partial, error))?;
            continue;
        }
        return Err(refused(format!(
            "`{path}` is not in the package; remove it, or fetch into another folder"
        )));
    }
    Ok(())
}

/// Whether a file has a name that only half-written files of earlier versions had.
fn is_partial(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let rest = name.strip_prefix(".partial-");
    rest.is_some_and(|rest| rest.len() == 6 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}
