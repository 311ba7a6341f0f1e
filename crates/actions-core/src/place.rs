//! Errors of a TOML file, each with the line where the reader must look and with the words that would be right.

use std::ops::Range;

use crate::{did_you_mean, list};

/// A file that is being read: where it lies, and the text that spans point into.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// As errors name it.
    pub path: &'a str,
    /// All of it.
    pub text: &'a str,
}

/// What is wrong in a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct PlacedError {
    /// `file:line`, or the file alone.
    pub place: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Place<'_> {
    /// An error at the line where `span` starts; an empty span at the start means the whole file.
    pub fn invalid(&self, span: Range<usize>, problem: String) -> PlacedError {
        let place = match span {
            Range { start: 0, end: 0 } => self.path.to_owned(),
            Range { start, .. } => {
                let before = self.text.as_bytes().iter().take(start);
                let line = before.filter(|&&byte| byte == b'\n').count() + 1;
                format!("{}:{line}", self.path)
            }
        };
        PlacedError { place, problem }
    }

    /// An error on a word that is none of `known`.
    pub fn unknown(
        &self,
        kind: &str,
        word: &str,
        span: Range<usize>,
        known: &[&str],
    ) -> PlacedError {
        self.invalid(span, unknown(kind, word, known))
    }

    /// What the parser says, in the words of whoever writes the file.
    pub fn of_toml(&self, error: &toml::de::Error) -> PlacedError {
        let message = error.message();
        let problem =
            unknown_key(message).unwrap_or_else(|| message.replace("missing field", "missing key"));
        self.invalid(error.span().unwrap_or(0..0), problem)
    }
}

/// As in ``unknown job `weel`: did you mean `wheel`? The jobs are docs and wheel``.
fn unknown(kind: &str, word: &str, known: &[&str]) -> String {
    let hint = did_you_mean(word, known.iter().copied())
        .map(|near| format!("did you mean `{near}`? "))
        .unwrap_or_default();
    let kinds = kind.replace(" or ", "s and ");
    format!(
        "unknown {kind} {word:?}: {hint}the {kinds}s are {}",
        list(known)
    )
}

/// Serde's ``unknown field `a`, expected one of `b`, `c``` as an error of ours.
fn unknown_key(message: &str) -> Option<String> {
    let (word, expected) = message.strip_prefix("unknown field `")?.split_once("`,")?;
    let known: Vec<&str> = expected
        .split('`')
        .enumerate()
        .filter_map(|(index, part)| (index % 2 == 1).then_some(part))
        .collect();
    Some(unknown("key", word, &known))
}
