//! How large the release tree and its binaries are, as they are and compressed.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

/// Bytes on disk and bytes after gzip at its best, as downloads are served.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) raw: u64,
    pub(super) gzip: u64,
}

/// What is in a release tree.
#[derive(Debug)]
pub(super) struct Tree {
    /// Names of the actions: the folders with an action.yml.
    pub(super) actions: Vec<String>,
    /// Programs, by the name of the action that they belong to.
    pub(super) binaries: Vec<(String, PathBuf)>,
    /// Everything else, packed as the runner downloads it.
    pub(super) without_binaries: Size,
}

pub(super) fn tree(root: &Path) -> Result<Tree> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();
    let action_files = files
        .iter()
        .filter(|file| file.file_name().is_some_and(|name| name == "action.yml"));
    // Some are there a second time, for the workflows beside them.
    let actions: BTreeSet<String> = action_files
        .filter_map(|file| Some(file.parent()?.file_name()?.to_str()?.to_owned()))
        .collect();
    let actions: Vec<String> = actions.into_iter().collect();
    let mut binaries = Vec::new();
    let mut raw = 0;
    let mut packed = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    for file in &files {
        let bytes = read(file)?;
        if let Some(action) = is_program(&bytes).then(|| owner(file, &actions)).flatten() {
            binaries.push((action, file.clone()));
            continue;
        }
        raw += bytes.len() as u64;
        let inside = file.strip_prefix(root).unwrap_or(file);
        packed.append_path_with_name(file, inside)?;
    }
    let gzip = packed.into_inner()?.finish()?.len() as u64;
    binaries.sort();
    Ok(Tree {
        actions,
        binaries,
        without_binaries: Size { raw, gzip },
    })
}

/// One file.
pub(super) fn file(path: &Path) -> Result<Size> {
    let bytes = read(path)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    Ok(Size {
        raw: bytes.len() as u64,
        gzip: encoder.finish()?.len() as u64,
    })
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        // A tree that workflows use by `act` is a git repository; its history is not part of a release.
        if kind.is_dir() && entry.file_name() != ".git" {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("failed to read {}", path.display()))
}

/// ELF, Mach-O (64 bit) or PE.
fn is_program(bytes: &[u8]) -> bool {
    let magic: [&[u8]; 3] = [b"\x7fELF", b"\xcf\xfa\xed\xfe", b"MZ"];
    magic.iter().any(|magic| bytes.starts_with(magic))
}

/// The action whose name a program's file name starts with; the longest, should one begin with another.
fn owner(file: &Path, actions: &[String]) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    let owners = actions.iter().filter(|action| name.starts_with(*action));
    owners.max_by_key(|action| action.len()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_are_told_from_the_rest_and_named_after_their_action() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for action in ["plan", "plan-more", "actions/plan"] {
            fs::create_dir_all(root.join(action)).unwrap();
            fs::write(root.join(action).join("action.yml"), "name: x\n").unwrap();
        }
        fs::create_dir(root.join("dist")).unwrap();
        let program = root.join("dist").join("plan-more-x86_64");
        fs::write(&program, b"\x7fELF and more").unwrap();
        let tree = tree(root).unwrap();
        assert_eq!(tree.actions, ["plan", "plan-more"]);
        assert_eq!(tree.binaries, [("plan-more".to_owned(), program)]);
        assert_eq!(tree.without_binaries.raw, 24);
    }
}
