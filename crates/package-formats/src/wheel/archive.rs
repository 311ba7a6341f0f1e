//! Reads a wheel's zip once, from front to back, and keeps only what the rules ask about.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use bytesize::ByteSize;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::digest::{FileDigest, Hasher};
use crate::error::{Cause, MAX_OWN_FILE};
use crate::native::{self, Native};
use crate::plain::is_safe;

/// PyPI takes an archive for a bomb that unpacks to more than this many times its size …
const MAX_RATIO: u64 = 50;
/// … and to more than this many bytes (warehouse, `forklift/legacy.py`).
const MIN_UNPACKED: u64 = 64 * 1024 * 1024;

/// The most of a library that is held in memory: headers and symbols stand before it in all that loads.
const MAX_NATIVE: u64 = 1024 * 1024 * 1024;

/// A file inside a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    pub digest: FileDigest,
    pub is_symlink: bool,
    /// What its native code says; `Err` holds why it could not be read.
    pub native: Option<Result<Native, String>>,
}

/// What one read of the archive gave.
pub(super) struct Contents {
    pub(super) members: Vec<Member>,
    /// The bytes of the files that were asked for, by name.
    pub(super) kept: BTreeMap<String, Vec<u8>>,
    /// Why two readers could see different files in this archive.
    pub(super) inconsistency: Option<String>,
}

/// Reads every member; `keep` says of which the bytes are wanted.
pub(super) fn read(file: &mut File, keep: fn(&str) -> bool) -> Result<Contents, Cause> {
    let packed = file.metadata()?.len();
    let mut left = MIN_UNPACKED.max(packed.saturating_mul(MAX_RATIO));
    let too_large = || Cause::TooLarge(format!("{MAX_RATIO} times its size"));
    let mut archive = ZipArchive::new(&mut *file).map_err(|error| match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => Cause::Io(error),
        _ => Cause::NotZip,
    })?;
    let inconsistency = inconsistency(&mut archive)?;
    let comment = archive.comment().len() as u64;
    let mut members = Vec::new();
    let mut kept = BTreeMap::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(damaged)?;
        let name = member.name().map_err(damaged)?.into_owned();
        if !is_safe(&name) {
            return Err(Cause::UnsafeMember(name));
        }
        if member.is_dir() {
            continue;
        }
        let is_symlink = member.is_symlink();
        if keep(&name) && member.size() > MAX_OWN_FILE {
            let limit = ByteSize(MAX_OWN_FILE);
            return Err(Cause::invalid(
                name,
                format!("it is over the limit of {limit}"),
            ));
        }
        let (digest, bytes) = read_member(&mut member, keep(&name), left)
            .map_err(|error| Cause::Damaged(format!("member `{name}`: {error}")))?;
        left = left.checked_sub(digest.size).ok_or_else(too_large)?;
        members.push(Member {
            native: native_of(&name, &bytes),
            name: name.clone(),
            digest,
            is_symlink,
        });
        if keep(&name) {
            kept.insert(name, bytes);
        }
    }
    drop(archive);
    Ok(Contents {
        members,
        kept,
        inconsistency: match inconsistency {
            None => trailing_bytes(file, packed, comment)?,
            found => found,
        },
    })
}

fn damaged(error: ZipError) -> Cause {
    Cause::Damaged(error.to_string())
}

/// The digest of a member, and its bytes when they are wanted or are native code; empty otherwise.
/// Reads at most one byte more than `left`.
fn read_member(
    member: &mut impl Read,
    wanted: bool,
    left: u64,
) -> io::Result<(FileDigest, Vec<u8>)> {
    let mut member = member.take(left.saturating_add(1));
    let mut head = Vec::with_capacity(8);
    member.by_ref().take(8).read_to_end(&mut head)?;
    let mut hasher = Hasher::default();
    if wanted || native::is_native(&head) {
        let limit = if wanted { MAX_OWN_FILE } else { MAX_NATIVE };
        member.by_ref().take(limit).read_to_end(&mut head)?;
        hasher.update(&head);
        // What is larger is not looked into; the digest wants the rest of it nevertheless.
        digest_rest(&mut member, &mut hasher)?;
        return Ok((hasher.finish(), head));
    }
    hasher.update(&head);
    digest_rest(&mut member, &mut hasher)?;
    Ok((hasher.finish(), Vec::new()))
}

fn digest_rest(member: &mut impl Read, hasher: &mut Hasher) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = member.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

fn native_of(name: &str, bytes: &[u8]) -> Option<Result<Native, String>> {
    if native::is_native(bytes) {
        let parsed = native::parse(bytes);
        // A file that only starts like native code, such as a text with "MZ", is nobody's library.
        return (parsed.is_ok() || native::is_library_name(name)).then_some(parsed);
    }
    native::is_library_name(name).then(|| Err("it is neither ELF, Mach-O nor PE".to_owned()))
}

/// The ways in which PyPI sees that an archive could be read in two ways ("zip confusion").
fn inconsistency(archive: &mut ZipArchive<&mut File>) -> Result<Option<String>, Cause> {
    if archive.offset() != 0 {
        let offset = archive.offset();
        return Ok(Some(format!(
            "archive has {offset} bytes before its start, the limit is 0"
        )));
    }
    match archive.validate_header_consistency() {
        Ok(()) => Ok(None),
        Err(ZipError::Io(error)) => Err(Cause::Io(error)),
        Err(error) => Ok(Some(format!("archive is ambiguous: {error}"))),
    }
}

/// The end record is 22 bytes and a comment; what follows it some readers ignore and others do not.
fn trailing_bytes(file: &mut File, packed: u64, comment: u64) -> io::Result<Option<String>> {
    let mut signature = [0; 4];
    file.seek(SeekFrom::Start(packed.saturating_sub(22 + comment)))?;
    file.read_exact(&mut signature)?;
    Ok((signature != *b"PK\x05\x06").then(|| "archive has bytes after its end record".to_owned()))
}
