//! Reads a `.crate`'s tar entries without writing one to disk.

use std::collections::BTreeMap;
use std::io::{self, Read};

use bytesize::ByteSize;
use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

use super::Contents;
use crate::error::Cause;

/// What the server of crates.io unpacks at most (`crates_io_tarball`, `publish.rs`).
const MAX_UNPACKED: u64 = 512 * 1024 * 1024;

/// One entry of the archive, as its header has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub path: String,
    pub kind: EntryKind,
    /// In bytes.
    pub size: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    File,
    Directory,
    SymbolicLink,
    HardLink,
    /// A device, a pipe, or something newer.
    Special,
}

/// Lists every entry; `keep` says of which the bytes are wanted.
pub(super) fn read(packed: &[u8], keep: fn(&str) -> bool) -> Result<Contents, Cause> {
    if !packed.starts_with(&[0x1f, 0x8b]) {
        return Err(Cause::NotTarGz);
    }
    let mut entries = Vec::new();
    let mut kept = BTreeMap::new();
    visit(packed, |entry, body| {
        if keep(&entry.path) {
            let mut bytes = Vec::new();
            body.read_to_end(&mut bytes)?;
            kept.insert(entry.path.clone(), bytes);
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
            let mut bytes = Vec::new();
            body.read_to_end(&mut bytes)?;
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
    let walked = walk(&mut unpacked, &mut visitor);
    // A cut archive reads as damaged: say first that it was we who cut it.
    if unpacked.limit() == 0 {
        return Err(Cause::TooLarge(ByteSize(MAX_UNPACKED).to_string()));
    }
    walked.map_err(|error| Cause::Damaged(error.to_string()))
}

fn walk(
    unpacked: &mut impl Read,
    visitor: &mut impl FnMut(Entry, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let mut archive = Archive::new(&mut *unpacked);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let header = Entry {
            path: String::from_utf8_lossy(&entry.path_bytes()).into_owned(),
            kind: kind(entry.header().entry_type()),
            size: entry.size(),
        };
        visitor(header, &mut entry)?;
    }
    // The end of the stream holds the checksum of the whole.
    io::copy(unpacked, &mut io::sink())?;
    Ok(())
}

fn kind(entry: EntryType) -> EntryKind {
    match entry {
        EntryType::Regular | EntryType::Continuous => EntryKind::File,
        EntryType::Directory => EntryKind::Directory,
        EntryType::Symlink => EntryKind::SymbolicLink,
        EntryType::Link => EntryKind::HardLink,
        _ => EntryKind::Special,
    }
}
