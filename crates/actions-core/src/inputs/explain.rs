//! Clap's errors in the words of whoever wrote the workflow: the input's name, and where its value stands.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{InputError, layers::Sources, variable};
use crate::{Action, list, text};

pub(super) fn explain(err: &clap::Error, action: &Action, sources: &Sources) -> InputError {
    let input = context(err, ContextKind::InvalidArg).map(|arg| input_name(&arg));
    let message = match (err.kind(), input) {
        (ErrorKind::InvalidValue | ErrorKind::ValueValidation, Some(input)) => {
            invalid_value(err, &input, sources)
        }
        (ErrorKind::MissingRequiredArgument, _) => missing(err),
        (ErrorKind::UnknownArgument, Some(input)) => {
            let hint = match context(err, ContextKind::SuggestedArg) {
                Some(meant) => format!(", did you mean `{meant}`?"),
                None => format!(": `{} --help` lists them all", action.id),
            };
            format!("unknown flag `--{}`{hint}", text::one_line(&input))
        }
        (ErrorKind::ArgumentConflict, Some(input)) => match context(err, ContextKind::PriorArg) {
            Some(other) if input_name(&other) != input => {
                format!("set either `{input}` or `{}`, not both", input_name(&other))
            }
            _ => format!("the input `{input}` is set more than once"),
        },
        _ => plain(err),
    };
    InputError::new(message)
}

fn invalid_value(err: &clap::Error, input: &str, sources: &Sources) -> String {
    let value = context(err, ContextKind::InvalidValue).unwrap_or_default();
    let place = sources
        .get(input)
        .map(|source| format!(" ({source})"))
        .unwrap_or_default();
    let why = match (valid_values(err), err.source()) {
        (values, _) if !values.is_empty() => {
            let meant = context(err, ContextKind::SuggestedValue)
                .map(|meant| format!("did you mean `{meant}`? "))
                .unwrap_or_default();
            format!("{meant}the values are {}", list(&values))
        }
        (_, Some(cause)) => cause.to_string(),
        _ if value.is_empty() => "it needs a value".to_owned(),
        _ => "it is not valid".to_owned(),
    };
    format!(
        "failed to read the input `{input}`{place} from \"{}\": {why}",
        text::shortened(&value)
    )
}

fn missing(err: &clap::Error) -> String {
    let names: Vec<String> = match err.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(args)) => args.iter().map(|arg| input_name(arg)).collect(),
        Some(ContextValue::String(arg)) => vec![input_name(arg)],
        _ => Vec::new(),
    };
    let first = names.first().cloned().unwrap_or_default();
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "missing input {}: set `{first}:` under `with:` in the workflow, `--{first}=…` on the command line or the variable {}",
        list(&quoted),
        variable(&first)
    )
}

/// `--max-file-size <SIZE>` is the input `max-file-size`.
fn input_name(arg: &str) -> String {
    arg.trim_start_matches('-')
        .split([' ', '=', '['])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn context(err: &clap::Error, kind: ContextKind) -> Option<String> {
    match err.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

fn valid_values(err: &clap::Error) -> Vec<String> {
    match err.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => values.clone(),
        _ => Vec::new(),
    }
}

/// The first line of what clap would print, without its prefix.
fn plain(err: &clap::Error) -> String {
    let text = err.to_string();
    let line = text.lines().next().unwrap_or_default();
    text::one_line(line.trim_start_matches("error: ")).into_owned()
}
