//! Reads zip and tar archives to their end without writing anything, and stops at what unpacks to far more than it is.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use bytesize::ByteSize;
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::{Code, HEAD};
use crate::native;
use crate::tarball::{self, Entry, EntryKind, MAX_ENTRIES};

/// What unpacks to more than this many times its size …
const MAX_RATIO: u64 = 100;
/// … and to more than this many bytes is a bomb; documentation and text pack to a tenth at best.
const MIN_UNPACKED: u64 = 256 * 1024 * 1024;
/// Nobody unpacks more than this, however honest it is.
const MAX_UNPACKED: u64 = 16 * 1024 * 1024 * 1024;

/// The shapes that are read; what else is compressed is known by its first bytes alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Zip,
    Tar,
    TarGz,
    /// One compressed file.
    Gz,
    Starts(&'static [u8]),
}

const SHAPES: &[(&str, Shape)] = &[
    (".zip", Shape::Zip),
    (".tar", Shape::Tar),
    (".tar.gz", Shape::TarGz),
    (".tgz", Shape::TarGz),
    (".gz", Shape::Gz),
    (".zst", Shape::Starts(b"\x28\xb5\x2f\xfd")),
    (".xz", Shape::Starts(b"\xfd7zXZ\0")),
    (".bz2", Shape::Starts(b"BZh")),
];

/// What one read of an archive gave.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) members: Vec<Member>,
    /// Why it cannot be read to its end.
    pub(super) broken: Option<String>,
    /// Why nobody should unpack it.
    pub(super) bomb: Option<String>,
    /// Names that occur twice.
    pub(super) repeated: Vec<String>,
    /// Whether it holds members that have names.
    pub(super) has_names: bool,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) kind: EntryKind,
    /// What native code says of itself.
    pub(super) code: Option<Code>,
    /// Whether it starts as a WebAssembly module does.
    pub(super) is_module: bool,
}

/// `None` when the name is not that of an archive.
pub(super) fn read(name: &str, path: &Path) -> io::Result<Option<Contents>> {
    let name = name.to_ascii_lowercase();
    // The longest ending counts: `.tar.gz` is also a `.gz`.
    let shapes = SHAPES.iter().filter(|(ending, _)| name.ends_with(ending));
    let Some((_, shape)) = shapes.max_by_key(|(ending, _)| ending.len()) else {
        return Ok(None);
    };
    let mut file = File::open(path)?;
    let packed = file.metadata()?.len();
    let limit = packed
        .saturating_mul(MAX_RATIO)
        .clamp(MIN_UNPACKED, MAX_UNPACKED);
    let mut contents = Contents {
        has_names: !matches!(shape, Shape::Gz | Shape::Starts(_)),
        ..Contents::default()
    };
    let result = match shape {
        Shape::Zip => zip(&mut file, packed, limit, &mut contents),
        Shape::Tar => tar(&mut BufReader::new(file), MAX_UNPACKED, &mut contents),
        Shape::TarGz => tar(&mut gz(file), limit, &mut contents),
        Shape::Gz => stream(&mut gz(file), limit, &mut contents),
        Shape::Starts(magic) => starts(&mut file, magic),
    };
    if let Err(reason) = result
        && contents.bomb.is_none()
    {
        contents.broken = Some(reason);
    }
    repeated(&mut contents);
    Ok(Some(contents))
}

fn gz(file: File) -> MultiGzDecoder<BufReader<File>> {
    MultiGzDecoder::new(BufReader::new(file))
}

fn too_large(limit: u64) -> String {
    match limit {
        MAX_UNPACKED => format!("unpacks to more than {}", ByteSize(MAX_UNPACKED)),
        _ => format!(
            "unpacks to more than {}, {MAX_RATIO} times its size or more",
            ByteSize(limit)
        ),
    }
}

fn tar(unpacked: &mut impl Read, limit: u64, contents: &mut Contents) -> Result<(), String> {
    let mut limited = unpacked.take(limit);
    let members = &mut contents.members;
    let walked = tarball::walk(&mut limited, &mut |entry: Entry, body| {
        let mut head = Vec::new();
        body.take(HEAD).read_to_end(&mut head)?;
        members.push(member(entry.path, entry.kind, &head));
        Ok(())
    });
    if limited.limit() == 0 {
        contents.bomb = Some(too_large(limit));
        return Ok(());
    }
    walked.map_err(|error| error.to_string())?;
    match contents.members.is_empty() {
        true => Err("it is empty".to_owned()),
        false => Ok(()),
    }
}

fn stream(unpacked: &mut impl Read, limit: u64, contents: &mut Contents) -> Result<(), String> {
    let read = io::copy(&mut unpacked.take(limit), &mut io::sink());
    match read {
        Ok(read) if read == limit => contents.bomb = Some(too_large(limit)),
        Ok(0) => return Err("it is empty".to_owned()),
        Ok(_) => {}
        Err(error) => return Err(error.to_string()),
    }
    Ok(())
}

fn starts(file: &mut File, magic: &[u8]) -> Result<(), String> {
    let mut start = Vec::new();
    file.take(magic.len() as u64)
        .read_to_end(&mut start)
        .map_err(|error| error.to_string())?;
    match start == magic {
        true => Ok(()),
        false => Err("it does not start like its extension requires".to_owned()),
    }
}

fn zip(file: &mut File, packed: u64, limit: u64, contents: &mut Contents) -> Result<(), String> {
    let mut left = limit;
    let mut archive = ZipArchive::new(&mut *file).map_err(|error| error.to_string())?;
    if archive.is_empty() {
        return Err("it is empty".to_owned());
    }
    if archive.len() > MAX_ENTRIES {
        contents.bomb = Some(format!("has more than {MAX_ENTRIES} members"));
        return Ok(());
    }
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| error.to_string())?;
        let name = entry
            .name()
            .map_err(|error| error.to_string())?
            .into_owned();
        let kind = match () {
            () if entry.is_dir() => EntryKind::Directory,
            () if entry.is_symlink() => EntryKind::SymbolicLink,
            () => EntryKind::File,
        };
        let mut head = Vec::new();
        let mut body = entry.by_ref().take(left);
        let read = read_through(&mut body, &mut head)
            .map_err(|error| format!("member `{name}`: {error}"))?;
        left -= read;
        if left == 0 {
            contents.bomb = Some(too_large(limit));
            return Ok(());
        }
        contents.members.push(member(name, kind, &head));
    }
    let (names, comment) = (archive.len(), archive.comment().len() as u64);
    drop(archive);
    let listed = listed(file, packed, comment).map_err(|error| error.to_string())?;
    if let Some(listed) = listed.filter(|listed| *listed != names) {
        let text = format!("{} of its {listed} members", listed.abs_diff(names));
        contents.repeated.push(text);
    }
    Ok(())
}

/// Reads to the end, which checks the checksum, and keeps the start.
fn read_through(body: &mut impl Read, head: &mut Vec<u8>) -> io::Result<u64> {
    let start = body.by_ref().take(HEAD).read_to_end(head)? as u64;
    Ok(start + io::copy(body, &mut io::sink())?)
}

/// How many members the end record lists: of two with one name, the reader keeps the last. `None` for a very large one.
fn listed(file: &mut File, packed: u64, comment: u64) -> io::Result<Option<usize>> {
    let mut end = [0; 12];
    file.seek(SeekFrom::Start(packed.saturating_sub(22 + comment)))?;
    file.read_exact(&mut end)?;
    let [b'P', b'K', 5, 6, _, _, _, _, _, _, low, high] = end else {
        return Ok(None);
    };
    let count = u16::from_le_bytes([low, high]);
    Ok((count != u16::MAX).then_some(usize::from(count)))
}

fn member(name: String, kind: EntryKind, head: &[u8]) -> Member {
    Member {
        code: native::of_head(head),
        is_module: head.starts_with(b"\0asm"),
        name,
        kind,
    }
}

fn repeated(contents: &mut Contents) {
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for member in &contents.members {
        let name = member.name.trim_start_matches("./").trim_end_matches('/');
        // A folder may be listed before each of its files.
        if !seen.insert(name) && member.kind != EntryKind::Directory {
            twice.insert(format!("`{name}`"));
        }
    }
    contents.repeated.extend(twice);
}
