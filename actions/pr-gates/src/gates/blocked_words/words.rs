//! Whole words, whatever their case and however many spaces stand between them.

use std::{fmt, str::FromStr};

/// What belongs to a word, so that `todo` is not found in `todos`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Boundary {
    /// Letters, digits and `_`, as in prose and code.
    Identifier,
    /// Letters and digits: in file names `_` stands between words.
    Letter,
}

impl Boundary {
    fn joins(self, c: char) -> bool {
        c.is_alphanumeric() || (self == Self::Identifier && c == '_')
    }
}

/// A blocked word, which may be several.
#[derive(Debug, Clone)]
pub(super) struct Word {
    text: String,
    folded: String,
}

impl FromStr for Word {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let folded = fold(text);
        if folded.is_empty() {
            return Err(
                "a blocked word needs at least one letter: an empty one would be found everywhere",
            );
        }
        Ok(Self {
            text: text.trim().to_owned(),
            folded,
        })
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Lower case, with one space between words.
pub(super) fn fold(text: &str) -> String {
    let text = text.trim();
    // Most lines are this simple, and there are many of them.
    if text.is_ascii() && !has_gap(text.as_bytes()) {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        match word.is_ascii() {
            true => folded.push_str(word),
            false => folded.push_str(&word.to_lowercase()),
        }
    }
    folded.make_ascii_lowercase();
    folded
}

/// Whether words stand apart by anything but one space.
fn has_gap(text: &[u8]) -> bool {
    let mut before = 0;
    text.iter().any(|&byte| {
        let gap = matches!(byte, b'\t'..=b'\r') || (byte, before) == (b' ', b' ');
        before = byte;
        gap
    })
}

impl Word {
    /// Whether a folded text holds the word whole.
    pub(super) fn is_in(&self, text: &str, boundary: Boundary) -> bool {
        let starts_joined = self
            .folded
            .chars()
            .next()
            .is_some_and(|c| boundary.joins(c));
        let ends_joined = self
            .folded
            .chars()
            .next_back()
            .is_some_and(|c| boundary.joins(c));
        let cut = |c: Option<char>| c.is_some_and(|c| boundary.joins(c));
        // Where a word repeats itself, one that is cut may overlap one that is whole.
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(&self.folded)) {
            let at = from + at;
            let (before, found) = text.split_at(at);
            let after = found.get(self.folded.len()..).unwrap_or_default();
            let before = before.chars().next_back();
            if !(starts_joined && cut(before) || ends_joined && cut(after.chars().next())) {
                return true;
            }
            from = at + found.chars().next().map_or(1, char::len_utf8);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(word: &str, text: &str) -> bool {
        let word: Word = word.parse().unwrap();
        word.is_in(&fold(text), Boundary::Identifier)
    }

    #[test]
    fn a_word_is_found_whole() {
        assert!(is_in("wip", "WIP: parser"));
        assert!(is_in("wip", "[wip]"));
        assert!(!is_in("wip", "wiped"));
        assert!(!is_in("wip", "swip"));
        assert!(!is_in("todo", "todo_list"));
        assert!(is_in("wip", "wiped, but wip"));
    }

    #[test]
    fn marks_at_the_ends_of_a_word_need_no_boundary() {
        assert!(is_in("fixup!", "fixup!typo"));
        assert!(!is_in("fixup!", "nofixup! x"));
        assert!(is_in("==stop==", "a==STOP==b"));
    }

    #[test]
    fn spaces_between_words_are_as_good_as_one() {
        assert!(is_in("do not merge", "do\tnot  merge"));
        assert!(is_in("do  not merge", "Do not merge!"));
        assert!(!is_in("do not merge", "do not merges"));
    }

    #[test]
    fn a_word_that_repeats_itself_is_found_behind_a_part_of_it() {
        assert!(is_in("e e", "before e e after"));
        assert!(!is_in("e e", "before e eafter"));
    }

    #[test]
    fn letters_of_all_scripts_are_letters() {
        assert!(is_in("ÜBER", "über"));
        assert!(!is_in("ber", "über"));
        assert!(is_in("🚧", "x🚧x"));
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn a_word_is_in_itself_and_between_spaces() {
        let seeds = ["do not merge", "WIP", "fixup!", "ÜBER ΟΔΟΣ", "🚧 x_y"];
        testkit::fuzz::texts(&seeds, &["_", "İ", "Σ", "\u{a0}"], |text| {
            let Ok(word) = text.parse::<Word>() else {
                return;
            };
            for boundary in [Boundary::Identifier, Boundary::Letter] {
                assert!(word.is_in(&fold(text), boundary));
                let within = format!("before {text} after");
                assert!(word.is_in(&fold(&within), boundary));
            }
        });
    }
}
