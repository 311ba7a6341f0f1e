//! What an action looks like from outside, read from its `Inputs` and `Outputs`: the source of all that is generated.

mod action_yml;
mod config_schema;
mod tables;

use std::collections::BTreeMap;

use clap::{Arg, ArgAction};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Action, When, inputs};

pub use crate::config::ACTIONS;
pub use action_yml::action_yml;
pub use config_schema::config_schema;
pub use tables::{inputs_table, outputs_table, permissions_block};

/// The argument that asks a binary for its [`Spec`]. It is for `cargo xtask codegen`, so `--help` does not tell of it.
pub const FLAG: &str = "--spec";

/// An action with its inputs and outputs, as its binary prints it in JSON where it is asked with [`FLAG`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Spec {
    /// As in [`Action`].
    pub id: String,
    /// As in [`Action`].
    pub name: String,
    /// As in [`Action`].
    pub description: String,
    /// As in [`Action`].
    pub icon: String,
    /// As in [`Action`].
    pub permissions: Vec<Permission>,
    /// In the order in which they are declared.
    pub inputs: Vec<Input>,
    /// In the order in which they are declared.
    pub outputs: Vec<Output>,
    /// What else its README shows, in Markdown, by the name of the generated part.
    pub tables: BTreeMap<String, String>,
    /// JSON Schema of the tables of the config file that it reads beside its own, by name.
    pub config_tables: BTreeMap<String, Value>,
}

/// A line of the `permissions:` that a job with this action needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Permission {
    /// As in [`crate::Permission`].
    pub scope: String,
    /// As in [`crate::Permission`].
    pub access: String,
    /// As in [`crate::Permission`].
    pub when: When<String>,
    /// As in [`crate::Permission`].
    pub reason: String,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Kebab-case name.
    pub name: String,
    /// What the doc comment says, with its full stop.
    pub description: String,
    /// The value where nothing is given; empty where there is none.
    pub default: String,
    /// The expression that the workflow fills in where it gives nothing.
    pub workflow_default: Option<String>,
    /// Whether there must be a value.
    pub required: bool,
    /// What kind of value it takes.
    pub kind: Kind,
    /// The values that it takes, where they are a fixed set.
    pub values: Vec<String>,
}

/// What kind of value an input takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Any text that its parser accepts.
    Text,
    /// `true` or `false`.
    Boolean,
    /// One item per line.
    List,
    /// One rule per line, each with an exception where wanted.
    Rules,
    /// A token or password.
    Secret,
}

/// One output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Output {
    /// Kebab-case name.
    pub name: String,
    /// What the doc comment says, with its full stop.
    pub description: String,
}

/// Reads the spec of an action from its two structs.
pub fn spec<I: clap::Args, O: schemars::JsonSchema>(action: &Action) -> Spec {
    let command = inputs::command::<I>(action);
    let inputs = command
        .get_arguments()
        .filter(|arg| arg.get_long().is_some())
        .map(|arg| input(action, arg))
        .collect();
    let schema = schemars::schema_for!(O);
    let outputs = schema
        .get("properties")
        .and_then(|properties| properties.as_object())
        .into_iter()
        .flatten()
        .map(|(name, property)| Output {
            name: name.clone(),
            description: sentence(
                property
                    .get("description")
                    .and_then(|text| text.as_str())
                    .unwrap_or_default(),
            ),
        })
        .collect();
    Spec {
        id: action.id.to_owned(),
        name: action.name.to_owned(),
        description: action.description.to_owned(),
        icon: action.icon.to_owned(),
        permissions: action.permissions.iter().map(permission).collect(),
        inputs,
        outputs,
        tables: BTreeMap::new(),
        config_tables: BTreeMap::new(),
    }
}

/// Every field is named, so that a new one cannot be forgotten here.
fn permission(declared: &crate::Permission) -> Permission {
    let crate::Permission {
        scope,
        access,
        when,
        reason,
    } = *declared;
    Permission {
        scope: scope.to_owned(),
        access: access.to_owned(),
        when: when.owned(),
        reason: reason.to_owned(),
    }
}

fn input(action: &Action, arg: &Arg) -> Input {
    let name = arg.get_long().unwrap_or_default().to_owned();
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    let boolean = values == ["true", "false"];
    let kind = match arg.get_action() {
        _ if inputs::is_secret(arg) => Kind::Secret,
        ArgAction::Append if inputs::is_rules(arg) => Kind::Rules,
        ArgAction::Append => Kind::List,
        _ if boolean => Kind::Boolean,
        _ => Kind::Text,
    };
    let default: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    Input {
        description: sentence(
            &arg.get_long_help()
                .or(arg.get_help())
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        default: default.join("\n"),
        workflow_default: action
            .workflow_defaults
            .iter()
            .find_map(|(input, value)| (*input == name).then(|| (*value).to_owned())),
        required: arg.is_required_set(),
        values: if boolean { Vec::new() } else { values },
        kind,
        name,
    }
}

/// Clap drops the last full stop of a doc comment; a description is a sentence.
fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().last() {
        None => text,
        Some('.' | '!' | '?' | ':') => text,
        Some(_) => format!("{text}."),
    }
}
