//! A gate that is not run when what it looks at changes keeps an old verdict: which events each gate needs, and which
//! of them the calling workflow starts on.

use std::collections::BTreeSet;

use actions_core::{Annotation, Level, list};
use serde_json::Value;

use crate::{
    Inputs, exceptions,
    gates::Gate,
    pull_request::{Fact, Workflow},
};

/// What a workflow starts on that names no types.
const DEFAULT: [&str; 3] = ["opened", "synchronize", "reopened"];
const LABELS: [&str; 2] = ["labeled", "unlabeled"];
const TEXT: [&str; 1] = ["edited"];

/// The types of `pull_request` after which a gate may have another verdict.
fn types(gate: &Gate, inputs: &Inputs) -> Vec<&'static str> {
    let facts = (gate.needs)(inputs);
    if facts.is_empty() {
        return Vec::new();
    }
    let mut types = DEFAULT.to_vec();
    if facts.contains(&Fact::Conversation) || facts.contains(&Fact::Dependencies) {
        match gate.id {
            "required-labels" | "required-changes" => types.extend(LABELS),
            // Another base branch is an edit too.
            "title" | "checkboxes" | "blocked-words" | "branch-name" | "depends-on" => {
                types.extend(TEXT);
            }
            // Too much is a warning too many, too little a verdict that is wrong.
            _ => types.extend(LABELS.iter().chain(&TEXT)),
        }
    }
    types
}

/// A warning about a workflow that does not start on what the gates need.
pub(crate) fn warning(
    workflow: &Workflow,
    gates: &[&'static Gate],
    inputs: &Inputs,
) -> Option<Annotation> {
    let event = workflow.event.as_str();
    let starts_on = starts_on(&workflow.text, event)?;
    let mut lacking: Vec<&str> = Vec::new();
    let mut who: BTreeSet<&str> = BTreeSet::new();
    let mut need = |needed: &'static str, name: &'static str| {
        if !starts_on.contains(needed) {
            who.insert(name);
            if !lacking.contains(&needed) {
                lacking.push(needed);
            }
        }
    };
    for gate in gates {
        types(gate, inputs)
            .into_iter()
            .for_each(|it| need(it, gate.id));
    }
    if exceptions::need_labels(inputs) {
        LABELS.into_iter().for_each(|it| need(it, "exceptions"));
    }
    if lacking.is_empty() {
        return None;
    }
    let code =
        |words: &[&str]| -> Vec<String> { words.iter().map(|word| format!("`{word}`")).collect() };
    let all: Vec<&str> = starts_on.iter().map(String::as_str).collect();
    let who: Vec<&str> = who.into_iter().collect();
    Some(Annotation {
        level: Level::Warning,
        title: Some("pr-gates".to_owned()),
        file: Some(workflow.path.clone()),
        line: line_of(&workflow.text, event),
        message: format!(
            "workflow does not start on {} of `{event}`, which may change the result of {}: the old verdict would stay\n\
             Write `types: [{}]` below `{event}:`.",
            list(&code(&lacking)),
            list(&code(&who)),
            [all, lacking].concat().join(", ")
        ),
    })
}

/// The types of an event that a workflow starts on; `None` where it cannot be told.
fn starts_on(workflow: &str, event: &str) -> Option<BTreeSet<String>> {
    let workflow: Value = serde_saphyr::from_str(workflow).ok()?;
    let default = || DEFAULT.iter().map(|&it| it.to_owned()).collect();
    match workflow.get("on")? {
        Value::String(one) => (one == event).then(default),
        Value::Array(events) => events.iter().any(|it| it == event).then(default),
        Value::Object(events) => match events.get(event)?.get("types") {
            None => Some(default()),
            Some(Value::String(one)) => Some(BTreeSet::from([one.clone()])),
            Some(Value::Array(types)) => types
                .iter()
                .map(|it| it.as_str().map(str::to_owned))
                .collect(),
            Some(_) => None,
        },
        _ => None,
    }
}

/// Where the event stands, or else the key above it.
fn line_of(workflow: &str, event: &str) -> Option<u32> {
    let find = |key: &str| {
        let is_key = |line: &str| {
            let rest = line.trim_start().trim_start_matches(['"', '\'']);
            let rest = rest.strip_prefix(key)?;
            rest.trim_start_matches(['"', '\''])
                .starts_with(':')
                .then_some(())
        };
        let mut lines = workflow.lines().zip(1..);
        lines.find_map(|(line, number)| is_key(line).map(|()| number))
    };
    find(event).or_else(|| find("on"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::ALL;

    fn told(on: &str) -> Option<Vec<String>> {
        let types = starts_on(&format!("name: x\n{on}\njobs: {{}}\n"), "pull_request")?;
        Some(types.into_iter().collect())
    }

    #[test]
    fn every_way_to_write_the_events_is_understood() {
        let default = Some(vec![
            "opened".to_owned(),
            "reopened".to_owned(),
            "synchronize".to_owned(),
        ]);
        assert_eq!(told("on: pull_request"), default);
        assert_eq!(told("on: [push, pull_request]"), default);
        assert_eq!(told("on:\n  pull_request:\n  merge_group:"), default);
        assert_eq!(told("\"on\":\n  pull_request: {branches: [main]}"), default);
        assert_eq!(
            told("'on':\n  pull_request:\n    types: labeled"),
            Some(vec!["labeled".to_owned()])
        );
        assert_eq!(
            told("on:\n  pull_request:\n    types:\n      - edited"),
            Some(vec!["edited".to_owned()])
        );
        assert_eq!(told("on: push"), None);
        assert_eq!(told("on: {pull_request: {types: {a: b}}}"), None);
        assert_eq!(told("on: [\n"), None);
    }

    #[test]
    fn the_line_is_that_of_the_event() {
        let workflow = "name: x\n# pull_request: no\non:\n  push:\n  pull_request:\n";
        assert_eq!(line_of(workflow, "pull_request"), Some(5));
        assert_eq!(line_of("on: [pull_request]", "pull_request"), Some(1));
    }

    #[test]
    fn the_gates_that_are_told_apart_are_gates() {
        for id in [
            "required-labels",
            "required-changes",
            "title",
            "checkboxes",
            "blocked-words",
            "branch-name",
            "depends-on",
        ] {
            assert!(ALL.iter().any(|gate| gate.id == id), "{id}");
        }
    }
}
