//! What happens while packages travel, for the action that writes the log.

use std::{sync::Arc, time::Duration};

use crate::clock::spoken;

/// One thing worth a line in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An attempt failed in a way that may pass; the next one starts after `wait`.
    Retrying {
        /// What was tried, as in `upload a-1.0-py3-none-any.whl`.
        what: String,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// How many there will be at most.
        of: u32,
        /// The wait before the next.
        wait: Duration,
        /// Why it failed; holds no secret.
        cause: String,
    },
    /// The bytes of `file` are about to be sent.
    Sending {
        /// The file's name.
        file: String,
        /// Its size in bytes.
        size: u64,
    },
    /// The registry took `file`; the index does not show it yet.
    Sent {
        /// The file's name.
        file: String,
    },
    /// The index shows `file` with the right digest.
    Published {
        /// The file's name.
        file: String,
    },
    /// GitHub has `file`, and reports its digest.
    Uploaded {
        /// The file's name.
        file: String,
    },
    /// What GitHub had under the name of `file` is deleted, to be sent again.
    Deleted {
        /// The file's name.
        file: String,
        /// Why.
        reason: &'static str,
    },
    /// Nothing is sent for a while, because the registry's limits would refuse it.
    Waiting {
        /// What is waited for, as in `the limit of new crates`.
        what: String,
        /// How long.
        wait: Duration,
        /// How many files are still to be sent.
        left: usize,
        /// How long all of them will take at the least, this wait included.
        at_least: Duration,
    },
    /// The same bytes were already there.
    Unchanged {
        /// The file's name.
        file: String,
    },
    /// Something that a person should know, and that stops nothing.
    Caution {
        /// A sentence.
        text: String,
    },
}

/// A line for a log.
impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Retrying {
                what,
                attempt,
                of,
                wait,
                cause,
            } => write!(
                f,
                "attempt {attempt} of {of} to {what} failed: {cause}; the next one starts in {}",
                spoken(*wait)
            ),
            Self::Sending { file, size } => write!(f, "{file}: sending {size} bytes"),
            Self::Sent { file } => write!(f, "{file}: accepted, waiting until the index shows it"),
            Self::Published { file } => write!(f, "{file}: published"),
            Self::Uploaded { file } => write!(f, "{file}: uploaded, digest verified"),
            Self::Deleted { file, reason } => write!(f, "{file}: deleted on GitHub: {reason}"),
            Self::Waiting {
                what,
                wait,
                left,
                at_least,
            } => write!(
                f,
                "waiting {} for {what}; {left} left to send, which takes at least {}",
                spoken(*wait),
                spoken(*at_least)
            ),
            Self::Unchanged { file } => write!(f, "{file}: already there"),
            Self::Caution { text } => f.write_str(text),
        }
    }
}

/// Hears every [`Event`]; it must not block.
pub type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// A listener for callers who want silence.
pub fn silent() -> Listener {
    Arc::new(|_| {})
}
