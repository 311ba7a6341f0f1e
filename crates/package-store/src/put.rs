//! Uploads a package so that any number of runs, racing or repeated, end with the same bytes or with an error.

mod folder;
mod unfinished;

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::bucket::Wrote;
use crate::bucket::write::Over;
use crate::claim::ShortAddress;
use crate::commit::Commit;
use crate::content::{Headers, JSON};
use crate::digest::{Content, Digest};
use crate::error::StoreError;
use crate::layout;
use crate::options::Progress;
use crate::package::{NewPackage, Offer, What};
use crate::record::Record;
use crate::reservation::Reserved;
use crate::store::Store;
use unfinished::Block;

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

/// How often an upload starts over, after it has replaced what was in its way.
const TRIES: u32 = 3;

/// One try of an upload.
enum Attempt {
    Done(Box<Put>, ShortAddress),
    /// What an upload has left that never finished is in the way.
    Blocked(Box<Block>),
}

fn file_path(record: &Record) -> String {
    layout::package(&record.commit, &record.profile, &record.file)
}

impl Store {
    /// Uploads a package: its name is reserved, then come the file, a wheel's METADATA, the public short address, and last of
    /// all the record.
    ///
    /// Each object is created only if it is not there; one that is there must hold the same bytes, so what an interrupted
    /// run left is completed. A package with a record costs a few small requests and sends nothing, unless its file is gone:
    /// that is sent again.
    ///
    /// [`StoreError::AmbiguousShort`] comes after the upload by the full id is complete and carries its outcome.
    pub async fn put(&self, commit: &Commit, package: &NewPackage) -> Result<Put, StoreError> {
        self.put_offer(&package.offer(commit).await?).await
    }

    /// [`Store::put`] for a package that was read already, as for a rehearsal.
    pub async fn put_offer(&self, offer: &Offer) -> Result<Put, StoreError> {
        let commit = &offer.record.commit;
        let (put, short) = match self.complete(offer).await? {
            Some(existing) if existing.files.is_some() => {
                (Put::Unchanged(existing), ShortAddress::Ours)
            }
            Some(existing) => (Put::Unchanged(existing), self.short_address(commit).await?),
            None => self.upload(offer).await?,
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

    /// The record of the same package if it is complete: recorded, and its files still there.
    async fn complete(&self, offer: &Offer) -> Result<Option<Record>, StoreError> {
        let Some(existing) = self.recorded(offer).await? else {
            return Ok(None);
        };
        let loss = self.loss(&existing).await?;
        if let Some(loss) = &loss {
            self.warn(format!(
                "the bucket has lost the {} ({loss}): it is sent again",
                existing.named()
            ));
        }
        Ok(loss.is_none().then_some(existing))
    }

    /// Uploads what is missing, after it has replaced what an upload left that was stopped long ago.
    async fn upload(&self, offer: &Offer) -> Result<(Put, ShortAddress), StoreError> {
        let commit = &offer.record.commit;
        for _ in 0..TRIES {
            match self.while_in_use(commit, self.attempt(offer)).await? {
                Attempt::Done(put, short) => return Ok((*put, short)),
                Attempt::Blocked(block) if !self.may_replace(&block) => return Err(block.error),
                Attempt::Blocked(_) if self.is_dry_run() => {
                    let short = self.short_address(commit).await?;
                    return Ok((Put::Created(offer.record.clone()), short));
                }
                Attempt::Blocked(block) => self.clear(offer, *block).await?,
            }
        }
        Err(StoreError::Contended {
            verb: "upload",
            address: self.address(&file_path(&offer.record)),
            tries: TRIES,
        })
    }

    async fn attempt(&self, offer: &Offer) -> Result<Attempt, StoreError> {
        // Looked at again now that nobody deletes it.
        let recorded = self.recorded(offer).await?.is_some();
        if recorded && self.is_dry_run() {
            let short = self.short_address(&offer.record.commit).await?;
            let put = Box::new(Put::Created(offer.record.clone()));
            return Ok(Attempt::Done(put, short));
        }
        if !recorded && let Reserved::Unfinished(there) = self.reserve(&offer.record).await? {
            return Ok(Attempt::Blocked(Box::new(self.taken(offer, there).await?)));
        }
        match &offer.what {
            What::File(content) => self.send_file(offer, content, recorded).await,
            What::Folder(listing) => self.send_folder(offer, listing, recorded).await,
        }
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
            return Err(self.conflict(offer, existing.sha256, None).await?);
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

    async fn send_file(
        &self,
        offer: &Offer,
        content: &Content,
        recorded: bool,
    ) -> Result<Attempt, StoreError> {
        let offered = &offer.record;
        let commit = &offered.commit;
        // The file decides who wins a race; nothing else is written for a loser.
        let path = file_path(offered);
        if let Some(block) = self.put_file(&path, offer, content, recorded).await? {
            return Ok(Attempt::Blocked(Box::new(block)));
        }
        if let Some(metadata) = offer.metadata.clone() {
            let path = layout::metadata(commit, &offered.profile, &offered.file);
            self.put_metadata(&path, metadata, recorded).await?;
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
        Ok(Attempt::Done(
            Box::new(self.put_record(offer).await?),
            short,
        ))
    }

    /// Answers what is in the way, if that was left by an upload which never finished.
    async fn put_file(
        &self,
        path: &str,
        offer: &Offer,
        content: &Content,
        recorded: bool,
    ) -> Result<Option<Block>, StoreError> {
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
        let send = |over| {
            self.bucket
                .send_file(path, &offer.path, content, &headers, over, &tell)
        };
        // Looking first saves sending a large file only to hear that it is there.
        if self.bucket.size(path).await?.is_none() && send(Over::Nothing).await? == Wrote::Created {
            return Ok(None);
        }
        // Read and compared; a digest that the backend merely reports would be the uploader's own claim.
        match self.bucket.digest(path).await? {
            Some((existing, _)) if existing == offered.sha256 => Ok(None),
            // The record says what belongs here.
            _ if recorded => send(Over::Anything).await.map(|_| None),
            Some((existing, _)) if self.is_recorded(offered, existing).await? => {
                Err(self.conflict(offer, existing, None).await?)
            }
            Some((existing, _)) => self.stray(offer, path, existing).await.map(Some),
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

    async fn put_metadata(
        &self,
        path: &str,
        metadata: Bytes,
        recorded: bool,
    ) -> Result<(), StoreError> {
        let offered = Digest::of(&metadata);
        let headers = Headers::immutable(path, None);
        if self.bucket.create(path, metadata.clone(), &headers).await? == Wrote::Created {
            return Ok(());
        }
        match self.bucket.digest(path).await? {
            Some((existing, _)) if existing != offered && recorded => {
                self.bucket.replace(path, metadata, &headers).await
            }
            Some((existing, _)) if existing != offered => Err(StoreError::Conflict {
                address: self.address(path),
                existing,
                offered,
                unfinished: Some(Box::new(self.age_of(path).await?)),
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
