//! Inputs from four places, highest first: command line, `INPUT_*`, the config file, default.
//!
//! The lower places are handed to clap as `--flag=value`, so one parser reads all four, and an error names the
//! place where the user wrote the value.

mod explain;
mod layers;

use std::ffi::OsString;

use clap::ArgMatches;

use crate::{Action, ConfigFile, ConfigReader, Context, Secret};

/// An input that is wrong or missing, in the user's words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InputError(String);

impl InputError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// What the command line asked for.
pub(crate) enum Parsed<I> {
    /// To run with these inputs.
    Inputs(Box<ParsedInputs<I>>),
    /// To print this.
    Help(String),
}

#[derive(Debug)]
pub(crate) struct ParsedInputs<I> {
    pub(crate) inputs: I,
    /// Values to mask before anything else is printed.
    pub(crate) secrets: Vec<Secret>,
    /// What to type on a laptop for the same run; holds no secret.
    pub(crate) command_line: String,
    /// Whether standard output is to hold data and nothing else: an input `format` asks for another one than `text`.
    pub(crate) prints_data: bool,
    /// The config file, if there is one.
    pub(crate) config: Option<ConfigFile>,
}

/// The name that marks a value as a secret: `value_name = "SECRET"`.
pub(crate) const SECRET: &str = "SECRET";

/// The command of an action, with all its inputs as flags.
pub(crate) fn command<I: clap::Args>(action: &Action) -> clap::Command {
    let config = clap::Arg::new("config")
        .long("config")
        .value_name("PATH")
        .help(format!(
            "Config file. Default: `{}`",
            crate::config::DEFAULT_PATH
        ));
    let command = I::augment_args(clap::Command::new(action.id))
        .version(action.version)
        .about(action.description)
        .arg(config);
    if !has_version_input(&command) {
        return command;
    }
    let version = clap::Arg::new("program-version")
        .short('V')
        .action(clap::ArgAction::Version)
        .help("Print the program's version; so does `--version` alone");
    command.disable_version_flag(true).arg(version)
}

/// Whether `--version` means the version of a package.
fn has_version_input(command: &clap::Command) -> bool {
    let mut longs = command.get_arguments().filter_map(clap::Arg::get_long);
    longs.any(|long| long == "version")
}

/// `--version` without a value and without anything else is no input: it asks for the program's version, as everywhere.
fn asks_for_version(args: &[OsString]) -> bool {
    matches!(args, [_, arg] if arg == "--version")
}

/// The variable that hands an input to the binary.
pub(crate) fn variable(input: &str) -> String {
    format!("INPUT_{}", input.to_uppercase().replace('-', "_"))
}

pub(crate) fn is_secret(arg: &clap::Arg) -> bool {
    arg.get_value_names()
        .is_some_and(|names| names.iter().any(|name| name.as_str() == SECRET))
}

/// Whether its items are rules, which may have exceptions.
pub(crate) fn is_rules(arg: &clap::Arg) -> bool {
    arg.get_value_names()
        .is_some_and(|names| names.iter().any(|name| name.as_str() == crate::rule::RULES))
}

pub(crate) fn is_list(arg: &clap::Arg) -> bool {
    matches!(arg.get_action(), clap::ArgAction::Append)
}

/// Reads the inputs of an action.
pub(crate) fn parse<I: clap::Args>(
    action: &Action,
    args: impl IntoIterator<Item = OsString>,
    cx: &Context,
    config: ConfigReader,
) -> Result<Parsed<I>, InputError> {
    let mut command = command::<I>(action);
    command.build();
    let mut args: Vec<OsString> = args.into_iter().collect();
    if asks_for_version(&args) {
        args.truncate(1);
        args.push("-V".into());
    }
    let typed = match command
        .clone()
        .mut_args(|arg| arg.required(false))
        .try_get_matches_from(&args)
    {
        Ok(typed) => typed,
        Err(err) if !err.use_stderr() => return Ok(Parsed::Help(err.to_string())),
        Err(err) => return Err(explain::explain(&err, action, &layers::Sources::default())),
    };
    let layers = layers::gather(action, &command, &typed, cx, config)?;
    let bin = args.first().cloned().unwrap_or_else(|| action.id.into());
    let all = std::iter::once(bin)
        .chain(layers.flags.iter().map(OsString::from))
        .chain(args.into_iter().skip(1));
    let matches: ArgMatches = command
        .try_get_matches_from(all)
        .map_err(|err| explain::explain(&err, action, &layers.sources))?;
    let inputs = I::from_arg_matches(&matches)
        .map_err(|err| explain::explain(&err, action, &layers.sources))?;
    let format = matches.try_get_raw("format").ok().flatten();
    let prints_data = format.into_iter().flatten().any(|value| value != "text");
    Ok(Parsed::Inputs(Box::new(ParsedInputs {
        inputs,
        secrets: layers.secrets,
        command_line: layers.command_line,
        prints_data,
        config: layers.config,
    })))
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
