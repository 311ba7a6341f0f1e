//! Strict reading of JSON: every misfit is reported with the path of its field.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A field that does not fit.
pub(super) struct Misfit {
    /// Dotted, such as `pull_request.labels[0].name`.
    pub(super) path: String,
    /// Such as `missing field`, or serde's words on types.
    pub(super) problem: String,
}

/// Deserializes with the path of what does not fit.
pub(super) fn deserialize<T: DeserializeOwned>(value: Value) -> Result<T, Misfit> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let parent = error.path().to_string();
        let problem = error.inner().to_string();
        // Serde reports a missing field at its parent and puts the name into the text.
        let missing = problem
            .strip_prefix("missing field `")
            .and_then(|rest| rest.strip_suffix('`'));
        match missing {
            Some(field) if parent == "." => Misfit {
                path: field.to_owned(),
                problem: "missing field".to_owned(),
            },
            Some(field) => Misfit {
                path: format!("{parent}.{field}"),
                problem: "missing field".to_owned(),
            },
            None => Misfit {
                path: parent,
                problem,
            },
        }
    })
}

/// What a JSON value is, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// For a field that GitHub always sends and that may be null: unlike a plain `Option`, a missing field is an error.
pub(super) fn nullable<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer)
}

/// A full commit id: 40 hexadecimal digits, lower case.
pub(super) fn commit_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() == 40 && text.as_bytes().iter().all(digit) {
        Ok(text)
    } else {
        Err(D::Error::custom(format!(
            "expected a full commit id (40 hexadecimal digits), found {text:?}"
        )))
    }
}
