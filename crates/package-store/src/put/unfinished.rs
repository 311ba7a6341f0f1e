//! What an upload left that never finished, where it is in the way of another one: who may replace it, and how.

use std::time::Duration;

use super::folder::listing_path;
use super::{Store, file_path};
use crate::active::{Journal, JournalCommit};
use crate::digest::Digest;
use crate::error::{StoreError, Unfinished};
use crate::package::{Offer, What};
use crate::record::Record;
use crate::reservation::{Reservation, UNFINISHED_HOURS};

const UNFINISHED: Duration = Duration::from_secs(UNFINISHED_HOURS * 60 * 60);
/// Pauses in which other uploads of the commit may end, in seconds.
const PAUSES: [u64; 5] = [1, 2, 4, 8, 15];

/// What is in the way.
pub(super) struct Block {
    /// What the caller hears if it stays.
    pub(super) error: StoreError,
    unfinished: Unfinished,
    /// The package that it is a part of, described like ours as far as nobody knows better.
    record: Record,
}

impl Store {
    /// The block of a name that an unfinished upload of other bytes has.
    pub(super) async fn taken(
        &self,
        offer: &Offer,
        there: Reservation,
    ) -> Result<Block, StoreError> {
        let offered = &offer.record;
        let unfinished = there.unfinished(self.now());
        let same = there.kind() == offered.kind && there.file() == offered.file;
        let error = if same && offered.files.is_some() {
            let conflict = self.conflict(offer, there.digest(), Some(unfinished.clone()));
            conflict.await?
        } else {
            self.taken_by_unfinished(&there, offered)
        };
        Ok(Block {
            error,
            unfinished,
            record: there.record_like(offered),
        })
    }

    /// The block of an object that is no part of any package.
    pub(super) async fn stray(
        &self,
        offer: &Offer,
        path: &str,
        existing: Digest,
    ) -> Result<Block, StoreError> {
        let unfinished = self.age_of(path).await?;
        let is_listing = path == listing_path(&offer.record);
        let error = if is_listing || path == file_path(&offer.record) {
            let conflict = self.conflict(offer, existing, Some(unfinished.clone()));
            conflict.await?
        } else {
            StoreError::Conflict {
                address: self.address(path),
                existing,
                offered: offer.record.sha256,
                unfinished: Some(Box::new(unfinished.clone())),
            }
        };
        Ok(Block {
            error,
            unfinished,
            record: offer.record.clone(),
        })
    }

    /// The error for other bytes under our name; of a folder it names files that differ.
    pub(super) async fn conflict(
        &self,
        offer: &Offer,
        existing: Digest,
        unfinished: Option<Unfinished>,
    ) -> Result<StoreError, StoreError> {
        let offered = &offer.record;
        if let What::Folder(listing) = &offer.what
            && let Some(there) = self.bucket.read(&listing_path(offered)).await?
        {
            return Ok(self.other_folder(offered, &there, listing, unfinished));
        }
        Ok(StoreError::Conflict {
            address: self.address(&file_path(offered)),
            existing,
            offered: offered.sha256,
            unfinished: unfinished.map(Box::new),
        })
    }

    /// How old an object is; one whose bucket knows no times counts as new.
    pub(super) async fn age_of(&self, path: &str) -> Result<Unfinished, StoreError> {
        let now = self.now();
        let since = self.bucket.modified(path).await?.map(|(_, time)| time);
        let since = since.unwrap_or(now);
        Ok(Unfinished {
            ago: now.ago(since),
            seconds: now.seconds_since(since),
            run_url: None,
        })
    }

    pub(super) fn may_replace(&self, block: &Block) -> bool {
        self.replace_unfinished || block.unfinished.seconds >= UNFINISHED.as_secs()
    }

    /// Deletes what is in the way, as `prune` would: announced, and only while no upload of the commit is at work.
    pub(super) async fn clear(&self, offer: &Offer, block: Block) -> Result<(), StoreError> {
        let commit = &offer.record.commit;
        let deletion = self
            .announce_deletion(Journal {
                commits: vec![JournalCommit {
                    commit: commit.clone(),
                    day: None,
                    packages: Vec::new(),
                }],
            })
            .await?;
        let cleared = self.clear_announced(&block).await;
        self.end_deletion(deletion).await?;
        match cleared? {
            true => Ok(()),
            false => Err(block.error),
        }
    }

    /// `false` where another upload is at work or has finished the package.
    async fn clear_announced(&self, block: &Block) -> Result<bool, StoreError> {
        let record = &block.record;
        let mut pauses = PAUSES.iter();
        // Whoever replaces at once says that nobody is at work on it.
        while !self.replace_unfinished
            && self
                .uses(self.now().before(UNFINISHED))
                .await?
                .0
                .contains(&record.commit)
        {
            let Some(pause) = pauses.next() else {
                return Ok(false);
            };
            self.pause(*pause).await;
        }
        let path = crate::prune::record_path(record);
        if self.read_record(&record.commit, &path).await?.is_some() {
            return Ok(false);
        }
        // The reservation comes last.
        for path in self.files_of(record).await? {
            self.bucket.delete(&path).await?;
        }
        Ok(true)
    }
}
