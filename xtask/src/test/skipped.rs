//! Tests and steps that could not look, because something of the machine is missing: listed with what to install, never counted as
//! passed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::project;

/// Names the file in which tests write down that they were skipped; `testkit::needs` reads it.
pub(super) const FILE: &str = "CI_ACTIONS_SKIPPED_TESTS";

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Skipped {
    pub(super) test: String,
    pub(super) missing: String,
    pub(super) install: String,
}

/// On a machine of continuous integration all that is needed is installed, or the run has failed.
pub(super) fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// The file for the tests of one step.
#[derive(Debug)]
pub(super) struct List(PathBuf);

impl List {
    /// An empty one, in place of that of an earlier run.
    pub(super) fn new() -> Result<Self> {
        let path = project::scratch().join("skipped-tests.jsonl");
        fs::create_dir_all(project::scratch())
            .and_then(|()| fs::write(&path, ""))
            .with_context(|| format!("failed to write {}", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Each test once: some are run on several servers.
    pub(super) fn read(&self) -> Result<Vec<Skipped>> {
        let text = fs::read_to_string(&self.0)
            .with_context(|| format!("failed to read {}", self.0.display()))?;
        let mut tests = text
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<Vec<Skipped>, _>>()
            .with_context(|| format!("failed to understand {}", self.0.display()))?;
        tests.sort();
        tests.dedup_by(|one, other| one.test == other.test);
        Ok(tests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_this_command_mean_the_same_file() {
        assert_eq!(FILE, testkit::needs::SKIPPED_TESTS);
    }

    #[test]
    fn a_test_that_was_skipped_twice_is_listed_once() {
        let folder = tempfile::tempdir().unwrap();
        let list = List(folder.path().join("list"));
        let line = |test| format!(r#"{{"test":"{test}","missing":"a","install":"b"}}"#);
        let text = [line("x"), line("y"), line("x")].join("\n");
        fs::write(list.path(), text).unwrap();
        let tests: Vec<String> = list
            .read()
            .unwrap()
            .into_iter()
            .map(|one| one.test)
            .collect();
        assert_eq!(tests, ["x", "y"]);
    }
}
