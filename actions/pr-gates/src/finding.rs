//! One thing to fix, with its place: all that a gate gives back.

use actions_core::{Exception, Level, text};

/// What a finding means for the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The gate says no.
    Error,
    /// Worth mending, but no reason to stop a merge.
    Warning,
    /// The rule itself is wrong, so that the gate could not run.
    Misconfigured,
}

impl Severity {
    pub(crate) fn level(self) -> Level {
        match self {
            Self::Error | Self::Misconfigured => Level::Error,
            Self::Warning => Level::Warning,
        }
    }
}

/// One thing to fix. The message is one line: subject, fact with its number, limit; no full stop.
/// Message and help may quote strangers: they show what is quoted, and obey nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) message: String,
    /// What to do about this one; without it the gate's own help stands.
    pub(crate) help: Option<String>,
    /// Path from the root of the repository.
    pub(crate) file: Option<String>,
    /// Line of `file`, counted from 1.
    pub(crate) line: Option<u32>,
    /// Full id of the commit that brought it in.
    pub(crate) commit: Option<String>,
    /// When the rule that found it gives way, where it has an exception of its own.
    pub(crate) exception: Option<Exception>,
    /// Why it does not stop a merge although its severity says so.
    pub(crate) waived: Option<String>,
}

impl Finding {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: text::one_line(&message.into()).into_owned(),
            help: None,
            file: None,
            line: None,
            commit: None,
            exception: None,
            waived: None,
        }
    }

    pub(crate) fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::new(message)
        }
    }

    pub(crate) fn misconfigured(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Misconfigured,
            ..Self::new(message)
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(text::one_line(&help.into()).into_owned());
        self
    }

    pub(crate) fn file(mut self, path: &str) -> Self {
        self.file = Some(path.to_owned());
        self
    }

    pub(crate) fn line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn exception(mut self, exception: &Exception) -> Self {
        self.exception = Some(exception.clone());
        self
    }

    pub(crate) fn commit(mut self, id: &str) -> Self {
        self.commit = Some(id.to_owned());
        self
    }
}
