//! Inputs of actions that a table of the config file gives for a published workflow, which passes each on as text.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use toml::Spanned;

use crate::{Place, PlacedError};

/// The table as it is written.
pub type RawInputs = BTreeMap<Spanned<String>, Spanned<RawInput>>;

/// A value as it is written.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected text in quotes, a list of such texts, a number, `true` or `false`"
)]
pub enum RawInput {
    /// Text.
    Text(String),
    /// One item per line.
    Lines(Vec<String>),
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(i64),
}

impl RawInput {
    /// The value as a workflow passes it on.
    pub fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Lines(lines) => lines.join("\n"),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// The inputs by name.
///
/// # Errors
/// A key that is not in `known`.
pub fn inputs(
    place: &Place<'_>,
    raw: RawInputs,
    known: &[&str],
) -> Result<BTreeMap<String, String>, PlacedError> {
    let mut inputs = BTreeMap::new();
    for (key, value) in raw {
        if !known.contains(&key.get_ref().as_str()) {
            return Err(place.unknown("key", key.get_ref(), key.span(), known));
        }
        inputs.insert(key.into_inner(), value.into_inner().text());
    }
    Ok(inputs)
}

/// The keys as properties of a JSON Schema, each with the names of those that know it.
pub fn properties(known: &[(&str, &[&str])]) -> Map<String, Value> {
    let keys = known.iter().flat_map(|(_, keys)| keys.iter());
    let property = |key: &&str| {
        let names = known.iter().filter(|(_, keys)| keys.contains(key));
        let names: Vec<&str> = names.map(|(name, _)| *name).collect();
        let property = json!({
            "description": format!("For {}.", crate::list(&names)),
            "type": ["string", "boolean", "integer", "array"],
            "items": {"type": "string"},
        });
        ((*key).to_owned(), property)
    };
    keys.map(property).collect()
}
