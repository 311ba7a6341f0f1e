//! What a release did, step by step and row by row, for the log, the summary and the journal.

use std::{fmt, sync::Arc, time::Duration};

use crate::preflight::Estimate;

/// The steps of a release, in the one order in which nothing irreversible happens before all that is reversible is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Everything is looked at; nothing is written.
    Preflight,
    /// Every file gets its signature in the bucket.
    Sign,
    /// GitHub's draft gets its files.
    Stage,
    /// Wheels and sdists go to the Python index.
    Pypi,
    /// Crates go to the Cargo registry.
    Crates,
    /// The draft is published.
    GitHub,
    /// The channels move.
    Channels,
    /// Everything that was done is read back.
    Verify,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Preflight,
        Self::Sign,
        Self::Stage,
        Self::Pypi,
        Self::Crates,
        Self::GitHub,
        Self::Channels,
        Self::Verify,
    ];

    /// What it is called in logs and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Sign => "sign",
            Self::Stage => "stage",
            Self::Pypi => "PyPI",
            Self::Crates => "crates.io",
            Self::GitHub => "GitHub",
            Self::Channels => "channels",
            Self::Verify => "verify",
        }
    }

    /// Its place, from 1.
    pub fn number(self) -> usize {
        let before = Self::ALL.iter().take_while(|step| **step != self);
        before.count() + 1
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that a step dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// A file, a tag, a channel.
    pub what: String,
    /// What was there.
    pub before: String,
    /// What was done; in a dry run, what would be.
    pub done: String,
    /// Whether something was written; in a dry run, whether it would be.
    pub changed: bool,
}

impl Row {
    /// Something that is as it should be.
    pub(crate) fn kept(what: impl Into<String>, before: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            before: before.into(),
            done: "nothing to do".to_owned(),
            changed: false,
        }
    }

    /// Something that was or would be written.
    pub(crate) fn changed(
        what: impl Into<String>,
        before: impl Into<String>,
        done: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            before: before.into(),
            done: done.into(),
            changed: true,
        }
    }

    /// Something that is left as it is, for a reason.
    pub(crate) fn left(
        what: impl Into<String>,
        before: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            before: before.into(),
            done: why.into(),
            changed: false,
        }
    }
}

/// What became of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepReport {
    /// Which.
    pub step: Step,
    /// What it dealt with.
    pub rows: Vec<Row>,
    /// How long it took.
    pub took: Duration,
}

impl StepReport {
    /// `3 changed, 2 already there`.
    pub fn counts(&self) -> String {
        let changed = self.rows.iter().filter(|row| row.changed).count();
        match (self.rows.len(), changed) {
            (0, _) => "nothing to do".to_owned(),
            (all, 0) => format!("{all} unchanged"),
            (all, changed) if all == changed => format!("{changed} changed"),
            (all, changed) => format!("{changed} changed, {} unchanged", all - changed),
        }
    }
}

/// What a run did, as far as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The steps that ended well.
    pub steps: Vec<StepReport>,
    /// What a person should know, and what stops nothing.
    pub cautions: Vec<String>,
    /// Public commands that verify what was published.
    pub commands: Vec<String>,
    /// How long it takes at the least.
    pub estimate: Estimate,
}

impl Report {
    /// Whether anything was written; in a dry run, whether it would be.
    pub fn changed(&self) -> bool {
        let mut rows = self.steps.iter().flat_map(|step| &step.rows);
        rows.any(|row| row.changed)
    }

    /// What one step dealt with and wrote, by name.
    pub fn changed_in(&self, step: Step) -> Vec<String> {
        let steps = self.steps.iter().filter(|one| one.step == step);
        let rows = steps.flat_map(|one| &one.rows);
        rows.filter(|row| row.changed)
            .map(|row| row.what.clone())
            .collect()
    }
}

/// One thing worth a line in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A step begins.
    Started(Step),
    /// A step has ended well.
    Ended(StepReport),
    /// A package is on this machine.
    Fetched {
        /// Its file name.
        file: String,
        /// In bytes.
        size: u64,
    },
    /// What stops nothing.
    Caution(String),
}

/// Hears every [`Progress`]; it must not block.
pub type Listener = Arc<dyn Fn(&Progress) + Send + Sync>;
