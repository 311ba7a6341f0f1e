//! Downloads packages: whole and verified under their name, or not at all.

mod folder;

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::bucket::folder::new_file_in;
use crate::bucket::local;
use crate::digest::{self, Digest, Hasher};
use crate::error::StoreError;
use crate::layout;
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
        if record.files.is_some() {
            return self.fetch_folder(record, target).await;
        }
        if is_there(&target, record).await {
            return Ok(target);
        }
        std::fs::create_dir_all(folder).map_err(|error| local("make", folder, error))?;
        let mut partial = new_file_in(folder).map_err(|error| local("write in", folder, error))?;

        let path = layout::package(&record.commit, &record.profile, &record.file);
        let Some((sha256, size)) = self
            .download(&path, &mut partial, &target, record.size)
            .await?
        else {
            return Err(StoreError::NotFound {
                verb: "fetch",
                address: self.address(&path),
            });
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
    async fn download(
        &self,
        path: &str,
        into: &mut impl Write,
        target: &Path,
        at_most: u64,
    ) -> Result<Option<(Digest, u64)>, StoreError> {
        let mut hasher = Hasher::default();
        let mut received = 0;
        let found = self.bucket.each_chunk(path, |chunk| {
            received += chunk.len() as u64;
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
                "{reason}, and its record says {} bytes with sha256 {}",
                record.size, record.sha256
            ),
        )
    }
}

async fn is_there(target: &Path, record: &Record) -> bool {
    let same_size = std::fs::symlink_metadata(target)
        .is_ok_and(|found| found.is_file() && found.len() == record.size);
    same_size
        && digest::of_file(target)
            .await
            .is_ok_and(|found| found.sha256 == record.sha256)
}
