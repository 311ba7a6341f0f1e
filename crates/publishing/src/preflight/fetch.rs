//! The files of a version as far as they can be had: one that is gone or broken does not keep the others from being checked.

use futures::{StreamExt as _, stream};
use package_store::{Manifest, Store, StoreError};
use std::path::Path;

use super::report::{Note, Unseen, sentence};
use crate::release::{Error, Packages, fetch_one, tag_of};

/// Packages in flight at the same time; each is streamed to its file.
const PARALLEL: usize = 8;
/// The check that tells of them.
const CHECK: &str = super::checks::bucket_files::CHECK.id;

/// The packages that are there, and what is wrong with the rest.
#[derive(Debug)]
pub struct Fetched {
    /// What could be fetched and opened.
    pub packages: Packages,
    /// Files that are gone, or are not what they should be.
    pub problems: Vec<Note>,
    /// What could not be read for another reason.
    pub unseen: Vec<Unseen>,
}

/// Fetches all files of a frozen list into a folder.
pub async fn fetch(store: &Store, manifest: &Manifest, folder: &Path) -> Fetched {
    let records = manifest.packages().iter();
    let work =
        records.map(|record| async move { (record, fetch_one(store, record, folder).await) });
    let answers: Vec<_> = stream::iter(work).buffered(PARALLEL).collect().await;
    let mut fetched = Fetched {
        packages: Packages {
            tag: tag_of(manifest.version()),
            manifest: manifest.clone(),
            files: Vec::with_capacity(answers.len()),
        },
        problems: Vec::new(),
        unseen: Vec::new(),
    };
    for (record, answer) in answers {
        let note = |what: String, fix: &str| Note {
            check: CHECK,
            place: record.file.clone(),
            what,
            fix: sentence(fix),
        };
        match answer {
            Ok(Ok(package)) => fetched.packages.files.push(package),
            Ok(Err(broken)) => fetched.problems.push(note(
                broken.cause.to_string(),
                "Build it again: the version's file cannot be opened",
            )),
            // The check of the bucket tells of what is gone.
            Err(Error::Store(StoreError::Lost { .. })) => {}
            Err(Error::Store(error @ StoreError::Damaged { .. })) => fetched.problems.push(note(
                error.to_string(),
                "Delete that object and upload the same file again",
            )),
            Err(error) => fetched.unseen.push(Unseen {
                place: format!("{} in the bucket", record.file),
                cause: error.to_string(),
            }),
        }
    }
    fetched
}
