//! Uploads a package so that any number of runs, racing or repeated, end with the same bytes or with an error.

mod folder;

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::bucket::Wrote;
use crate::claim::ShortAddress;
use crate::commit::Commit;
use crate::content::{Headers, JSON};
use crate::digest::{Content, Digest};
use crate::error::StoreError;
use crate::layout;
use crate::options::Progress;
use crate::package::{NewPackage, Offer, What};
use crate::record::Record;
use crate::store::Store;

/// How an upload ended; a dry run answers how it would end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// The package is there now. The record is ours.
    Created(Record),
    /// The same bytes were there completely already. The record is that of the first upload.
    Unchanged(Record),
}

impl Put {
    pub fn record(&self) -> &Record {
        match self {
            Self::Created(record) | Self::Unchanged(record) => record,
        }
    }
}

impl Store {
    /// Uploads a package: the file, a wheel's METADATA, the public short address, and last of all the record.
    ///
    /// Each object is created only if it is not there; one that is there must hold the same bytes, so what an interrupted
    /// run left is completed. A package with a record costs three small requests and sends nothing.
    ///
    /// [`StoreError::AmbiguousShort`] comes after the upload by the full id is complete and carries its outcome.
    pub async fn put(&self, commit: &Commit, package: &NewPackage) -> Result<Put, StoreError> {
        self.put_offer(&package.offer(commit).await?).await
    }

    /// [`Store::put`] for a package that was read already, as for a rehearsal.
    pub async fn put_offer(&self, offer: &Offer) -> Result<Put, StoreError> {
        let commit = &offer.record.commit;
        let (put, short) = match (self.complete(offer).await?, &offer.what) {
            (Some(existing), What::File(_)) => {
                (Put::Unchanged(existing), self.short_address(commit).await?)
            }
            // The record of a folder is worth as much as a look at each of its files.
            (Some(existing), What::Folder(_)) => (Put::Unchanged(existing), ShortAddress::Ours),
            (None, What::File(content)) => self.upload(offer, content).await?,
            (None, What::Folder(listing)) => self.upload_folder(offer, listing).await?,
        };
        match short {
            ShortAddress::HeldBy(holder) => Err(StoreError::AmbiguousShort {
                short: commit.short().to_owned(),
                holder,
                commit: commit.clone(),
                put: Box::new(put),
            }),
            ShortAddress::Ours | ShortAddress::Free => Ok(put),
        }
    }

    /// The record of the same package if it is complete: recorded, and its file still there.
    async fn complete(&self, offer: &Offer) -> Result<Option<Record>, StoreError> {
        let offered = &offer.record;
        let Some(existing) = self.recorded(offer).await? else {
            return Ok(None);
        };
        if existing.files.is_some() {
            return Ok(Some(existing));
        }
        let path = layout::package(&offered.commit, &offered.profile, &offered.file);
        let complete = self.bucket.size(&path).await? == Some(existing.size);
        Ok(complete.then_some(existing))
    }

    /// The record at the offered one's place, which must describe the same bytes the same way.
    async fn recorded(&self, offer: &Offer) -> Result<Option<Record>, StoreError> {
        let offered = &offer.record;
        let commit = &offered.commit;
        let path = layout::record(commit, &offered.kind, &offered.profile, &offered.file);
        let Some(existing) = self.read_record(commit, &path).await? else {
            return Ok(None);
        };
        let file = layout::package(commit, &offered.profile, &offered.file);
        if existing.sha256 != offered.sha256 {
            if let What::Folder(listing) = &offer.what
                && let Some(there) = self.bucket.read(&folder::listing_path(offered)).await?
            {
                return Err(self.other_folder(offered, &there, listing, true));
            }
            return Err(StoreError::Conflict {
                address: self.address(&file),
                existing: existing.sha256,
                offered: offered.sha256,
                recorded: true,
            });
        }
        let differences = existing.differences(offered);
        if !differences.is_empty() {
            return Err(StoreError::OtherDescription {
                address: self.address(&file),
                differences,
            });
        }
        Ok(Some(existing))
    }

    async fn upload(
        &self,
        offer: &Offer,
        content: &Content,
    ) -> Result<(Put, ShortAddress), StoreError> {
        let offered = &offer.record;
        let commit = &offered.commit;
        // The file decides who wins a race; nothing else is written for a loser.
        let path = layout::package(commit, &offered.profile, &offered.file);
        self.put_file(&path, offer, content).await?;
        if let Some(metadata) = offer.metadata.clone() {
            let path = layout::metadata(commit, &offered.profile, &offered.file);
            self.put_metadata(&path, metadata).await?;
        }
        let short = self.claim_short_address(commit).await?;
        if short == ShortAddress::Ours {
            let to = layout::short_package(commit, &offered.profile, &offered.file);
            let headers = Headers::immutable(&offered.file, Some(&offered.content_type));
            // Only this commit writes below its short address, and its file has one content for ever.
            if !self.bucket.dry_run() {
                self.bucket.create_copy(&path, &to, &headers).await?;
            }
        }
        Ok((self.put_record(offer).await?, short))
    }

    async fn put_file(
        &self,
        path: &str,
        offer: &Offer,
        content: &Content,
    ) -> Result<(), StoreError> {
        let offered = &offer.record;
        let sent = AtomicU64::new(0);
        let tell = |bytes| {
            let bytes = sent.fetch_add(bytes, Ordering::Relaxed) + bytes;
            self.tell(&Progress {
                package: offered.file.clone(),
                files: u64::from(bytes == offered.size),
                of_files: 1,
                bytes,
                of_bytes: offered.size,
            });
        };
        let headers = Headers::immutable(&offered.file, Some(&offered.content_type));
        // Looking first saves sending a large file only to hear that it is there.
        let wrote = match self.bucket.size(path).await? {
            Some(_) => Wrote::Exists,
            None => {
                self.bucket
                    .create_from_file(path, &offer.path, content, &headers, &tell)
                    .await?
            }
        };
        match wrote {
            Wrote::Exists => self.same_bytes(path, offered).await,
            Wrote::Created => Ok(()),
        }
    }

    /// Reads what is there and compares; a digest that the backend merely reports would be the uploader's own claim.
    async fn same_bytes(&self, path: &str, offered: &Record) -> Result<(), StoreError> {
        let existing = self.bucket.digest(path).await?;
        match existing {
            Some((existing, _)) if existing == offered.sha256 => Ok(()),
            Some((existing, _)) => Err(StoreError::Conflict {
                address: self.address(path),
                existing,
                offered: offered.sha256,
                recorded: self.is_recorded(offered, existing).await?,
            }),
            None => Err(StoreError::NotFound {
                verb: "read",
                address: self.address(path),
            }),
        }
    }

    /// Whether any record of the commit, of whatever kind, names this file with this digest.
    async fn is_recorded(&self, offered: &Record, existing: Digest) -> Result<bool, StoreError> {
        let records = self.records(&offered.commit).await?;
        Ok(records.iter().any(|record| {
            record.file == offered.file
                && record.profile == offered.profile
                && record.sha256 == existing
        }))
    }

    async fn put_metadata(&self, path: &str, metadata: Bytes) -> Result<(), StoreError> {
        let offered = Digest::of(&metadata);
        let headers = Headers::immutable(path, None);
        if self.bucket.create(path, metadata, &headers).await? == Wrote::Created {
            return Ok(());
        }
        match self.bucket.digest(path).await? {
            Some((existing, _)) if existing != offered => Err(StoreError::Conflict {
                address: self.address(path),
                existing,
                offered,
                recorded: false,
            }),
            _ => Ok(()),
        }
    }

    async fn put_record(&self, offer: &Offer) -> Result<Put, StoreError> {
        let offered = &offer.record;
        let path = layout::record(
            &offered.commit,
            &offered.kind,
            &offered.profile,
            &offered.file,
        );
        let bytes = self.to_json(&path, offered)?;
        let headers = Headers {
            content_type: JSON.to_owned(),
            ..Headers::immutable(&path, None)
        };
        match self.bucket.create(&path, bytes.clone(), &headers).await? {
            Wrote::Created => Ok(Put::Created(offered.clone())),
            Wrote::Exists => match self.recorded(offer).await? {
                Some(existing) => Ok(Put::Unchanged(existing)),
                None => Err(StoreError::NotFound {
                    verb: "read",
                    address: self.address(&path),
                }),
            },
        }
    }
}
