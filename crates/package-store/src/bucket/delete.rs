//! Deleting, and how old an object is; only retention does either.

use opendal::ErrorKind;

use super::Bucket;
use super::folder::Folder;
use crate::error::StoreError;
use crate::time::Time;

impl Bucket {
    /// Deletes an object; one that is not there is deleted already.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), StoreError> {
        if self.dry_run {
            return Ok(());
        }
        if let Some(folder) = &self.folder {
            let call = move |folder: &Folder, path: &str| folder.remove(path);
            return self.on_folder("delete", path, folder, call).await;
        }
        let deleted = self.operator.delete(path).await;
        #[cfg(test)]
        self.note_change(path);
        match deleted {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(self.failed("delete", path, &error)),
        }
    }

    /// Size and time of the last write; `None` where there is no such object or the backend knows no time.
    pub(crate) async fn modified(&self, path: &str) -> Result<Option<(u64, Time)>, StoreError> {
        let found = match self.operator.stat(path).await {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed("read", path, &error)),
        };
        let time = found.last_modified();
        let time = time.and_then(|time| time.to_string().parse().ok());
        #[cfg(test)]
        let time = time.or_else(|| self.times.lock().ok()?.get(path).copied());
        Ok(time.map(|time| (found.content_length(), time)))
    }
}
