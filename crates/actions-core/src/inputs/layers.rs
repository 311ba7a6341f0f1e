//! The places below the command line, turned into flags.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, parser::ValueSource};
use untrusted_input::address;

use super::{InputError, is_list, is_rules, is_secret, variable};
use crate::{Action, ConfigFile, Context, Env, Secret, config, did_you_mean, list, rule, text};

/// The runner would strike a shorter one out of ordinary words; our own log hides it where it stands.
const SHORTEST_MASK: usize = 4;

/// Where an input's value was written, for errors.
pub(super) type Sources = BTreeMap<String, String>;

/// All that was given below the command line.
#[derive(Default)]
pub(super) struct Layers {
    /// `--name=value` for clap.
    pub(super) flags: Vec<String>,
    pub(super) sources: Sources,
    pub(super) secrets: Vec<Secret>,
    pub(super) command_line: String,
    pub(super) config: Option<ConfigFile>,
}

struct Given {
    values: Vec<String>,
    source: String,
    /// Whether the same file will give it again on a laptop.
    from_config: bool,
}

pub(super) fn gather(
    action: &Action,
    command: &clap::Command,
    typed: &ArgMatches,
    cx: &Context,
    reader: config::ConfigReader,
) -> Result<Layers, InputError> {
    let env = &cx.env;
    let given_as = |name: &str| {
        let id = name.replace('-', "_");
        let is_typed = typed.try_contains_id(&id).unwrap_or_default()
            && typed.value_source(&id) == Some(ValueSource::CommandLine);
        let mut typed = is_typed.then(|| typed.get_raw(&id)).flatten();
        let typed = typed.as_mut().and_then(Iterator::next);
        typed
            .map(|value| value.to_string_lossy().into_owned())
            .or_else(|| env.get(&variable(name)).map(str::to_owned))
    };
    let named = given_as("config");
    let mut config = config::read(action.id, named.as_deref(), cx, reader, &given_as)?;
    let inputs: Vec<(&str, &Arg)> = command
        .get_arguments()
        .filter_map(|arg| Some((arg.get_long()?, arg)))
        .filter(|(_, arg)| {
            use clap::ArgAction::{Help, HelpLong, HelpShort, Version};
            !matches!(arg.get_action(), Help | HelpLong | HelpShort | Version)
        })
        .collect();
    let names: Vec<&str> = inputs.iter().map(|(long, _)| *long).collect();
    refuse_unknown_variables(action, &names, env)?;
    refuse_unknown_keys(&config, action, &names)?;

    let mut layers = Layers {
        command_line: action.id.to_owned(),
        config: config.file.take(),
        ..Layers::default()
    };
    for (name, arg) in inputs {
        if typed.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine) {
            refuse_a_typed_secret(name, arg)?;
            layers.repeat_typed(name, arg, typed);
            continue;
        }
        if name == "config" {
            if let Some(path) = env.get("INPUT_CONFIG") {
                layers.repeat(name, path);
            }
            continue;
        }
        if let Some(given) = given(action, name, arg, env, &config)? {
            layers.take(name, arg, given);
        }
    }
    Ok(layers)
}

impl Layers {
    fn take(&mut self, name: &str, arg: &Arg, given: Given) {
        for value in &given.values {
            self.flags.push(format!("--{name}={value}"));
            if is_secret(arg) {
                self.secrets.push(Secret::new(value.as_str()));
                continue;
            }
            self.learn(value);
            if !given.from_config {
                self.repeat(name, value);
            }
        }
        self.sources.insert(name.to_owned(), given.source);
    }

    fn repeat(&mut self, name: &str, value: &str) {
        self.command_line.push_str(&format!(
            " --{name}={}",
            text::shell_word(&address::redacted(value))
        ));
    }

    /// Masks what lets somebody in at the address that an input holds.
    fn learn(&mut self, value: &str) {
        let found = address::secrets(value).into_iter();
        let found = found.filter(|secret| secret.len() >= SHORTEST_MASK);
        self.secrets.extend(found.map(Secret::new));
    }

    fn repeat_typed(&mut self, name: &str, arg: &Arg, typed: &ArgMatches) {
        for value in typed.get_raw(arg.get_id().as_str()).into_iter().flatten() {
            let value = value.to_string_lossy();
            self.learn(&value);
            self.repeat(name, &value);
        }
    }
}

/// What the highest place below the command line says of an input.
fn given(
    action: &Action,
    name: &str,
    arg: &Arg,
    env: &Env,
    config: &config::Config,
) -> Result<Option<Given>, InputError> {
    let variable = variable(name);
    if let Some(value) = env.get(&variable) {
        let values = match is_list(arg) {
            true => lines(value),
            false => vec![value.to_owned()],
        };
        return Ok((!values.is_empty()).then_some(Given {
            values,
            source: format!("the variable {variable}"),
            from_config: false,
        }));
    }
    if let Some(value) = config.table.get(name) {
        let source = format!("`[{}]` of {}", action.id, config.place);
        if is_secret(arg) {
            return Err(InputError::new(format!(
                "the input `{name}` is a secret and must not be in {source}: set the variable {variable}"
            )));
        }
        let values = match is_rules(arg) {
            true => config_rules(name, value, &source)?,
            false => config_values(name, value, is_list(arg), &source)?,
        };
        return Ok(Some(Given {
            values,
            source,
            from_config: true,
        }));
    }
    let fallback = action
        .fallbacks
        .iter()
        .filter(|(input, _)| *input == name)
        .find_map(|(_, variable)| Some((*variable, env.get(variable)?)));
    Ok(fallback.map(|(variable, value)| Given {
        values: vec![value.to_owned()],
        source: format!("the variable {variable}"),
        from_config: true,
    }))
}

fn config_values(
    name: &str,
    value: &toml::Value,
    list: bool,
    source: &str,
) -> Result<Vec<String>, InputError> {
    let one = |value: &toml::Value| match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => {
            Ok(value.to_string())
        }
        other => Err(InputError::new(format!(
            "`{name}` in {source} must be a string, a number or a boolean, not a {}",
            other.type_str()
        ))),
    };
    match value {
        toml::Value::Array(items) if list => items.iter().map(one).collect(),
        toml::Value::String(text) if list => Ok(lines(text)),
        value => Ok(vec![one(value)?]),
    }
}

/// Rules as lines, whether they stand as lines, as tables in a list, or as the keys of a table.
fn config_rules(name: &str, value: &toml::Value, source: &str) -> Result<Vec<String>, InputError> {
    let item = |value: &toml::Value| match value {
        toml::Value::Table(table) => {
            let mut options = table.clone();
            match options.remove(rule::RULE) {
                Some(toml::Value::String(rule)) if !rule.trim().is_empty() => {
                    Ok(vec![rule::line(&rule, &options)])
                }
                _ => Err(InputError::new(format!(
                    "`{name}` in {source} has a table without a rule: write it as `{{ {} = \"…\", … }}`",
                    rule::RULE
                ))),
            }
        }
        value => config_values(name, value, false, source),
    };
    match value {
        toml::Value::Array(items) => {
            let lines: Vec<Vec<String>> = items.iter().map(item).collect::<Result<_, _>>()?;
            Ok(lines.concat())
        }
        toml::Value::Table(rules) => rules
            .iter()
            .map(|(rule, options)| match options {
                toml::Value::Table(options) => Ok(rule::line(rule, options)),
                other => Err(InputError::new(format!(
                    "`{rule}` of `{name}` in {source} must be a table with the options of that rule, not {other}"
                ))),
            })
            .collect(),
        value => config_values(name, value, true, source),
    }
}

/// A list comes one item per line; blank lines are for the eye.
fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn refuse_unknown_variables(action: &Action, names: &[&str], env: &Env) -> Result<(), InputError> {
    let known: Vec<String> = names.iter().map(|name| variable(name)).collect();
    for (name, value) in env.with_prefix("INPUT_") {
        // Some that play a runner hand an input over under its own name too, hyphens kept.
        let variable = format!("INPUT_{}", name.replace('-', "_"));
        if value.is_empty() || known.contains(&variable) {
            continue;
        }
        let input = name.to_lowercase().replace('_', "-");
        return Err(unknown(
            &format!(
                "input `{}` (the variable {})",
                text::shortened(&input),
                text::shortened(&variable)
            ),
            &input,
            action,
            names,
        ));
    }
    Ok(())
}

fn refuse_unknown_keys(
    config: &config::Config,
    action: &Action,
    names: &[&str],
) -> Result<(), InputError> {
    for key in config.table.keys() {
        if !names.contains(&key.as_str()) || key == "config" {
            let shown = text::shortened(key);
            let what = format!("key `{shown}` in `[{}]` of {}", action.id, config.place);
            return Err(unknown(&what, key, action, names));
        }
    }
    Ok(())
}

fn unknown(what: &str, word: &str, action: &Action, names: &[&str]) -> InputError {
    let hint = match did_you_mean(word, names.iter().copied()) {
        Some(meant) => format!(", did you mean `{meant}`?"),
        None => format!(": the inputs of {} are {}", action.id, list(names)),
    };
    InputError::new(format!("unknown {what}{hint}"))
}

fn refuse_a_typed_secret(name: &str, arg: &Arg) -> Result<(), InputError> {
    match is_secret(arg) {
        false => Ok(()),
        true => Err(InputError::new(format!(
            "the input `{name}` is a secret and must not be on the command line, where every process can read it: \
             set the variable {}",
            variable(name)
        ))),
    }
}
