//! The undo file: read as what a stranger may have written, because it says which files to overwrite.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};
use untrusted_input::{checkout, writes};

use super::io_error;
use crate::stamp::StampError;

/// By path from the root of the checkout, with `/`.
pub(super) type Files = BTreeMap<PathBuf, Before>;

/// What is to be given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    /// The version before the first stamp.
    pub(super) version: Version,
    /// As they were before the first stamp.
    pub(super) files: Files,
    /// What a stamp is changing right now: each of these files is in its old state or in its new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unfinished: Option<Files>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Before {
    /// The whole text before the stamp.
    pub(super) text: String,
    /// SHA-256 of what the stamp wrote.
    pub(super) stamped: String,
}

impl Journal {
    pub(super) fn new(version: Version) -> Self {
        Self {
            version,
            files: Files::new(),
            unfinished: None,
        }
    }

    /// `None` when there is no such file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, StampError> {
        let wrong = |reason: String| StampError::UndoFile {
            path: path.to_owned(),
            reason,
        };
        let bytes = match checkout::read(path, checkout::LARGE) {
            Ok(bytes) => bytes,
            Err(error) if error.is_missing() => return Ok(None),
            Err(cause) => return Err(wrong(cause.to_string())),
        };
        Self::parse(&bytes).map(Some).map_err(wrong)
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let journal: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let files = journal.files.keys();
        for path in files.chain(journal.unfinished.iter().flat_map(Files::keys)) {
            check(path)?;
        }
        Ok(journal)
    }

    pub(super) fn with(mut self, unfinished: Files) -> Self {
        self.unfinished = Some(unfinished);
        self
    }

    /// After the last file is written: the first text of each file is kept, with what the last stamp wrote.
    pub(super) fn finished(mut self, old: &Version, stamped: Files) -> Self {
        let mut is_a_second_stamp = false;
        for (key, file) in stamped {
            match self.files.get_mut(&key) {
                Some(known) if known.stamped == digest(&file.text) => {
                    is_a_second_stamp = true;
                    known.stamped = file.stamped;
                }
                // A file that somebody has changed since is what they want back.
                _ => drop(self.files.insert(key, file)),
            }
        }
        if !is_a_second_stamp {
            self.version = old.clone();
        }
        self
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), StampError> {
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            writes::replace(path, &serde_json::to_vec_pretty(self)?)
        };
        write().map_err(|cause| io_error("write", path, cause))
    }
}

fn digest(text: &str) -> String {
    crate::digest::sha256_bytes(text.as_bytes()).sha256
}

/// Only what a stamp writes is given back: manifests and lock files of the checkout, and nothing of git's.
fn check(path: &Path) -> Result<(), String> {
    let refused = |why: &str| Err(format!("it names `{}`, {why}", path.display()));
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => names.push(name.to_string_lossy()),
            _ => return refused("which points outside the checkout"),
        }
    }
    let is_gits = |name: &str| name.to_ascii_lowercase().starts_with(".git");
    match names.last() {
        Some(file) if file != "Cargo.lock" && !file.ends_with(".toml") => {
            refused("which is neither a manifest nor a lock file")
        }
        Some(_) if names.iter().any(|name| is_gits(name)) => refused("which belongs to git"),
        Some(_) => Ok(()),
        None => refused("which is not a file"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Result<Journal, String> {
        let before = serde_json::json!({"text": "", "stamped": ""});
        let journal = serde_json::json!({"version": "0.1.0", "files": {path: before}});
        Journal::parse(journal.to_string().as_bytes())
    }

    #[test]
    fn only_manifests_and_lock_files_of_the_checkout_are_given_back() {
        for path in ["Cargo.toml", "a/Cargo.lock", "python/pyproject.toml"] {
            of(path).unwrap();
        }
        for path in [
            "../Cargo.toml",
            "a/../../Cargo.toml",
            "/etc/Cargo.toml",
            ".git/hooks/x.toml",
            "a/.GIT/config.toml",
            "build.rs",
            ".bashrc",
            "",
            ".",
        ] {
            assert!(of(path).is_err(), "{path}");
        }
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn whatever_an_undo_file_names_lies_in_the_checkout() {
        let seeds = [
            r#"{"version": "0.1.0", "files": {"a/Cargo.toml": {"text": "x", "stamped": "00"}}}"#,
            r#"{"version": "0.1.0", "files": {}, "unfinished": {"Cargo.lock": {"text": "", "stamped": ""}}}"#,
        ];
        let words = [
            "../", "/etc/", ".git/", "C:\\\\", "./", "//", ".toml", "\\u0000",
        ];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let Ok(journal) = Journal::parse(text.as_bytes()) else {
                return;
            };
            let root = Path::new("/checkout");
            let unfinished = journal.unfinished.unwrap_or_default();
            for path in journal.files.keys().chain(unfinished.keys()) {
                let whole = untrusted_input::checkout::clean(&root.join(path));
                assert!(whole.starts_with(root) && whole != root, "{path:?}");
                assert!(!whole.starts_with("/checkout/.git"), "{path:?}");
            }
        });
    }
}
