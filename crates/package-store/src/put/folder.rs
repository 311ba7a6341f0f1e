//! Uploads a folder as one package: its listing before its first file, a record after its last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};

use super::unfinished::Block;
use super::{Attempt, file_path};
use crate::bucket::Wrote;
use crate::bucket::many::{SMALL, read_small};
use crate::bucket::write::Over;
use crate::claim::ShortAddress;
use crate::content::{HTML, Headers, content_type};
use crate::digest::Digest;
use crate::error::{FolderConflict, StoreError, Unfinished};
use crate::layout;
use crate::listing::{self, Listed, Listing};
use crate::options::Progress;
use crate::package::Offer;
use crate::record::Record;
use crate::reservation::Reserved;
use crate::store::Store;

/// Small files in flight at the same time.
const PARALLEL: usize = 32;
/// Large files in flight at the same time: each holds a chunk in memory.
const PARALLEL_LARGE: usize = 2;
/// Batches of small files that are in memory before their turn.
const AHEAD: usize = 2;

impl Store {
    /// Uploads what is missing of a folder whose name is reserved.
    pub(super) async fn send_folder(
        &self,
        offer: &Offer,
        listing: &Listing,
        recorded: bool,
    ) -> Result<Attempt, StoreError> {
        let offered = &offer.record;
        let headers = Headers::immutable(&listing_path(offered), None);
        if let Some(block) = self.put_listing(offer, listing, &headers, recorded).await? {
            return Ok(Attempt::Blocked(Box::new(block)));
        }
        let there = self.sizes_in(&file_path(offered)).await?;
        let wrong = listing.files().iter().find(|file| {
            there
                .get(&file.path)
                .is_some_and(|size| *size != file.content.size)
        });
        if let Some(wrong) = wrong.filter(|_| !recorded) {
            let path = format!("{}/{}", file_path(offered), wrong.path);
            let existing = self.bucket.digest(&path).await?;
            let existing = existing.map_or(offered.sha256, |(existing, _)| existing);
            let block = self.stray(offer, &path, existing).await?;
            return Ok(Attempt::Blocked(Box::new(block)));
        }
        self.send_files(offered, listing, &there, recorded).await?;
        let commit = &offered.commit;
        let short = self.claim_short_address(commit).await?;
        if short == ShortAddress::Ours && listing.files().iter().any(|file| file.path == INDEX) {
            self.lead_to(offered).await?;
        }
        Ok(Attempt::Done(
            Box::new(self.put_record(offer).await?),
            short,
        ))
    }

    /// Writes down what the folder holds. Another listing at its place was left by an upload that never finished.
    async fn put_listing(
        &self,
        offer: &Offer,
        listing: &Listing,
        headers: &Headers,
        recorded: bool,
    ) -> Result<Option<Block>, StoreError> {
        let path = listing_path(&offer.record);
        let text = Bytes::from(listing.text());
        // Looking first costs less than a refused write, where an earlier run was interrupted.
        let there = match self.bucket.read(&path).await? {
            Some(there) => there,
            None => match self.bucket.create(&path, text.clone(), headers).await? {
                Wrote::Created => return Ok(None),
                Wrote::Exists => self.bucket.read(&path).await?.unwrap_or_default(),
            },
        };
        if there == text {
            return Ok(None);
        }
        if recorded {
            self.bucket.replace(&path, text, headers).await?;
            return Ok(None);
        }
        self.stray(offer, &path, Digest::of(&there)).await.map(Some)
    }

    /// The error for a folder whose name has other files, of which `there` is the listing.
    pub(super) fn other_folder(
        &self,
        offered: &Record,
        there: &Bytes,
        listing: &Listing,
        unfinished: Option<Unfinished>,
    ) -> StoreError {
        let text = String::from_utf8_lossy(there);
        let (entries, ours) = match (listing::parse(&text), listing::parse(&listing.text())) {
            (Ok(entries), Ok(ours)) => (entries, ours),
            (Err(reason), _) | (_, Err(reason)) => {
                return StoreError::damaged(self.address(&listing_path(offered)), reason);
            }
        };
        StoreError::FolderConflict(Box::new(FolderConflict {
            address: self.address(&file_path(offered)),
            existing: Digest::of(there),
            offered: offered.sha256,
            differences: listing::differences(&entries, &ours),
            unfinished,
        }))
    }

    async fn send_files(
        &self,
        offered: &Record,
        listing: &Listing,
        there: &BTreeMap<String, u64>,
        recorded: bool,
    ) -> Result<(), StoreError> {
        if self.bucket.dry_run() {
            return Ok(());
        }
        let is_there = |file: &&Listed| there.get(&file.path) == Some(&file.content.size);
        let (kept, missing): (Vec<&Listed>, Vec<&Listed>) =
            listing.files().iter().partition(is_there);
        // Owned, because a closure over borrowed ones makes a future that no other thread may run.
        let missing = missing.into_iter().cloned();
        let (small, large): (Vec<Listed>, Vec<Listed>) =
            missing.partition(|file| file.content.size <= SMALL);
        let progress = &Counter::new(self, offered, &kept);
        // Where a create-only write costs more than one request, a look at each batch keeps others from writing the same.
        let plain = !self.bucket.creates_in_one_request();
        let ours = plain && !recorded;
        // What is there and wrong is replaced, which the caller allowed. What comes meanwhile is compared.
        let over = |file: &Listed| match plain || there.contains_key(&file.path) {
            true => Over::Anything,
            false => Over::Nothing,
        };
        let over = &over;
        // Read ahead by batches: a thread for each small file would cost more than sending it.
        let small = stream::iter(batches(small))
            .map(|batch| async move {
                if ours {
                    self.must_be_reserved(offered).await?;
                }
                read_batch(listing, batch).await
            })
            .buffered(AHEAD)
            .map_ok(|batch| stream::iter(batch.into_iter().map(Ok)))
            .try_flatten()
            .map_ok(|(file, bytes)| async move {
                let (path, headers) = destination(offered, &file);
                let (content, over) = (&file.content, over(&file));
                let write = self
                    .bucket
                    .write_small(&path, bytes, content, &headers, over);
                self.bucket.same(&path, content, write.await?).await?;
                progress.sent(content.size);
                progress.done();
                Ok(())
            })
            .try_buffer_unordered(PARALLEL)
            .try_collect::<()>();
        let large = stream::iter(large)
            .map(|file| async move {
                let (path, headers) = destination(offered, &file);
                let (source, content) = (listing.source(&file), &file.content);
                let sent = |bytes| progress.sent(bytes);
                let write =
                    self.bucket
                        .send_file(&path, &source, content, &headers, over(&file), &sent);
                self.bucket.same(&path, content, write.await?).await?;
                progress.done();
                Ok(())
            })
            .buffer_unordered(PARALLEL_LARGE)
            .try_collect::<()>();
        futures::try_join!(small, large)?;
        Ok(())
    }

    /// Fails where somebody has given our name to another upload, although we are at work.
    async fn must_be_reserved(&self, offered: &Record) -> Result<(), StoreError> {
        match self.reserve(offered).await? {
            Reserved::Ours => Ok(()),
            Reserved::Unfinished(there) => Err(self.taken_by_unfinished(&there, offered)),
        }
    }

    /// Puts a page at the folder's short address that leads to its index: copying all files would cost as much as sending them.
    async fn lead_to(&self, offered: &Record) -> Result<(), StoreError> {
        let from = layout::short_package(&offered.commit, &offered.profile, &offered.file);
        let to = layout::package(&offered.commit, &offered.profile, &offered.file);
        let link = format!("../../{}/{INDEX}", layout::url_path(&to));
        let page = maud::html! {
            (maud::DOCTYPE)
            html {
                head {
                    meta charset="utf-8";
                    meta http-equiv="refresh" content={ "0; url=" (link) };
                    title { (offered.file) }
                }
                body { a href=(link) { (offered.file) } }
            }
        };
        let path = format!("{from}/{INDEX}");
        let headers = Headers::immutable(&path, Some(HTML));
        let bytes = Bytes::from(page.into_string());
        // Only this commit writes below its short address, and the page says the same each time.
        self.bucket.create(&path, bytes, &headers).await.map(|_| ())
    }
}

/// Small files in batches of at most as many bytes as one of them may have.
fn batches(files: Vec<Listed>) -> Vec<Vec<Listed>> {
    let mut batches: Vec<Vec<Listed>> = Vec::new();
    let mut bytes = 0;
    for file in files {
        bytes += file.content.size;
        match batches.last_mut() {
            Some(batch) if bytes <= SMALL && batch.len() < PARALLEL => batch.push(file),
            _ => {
                bytes = file.content.size;
                batches.push(vec![file]);
            }
        }
    }
    batches
}

async fn read_batch(
    listing: &Listing,
    batch: Vec<Listed>,
) -> Result<Vec<(Listed, Bytes)>, StoreError> {
    let sources = batch.iter();
    let sources = sources.map(|file| (listing.source(file), file.content));
    let read = read_small(sources.collect()).await?;
    Ok(batch.into_iter().zip(read).collect())
}

fn destination(offered: &Record, file: &Listed) -> (String, Headers) {
    let (commit, profile) = (&offered.commit, &offered.profile);
    let path = layout::folder_file(commit, profile, &offered.file, &file.path);
    let headers = Headers::immutable(&path, Some(content_type(&file.path)));
    (path, headers)
}

const INDEX: &str = "index.html";

pub(super) fn listing_path(record: &Record) -> String {
    layout::listing(&record.commit, &record.kind, &record.profile, &record.file)
}

/// Counts what is sent and tells whoever wants to know.
struct Counter<'a> {
    store: &'a Store,
    record: &'a Record,
    files: AtomicU64,
    bytes: AtomicU64,
}

impl<'a> Counter<'a> {
    fn new(store: &'a Store, record: &'a Record, kept: &[&Listed]) -> Self {
        let counter = Self {
            store,
            record,
            files: AtomicU64::new(kept.len() as u64),
            bytes: AtomicU64::new(kept.iter().map(|file| file.content.size).sum()),
        };
        if !kept.is_empty() {
            counter.tell();
        }
        counter
    }

    fn sent(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.tell();
    }

    fn done(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.tell();
    }

    fn tell(&self) {
        self.store.tell(&Progress {
            package: self.record.file.clone(),
            files: self.files.load(Ordering::Relaxed),
            of_files: self.record.files.unwrap_or(1),
            bytes: self.bytes.load(Ordering::Relaxed),
            of_bytes: self.record.size,
        });
    }
}
