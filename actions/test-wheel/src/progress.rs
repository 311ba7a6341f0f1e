//! What our plugin of pytest noted while it ran: enough for a report where pytest itself wrote none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::Context as _;
use serde::Deserialize;
use test_reports::{Case, End, Report};
use untrusted_input::checkout;

/// One line of a process's notes. The tests run in the same process and can write anything there.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Note {
    Imported {
        path: String,
    },
    Started {
        test: String,
        file: String,
        line: Option<u32>,
    },
    Finished {
        test: String,
    },
    Report {
        test: String,
        outcome: String,
        seconds: f64,
        text: String,
    },
}

/// The notes of all processes of a run.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    tests: BTreeMap<String, Test>,
    imported: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Test {
    file: String,
    line: Option<u32>,
    seconds: f64,
    failed: String,
    skipped: bool,
    is_finished: bool,
}

impl Progress {
    /// Reads the notes in a folder; a line that a killed process left half-written is left out.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut progress = Self::default();
        let entries = fs::read_dir(folder).context("failed to read the notes of the tests")?;
        for entry in entries {
            let path = entry
                .context("failed to read the notes of the tests")?
                .path();
            let Ok(text) = checkout::read_text(&path, checkout::LARGE) else {
                continue;
            };
            for line in text.lines() {
                if let Ok(note) = serde_json::from_str(line) {
                    progress.take(note);
                }
            }
        }
        Ok(progress)
    }

    fn take(&mut self, note: Note) {
        match note {
            Note::Imported { path } => {
                self.imported.insert(path);
            }
            Note::Started { test, file, line } => {
                let test = self.tests.entry(test).or_default();
                (test.file, test.line) = (file, line);
            }
            Note::Finished { test } => self.tests.entry(test).or_default().is_finished = true,
            Note::Report {
                test,
                outcome,
                seconds,
                text,
            } => {
                let test = self.tests.entry(test).or_default();
                test.seconds += seconds;
                match outcome.as_str() {
                    "failed" => test.failed.push_str(&text),
                    "skipped" => test.skipped = true,
                    _ => {}
                }
            }
        }
    }

    /// From where the wheel's module was imported, if that was not the environment.
    pub(crate) fn imported_elsewhere(&self) -> Option<&str> {
        self.imported.first().map(String::as_str)
    }

    /// Tests that had begun and not ended.
    pub(crate) fn running(&self) -> Vec<&str> {
        let tests = self.tests.iter();
        let running = tests.filter(|(_, test)| !test.is_finished);
        running.map(|(name, _)| name.as_str()).collect()
    }

    /// A report as of pytest. A test that was still running has failed, because of `stop`.
    pub(crate) fn report(&self, stop: &str) -> Report {
        let case = |(name, test): (&String, &Test)| {
            let (class, function) = class_and_function(name);
            let end = match test.is_finished {
                false => End::Failed(format!("it was still running: {stop}")),
                true if !test.failed.is_empty() => End::Failed(test.failed.clone()),
                true if test.skipped => End::Skipped,
                true => End::Passed,
            };
            Case {
                class,
                name: function.to_owned(),
                seconds: Some(test.seconds),
                file: Some(test.file.clone()),
                line: test.line.and_then(|line| line.checked_add(1)),
                end,
            }
        };
        Report {
            cases: self.tests.iter().map(case).collect(),
            ..Report::default()
        }
    }
}

/// pytest calls a test `python/tests/test_a.py::TestA::test_b`, and its report `python.tests.test_a.TestA` and `test_b`.
fn class_and_function(test: &str) -> (String, &str) {
    // Parameters may hold colons.
    let (name, _) = test.split_once('[').unwrap_or((test, ""));
    let Some((class, _)) = name.rsplit_once("::") else {
        return (String::new(), test);
    };
    let function = test
        .strip_prefix(class)
        .and_then(|rest| rest.strip_prefix("::"))
        .unwrap_or(test);
    let class = class.replacen(".py", "", 1).replace("::", ".");
    (class.replace('/', "."), function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_become_a_report_in_which_a_test_that_hangs_has_failed() {
        let folder = tempfile::tempdir().unwrap();
        let notes = concat!(
            r#"{"kind":"started","test":"t/test_a.py::TestA::test_b[x::y]","file":"t/test_a.py","line":4}"#,
            "\n",
            r#"{"kind":"report","test":"t/test_a.py::TestA::test_b[x::y]","outcome":"failed","seconds":0.5,"text":"\u001b[1m1 < 2 & \"3\""}"#,
            "\n",
            r#"{"kind":"finished","test":"t/test_a.py::TestA::test_b[x::y]"}"#,
            "\n",
            r#"{"kind":"started","test":"t/test_a.py::test_slow","file":"t/test_a.py","line":8}"#,
            "\n",
            r#"{"kind":"imported","pa"#,
        );
        fs::write(folder.path().join("1.jsonl"), notes).unwrap();
        let progress = Progress::read(folder.path()).unwrap();
        assert_eq!(progress.running(), ["t/test_a.py::test_slow"]);
        assert_eq!(progress.imported_elsewhere(), None);
        let path = folder.path().join("junit.xml");
        progress
            .report("time is up")
            .write(&path, "pytest")
            .unwrap();
        let report = Report::read(&path).unwrap();
        let annotations = test_reports::annotations(&report);
        let told: Vec<(&str, Option<u32>, &str)> = annotations
            .iter()
            .map(|one| {
                (
                    one.title.as_deref().unwrap(),
                    one.line,
                    one.message.as_str(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("t.test_a.TestA::test_b[x::y]", Some(5), "[1m1 < 2 & \"3\""),
                (
                    "t.test_a::test_slow",
                    Some(9),
                    "it was still running: time is up"
                ),
            ]
        );
    }
}
