//! Outputs: what later steps read, written so that no value can forge another.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::{Log, command};

/// Why the outputs could not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The runner's file cannot be written.
    #[error("failed to write the outputs to `{path}`: {cause}")]
    Write {
        /// The file that `GITHUB_OUTPUT` names.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The outputs do not serialize to an object.
    #[error("failed to serialize the outputs: {0}")]
    Shape(String),
}

/// Names and values of the outputs: a string as it is, `None` as an empty string, everything else as JSON.
pub(crate) fn pairs<O: Serialize>(outputs: &O) -> Result<Vec<(String, String)>, OutputError> {
    let value = serde_json::to_value(outputs).map_err(|err| OutputError::Shape(err.to_string()))?;
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Object(fields) => Ok(fields
            .into_iter()
            .map(|(name, value)| {
                let value = match value {
                    Value::String(text) => text,
                    Value::Null => String::new(),
                    other => other.to_string(),
                };
                (name, value)
            })
            .collect()),
        other => Err(OutputError::Shape(format!(
            "expected an object, got {other}"
        ))),
    }
}

/// Appends the outputs to the runner's file, each between delimiters that no value can know.
pub(crate) fn write(path: &Path, pairs: &[(String, String)]) -> Result<(), OutputError> {
    let failed = |cause| OutputError::Write {
        path: path.display().to_string(),
        cause,
    };
    let mut text = String::new();
    for (name, value) in pairs {
        let word = command::random_word().map_err(|err| failed(std::io::Error::other(err)))?;
        text.push_str(&format!("{name}<<{word}\n{value}\n{word}\n"));
    }
    Log::append(path, &text).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    struct Outputs {
        verdict: &'static str,
        paths: Vec<&'static str>,
        release_url: Option<String>,
        any: bool,
    }

    #[test]
    fn a_value_of_several_lines_cannot_forge_another_output() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let pairs = vec![("title".to_owned(), "a\nEOF\nverdict=passed".to_owned())];
        write(&path, &pairs).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let word = lines[0].strip_prefix("title<<").unwrap();
        assert_eq!(&lines[1..], ["a", "EOF", "verdict=passed", word]);
        assert_eq!(word.len(), 32);
    }

    #[test]
    fn strings_stay_bare_and_lists_become_json() {
        let outputs = Outputs {
            verdict: "passed",
            paths: vec!["a", "b"],
            release_url: None,
            any: true,
        };
        let pairs = pairs(&outputs).unwrap();
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("verdict", "passed"),
                ("paths", "[\"a\",\"b\"]"),
                ("release-url", ""),
                ("any", "true")
            ]
        );
    }
}
