//! Lines such as `utf-8, lf, final-newline for **`: how the bytes of some files must be.

use std::str::FromStr;

use actions_core::{did_you_mean, list};

use crate::glob::Pattern;

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) words: Vec<Word>,
    pub(super) files: Pattern,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Utf8,
    Bom,
    NoBom,
    Lf,
    Crlf,
    FinalNewline,
    /// Takes back what the lines before asked for.
    Anything,
}

const WORDS: [(&str, Word); 7] = [
    ("utf-8", Word::Utf8),
    ("bom", Word::Bom),
    ("no-bom", Word::NoBom),
    ("lf", Word::Lf),
    ("crlf", Word::Crlf),
    ("final-newline", Word::FinalNewline),
    ("anything", Word::Anything),
];

/// What all rules together ask of one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) utf8: bool,
    pub(super) bom: Option<bool>,
    /// `\r\n` where it is true.
    pub(super) crlf: Option<bool>,
    pub(super) final_newline: bool,
}

impl Format {
    /// Of rules that contradict each other the last one counts.
    pub(super) fn of(path: &str, rules: &[Rule]) -> Self {
        let matching = rules.iter().filter(|rule| rule.files.matches(path));
        let words = matching.flat_map(|rule| &rule.words);
        words.fold(Self::default(), |mut format, word| {
            match word {
                Word::Utf8 => format.utf8 = true,
                Word::Bom => format.bom = Some(true),
                Word::NoBom => format.bom = Some(false),
                Word::Lf => format.crlf = Some(false),
                Word::Crlf => format.crlf = Some(true),
                Word::FinalNewline => format.final_newline = true,
                Word::Anything => format = Self::default(),
            }
            format
        })
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (words, files) = text
            .split_once(" for ")
            .ok_or("expected words and a glob, such as `utf-8, lf for **`")?;
        let words = words.split([',', ' ']).filter(|word| !word.is_empty());
        Ok(Self {
            words: words.map(word).collect::<Result<_, _>>()?,
            files: files.trim().parse()?,
        })
    }
}

fn word(text: &str) -> Result<Word, String> {
    let known = WORDS.iter().find(|(name, _)| *name == text);
    known.map(|(_, word)| *word).ok_or_else(|| {
        let names = WORDS.map(|(name, _)| name);
        let hint = did_you_mean(text, names)
            .map(|meant| format!(", did you mean `{meant}`?"))
            .unwrap_or_default();
        format!(
            "unknown word \"{text}\": the words are {}{hint}",
            list(&names)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(path: &str, lines: &[&str]) -> Format {
        let rules: Vec<Rule> = lines.iter().map(|line| line.parse().unwrap()).collect();
        Format::of(path, &rules)
    }

    #[test]
    fn rules_add_up_and_the_last_one_counts() {
        let lines = ["utf-8 lf for **", "crlf for *.bat", "anything for vendor/"];
        let lf = Format {
            utf8: true,
            crlf: Some(false),
            ..Format::default()
        };
        assert_eq!(format("a.rs", &lines), lf);
        assert_eq!(
            format("a.bat", &lines),
            Format {
                crlf: Some(true),
                ..lf
            }
        );
        assert_eq!(format("vendor/a.bat", &lines), Format::default());
    }

    #[test]
    fn an_unknown_word_lists_the_words() {
        let err = "utf8 for **".parse::<Rule>().unwrap_err();
        assert!(
            err.starts_with("unknown word \"utf8\": the words are utf-8, bom, "),
            "{err}"
        );
        assert!(err.ends_with("did you mean `utf-8`?"), "{err}");
        assert!(
            "lf".parse::<Rule>()
                .unwrap_err()
                .contains("`utf-8, lf for **`")
        );
    }
}
