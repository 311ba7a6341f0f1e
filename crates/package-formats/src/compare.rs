//! What two archives of one name disagree on, member by member: why a build is not the same twice.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Most bytes of an archive that are unpacked: a comparison is a help, not worth more.
const MOST: u64 = 2 << 30;
/// Members that are named; the rest is counted.
const NAMED: usize = 5;

/// The members that differ, in one sentence for eyes; `None` where one of the two is no readable zip or gzipped tar file, or
/// where all members are equal.
pub fn differing_members(there: &Path, here: &Path) -> Option<String> {
    let (there, here) = (members(there)?, members(here)?);
    let changed = there
        .iter()
        .filter(|(name, digest)| here.get(*name).is_some_and(|other| other != *digest));
    let only = |these: &Members, those: &Members| -> Vec<String> {
        let missing = these.keys().filter(|name| !those.contains_key(*name));
        missing.cloned().collect()
    };
    let parts = [
        (
            "different bytes in",
            changed.map(|(name, _)| name.clone()).collect(),
        ),
        ("only in the existing package:", only(&there, &here)),
        ("only in the new package:", only(&here, &there)),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what} {}", some_of(&names)))
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

type Members = BTreeMap<String, [u8; 32]>;

fn members(path: &Path) -> Option<Members> {
    let name = path.file_name()?.to_str()?;
    let file = BufReader::new(File::open(path).ok()?);
    if name.ends_with(".whl") || name.ends_with(".zip") {
        of_zip(file).ok()
    } else if name.ends_with(".crate") || name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        of_tar(flate2::read::GzDecoder::new(file)).ok()
    } else {
        None
    }
}

fn of_zip(file: BufReader<File>) -> io::Result<Members> {
    let mut archive = zip::ZipArchive::new(file).map_err(io::Error::other)?;
    let (mut members, mut left) = (Members::new(), MOST);
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(io::Error::other)?;
        let name = member.name().map_err(io::Error::other)?.into_owned();
        members.insert(name, digest(member, &mut left)?);
    }
    Ok(members)
}

fn of_tar(reader: impl Read) -> io::Result<Members> {
    let (mut members, mut left) = (Members::new(), MOST);
    for member in tar::Archive::new(reader).entries()? {
        let member = member?;
        let name = member.path()?.to_string_lossy().into_owned();
        members.insert(name, digest(member, &mut left)?);
    }
    Ok(members)
}

fn digest(member: impl Read, left: &mut u64) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let read = io::copy(&mut member.take(*left + 1), &mut Write(&mut hasher))?;
    *left = left
        .checked_sub(read)
        .ok_or_else(|| io::Error::other("too large to compare"))?;
    Ok(hasher.finalize().into())
}

struct Write<'a>(&'a mut Sha256);

impl io::Write for Write<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn some_of(names: &[String]) -> String {
    let named: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|name| name.escape_debug().to_string())
        .collect();
    match names.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
