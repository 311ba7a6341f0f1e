//! A package on this machine's disk, with what its uploader knows of it.

use std::path::PathBuf;

use bytes::Bytes;

use crate::bucket::local;
use crate::commit::Commit;
use crate::content::content_type;
use crate::digest::{self, Digest};
use crate::error::StoreError;
use crate::layout;
use crate::record::Record;
use crate::time::Time;

/// A package to upload.
#[derive(Debug, Clone, Default)]
pub struct NewPackage {
    /// `wheel`, `sdist`, `crate`, `bundle`, `docs`, `data`, …; letters, digits and `-`.
    pub kind: String,
    pub project: String,
    pub version: String,
    pub platform: String,
    /// Build profile, part of the package's identity; empty means `release`.
    pub profile: String,
    /// The name it gets in the bucket.
    pub file_name: String,
    /// Where it is now.
    pub path: PathBuf,
    /// Told by the file name if not given.
    pub content_type: Option<String>,
    pub toolchain: Option<String>,
    pub run_url: Option<String>,
    /// The exact bytes of a wheel's METADATA, so that pip can resolve without downloading the wheel.
    pub metadata: Option<Vec<u8>>,
    pub requires_python: Option<String>,
    /// The clock's time if not given. It never makes two uploads differ.
    pub uploaded: Option<Time>,
}

impl NewPackage {
    /// Reads the file once and writes down what will be known of it.
    pub(crate) async fn describe(&self, commit: &Commit) -> Result<Record, StoreError> {
        let (sha256, size) = digest::of_file(&self.path)
            .await
            .map_err(|error| local("read", &self.path, error))?;
        if size == 0 {
            return Err(StoreError::EmptyFile {
                path: self.path.clone(),
            });
        }
        let record = Record {
            kind: self.kind.clone(),
            project: self.project.clone(),
            version: self.version.clone(),
            platform: self.platform.clone(),
            profile: if self.profile.is_empty() {
                layout::RELEASE.to_owned()
            } else {
                self.profile.clone()
            },
            file: self.file_name.clone(),
            files: None,
            size,
            sha256,
            content_type: self
                .content_type
                .clone()
                .unwrap_or_else(|| content_type(&self.file_name).to_owned()),
            commit: commit.clone(),
            run_url: self.run_url.clone(),
            toolchain: self.toolchain.clone(),
            requires_python: self.requires_python.clone(),
            metadata_sha256: self.metadata.as_deref().map(Digest::of),
            uploaded: self.uploaded.unwrap_or_else(Time::now),
        };
        record.check()?;
        Ok(record)
    }

    pub(crate) fn metadata_bytes(&self) -> Option<Bytes> {
        self.metadata.clone().map(Bytes::from)
    }
}
