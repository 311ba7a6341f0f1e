//! Errors of the jobs file, each with the line where the reader must look.

use super::{JobsFileError, Range, did_you_mean, list};

/// The text that spans point into.
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
}

impl Place<'_> {
    /// An error at the line where `span` starts; an empty span at the start means the whole file.
    pub(super) fn invalid(&self, span: Range<usize>, problem: String) -> JobsFileError {
        let place = match span {
            Range { start: 0, end: 0 } => self.path.to_owned(),
            Range { start, .. } => {
                let before = self.text.as_bytes().iter().take(start);
                let line = before.filter(|&&byte| byte == b'\n').count() + 1;
                format!("{}:{line}", self.path)
            }
        };
        JobsFileError::Invalid { place, problem }
    }

    /// An error on a word that is none of `known`.
    pub(super) fn unknown(
        &self,
        kind: &str,
        word: &str,
        span: Range<usize>,
        known: &[&str],
    ) -> JobsFileError {
        self.invalid(span, unknown(kind, word, known))
    }

    /// What the parser says, in the words of whoever writes the file.
    pub(super) fn of_toml(&self, error: &toml::de::Error) -> JobsFileError {
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
