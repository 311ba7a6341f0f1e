//! A package on this machine's disk, with what its uploader knows of it.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::bucket::local;
use crate::commit::Commit;
use crate::content::{HTML, content_type};
use crate::digest::{self, Content, Digest};
use crate::error::StoreError;
use crate::layout;
use crate::listing::Listing;
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
    /// Where it is now: a file, or a folder that becomes one package.
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

/// A package that was read once: what will be known of it, and enough to send the very bytes that were read.
#[derive(Debug, Clone)]
pub struct Offer {
    pub(crate) record: Record,
    pub(crate) what: What,
    pub(crate) path: PathBuf,
    pub(crate) metadata: Option<Bytes>,
}

/// What was read.
#[derive(Debug, Clone)]
pub(crate) enum What {
    File(Content),
    Folder(Listing),
}

impl Offer {
    /// What will be known of the package.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Where it is on this machine.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl NewPackage {
    /// Reads the file, or each file of the folder, once.
    pub async fn offer(&self, commit: &Commit) -> Result<Offer, StoreError> {
        let (what, sha256, size, files) = if self.path.is_dir() {
            let listing = Listing::of(&self.path).await?;
            let sha256 = Digest::of(listing.text().as_bytes());
            let (size, files) = (listing.size(), listing.files().len() as u64);
            (What::Folder(listing), sha256, size, Some(files))
        } else {
            let content = digest::of_file(&self.path)
                .await
                .map_err(|error| local("read", &self.path, error))?;
            (What::File(content), content.sha256, content.size, None)
        };
        if size == 0 {
            return Err(StoreError::EmptyFile {
                path: self.path.clone(),
            });
        }
        Ok(Offer {
            record: self.record(commit, sha256, size, files)?,
            what,
            path: self.path.clone(),
            metadata: self.metadata.clone().map(Bytes::from),
        })
    }

    fn record(
        &self,
        commit: &Commit,
        sha256: Digest,
        size: u64,
        files: Option<u64>,
    ) -> Result<Record, StoreError> {
        let type_of = |name: &str| match files {
            // A folder is shown by its index.
            Some(_) => HTML.to_owned(),
            None => content_type(name).to_owned(),
        };
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
            files,
            size,
            sha256,
            content_type: self
                .content_type
                .clone()
                .unwrap_or_else(|| type_of(&self.file_name)),
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
}
