//! Preconditions on an object's generation and metageneration, judged as Google does.

use axum::http::HeaderMap;
use serde_json::Value;

use super::refusal::Refusal;

/// What an object is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) generation: i64,
    pub(super) metageneration: i64,
}

/// What must hold of an object for a request to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    generation: Pair,
    metageneration: Pair,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pair {
    is: Option<i64>,
    is_not: Option<i64>,
}

/// Whether a request reads, replaces or creates an object, or changes one that must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Create,
    Change,
}

/// Names in a query: those of the object that is written, and those of what it is copied from.
const OWN: [&str; 4] = [
    "ifGenerationMatch",
    "ifGenerationNotMatch",
    "ifMetagenerationMatch",
    "ifMetagenerationNotMatch",
];
const SOURCE: [&str; 4] = [
    "ifSourceGenerationMatch",
    "ifSourceGenerationNotMatch",
    "ifSourceMetagenerationMatch",
    "ifSourceMetagenerationNotMatch",
];
/// Names of headers in the XML interface.
const HEADERS: [&str; 4] = [
    "x-goog-if-generation-match",
    "x-goog-if-generation-not-match",
    "x-goog-if-metageneration-match",
    "x-goog-if-metageneration-not-match",
];

impl Conditions {
    fn of(names: [&str; 4], value: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        let number = |name: &str| {
            let Some(text) = value(name) else {
                return Ok(None);
            };
            let number = text.parse();
            number.map(Some).map_err(|_| {
                Refusal::invalid(format!(
                    "Invalid value for {name}: \"{text}\" is not a long."
                ))
            })
        };
        let [is, is_not, meta_is, meta_is_not] = names;
        let pair = |is, is_not| {
            Ok(Pair {
                is: number(is)?,
                is_not: number(is_not)?,
            })
        };
        Ok(Self {
            generation: pair(is, is_not)?,
            metageneration: pair(meta_is, meta_is_not)?,
        })
    }

    /// Those of a query on the object that is written, read, changed or deleted.
    pub(super) fn in_query(query: &[(String, String)]) -> Result<Self, Refusal> {
        Self::of(OWN, |name| found(query, name))
    }

    /// Those of a query on the object that is copied.
    pub(super) fn on_source(query: &[(String, String)]) -> Result<Self, Refusal> {
        Self::of(SOURCE, |name| found(query, name))
    }

    /// Those of the XML interface.
    pub(super) fn in_headers(headers: &HeaderMap) -> Result<Self, Refusal> {
        Self::of(HEADERS, |name| {
            let value = headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
    }

    /// Those of one object in the list of a compose request.
    pub(super) fn of_component(component: &Value) -> Result<Self, Refusal> {
        let conditions = component.get("objectPreconditions");
        Self::of(OWN, |name| {
            Some(match conditions?.get(name)? {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `found` is what the object is right now.
    pub(super) fn check(&self, found: Option<Version>, purpose: Purpose) -> Result<(), Refusal> {
        if found.is_none() && purpose != Purpose::Create {
            // The server says that there is none.
            return Ok(());
        }
        let generation = found.map_or(0, |version| version.generation);
        // Generation 0 stands for an object that is not there.
        let is = self.generation.is.is_none_or(|wanted| wanted == generation);
        let metageneration = found.map(|version| version.metageneration);
        let wanted = self.metageneration.is;
        let meta_is = wanted.is_none_or(|wanted| Some(wanted) == metageneration);
        if !is || !meta_is {
            return Err(Refusal::condition_not_met());
        }
        let is_not = self
            .generation
            .is_not
            .is_none_or(|other| other != generation);
        let other = self.metageneration.is_not;
        let meta_is_not = other.is_none_or(|other| Some(other) != metageneration);
        match (is_not && meta_is_not, purpose) {
            (true, _) => Ok(()),
            (false, Purpose::Read) => Err(Refusal::not_modified()),
            (false, _) => Err(Refusal::condition_not_met()),
        }
    }
}

pub(super) fn found(query: &[(String, String)], name: &str) -> Option<String> {
    let pair = query.iter().find(|(found, _)| found == name);
    pair.map(|(_, value)| value.clone())
}
