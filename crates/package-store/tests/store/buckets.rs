//! The buckets that the tests run on, and the packages they put there.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use package_store::{Commit, NewPackage, Record, Store};
use tempfile::TempDir;

pub(crate) const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
/// Starts with the same seven digits as [`COMMIT`].
pub(crate) const TWIN: &str = "6e4ddaf999999999999999999999999999999999";
pub(crate) const OTHER: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";

pub(crate) fn commit(id: &str) -> Commit {
    id.parse().unwrap()
}

/// A new empty bucket and a folder for packages.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) store: Store,
    pub(crate) local: TempDir,
    url: Option<String>,
}

impl Case {
    /// The same bucket as another process would see it.
    pub(crate) fn again(&self) -> Store {
        match &self.url {
            Some(url) => Store::open(url).unwrap(),
            None => self.store.clone(),
        }
    }

    /// Whether a server has it.
    pub(crate) fn is_remote(&self) -> bool {
        self.url.as_ref().is_some_and(|url| url.contains("://"))
    }

    /// Writes a file outside of the bucket.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.local.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A wheel of the given bytes, which nobody opens.
    pub(crate) fn wheel(&self, file_name: &str, bytes: &[u8]) -> NewPackage {
        let path = self.file(&format!("{}-{file_name}", bytes.len()), bytes);
        NewPackage {
            kind: "wheel".to_owned(),
            project: "hello-sdk".to_owned(),
            version: "0.1.0".to_owned(),
            platform: "any".to_owned(),
            file_name: file_name.to_owned(),
            path,
            ..NewPackage::default()
        }
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.local.path().join("out")
    }

    /// Downloads what a record names and answers its bytes; fails if the record lies.
    pub(crate) async fn bytes_of(&self, record: &Record) -> Vec<u8> {
        let path = self.store.fetch(record, &self.out()).await.unwrap();
        std::fs::read(path).unwrap()
    }
}

pub(crate) fn memory() -> Case {
    Case {
        name: "memory",
        store: Store::open("memory://").unwrap(),
        local: tempfile::tempdir().unwrap(),
        url: None,
    }
}

pub(crate) fn folder() -> Case {
    let local = tempfile::tempdir().unwrap();
    let url = local.path().join("bucket").to_str().unwrap().to_owned();
    Case {
        name: "folder",
        store: Store::open(&url).unwrap(),
        local,
        url: Some(url),
    }
}

/// Root of the bucket of [`folder`].
pub(crate) fn root(case: &Case) -> &Path {
    Path::new(case.url.as_ref().unwrap())
}

/// One new bucket of every kind.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = vec![memory(), folder()];
    let addresses = std::env::var("PACKAGE_STORE_TEST_BUCKET").unwrap_or_default();
    cases.extend(addresses.split_whitespace().map(remote));
    cases
}

/// A new prefix of a bucket that others use as well.
fn remote(address: &str) -> Case {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Each test may be a process of its own.
    let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let (base, query) = address.split_once('?').unwrap_or((address, ""));
    let url = format!("{}/{process}-{number}?{query}", base.trim_end_matches('/'));
    let name = match address.split_once("://") {
        Some(("gs", _)) => "Google's bucket",
        Some(("s3", _)) => "S3's bucket",
        Some(("az", _)) => "Azure's bucket",
        _ => "another bucket",
    };
    Case {
        name,
        store: Store::open(&url).unwrap(),
        local: tempfile::tempdir().unwrap(),
        url: Some(url),
    }
}
