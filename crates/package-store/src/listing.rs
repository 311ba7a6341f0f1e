//! What a folder holds: the paths of its files and their digests, in one order, as one text with one digest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use package_formats::file_name::{comparison_key, path_problem};

use crate::bucket::local;
use crate::digest::{self, Content, Digest};
use crate::error::StoreError;

/// Files that are read at the same time, at most.
const READS: usize = 8;
/// Differences that an error names.
const NAMED: usize = 5;

/// The files of a folder on this machine, sorted by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    root: PathBuf,
    files: Vec<Listed>,
}

/// One file of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Below the folder, with slashes.
    pub(crate) path: String,
    pub(crate) content: Content,
}

/// A file as the text of a listing names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) sha256: Digest,
}

impl Listing {
    /// Reads every file below a folder once.
    pub(crate) async fn of(root: &Path) -> Result<Self, StoreError> {
        let folder = root.to_owned();
        let files = crate::blocking::run(move || look_at(&folder))
            .await
            .map_err(|error| local("read", root, error))??;
        if files.is_empty() {
            return Err(refused(root, "the folder contains no files"));
        }
        Ok(Self {
            root: root.to_owned(),
            files,
        })
    }

    pub(crate) fn files(&self) -> &[Listed] {
        &self.files
    }

    pub(crate) fn source(&self, file: &Listed) -> PathBuf {
        self.root.join(&file.path)
    }

    /// Sum over all files, in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.files
            .iter()
            .fold(0, |sum, file| sum.saturating_add(file.content.size))
    }

    /// As `sha256sum` writes it, so that anybody can check a download with `sha256sum --check`.
    pub(crate) fn text(&self) -> String {
        let line = |file: &Listed| format!("{}  {}\n", file.content.sha256, file.path);
        self.files.iter().map(line).collect()
    }
}

/// Looks at all files below a folder, on as many threads as there are cores: handing each file to a thread of its own would
/// take longer than reading it.
fn look_at(root: &Path) -> Result<Vec<Listed>, StoreError> {
    let paths = walk(root)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let look = || {
        let mut seen = Vec::new();
        while let Some((index, path)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            paths.get(index).map(|path| (index, path))
        } {
            let source = root.join(path);
            let content =
                digest::of_file_blocking(&source).map_err(|error| local("read", &source, error))?;
            let path = path.clone();
            seen.push((index, Listed { path, content }));
        }
        Ok::<_, StoreError>(seen)
    };
    let mut files = std::thread::scope(|scope| {
        let others: Vec<_> = (1..cores.min(READS)).map(|_| scope.spawn(look)).collect();
        let mut files = look()?;
        for other in others {
            let other = other.join().map_err(|_| {
                let stopped = std::io::Error::other("a thread that reads files panicked");
                local("read", root, stopped)
            })?;
            files.extend(other?);
        }
        Ok::<_, StoreError>(files)
    })?;
    files.sort_unstable_by_key(|(index, _)| *index);
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

/// Paths of all files below a folder, sorted by their bytes.
pub(crate) fn walk(root: &Path) -> Result<Vec<String>, StoreError> {
    let mut paths = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let here = root.join(&folder);
        let entries = std::fs::read_dir(&here).map_err(|error| local("read", &here, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| local("read", &here, error))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let reason = format!("the name of `{}` is not UTF-8", entry.path().display());
                return Err(refused(root, &reason));
            };
            let path = format!("{folder}{name}");
            let kind = entry
                .file_type()
                .map_err(|error| local("read", &entry.path(), error))?;
            if let Some(problem) = path_problem(&path) {
                let reason = format!("bad path `{}`: {problem}", path.escape_debug());
                return Err(refused(root, &reason));
            }
            if kind.is_dir() {
                folders.push(format!("{path}/"));
            } else if kind.is_file() {
                paths.push(path);
            } else {
                let what = if kind.is_symlink() {
                    "a symlink"
                } else {
                    "not a regular file"
                };
                let reason = format!("`{path}` is {what}, which a bucket cannot store");
                return Err(refused(root, &reason));
            }
        }
    }
    paths.sort_unstable();
    if let Some((one, other)) = same_file(paths.iter().map(String::as_str)) {
        let reason = format!("it has both `{one}` and `{other}`, {SAME}");
        return Err(refused(root, &reason));
    }
    Ok(paths)
}

fn refused(root: &Path, reason: &str) -> StoreError {
    StoreError::Folder {
        path: root.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Reads the text of a listing, which comes from a bucket that others may write to.
pub(crate) fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let entry = |line: &str| {
        let (sha256, path) = line.split_once("  ")?;
        let sha256 = sha256.parse().ok()?;
        path_problem(path).is_none().then(|| Entry {
            path: path.to_owned(),
            sha256,
        })
    };
    let entries: Vec<Entry> = text
        .lines()
        .enumerate()
        .map(|(number, line)| {
            let at = number.saturating_add(1);
            entry(line).ok_or_else(|| {
                format!("line {at} is not a digest and a path that is valid on every system")
            })
        })
        .collect::<Result<_, _>>()?;
    match same_file(entries.iter().map(|entry| entry.path.as_str())) {
        Some((one, other)) => Err(format!("it names both `{one}` and `{other}`, {SAME}")),
        None => Ok(entries),
    }
}

const SAME: &str = "which are one file on Windows or macOS";

/// Two paths that some system takes for one, or of which one is a file and the other a file below it.
fn same_file<'a>(paths: impl Iterator<Item = &'a str>) -> Option<(&'a str, &'a str)> {
    let mut files: BTreeMap<String, &str> = BTreeMap::new();
    let mut folders: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for path in paths {
        let key = comparison_key(path);
        if let Some(other) = files.get(&key).or(folders.get(&key).map(|(_, file)| file)) {
            return Some((other, path));
        }
        for (end, _) in path.match_indices('/') {
            let folder = path.get(..end).unwrap_or_default();
            let key = comparison_key(folder);
            if let Some(other) = files.get(&key) {
                return Some((other, path));
            }
            match folders.get(&key) {
                Some((spelled, other)) if *spelled != folder => return Some((other, path)),
                _ => folders.insert(key, (folder, path)),
            };
        }
        files.insert(key, path);
    }
    None
}

/// What two listings disagree on, in one sentence.
pub(crate) fn differences(there: &[Entry], here: &[Entry]) -> String {
    let by_path = |entries: &[Entry]| -> BTreeMap<String, Digest> {
        let pair = |entry: &Entry| (entry.path.clone(), entry.sha256);
        entries.iter().map(pair).collect()
    };
    let (there, here) = (by_path(there), by_path(here));
    let only = |these: &BTreeMap<String, Digest>, those: &BTreeMap<String, Digest>| {
        let missing = these.keys().filter(|path| !those.contains_key(*path));
        missing.cloned().collect::<Vec<_>>()
    };
    let changed = there
        .iter()
        .filter(|(path, sha256)| here.get(*path).is_some_and(|other| other != *sha256))
        .map(|(path, _)| path.clone())
        .collect();
    let parts = [
        ("different bytes in", changed),
        ("only in the existing package:", only(&there, &here)),
        ("only in the new package:", only(&here, &there)),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, paths)| !paths.is_empty())
        .map(|(what, paths)| format!("{what} {}", some_of(&paths)))
        .collect();
    parts.join("; ")
}

fn some_of(paths: &[String]) -> String {
    let named: Vec<&str> = paths.iter().take(NAMED).map(String::as_str).collect();
    match paths.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    #[tokio::test]
    async fn a_listing_is_sorted_and_reads_back() {
        let root = folder(&[("b/c", "1"), ("b-d", ""), ("a", "2"), (".hidden", "3")]);
        let listing = Listing::of(root.path()).await.unwrap();
        let paths: Vec<&str> = listing
            .files()
            .iter()
            .map(|one| one.path.as_str())
            .collect();
        assert_eq!(paths, [".hidden", "a", "b-d", "b/c"]);
        assert_eq!(listing.size(), 3);
        let entries = parse(&listing.text()).unwrap();
        assert_eq!(entries[3].path, "b/c");
        assert_eq!(entries[3].sha256, Digest::of(b"1"));
    }

    #[tokio::test]
    async fn what_no_bucket_can_hold_is_refused_by_name() {
        for (path, expected) in [
            ("a\nb", "control"),
            ("a\\b", "separator"),
            ("a/b ", "space"),
            ("con/b", "device"),
        ] {
            let root = folder(&[(path, "x")]);
            let error = Listing::of(root.path()).await.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let empty = folder(&[]);
        std::fs::create_dir(empty.path().join("sub")).unwrap();
        let error = Listing::of(empty.path()).await.unwrap_err().to_string();
        assert!(error.contains("contains no files"), "{error}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_symlink_is_refused_wherever_it_leads() {
        let root = folder(&[("a", "x")]);
        std::os::unix::fs::symlink("a", root.path().join("link")).unwrap();
        let error = Listing::of(root.path()).await.unwrap_err().to_string();
        assert!(error.contains("`link` is a symlink"), "{error}");
    }

    #[test]
    fn a_listing_from_a_bucket_cannot_climb() {
        let digest = Digest::of(b"");
        for path in ["../x", "/x", "a//b", "a/./b", "", "a\\b"] {
            assert!(parse(&format!("{digest}  {path}\n")).is_err(), "{path}");
        }
        assert!(parse("short  a\n").is_err());
        for (one, other) in [
            ("A", "a"),
            ("a/b", "A/c"),
            ("a", "a/b"),
            ("\u{fc}", "u\u{308}"),
        ] {
            let text = format!("{digest}  {one}\n{digest}  {other}\n");
            assert!(parse(&text).is_err(), "{one} {other}");
        }
    }

    #[test]
    fn differences_name_some_files_and_count_the_rest() {
        let entry = |path: &str, text: &str| Entry {
            path: path.to_owned(),
            sha256: Digest::of(text.as_bytes()),
        };
        let there = [entry("a", "1"), entry("b", "1")];
        let mut here = vec![entry("a", "2")];
        here.extend((0..7).map(|number| entry(&format!("c{number}"), "")));
        assert_eq!(
            differences(&there, &here),
            "different bytes in a; only in the existing package: b; only in the new package: c0, c1, c2, c3, c4 and 2 more"
        );
    }
}
