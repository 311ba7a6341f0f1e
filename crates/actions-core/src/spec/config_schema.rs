//! The JSON Schema of the config file, so that editors complete and check it.

use serde_json::{Map, Value, json};

use super::{Input, Kind, Spec};
use crate::packages;
use crate::rule::{OPTIONS, RULE};

/// The schema of a file with one table per action, and the tables that are not an action's.
pub fn config_schema(specs: &[Spec]) -> Value {
    let mut tables: Map<String, Value> = specs
        .iter()
        .map(|spec| (spec.id.clone(), table(spec)))
        .collect();
    let declared = specs.iter().flat_map(|spec| spec.config_tables.clone());
    tables.extend(declared);
    tables.insert(packages::TABLE.to_owned(), packages::schema());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Inputs of ci-actions, one table per action, and the jobs and packages",
        "type": "object",
        "additionalProperties": false,
        "properties": tables,
    })
}

fn table(spec: &Spec) -> Value {
    let keys: Map<String, Value> = spec
        .inputs
        .iter()
        .filter(|input| input.kind != Kind::Secret && input.name != "config")
        .map(|input| (input.name.clone(), key(input)))
        .collect();
    json!({
        "description": spec.description,
        "type": "object",
        "additionalProperties": false,
        "properties": keys,
    })
}

fn key(input: &Input) -> Value {
    let mut schema = match input.kind {
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::List => {
            json!({ "type": ["array", "string"], "items": { "type": ["string", "integer"] } })
        }
        Kind::Rules => rules(),
        Kind::Text | Kind::Secret if !input.values.is_empty() => json!({ "enum": input.values }),
        Kind::Text | Kind::Secret => json!({ "type": ["string", "integer", "number", "boolean"] }),
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(input.description));
        if !input.default.is_empty() {
            schema.insert("default".to_owned(), json!(input.default));
        }
    }
    schema
}

/// Lines, tables with the rule in them, or one table with the rules as its keys.
fn rules() -> Value {
    let mut options: Map<String, Value> = OPTIONS
        .iter()
        .map(|(name, meaning)| {
            let kind = if *name == "report-only" {
                "boolean"
            } else {
                "string"
            };
            let schema = json!({ "type": kind, "description": meaning });
            ((*name).to_owned(), schema)
        })
        .collect();
    let by_key = json!({ "type": "object", "additionalProperties": false, "properties": options });
    options.insert(RULE.to_owned(), json!({ "type": "string" }));
    let item = json!({
        "type": ["string", "object"],
        "required": [RULE],
        "additionalProperties": false,
        "properties": options,
    });
    json!({
        "type": ["array", "string", "object"],
        "items": item,
        "additionalProperties": by_key,
    })
}
