//! `workflow_dispatch` and `schedule`: runs that no change in the repository caused.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::repository::{Account, Repository};
use super::strict;

/// The payload of `workflow_dispatch`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WorkflowDispatchEvent {
    /// The inputs that were typed in; empty when the workflow has none.
    #[serde(deserialize_with = "input_texts")]
    pub inputs: BTreeMap<String, String>,
    /// The ref that it runs on, such as `refs/heads/main`.
    #[serde(rename = "ref")]
    pub full_ref: String,
    /// The repository.
    pub repository: Repository,
    /// Who started it.
    pub sender: Option<Account>,
}

/// The payload of `schedule`. It always runs on the default branch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ScheduleEvent {
    /// The line of the workflow that fired, such as `17 3 * * *` (UTC).
    pub schedule: String,
    /// The repository.
    pub repository: Repository,
}

/// Inputs reach a payload as texts, those of type boolean too; the API also lets callers send plain JSON values.
fn input_texts<'de, D>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: Deserializer<'de>,
{
    let inputs: Option<Map<String, Value>> = strict::nullable(deserializer)?;
    inputs
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Bool(_) | Value::Number(_) => Ok((name, value.to_string())),
            Value::Null => Ok((name, String::new())),
            Value::Array(_) | Value::Object(_) => Err(D::Error::custom(format!(
                "input {name:?}: expected a text, found {}",
                strict::kind(&value)
            ))),
        })
        .collect()
}
