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
    /// Moves a channel to a manifest, unless it stands at a newer version, or at a newer commit of the same. Two promotions at the same time end as if one
    /// came after the other.
    pub async fn promote(
        &self,
        channel: Channel,
        manifest: &Manifest,
        options: &PromotionOptions,
    ) -> Result<Promotion, StoreError> {
        for _ in 0..TRIES {
            let current = self.current(channel).await?;
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
                number: next(current.as_ref()),
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
            let Some(current) = self.current(channel).await? else {
                return Err(StoreError::EmptyChannel { channel });
            };
            let before = current.origin().saturating_sub(1);
            if before == 0 {
                return Err(StoreError::NothingBefore {
                    channel,
                    current: current.version,
                });
            }
            let before = self.entry(channel, before).await?;
            let entry = Entry {
                number: next(Some(&current)),
                restores: Some(before.origin()),
                rollback_of: Some(current.number),
                who: options.who.clone(),
                when: options.when.unwrap_or_else(Time::now),
                run_url: options.run_url.clone(),
                ..before
            };
            if self.append(&entry).await? {
                return Ok(Promotion::Moved {
                    entry,
                    from: Some(Box::new(current)),
                });
            }
        }
        Err(self.contended(channel))
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
            Wrote::Exists => self.entry(entry.channel, entry.number).await? == *entry,
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

fn next(current: Option<&Entry>) -> u64 {
    current.map_or(1, |entry| entry.number + 1)
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
