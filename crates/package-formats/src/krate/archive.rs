//! Reads a `.crate`'s tar entries without writing one to disk.

use std::collections::BTreeMap;
use std::io::{self, Read};

use bytesize::ByteSize;
use flate2::bufread::GzDecoder;

use super::Contents;
use crate::error::{Cause, MAX_OWN_FILE};
use crate::tarball::{self, Entry};

/// What the server of crates.io unpacks at most (`crates_io_tarball`, `publish.rs`).
const MAX_UNPACKED: u64 = 512 * 1024 * 1024;

/// Lists every entry; `keep` says of which the bytes are wanted.
pub(super) fn read(packed: &[u8], keep: fn(&str) -> bool) -> Result<Contents, Cause> {
    if !packed.starts_with(&[0x1f, 0x8b]) {
        return Err(Cause::NotTarGz);
    }
    let mut entries = Vec::new();
    let mut kept = BTreeMap::new();
    visit(packed, |entry, body| {
        if keep(&entry.path) {
            kept.insert(entry.path.clone(), read_text(&entry, body)?);
        }
        entries.push(entry);
        Ok(())
    })?;
    Ok(Contents { entries, kept })
}

/// The text of the file at `path`; bytes that are not UTF-8 become replacement characters.
pub(super) fn read_one(packed: &[u8], path: &str) -> Result<Option<String>, Cause> {
    let mut text = None;
    visit(packed, |entry, body| {
        if entry.path == path {
            let bytes = read_text(&entry, body)?;
            text = Some(String::from_utf8_lossy(&bytes).into_owned());
        }
        Ok(())
    })?;
    Ok(text)
}

fn visit(
    packed: &[u8],
    mut visitor: impl FnMut(Entry, &mut dyn Read) -> io::Result<()>,
) -> Result<(), Cause> {
    let mut unpacked = GzDecoder::new(packed).take(MAX_UNPACKED + 1);
    let walked = tarball::walk(&mut unpacked, &mut visitor);
    // A cut archive reads as damaged: say first that it was we who cut it.
    if unpacked.limit() == 0 {
        return Err(Cause::TooLarge(ByteSize(MAX_UNPACKED).to_string()));
    }
    walked.map_err(|error| Cause::Damaged(error.to_string()))?;
    // Readers differ in whether they go on there.
    match unpacked.into_inner().into_inner().len() {
        0 => Ok(()),
        left => Err(Cause::Damaged(format!(
            "{left} bytes follow the end of its gzip stream"
        ))),
    }
}

/// A file that is read into memory whole: nobody writes a manifest, a lock file or a readme of this size.
fn read_text(entry: &Entry, body: &mut dyn Read) -> io::Result<Vec<u8>> {
    if entry.size > MAX_OWN_FILE {
        let (path, limit) = (&entry.path, ByteSize(MAX_OWN_FILE));
        return Err(io::Error::other(format!(
            "`{path}` is over the limit of {limit}"
        )));
    }
    let mut bytes = Vec::new();
    body.take(MAX_OWN_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}
