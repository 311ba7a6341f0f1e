//! What a run did, and the words shared by both registries.

/// The files of one run, in the order in which they were dealt with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Sent by this run, and seen in the index since.
    pub published: Vec<String>,
    /// There before, with the same bytes.
    pub unchanged: Vec<String>,
}

/// What became of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// This run sent it.
    Published,
    /// It was there already, with the same bytes.
    Unchanged,
}

/// What the registry holds under a file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing: it would be sent.
    Absent,
    /// The same bytes: nothing to do.
    Same,
    /// Other bytes, by their SHA-256 in hex. Nothing is sent while one file of the run is in this state.
    Other {
        /// SHA-256 of what is there, 64 hex digits.
        existing: String,
    },
}

impl State {
    /// Compares what is there with what would be sent, both as hex SHA-256.
    pub(crate) fn of(existing: Option<&str>, ours: &str) -> Self {
        match existing {
            None => Self::Absent,
            Some(sha256) if sha256.eq_ignore_ascii_case(ours) => Self::Same,
            Some(sha256) => Self::Other {
                existing: sha256.to_ascii_lowercase(),
            },
        }
    }
}

impl Outcome {
    pub(crate) fn note(&mut self, file: &str, sent: Sent) {
        match sent {
            Sent::Published => self.published.push(file.to_owned()),
            Sent::Unchanged => self.unchanged.push(file.to_owned()),
        }
    }
}

/// A file whose name is taken by other bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The file's name.
    pub file: String,
    /// SHA-256 of what the registry holds.
    pub existing: String,
    /// SHA-256 of what this run has.
    pub ours: String,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            file,
            existing,
            ours,
        } = self;
        write!(f, "{file} exists with sha256 {existing}, ours is {ours}")
    }
}

/// Several things in one sentence, each on its own line when there is more than one.
pub(crate) fn listed<T: ToString>(items: &[T]) -> String {
    match items {
        [one] => one.to_string(),
        many => many
            .iter()
            .map(|item| format!("\n- {}", item.to_string()))
            .collect(),
    }
}
