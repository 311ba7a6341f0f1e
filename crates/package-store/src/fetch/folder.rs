//! Downloads a package that is a folder: all of its files, each verified, or none under its name.

use std::path::{Path, PathBuf};

use futures::{StreamExt, TryStreamExt};

use crate::bucket::folder::new_file_in;
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
        let fetches = entries.into_iter().map(|entry| async move {
            self.fetch_file(record, &entry, &target_of.join(&entry.path))
                .await
        });
        futures::stream::iter(fetches)
            .buffer_unordered(PARALLEL)
            .try_collect::<()>()
            .await?;
        Ok(target)
    }

    /// The files of a recorded folder; a listing that is not the one that the record names is damaged.
    async fn listing(&self, record: &Record) -> Result<Vec<Entry>, StoreError> {
        let path = layout::listing(&record.commit, &record.kind, &record.profile, &record.file);
        let Some(bytes) = self.bucket.read(&path).await? else {
            return Err(StoreError::NotFound {
                verb: "fetch",
                address: self.address(&path),
            });
        };
        let found = Digest::of(&bytes);
        if found != record.sha256 {
            let reason = format!(
                "it has sha256 {found}, and the record says {}",
                record.sha256
            );
            return Err(StoreError::damaged(self.address(&path), reason));
        }
        listing::parse(&String::from_utf8_lossy(&bytes))
            .map_err(|reason| StoreError::damaged(self.address(&path), reason))
    }

    async fn fetch_file(
        &self,
        record: &Record,
        entry: &Entry,
        target: &Path,
    ) -> Result<(), StoreError> {
        let there = digest::of_file(target).await;
        if there.is_ok_and(|there| there.sha256 == entry.sha256) {
            return Ok(());
        }
        let folder = target.parent().unwrap_or(target);
        std::fs::create_dir_all(folder).map_err(|error| local("make", folder, error))?;
        let mut partial = new_file_in(folder).map_err(|error| local("write in", folder, error))?;
        let path = layout::folder_file(&record.commit, &record.profile, &record.file, &entry.path);
        let Some((sha256, _)) = self
            .download(&path, &mut partial, target, record.size)
            .await?
        else {
            return Err(StoreError::NotFound {
                verb: "fetch",
                address: self.address(&path),
            });
        };
        if sha256 != entry.sha256 {
            let reason = format!(
                "it has sha256 {sha256}, and the listing says {}",
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

fn refuse_strangers(target: &Path, entries: &[Entry]) -> Result<(), StoreError> {
    if !target.exists() {
        return Ok(());
    }
    let known: std::collections::BTreeSet<&str> =
        entries.iter().map(|entry| entry.path.as_str()).collect();
    let found = listing::walk(target)?;
    let partial = |path: &str| {
        path.rsplit('/')
            .next()
            .is_some_and(|name| name.starts_with(".partial-"))
    };
    let stranger = found
        .iter()
        .find(|path| !known.contains(path.as_str()) && !partial(path));
    match stranger {
        None => Ok(()),
        Some(path) => Err(StoreError::Folder {
            path: target.to_owned(),
            reason: format!(
                "`{path}` is there and not in the package; take it away, or fetch into another folder"
            ),
        }),
    }
}
