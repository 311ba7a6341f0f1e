//! What was asked for by hand: an unknown word must stop the run, or somebody waits for a job that never comes.

use std::collections::BTreeSet;

use actions_core::{did_you_mean, list};

use crate::config::Config;

/// What was asked for, by kind. `None` leaves the choice to the event.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) jobs: Option<BTreeSet<String>>,
    pub(super) platforms: Option<BTreeSet<String>>,
}

/// Why a request cannot be met.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A word is no name.
    #[error(
        "unknown word {word:?} in input `request`: {hint}the names of jobs, groups and platforms are {}",
        list(known)
    )]
    Unknown {
        /// The word.
        word: String,
        /// Empty, or ``did you mean `…`? ``.
        hint: String,
        /// Every word that has a meaning.
        known: Vec<String>,
    },
}

impl Request {
    pub(super) fn resolve(file: &Config, words: &[String]) -> Result<Self, RequestError> {
        let mut request = Self::default();
        let words = words.iter().map(|word| word.trim());
        for word in words.filter(|word| !word.is_empty()) {
            request.add(file, word)?;
        }
        Ok(request)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_none() && self.platforms.is_none()
    }

    fn add(&mut self, file: &Config, word: &str) -> Result<(), RequestError> {
        if word == "all" {
            self.add_jobs(file.jobs.keys());
            self.add_platforms(file.platforms.keys());
        } else if let Some((name, _)) = file.jobs.get_key_value(word) {
            self.add_jobs([name]);
        } else if let Some((name, _)) = file.platforms.get_key_value(word) {
            self.add_platforms([name]);
        } else if let Some(group) = file.groups.get(word) {
            self.add_jobs(&group.jobs);
            self.add_platforms(&group.platforms);
        } else {
            let known: Vec<&str> = file.names().into_iter().chain(["all"]).collect();
            let near = did_you_mean(word, known.iter().copied());
            return Err(RequestError::Unknown {
                word: word.to_owned(),
                hint: near.map_or_else(String::new, |near| format!("did you mean `{near}`? ")),
                known: known.into_iter().map(str::to_owned).collect(),
            });
        }
        Ok(())
    }

    fn add_jobs<'a>(&mut self, names: impl IntoIterator<Item = &'a String>) {
        for name in names {
            let jobs = self.jobs.get_or_insert_default();
            jobs.insert(name.clone());
        }
    }

    fn add_platforms<'a>(&mut self, names: impl IntoIterator<Item = &'a String>) {
        for name in names {
            let platforms = self.platforms.get_or_insert_default();
            platforms.insert(name.clone());
        }
    }
}
