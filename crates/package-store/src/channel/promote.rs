//! Moves channels: forward to a newer version, or back to what was there before.

use std::cmp::Ordering;

use super::entry::Entry;
use super::name::Channel;
use crate::bucket::Wrote;
use crate::content::{Headers, JSON};
use crate::error::StoreError;
use crate::layout;
use crate::manifest::Manifest;
use crate::store::Store;
use crate::time::Time;
use crate::version::Version;

/// How often a lost race for the next number is run again.
const TRIES: u32 = 10;

/// Who moves a channel, and how.
#[derive(Debug, Clone, Default)]
pub struct PromotionOptions {
    /// Move to an older version too.
    pub force: bool,
    /// When the manifest's commit was made; without it, two builds of one version and day are in no order.
    pub committed: Option<Time>,
    pub who: Option<String>,
    /// The clock's time if not given.
    pub when: Option<Time>,
    pub run_url: Option<String>,
}

/// How a promotion ended; a dry run answers how it would end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promotion {
    /// The channel moved.
    Moved {
        entry: Entry,
        from: Option<Box<Entry>>,
    },
    /// The channel stood there already.
    Already { entry: Entry },
    /// The channel stands at a newer version, and stays there.
    Refused { current: Entry },
}

impl Store {
    /// Moves a channel to a manifest, unless it stands at a newer version, or at a newer commit of the same. Two promotions at
    /// the same time end as if one came after the other. What the manifest names must be there.
    pub async fn promote(
        &self,
        channel: Channel,
        manifest: &Manifest,
        options: &PromotionOptions,
    ) -> Result<Promotion, StoreError> {
        let work = self.promote_used(channel, manifest, options);
        self.while_in_use(manifest.commit(), work).await
    }

    async fn promote_used(
        &self,
        channel: Channel,
        manifest: &Manifest,
        options: &PromotionOptions,
    ) -> Result<Promotion, StoreError> {
        // In a dry run it may not have been written.
        if !self.is_dry_run() && self.manifest(manifest.version()).await? != *manifest {
            return Err(StoreError::damaged(
                self.address(layout::manifests()),
                format!("the list of version {} has changed", manifest.version()),
            ));
        }
        self.must_have(manifest.packages()).await?;
        for _ in 0..TRIES {
            let numbers = self.numbers(channel).await?;
            let current = self.last_good(channel, &numbers).await?;
            if let Some(current) = &current {
                if current.manifest == manifest.digest() {
                    // An earlier run may have ended between the log and the copy.
                    self.copy_current(channel).await?;
                    return Ok(Promotion::Already {
                        entry: current.clone(),
                    });
                }
                if !options.force && !may_follow(manifest, options.committed, current) {
                    return Ok(Promotion::Refused {
                        current: current.clone(),
                    });
                }
            }
            let entry = Entry {
                number: self.next(channel, &numbers)?,
                channel,
                version: manifest.version().to_owned(),
                commit: manifest.commit().clone(),
                committed: options.committed,
                manifest: manifest.digest(),
                who: options.who.clone(),
                when: options.when.unwrap_or_else(Time::now),
                run_url: options.run_url.clone(),
                rollback_of: None,
                restores: None,
            };
            if self.append(&entry).await? {
                return Ok(Promotion::Moved {
                    entry,
                    from: current.map(Box::new),
                });
            }
        }
        Err(self.contended(channel))
    }

    /// Takes the last move back: a new entry for what was in effect before. Done again, it goes one further back.
    pub async fn rollback(
        &self,
        channel: Channel,
        options: &PromotionOptions,
    ) -> Result<Promotion, StoreError> {
        for _ in 0..TRIES {
            let numbers = self.numbers(channel).await?;
            let Some(current) = self.last_good(channel, &numbers).await? else {
                return Err(StoreError::EmptyChannel { channel });
            };
            let mut earlier = numbers.clone();
            earlier.retain(|number| *number < current.origin());
            let Some(before) = self.last_good(channel, &earlier).await? else {
                return Err(StoreError::NothingBefore {
                    channel,
                    current: current.version,
                });
            };
            let commit = before.commit.clone();
            let restored = self.manifest_of(&before).await?;
            let entry = Entry {
                number: self.next(channel, &numbers)?,
                restores: Some(before.origin()),
                rollback_of: Some(current.number),
                who: options.who.clone(),
                when: options.when.unwrap_or_else(Time::now),
                run_url: options.run_url.clone(),
                ..before
            };
            let append = async {
                self.must_have(restored.packages()).await?;
                self.append(&entry).await
            };
            if self.while_in_use(&commit, append).await? {
                return Ok(Promotion::Moved {
                    entry,
                    from: Some(Box::new(current)),
                });
            }
        }
        Err(self.contended(channel))
    }

    /// The number of the next move: behind all that are there, also those that are passed over.
    fn next(&self, channel: Channel, numbers: &[u64]) -> Result<u64, StoreError> {
        let last = numbers.last().copied().unwrap_or(0);
        last.checked_add(1).ok_or_else(|| {
            let path = layout::channel_entry(&channel, last);
            StoreError::damaged(self.address(&path), "no number follows it")
        })
    }

    fn contended(&self, channel: Channel) -> StoreError {
        StoreError::Contended {
            verb: "move",
            address: self.address(&layout::channel_log(&channel)),
            tries: TRIES,
        }
    }

    /// Appends to the log and copies what is current then; `false` if somebody else took the number.
    async fn append(&self, entry: &Entry) -> Result<bool, StoreError> {
        let path = layout::channel_entry(&entry.channel, entry.number);
        let bytes = self.to_json(&path, entry)?;
        let headers = Headers::immutable(&path, None);
        let mine = match self.bucket.create(&path, bytes, &headers).await? {
            Wrote::Created => true,
            // A retried request may have met its own entry.
            Wrote::Exists => {
                self.readable(entry.channel, entry.number).await?.as_ref() == Some(entry)
            }
        };
        if mine {
            self.copy_current(entry.channel).await?;
        }
        Ok(mine)
    }

    /// Writes `current.json`, and again while the log grows: whoever writes last has seen the whole log.
    async fn copy_current(&self, channel: Channel) -> Result<(), StoreError> {
        if self.bucket.dry_run() {
            return Ok(());
        }
        let path = layout::channel_current(&channel);
        let headers = Headers::mutable(JSON);
        let mut written = 0;
        for _ in 0..TRIES {
            let Some(current) = self.current(channel).await? else {
                return Ok(());
            };
            if current.number == written {
                return Ok(());
            }
            written = current.number;
            let bytes = self.to_json(&path, &current)?;
            if self.bucket.read(&path).await?.as_ref() != Some(&bytes) {
                self.bucket.replace(&path, bytes, &headers).await?;
            }
        }
        Err(StoreError::Contended {
            verb: "write",
            address: self.address(&path),
            tries: TRIES,
        })
    }
}

/// Whether a channel may go from where it stands to a manifest without being forced: by version, and where versions are
/// equal by the commits' times. Versions that cannot be compared may not.
fn may_follow(next: &Manifest, committed: Option<Time>, current: &Entry) -> bool {
    let (Ok(version), Ok(there)) = (
        next.version().parse::<Version>(),
        current.version.parse::<Version>(),
    ) else {
        return false;
    };
    match version.precedence(&there) {
        Some(Ordering::Equal) => match (committed, current.committed) {
            (Some(next), Some(there)) => next >= there,
            _ => true,
        },
        order => order == Some(Ordering::Greater),
    }
}
