//! The handle on a bucket, and how it is opened.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use crate::bucket::Bucket;
use crate::bucket::address::{self, Place};
use crate::bucket::connect;
use crate::bucket::folder::Folder;
use crate::commit::Commit;
use crate::error::StoreError;
use crate::layout;
use crate::options::{Progress, ProgressHook, StoreOptions, WarningHook};
use crate::record::Record;
use crate::time::Time;

/// Records that are read at the same time.
pub(crate) const READS: usize = 16;

/// A bucket of packages. Clones share it.
#[derive(Clone)]
pub struct Store {
    pub(crate) bucket: Bucket,
    on_progress: Option<ProgressHook>,
    on_warning: Option<WarningHook>,
    warned: Arc<Mutex<BTreeSet<String>>>,
    pub(crate) replace_unfinished: bool,
    #[cfg(test)]
    pub(crate) clock: Option<crate::interleavings::Turns>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a bucket by its address: `gs://bucket/prefix`, `s3://…`, `az://…`, `file:///folder`, a folder's path, or
    /// `memory://`, which is a new empty bucket each time. A folder that is not there is made.
    ///
    /// Settings may follow: `?endpoint=http://127.0.0.1:4443&anonymous=true`, `?region=…` (S3), `?account=…` (Azure),
    /// `?workload-identity-provider=projects/…&service-account=…` (Google, with [`StoreOptions::environment`]).
    pub fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, StoreOptions::default())
    }

    /// [`Store::open`] with options.
    pub fn open_with(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        if options.on_runner {
            address::check_on_runner(url)?;
        }
        let (place, shown) = address::parse(url)?;
        let dry_run = options.dry_run;
        let bucket = match place {
            Place::Memory => Bucket::new(connect::memory()?, None, &shown, dry_run),
            Place::Folder(path) => open_folder(path, &shown, dry_run)?,
            Place::Remote(mut remote) => {
                if let Some(endpoint) = &options.endpoint {
                    let endpoint =
                        address::endpoint(endpoint).map_err(|reason| StoreError::Address {
                            address: shown.clone(),
                            reason,
                        })?;
                    remote.settings.endpoint = Some(endpoint);
                }
                remote.settings.anonymous |= options.anonymous;
                let operator = connect::open(
                    &remote,
                    &shown,
                    &options.secrets,
                    options.tries,
                    options.on_retry,
                    options.on_secret,
                )?;
                Bucket::new(operator, None, &shown, dry_run)
            }
        };
        Ok(Self {
            bucket,
            on_progress: options.on_progress,
            on_warning: options.on_warning,
            warned: Arc::default(),
            replace_unfinished: options.replace_unfinished,
            #[cfg(test)]
            clock: None,
        })
    }

    /// The same bucket, to which this handle writes nothing; every call gives its usual answer.
    pub fn to_dry_run(&self) -> Self {
        Self {
            bucket: self.bucket.to_dry_run(),
            ..self.clone()
        }
    }

    /// The clock's time.
    pub(crate) fn now(&self) -> Time {
        #[cfg(test)]
        if let Some(clock) = &self.clock {
            return clock.now();
        }
        Time::now()
    }

    pub(crate) async fn pause(&self, seconds: u64) {
        #[cfg(test)]
        if let Some(clock) = &self.clock {
            return clock.pause(seconds).await;
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// Tells what was passed over.
    pub(crate) fn warn(&self, text: String) {
        if let Some(hook) = &self.on_warning {
            // Pages are looked at several times.
            let is_new = self
                .warned
                .lock()
                .is_ok_and(|mut told| told.insert(text.clone()));
            if is_new {
                hook(&text);
            }
        }
    }

    pub(crate) fn tell(&self, progress: &Progress) {
        if let Some(hook) = &self.on_progress {
            hook(progress);
        }
    }

    /// Whether this store writes nothing.
    pub fn is_dry_run(&self) -> bool {
        self.bucket.dry_run()
    }

    /// The address of a path of [`layout`] in this bucket, for messages: `gs://bucket/prefix/commit/…`.
    pub fn address(&self, path: &str) -> String {
        self.bucket.address(path)
    }

    /// Everything that was uploaded completely for a commit, sorted by kind, project, version, platform, profile and file.
    pub async fn records(&self, commit: &Commit) -> Result<Vec<Record>, StoreError> {
        let paths = self.bucket.files_under(&layout::records(commit)).await?;
        let reads = paths
            .into_iter()
            .filter(|path| path.ends_with(".json"))
            .map(|path| async move { self.read_record(commit, &path).await });
        let records: Vec<Option<Record>> = futures::stream::iter(reads)
            .buffer_unordered(READS)
            .try_collect()
            .await?;
        let mut records: Vec<Record> = records.into_iter().flatten().collect();
        records.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(records)
    }

    /// A record, or `None` where there is none. One that lies about where it is, or about its commit, is damaged.
    pub(crate) async fn read_record(
        &self,
        commit: &Commit,
        path: &str,
    ) -> Result<Option<Record>, StoreError> {
        let Some(bytes) = self.bucket.read(path).await? else {
            return Ok(None);
        };
        let record: Record = self.parse_json(path, &bytes)?;
        record
            .check()
            .map_err(|error| StoreError::damaged(self.address(path), error))?;
        let own = layout::record(&record.commit, &record.kind, &record.profile, &record.file);
        if own != path || record.commit != *commit {
            return Err(StoreError::damaged(
                self.address(path),
                format!("it describes {own}"),
            ));
        }
        Ok(Some(record))
    }

    pub(crate) fn parse_json<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        bytes: &[u8],
    ) -> Result<T, StoreError> {
        serde_json::from_slice(bytes)
            .map_err(|error| StoreError::damaged(self.address(path), error))
    }

    pub(crate) fn to_json(
        &self,
        path: &str,
        value: &impl serde::Serialize,
    ) -> Result<Bytes, StoreError> {
        let mut bytes = serde_json::to_vec_pretty(value)
            .map_err(|error| StoreError::damaged(self.address(path), error))?;
        bytes.push(b'\n');
        Ok(bytes.into())
    }
}

fn open_folder(path: PathBuf, shown: &str, dry_run: bool) -> Result<Bucket, StoreError> {
    if dry_run && !path.exists() {
        // What is not there is empty, and a dry run must not make it.
        return Ok(Bucket::new(connect::memory()?, None, shown, dry_run));
    }
    let failed = |error: std::io::Error| StoreError::from_folder("open", shown.to_owned(), &error);
    std::fs::create_dir_all(&path).map_err(failed)?;
    let root = absolute(&path).map_err(failed)?;
    let text = root.to_str().ok_or_else(|| StoreError::Address {
        address: shown.to_owned(),
        reason: "the path is not UTF-8".to_owned(),
    })?;
    let operator = connect::folder(text)?;
    Ok(Bucket::new(
        operator,
        Some(Folder::new(root.clone())),
        shown,
        dry_run,
    ))
}

/// The folder as it is now, so that a later change of the working directory moves no upload.
fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    path.canonicalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::name::Channel;
    use crate::channel::promote::PromotionOptions;
    use crate::package::NewPackage;

    /// Content type and cache header of an object; memory keeps them as a cloud does.
    async fn headers(store: &Store, path: &str) -> (String, String) {
        let found = store.bucket.operator().stat(path).await.unwrap();
        assert_eq!(found.content_encoding(), None, "{path}");
        let text = |value: Option<&str>| value.unwrap_or("none").to_owned();
        (text(found.content_type()), text(found.cache_control()))
    }

    #[tokio::test]
    async fn what_never_changes_is_cached_for_a_year_and_the_rest_not_at_all() {
        let local = tempfile::tempdir().unwrap();
        let path = local.path().join("wheel");
        std::fs::write(&path, b"bytes").unwrap();
        let store = Store::open("memory://").unwrap();
        let commit: Commit = "6e4ddaf0123456789abcdef0123456789abcdef0".parse().unwrap();
        let file = "hello_sdk-0.1.0-py3-none-any.whl";
        let package = NewPackage {
            kind: "wheel".to_owned(),
            project: "hello-sdk".to_owned(),
            version: "0.1.0".to_owned(),
            platform: "any".to_owned(),
            file_name: file.to_owned(),
            metadata: Some(b"Metadata-Version: 2.1\n".to_vec()),
            path,
            ..NewPackage::default()
        };
        let put = store.put(&commit, &package).await.unwrap();
        store.write_index(&commit).await.unwrap();
        let records = [put.record().clone()];
        let frozen = store.freeze("0.1.0", &commit, &records).await.unwrap();
        let options = PromotionOptions::default();
        let moved = store.promote(Channel::Latest, frozen.manifest(), &options);
        moved.await.unwrap();

        let year = "public, max-age=31536000, immutable";
        let simple = |name: &str| format!("{}{name}", layout::simple(&commit));
        for (path, content_type, cache) in [
            (
                layout::package(&commit, "release", file),
                "application/zip",
                year,
            ),
            (
                layout::metadata(&commit, "release", file),
                "text/plain; charset=utf-8",
                year,
            ),
            (
                layout::short_package(&commit, "release", file),
                "application/zip",
                year,
            ),
            (
                layout::claim(commit.short()),
                "text/plain; charset=utf-8",
                year,
            ),
            (
                layout::record(&commit, "wheel", "release", file),
                "application/json",
                year,
            ),
            (
                layout::manifest(&"0.1.0".parse().unwrap()),
                "application/json",
                year,
            ),
            (
                layout::channel_entry(&Channel::Latest, 1),
                "application/json",
                year,
            ),
            (
                layout::channel_current(&Channel::Latest),
                "application/json",
                "no-cache",
            ),
            (simple("index.html"), "text/html; charset=utf-8", "no-cache"),
            (
                simple("hello-sdk/index.json"),
                "application/vnd.pypi.simple.v1+json",
                "no-cache",
            ),
        ] {
            let found = headers(&store, &path).await;
            assert_eq!(
                (found.0.as_str(), found.1.as_str()),
                (content_type, cache),
                "{path}"
            );
        }
    }
}
