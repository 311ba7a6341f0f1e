//! From a version to its files: the frozen list decides, and every byte is compared with it before it is used.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use package_formats::FormatError;
use package_store::{Manifest, Record, Store};
use std::{fmt, path::Path};

use super::{Error, Listener, Opened, Package, Packages, Progress, RELEASE_PROFILE};

/// Packages in flight at the same time; each is streamed to its file.
const PARALLEL: usize = 8;

/// Reads the frozen list of a version, given in any spelling or as a tag.
///
/// # Errors
/// The version is not known, or is one of a commit build.
pub async fn find(store: &Store, version: &str) -> Result<Manifest, Error> {
    // The list of a commit build is frozen too, once a channel has moved to it.
    match version.contains('+') {
        true => Err(Error::CommitBuild(version.to_owned())),
        false => Ok(store.manifest(version).await?),
    }
}

/// The git tag of a version.
pub fn tag_of(version: impl fmt::Display) -> String {
    format!("v{version}")
}

/// Fetches all files of a frozen list into a folder. One that is there with the right bytes is not fetched again.
///
/// # Errors
/// A file is gone, or is not what its record says.
pub async fn fetch(
    store: &Store,
    manifest: &Manifest,
    folder: &Path,
    listener: &Listener,
) -> Result<Packages, Error> {
    let work = manifest.packages().iter().map(|record| async move {
        let fetched = fetch_one(store, record, folder).await?;
        listener(&Progress::Fetched {
            file: record.file.clone(),
            size: record.size,
        });
        Ok::<_, Error>(fetched)
    });
    let fetched: Vec<Result<Package, FormatError>> =
        stream::iter(work).buffered(PARALLEL).try_collect().await?;
    let mut files = Vec::with_capacity(fetched.len());
    let mut broken = Vec::new();
    for one in fetched {
        match one {
            Ok(package) => files.push(package),
            Err(error) => broken.push(error.to_string()),
        }
    }
    if !broken.is_empty() {
        return Err(Error::Unreadable {
            version: manifest.version().to_owned(),
            files: broken,
        });
    }
    Ok(Packages {
        tag: tag_of(manifest.version()),
        manifest: manifest.clone(),
        files,
    })
}

/// Fetches a package and opens a wheel, an sdist or a crate; the inner error is what is wrong with its bytes.
pub(crate) async fn fetch_one(
    store: &Store,
    record: &Record,
    folder: &Path,
) -> Result<Result<Package, FormatError>, Error> {
    // Two profiles may have a file of one name.
    let folder = match record.profile.as_str() {
        RELEASE_PROFILE => folder.to_owned(),
        profile => folder.join(format!("profile-{profile}")),
    };
    let path = store.fetch(record, &folder).await?;
    if !Opened::is_of(&record.kind) {
        return Ok(Ok(Package {
            record: record.clone(),
            path,
            opened: None,
        }));
    }
    let (kind, at) = (record.kind.clone(), path.clone());
    // Unpacking is work for a thread that may block, so that a signal is heard meanwhile.
    let opened = tokio::task::spawn_blocking(move || Opened::open(&kind, &at)).await;
    let opened = match opened {
        Ok(opened) => opened,
        Err(stopped) => return Err(Error::Stopped(stopped.to_string())),
    };
    Ok(opened.map(|opened| Package {
        record: record.clone(),
        path,
        opened: Some(opened),
    }))
}
