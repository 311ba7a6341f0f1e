//! What a preflight answers: everything that would stop the release, each with what to do, and what is good to know.

use std::{fmt, time::Duration};

use crate::clock::spoken;

/// All that one look found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What stops the release.
    pub problems: Vec<Note>,
    /// What a person should know before, and what stops nothing.
    pub cautions: Vec<Note>,
    /// What could not be looked at, so that nobody knows whether the release would work.
    pub unseen: Vec<Unseen>,
    /// What was found, for a table.
    pub rows: Vec<Row>,
    /// How long the release will take at the least.
    pub estimate: Estimate,
}

/// One problem or caution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Id of the check that found it, such as `release-tag`.
    pub check: &'static str,
    /// Where it is: a file, a project, a registry, a tag.
    pub place: String,
    /// What is wrong, with its numbers; no full stop.
    pub what: String,
    /// What to do about it, as a sentence.
    pub fix: String,
}

/// A source that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// Which source: the bucket, a registry, GitHub.
    pub place: String,
    /// What was tried and why it failed.
    pub cause: String,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Id of the check that tells it.
    pub check: &'static str,
    /// What it is about.
    pub subject: String,
    /// What was found.
    pub found: String,
}

/// How long the release will take at the least.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Bytes that are still to be sent, each of them once.
    pub bytes: u64,
    /// What sending them takes; `None` where no rate is known.
    pub upload: Option<Duration>,
    /// Waits that the limits of registries add.
    pub limits: Duration,
}

impl Report {
    /// Whether everything could be looked at and nothing stops the release.
    pub fn is_clear(&self) -> bool {
        self.problems.is_empty() && self.unseen.is_empty()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.place, self.what, self.fix)
    }
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} could not be checked: {}", self.place, self.cause)
    }
}

impl Estimate {
    /// The time in all: uploads go on while a limit is waited for.
    pub fn at_least(&self) -> Duration {
        self.limits.max(self.upload.unwrap_or_default())
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.upload, self.limits.is_zero()) {
            (None, true) => f.write_str("not known"),
            (_, true) => write!(f, "at least {}", spoken(self.at_least())),
            (_, false) => write!(
                f,
                "at least {}, because of the rate limits of the Cargo registry",
                spoken(self.at_least())
            ),
        }
    }
}

/// What the checks write into.
#[derive(Debug)]
pub(crate) struct Notes<'a> {
    pub(crate) check: &'static str,
    pub(crate) report: &'a mut Report,
}

impl Notes<'_> {
    pub(crate) fn problem(
        &mut self,
        place: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let note = self.note(place.into(), what.into(), fix.into());
        self.report.problems.push(note);
    }

    pub(crate) fn caution(
        &mut self,
        place: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let note = self.note(place.into(), what.into(), fix.into());
        self.report.cautions.push(note);
    }

    pub(crate) fn row(&mut self, subject: impl Into<String>, found: impl Into<String>) {
        self.report.rows.push(Row {
            check: self.check,
            subject: subject.into(),
            found: found.into(),
        });
    }

    fn note(&self, place: String, what: String, fix: String) -> Note {
        Note {
            check: self.check,
            place,
            what,
            fix,
        }
    }
}

/// A clause as a sentence.
pub(crate) fn sentence(clause: &str) -> String {
    let mut chars = clause.trim_end_matches('.').chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}
