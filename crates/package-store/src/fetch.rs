//! Downloads packages: whole and verified under their name, or not at all.

mod folder;

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::bucket::folder::new_file_in;
use crate::bucket::local;
use crate::digest::{self, Digest, Hasher};
use crate::error::StoreError;
use crate::layout;
use crate::lost::Lost;
use crate::name::check_file_name;
use crate::record::Record;
use crate::store::Store;

impl Store {
    /// Downloads a package into a folder, which is made if needed, and answers where it is.
    ///
    /// Size and digest are compared with the record before the file gets its name. A file that is there with the right
    /// bytes is kept and nothing is downloaded; one with other bytes is replaced.
    pub async fn fetch(&self, record: &Record, folder: &Path) -> Result<PathBuf, StoreError> {
        check_file_name(&record.file)?;
        record.check()?;
        let target = folder.join(&record.file);
        remove_partials(folder, record)?;
        if record.files.is_some() {
            return self.fetch_folder(record, target).await;
        }
        if is_there(&target, record).await {
            return Ok(target);
        }
        let mut partial = partial_in(folder, record)?;
        let path = layout::package(&record.commit, &record.profile, &record.file);
        let Some((sha256, size)) = self
            .download(&path, &mut partial, &target, record.size)
            .await?
        else {
            return Err(gone(record, &path));
        };
        if size != record.size {
            let reason = format!("it has {size} bytes");
            return Err(self.not_as_recorded(&path, record, &reason));
        }
        if sha256 != record.sha256 {
            let reason = format!("it has sha256 {sha256}");
            return Err(self.not_as_recorded(&path, record, &reason));
        }
        partial
            .persist(&target)
            .map_err(|error| local("write", &target, error.error))?;
        Ok(target)
    }

    /// Writes an object into a file, and answers what came; `None` where there is no such object.
    pub(crate) async fn download(
        &self,
        path: &str,
        into: &mut impl Write,
        target: &Path,
        at_most: u64,
    ) -> Result<Option<(Digest, u64)>, StoreError> {
        let mut hasher = Hasher::default();
        let mut received = 0;
        let found = self.bucket.each_chunk(path, |chunk| {
            received = u64::saturating_add(received, chunk.len() as u64);
            if received > at_most {
                // Not a byte more than was promised lands on the disk.
                let reason = format!("it is larger than the {at_most} bytes of its record");
                return Err(StoreError::damaged(self.address(path), reason));
            }
            hasher.update(chunk);
            into.write_all(chunk)
                .map_err(|error| local("write", target, error))
        });
        Ok(found.await?.then(|| hasher.finish()))
    }

    fn not_as_recorded(&self, path: &str, record: &Record, reason: &str) -> StoreError {
        StoreError::damaged(
            self.address(path),
            format!(
                "{reason}, but its record says {} bytes with sha256 {}",
                record.size, record.sha256
            ),
        )
    }
}

/// The error for an object that a record names and that is not there.
fn gone(record: &Record, path: &str) -> StoreError {
    StoreError::Lost {
        lost: vec![Lost {
            record: record.clone(),
            reason: format!("{path} is gone"),
        }],
    }
}

/// What half-written files of a package begin with, beside the package and never inside of it.
fn partial_prefix(record: &Record) -> String {
    let digest = Digest::of(record.file.as_bytes()).to_string();
    let start = digest.get(..12).unwrap_or(&digest);
    format!(".partial-{start}-")
}

/// A new file for a download, in the folder that gets the package.
fn partial_in(folder: &Path, record: &Record) -> Result<NamedTempFile, StoreError> {
    std::fs::create_dir_all(folder).map_err(|error| local("make", folder, error))?;
    let prefix = partial_prefix(record);
    new_file_in(folder, &prefix).map_err(|error| local("write in", folder, error))
}

/// Removes what a killed download of the same package has left.
fn remove_partials(folder: &Path, record: &Record) -> Result<(), StoreError> {
    let prefix = partial_prefix(record);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(|error| local("remove", &path, error))?;
        }
    }
    Ok(())
}

async fn is_there(target: &Path, record: &Record) -> bool {
    let same_size = std::fs::symlink_metadata(target)
        .is_ok_and(|found| found.is_file() && found.len() == record.size);
    same_size
        && digest::of_file(target)
            .await
            .is_ok_and(|found| found.sha256 == record.sha256)
}
