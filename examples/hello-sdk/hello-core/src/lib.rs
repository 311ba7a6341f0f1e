#![doc = include_str!("../README.md")]

use std::fmt;
use std::str::FromStr;

/// A language that we can greet in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    #[default]
    English,
    German,
    Japanese,
    Swedish,
}

impl Language {
    /// Every language, sorted by its code.
    pub const ALL: &[Self] = &[Self::German, Self::English, Self::Japanese, Self::Swedish];

    /// The two-letter code of ISO 639-1.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Japanese => "ja",
            Self::Swedish => "sv",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|language| language.code() == code)
            .ok_or_else(|| UnknownLanguage(code.to_owned()))
    }
}

/// A code that names none of [`Language::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLanguage(String);

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Language::ALL
            .iter()
            .map(|language| language.code())
            .collect();
        write!(
            f,
            "unknown language {:?}: the languages are {}",
            self.0,
            known.join(", ")
        )
    }
}

impl std::error::Error for UnknownLanguage {}

/// Greets somebody. White space around the name does not count.
#[must_use]
pub fn greet(name: &str, language: Language) -> String {
    let name = name.trim();
    match language {
        Language::English => format!("Hello, {name}!"),
        Language::German => format!("Hallo, {name}!"),
        Language::Japanese => format!("こんにちは、{name}！"),
        Language::Swedish => format!("Hej, {name}!"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_names_its_language() {
        for &language in Language::ALL {
            assert_eq!(language.code().parse(), Ok(language));
        }
    }

    #[test]
    fn languages_are_sorted_by_code() {
        assert!(Language::ALL.is_sorted_by_key(|language| language.code()));
    }

    #[test]
    fn an_unknown_code_is_answered_with_the_known_ones() {
        let error = "tlh".parse::<Language>().unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"unknown language "tlh": the languages are de, en, ja, sv"#
        );
    }

    #[test]
    fn a_greeting_names_the_person() {
        for &language in Language::ALL {
            assert!(greet("Ada", language).contains("Ada"));
        }
    }

    #[test]
    fn white_space_around_a_name_does_not_count() {
        assert_eq!(greet(" Ada\n", Language::default()), "Hello, Ada!");
    }
}
