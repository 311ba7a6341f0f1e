//! Filters on events, such as `push:main`: one spelling for what YAML spreads over `on:` and `if:`.

use actions_core::{Place, PlacedError};
use globset::{GlobBuilder, GlobMatcher};
use toml::Spanned;

use crate::trigger::{Trigger, WORDS};

/// An event, and if it has a pattern, which of them.
#[derive(Clone, Debug)]
pub struct Filter {
    text: String,
    word: String,
    pattern: Option<GlobMatcher>,
}

impl Filter {
    pub(crate) fn parse_all(
        place: &Place<'_>,
        texts: Vec<Spanned<String>>,
    ) -> Result<Vec<Self>, PlacedError> {
        texts
            .into_iter()
            .map(|text| Self::parse(place, &text))
            .collect()
    }

    fn parse(place: &Place<'_>, spanned: &Spanned<String>) -> Result<Self, PlacedError> {
        let text = spanned.get_ref();
        let (word, pattern) = match text.split_once(':') {
            Some((word, pattern)) => (word, Some(pattern)),
            None => (text.as_str(), None),
        };
        if !WORDS.contains(&word) {
            return Err(place.unknown("event", word, spanned.span(), &WORDS));
        }
        let pattern = match pattern {
            None => None,
            Some("") => {
                let problem = format!("event {text:?}: there is no pattern behind the colon");
                return Err(place.invalid(spanned.span(), problem));
            }
            Some(pattern) => Some(
                GlobBuilder::new(pattern)
                    .literal_separator(true)
                    .build()
                    .map_err(|error| {
                        place.invalid(spanned.span(), format!("event {text:?}: {}", error.kind()))
                    })?
                    .compile_matcher(),
            ),
        };
        Ok(Self {
            text: text.clone(),
            word: word.to_owned(),
            pattern,
        })
    }

    /// As it stands in the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether `trigger` is meant.
    pub fn matches(&self, trigger: &Trigger) -> bool {
        let Some(pattern) = &self.pattern else {
            return self.word == trigger.word;
        };
        let subject = trigger.subject.as_deref();
        self.word == trigger.word && subject.is_some_and(|subject| pattern.is_match(subject))
    }
}
