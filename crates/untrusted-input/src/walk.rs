//! The paths that a glob finds on the disk: as the crate `glob` finds them, but links in a circle and trees without end come to
//! an end.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::globs::{self, Glob, GlobError};

/// Who makes more entries than this wants us to be busy.
const MOST_ENTRIES: usize = 500_000;

/// Fewer than an operating system follows: each has a limit of its own, and says so in words of its own.
const MOST_LINKS: usize = 16;

/// What a star makes of hidden files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// As a shell does it: they are named, or left out.
    LeftOut,
    /// As cargo does it.
    Included,
}

/// Every file and folder that `pattern` finds from `folder` on, sorted; of its own spelling, and relative if `folder` is empty.
/// `**` follows no links.
///
/// # Errors
/// The pattern is not a glob or has no end; a folder cannot be read.
pub fn matching(folder: &Path, pattern: &str, hidden: Hidden) -> Result<Vec<PathBuf>, GlobError> {
    globs::within_bounds(pattern)?;
    Glob::of_cargo(pattern)?;
    let mut start = folder.to_owned();
    let mut parts = Vec::new();
    for component in Path::new(pattern).components() {
        let is_literal = !is_glob(component.as_os_str());
        match (parts.is_empty() && is_literal, component) {
            (true, component) => start.push(component),
            (false, Component::CurDir) => {}
            (false, component) => parts.push(component.as_os_str()),
        }
    }
    parts.dedup_by(|one, before| *one == "**" && *before == "**");
    let mut walk = Walk {
        hidden,
        found: Vec::new(),
        entries: 0,
    };
    walk.look(&start, &parts, 0)?;
    walk.found.sort();
    walk.found.dedup();
    Ok(walk.found)
}

fn is_glob(part: &OsStr) -> bool {
    part.to_string_lossy().contains(['*', '?', '['])
}

struct Walk {
    hidden: Hidden,
    found: Vec<PathBuf>,
    entries: usize,
}

struct Entry {
    name: String,
    path: PathBuf,
    is_link: bool,
}

impl Walk {
    /// What is at `at`, or what `parts` find in it; a star has followed `links` links on the way.
    fn look(&mut self, at: &Path, parts: &[&OsStr], links: usize) -> Result<(), GlobError> {
        self.count()?;
        let Some((part, rest)) = parts.split_first() else {
            if at.symlink_metadata().is_ok() {
                self.found.push(at.to_owned());
            }
            return Ok(());
        };
        if links > MOST_LINKS {
            return Err(GlobError::new(format!(
                "it follows more than {MOST_LINKS} links, which may form a loop; name the folders"
            )));
        }
        if *part == "**" {
            // At the end it means the folders.
            self.look(at, rest, links)?;
            for entry in self.entries(at, "")? {
                if !entry.is_link && entry.path.is_dir() {
                    self.look(&entry.path, parts, links)?;
                }
            }
            return Ok(());
        }
        if !is_glob(part) {
            return self.look(&at.join(part), rest, links);
        }
        let text = part.to_string_lossy();
        let glob = Glob::of_cargo(&text)?;
        for entry in self.entries(at, &text)? {
            if glob.matches(&entry.name) {
                self.look(&entry.path, rest, links + usize::from(entry.is_link))?;
            }
        }
        Ok(())
    }

    /// What is in a folder; what is not a folder holds nothing.
    fn entries(&mut self, folder: &Path, part: &str) -> Result<Vec<Entry>, GlobError> {
        let here = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        if !here.is_dir() {
            return Ok(Vec::new());
        }
        let failed = |error: std::io::Error| {
            GlobError::new(format!("`{}` cannot be read: {error}", here.display()))
        };
        let mut entries = Vec::new();
        for entry in fs::read_dir(here).map_err(failed)? {
            self.count()?;
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let is_hidden = name.starts_with('.') && !part.starts_with('.');
            if !(is_hidden && self.hidden == Hidden::LeftOut) {
                entries.push(Entry {
                    path: folder.join(&name),
                    is_link: entry.file_type().map_err(failed)?.is_symlink(),
                    name,
                });
            }
        }
        Ok(entries)
    }

    fn count(&mut self) -> Result<(), GlobError> {
        self.entries += 1;
        match self.entries > MOST_ENTRIES {
            true => Err(GlobError::new(format!(
                "it matches more than {MOST_ENTRIES} files; name their folders"
            ))),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            "a.whl",
            "sub/b.whl",
            "sub/deep/c.whl",
            ".hidden/d.whl",
            "sub/.e.whl",
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn it_finds_what_the_crate_glob_finds() {
        let folder = tree();
        let root = folder.path().display().to_string();
        for pattern in [
            "*",
            "*.whl",
            "**",
            "**/*",
            "**/*.whl",
            "**/**/b*",
            "sub/**/c.whl",
            "*/*",
            "s?b/[bx].whl",
            "sub/./b.whl",
            "sub/../a.whl",
            "nothing/*",
            "a.whl/*",
            "a.whl",
        ] {
            for (hidden, literal_dot) in [(Hidden::LeftOut, true), (Hidden::Included, false)] {
                let options = glob::MatchOptions {
                    case_sensitive: true,
                    require_literal_separator: true,
                    require_literal_leading_dot: literal_dot,
                };
                let whole = format!("{root}/{pattern}");
                let expected: Vec<PathBuf> = glob::glob_with(&whole, options)
                    .unwrap()
                    .map(Result::unwrap)
                    .collect();
                let mut found = matching(folder.path(), pattern, hidden).unwrap();
                assert_eq!(found, matching(Path::new(""), &whole, hidden).unwrap());
                // The one difference: folders at the end of `**` include the first.
                found.retain(|path| path != folder.path() || expected.contains(path));
                assert_eq!(found, expected, "{pattern} {hidden:?}");
            }
        }
    }

    /// The crate `glob` loses it.
    #[test]
    fn what_is_hidden_is_found_by_a_pattern_that_writes_the_dot() {
        let folder = tree();
        for hidden in [Hidden::LeftOut, Hidden::Included] {
            let found = matching(folder.path(), ".h*/*", hidden).unwrap();
            assert_eq!(found, [folder.path().join(".hidden/d.whl")]);
            let found = matching(folder.path(), "sub/.e*", hidden).unwrap();
            assert_eq!(found, [folder.path().join("sub/.e.whl")]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_in_circles_come_to_an_end() {
        let folder = tree();
        for name in ["one", "two", "three"] {
            std::os::unix::fs::symlink("..", folder.path().join("sub").join(name)).unwrap();
        }
        let found = |pattern: &str| matching(folder.path(), pattern, Hidden::LeftOut);
        assert_eq!(found("**/c.whl").unwrap().len(), 1);
        let error = found(&"sub/*/".repeat(30)).unwrap_err().to_string();
        assert!(error.contains("more than 16 links"), "{error}");
        // A chain that ends is followed.
        assert_eq!(found("sub/one/sub/*/a.whl").unwrap().len(), 3);
    }

    #[test]
    fn a_tree_without_end_comes_to_an_end() {
        let folder = tree();
        let mut walk = Walk {
            hidden: Hidden::LeftOut,
            found: Vec::new(),
            entries: MOST_ENTRIES - 3,
        };
        let error = walk.look(folder.path(), &["**".as_ref(), "*".as_ref()], 0);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("more than 500000 files"), "{error}");
    }
}
