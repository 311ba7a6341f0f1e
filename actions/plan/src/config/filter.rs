//! Filters on events, such as `push:main`: one spelling for what YAML spreads over `on:` and `if:`.

use actions_core::{Place, PlacedError, text};
use toml::Spanned;
use untrusted_input::Glob;

use crate::trigger::{Trigger, WORDS};

/// An event, and if it has a pattern, which of them.
#[derive(Clone, Debug)]
pub struct Filter {
    text: String,
    word: String,
    pattern: Option<Glob>,
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
                let problem = format!("event {text:?}: there is no pattern after the colon");
                return Err(place.invalid(spanned.span(), problem));
            }
            Some(pattern) => Some(Glob::new(pattern).map_err(|error| {
                let text = text::shortened(text);
                place.invalid(spanned.span(), format!("event {text:?}: {error}"))
            })?),
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

    /// The event.
    pub(crate) fn word(&self) -> &str {
        &self.word
    }

    /// The branch, tag or other subject, if only one is meant.
    pub(crate) fn subject(&self) -> Option<&str> {
        let (_, subject) = self.text.split_once(':')?;
        (!subject.contains(['*', '?', '[', '{', '\\'])).then_some(subject)
    }

    /// Whether there can be an event that both mean.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let both = || self.pattern.as_ref().zip(other.pattern.as_ref());
        let agree = || match (both(), self.subject(), other.subject()) {
            (None, ..) | (Some(_), None, None) => true,
            (Some((_, pattern)), Some(subject), _) => pattern.matches(subject),
            (Some((pattern, _)), None, Some(subject)) => pattern.matches(subject),
        };
        self.word == other.word && agree()
    }

    /// Whether `trigger` is meant.
    pub fn matches(&self, trigger: &Trigger) -> bool {
        let Some(pattern) = &self.pattern else {
            return self.word == trigger.word;
        };
        let subject = trigger.subject.as_deref();
        self.word == trigger.word && subject.is_some_and(|subject| pattern.matches(subject))
    }
}
