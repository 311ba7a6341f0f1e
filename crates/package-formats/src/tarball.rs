//! Walks a tar archive with bounded memory: names and sizes in it are a stranger's, and so is how much it unpacks to.

use std::io::{self, Read};

use tar::{Archive, EntryType, Header};

/// A name or an extended header that is longer than this is no name.
const MAX_HEADER: u64 = 1024 * 1024;
/// More names than this are there to fill the memory.
pub(crate) const MAX_ENTRIES: usize = 500_000;

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

/// What the headers before an entry say of it.
#[derive(Default)]
struct Extended {
    path: Option<String>,
    size: Option<u64>,
}

/// Hands every entry with its content to the visitor, in archive order, and reads to the end.
pub(crate) fn walk(
    unpacked: &mut impl Read,
    visitor: &mut dyn FnMut(Entry, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let mut archive = Archive::new(&mut *unpacked);
    let mut extended = Extended::default();
    let mut count = 0;
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        count += 1;
        if count > MAX_ENTRIES {
            return Err(invalid(format!("it has more than {MAX_ENTRIES} entries")));
        }
        let size = entry.size();
        match entry.header().entry_type() {
            EntryType::GNULongName => {
                let name = header_text(&mut entry, size)?;
                extended.path = Some(name.trim_end_matches('\0').to_owned());
                continue;
            }
            EntryType::XHeader => {
                read_pax(&header_text(&mut entry, size)?, &mut extended)?;
                continue;
            }
            // The target of a link, and what holds for all entries: neither names an entry.
            EntryType::GNULongLink | EntryType::XGlobalHeader => {
                header_text(&mut entry, size)?;
                continue;
            }
            _ => {}
        }
        let said = std::mem::take(&mut extended);
        let path = said.path.unwrap_or_else(|| plain_path(entry.header()));
        // Two readers would find different entries behind this one.
        if said.size.is_some_and(|said| said != size) {
            return Err(invalid(format!("entry `{path}` has two sizes")));
        }
        let entry_kind = kind(entry.header().entry_type());
        let header = Entry {
            path,
            kind: entry_kind,
            size,
        };
        visitor(header, &mut entry)?;
    }
    // The end of the stream holds the checksum of the whole.
    only_zeros(unpacked)
}

/// After the end there is padding: whatever else stands there, some readers unpack it and others do not.
fn only_zeros(rest: &mut impl Read) -> io::Result<()> {
    let mut buffer = [0; 64 * 1024];
    loop {
        let read = match rest.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.iter().take(read).any(|byte| *byte != 0) {
            return Err(invalid("bytes follow the end of its tar archive"));
        }
    }
}

fn plain_path(header: &Header) -> String {
    String::from_utf8_lossy(&header.path_bytes()).into_owned()
}

fn header_text(entry: &mut impl Read, size: u64) -> io::Result<String> {
    if size > MAX_HEADER {
        return Err(invalid(format!(
            "a header of it has {size} bytes, the limit is {MAX_HEADER}"
        )));
    }
    let mut bytes = Vec::new();
    entry.take(MAX_HEADER).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Lines of `length key=value` (pax, POSIX.1-2001).
fn read_pax(text: &str, extended: &mut Extended) -> io::Result<()> {
    for line in text.lines() {
        let pair = line
            .split_once(' ')
            .and_then(|(_, pair)| pair.split_once('='));
        match pair {
            Some(("path", path)) => extended.path = Some(path.to_owned()),
            Some(("size", size)) => {
                let size = size.parse();
                extended.size =
                    Some(size.map_err(|_| invalid("one of its sizes is not a number"))?);
            }
            _ => {}
        }
    }
    Ok(())
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

fn kind(entry: EntryType) -> EntryKind {
    match entry {
        EntryType::Regular | EntryType::Continuous => EntryKind::File,
        EntryType::Directory => EntryKind::Directory,
        EntryType::Symlink => EntryKind::SymbolicLink,
        EntryType::Link => EntryKind::HardLink,
        // Old GNU sparse files are files with holes.
        EntryType::GNUSparse => EntryKind::File,
        _ => EntryKind::Special,
    }
}
