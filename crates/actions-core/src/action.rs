//! What an action declares about itself, and the one way in which each action's binary runs.

use std::{ffi::OsString, process::ExitCode};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Context, Env,
    config::{ConfigReader, config_of_work_tree},
    inputs,
    log::print_aside,
    outputs, spec,
};

/// An action: what the generated `action.yml`, README tables and `--help` say beside its inputs and outputs.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// Name of its folder, its crate, its binary and its table in the config file.
    pub id: &'static str,
    /// Title, as in `PR Gates`.
    pub name: &'static str,
    /// One sentence on what it does for whoever uses it.
    pub description: &'static str,
    /// Version of the binary: `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// Icon of the action, one of GitHub's list of Feather icons.
    pub icon: &'static str,
    /// Inputs that the workflow fills where it says nothing, as `("token", "${{ github.token }}")`.
    pub workflow_defaults: &'static [(&'static str, &'static str)],
    /// Variables that stand in for an input that nothing else gives, as `("token", "GITHUB_TOKEN")`.
    pub fallbacks: &'static [(&'static str, &'static str)],
    /// What the job's token must be allowed, and what is lost without.
    pub permissions: &'static [Permission],
}

/// A line of the `permissions:` that a job with this action needs.
#[derive(Debug, Clone, Copy)]
pub struct Permission {
    /// As in `contents`.
    pub scope: &'static str,
    /// `read` or `write`.
    pub access: &'static str,
    /// Which inputs make it needed.
    pub when: When,
    /// What it is for, and what degrades without it.
    pub reason: &'static str,
}

impl Permission {
    /// What an action needs whose input `bucket` can name a bucket that trusts the job's own identity.
    pub const BUCKET: Self = Self {
        scope: "id-token",
        access: "write",
        when: When::Identity("bucket"),
        reason: "Identifies the job to the bucket. Not needed for a folder, a public bucket, or a bucket with a key.",
    };
}

/// Which inputs make a permission needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When<Input = &'static str> {
    /// Whatever the inputs are.
    Always,
    /// For a part of what it does, which it reports as not done where the permission is missing.
    Optional,
    /// If this input is given, and is not `false`.
    Given(Input),
    /// If this input is not given.
    Missing(Input),
    /// If this input is the address of a bucket that trusts the job's own identity.
    Identity(Input),
}

impl When<&str> {
    /// The same for whoever reads it from JSON.
    pub(crate) fn owned(self) -> When<String> {
        match self {
            Self::Always => When::Always,
            Self::Optional => When::Optional,
            Self::Given(input) => When::Given(input.to_owned()),
            Self::Missing(input) => When::Missing(input.to_owned()),
            Self::Identity(input) => When::Identity(input.to_owned()),
        }
    }
}

/// What an action found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All is well: exit code 0.
    Passed,
    /// The gate or the check says no: exit code 1.
    Found,
}

/// The end of an action that could look: its verdict and its outputs.
#[derive(Debug)]
pub struct Done<O> {
    /// What it found out.
    pub verdict: Verdict,
    /// What later steps read.
    pub outputs: O,
}

impl<O> Done<O> {
    /// The end of an action that did what it was asked.
    pub fn passed(outputs: O) -> Self {
        Self {
            verdict: Verdict::Passed,
            outputs,
        }
    }

    /// The end of an action that says no.
    pub fn found(outputs: O) -> Self {
        Self {
            verdict: Verdict::Found,
            outputs,
        }
    }
}

/// Runs an action: reads its inputs, calls `run`, writes its outputs.
///
/// Exit codes: 0 passed, 1 the check says no, 2 it could not look (bad input, no network, bad event, cancelled).
pub fn main<I, O>(
    action: &Action,
    args: impl IntoIterator<Item = OsString>,
    vars: impl IntoIterator<Item = (OsString, OsString)>,
    run: impl FnOnce(&Context, I) -> anyhow::Result<Done<O>>,
) -> ExitCode
where
    I: clap::Args,
    O: Serialize + JsonSchema,
{
    main_with(action, args, vars, Extras::default(), run)
}

/// The name of a generated part of a README, and what writes it.
pub type ReadmeTable = (&'static str, fn() -> String);

/// What few actions have beside inputs, outputs and `run`.
#[expect(missing_debug_implementations, reason = "it contains functions")]
pub struct Extras {
    /// For an action that does not trust the work tree with its config file.
    pub config: ConfigReader,
    /// Tables of its README that follow from its code, by the name of the generated part.
    pub tables: &'static [ReadmeTable],
    /// JSON Schema of the tables of the config file that it reads beside its own, by name.
    pub config_tables: fn() -> Vec<(String, Value)>,
}

impl Default for Extras {
    fn default() -> Self {
        Self {
            config: config_of_work_tree,
            tables: &[],
            config_tables: Vec::new,
        }
    }
}

/// As [`main`], for an action with more to say.
pub fn main_with<I, O>(
    action: &Action,
    args: impl IntoIterator<Item = OsString>,
    vars: impl IntoIterator<Item = (OsString, OsString)>,
    extras: Extras,
    run: impl FnOnce(&Context, I) -> anyhow::Result<Done<O>>,
) -> ExitCode
where
    I: clap::Args,
    O: Serialize + JsonSchema,
{
    let cx = Context::new(Env::new(vars));
    let args: Vec<OsString> = args.into_iter().collect();
    let ended = if asks_for_spec(&args) {
        print_spec::<I, O>(action, &extras, &cx)
    } else {
        run_action(action, args, &cx, extras.config, run)
    };
    let code = match ended {
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(Verdict::Found) => ExitCode::from(1),
        Err(err) => {
            cx.log.error(format!("{err:#}"));
            ExitCode::from(2)
        }
    };
    match cx.log.finish() {
        Ok(()) => code,
        Err(err) => {
            // There is nobody left to tell where this fails too.
            let _lost = print_aside(&format!("error: {err:#}"));
            ExitCode::from(2)
        }
    }
}

/// The flag counts where it is all that was typed, so it is in the way of no input.
fn asks_for_spec(args: &[OsString]) -> bool {
    matches!(args, [_, only] if only == spec::FLAG)
}

fn print_spec<I: clap::Args, O: JsonSchema>(
    action: &Action,
    extras: &Extras,
    cx: &Context,
) -> anyhow::Result<Verdict> {
    let mut spec = spec::spec::<I, O>(action);
    spec.config_tables.extend((extras.config_tables)());
    for (name, table) in extras.tables {
        spec.tables.insert((*name).to_owned(), table());
    }
    cx.log.raw(&(serde_json::to_string_pretty(&spec)? + "\n"));
    Ok(Verdict::Passed)
}

fn run_action<I, O>(
    action: &Action,
    args: impl IntoIterator<Item = OsString>,
    cx: &Context,
    config: ConfigReader,
    run: impl FnOnce(&Context, I) -> anyhow::Result<Done<O>>,
) -> anyhow::Result<Verdict>
where
    I: clap::Args,
    O: Serialize,
{
    let parsed = match inputs::parse::<I>(action, args, cx, config)? {
        inputs::Parsed::Inputs(parsed) => parsed,
        inputs::Parsed::Help(text) => {
            cx.log.raw(&text);
            return Ok(Verdict::Passed);
        }
    };
    if parsed.prints_data {
        cx.log.step_aside();
    }
    for secret in &parsed.secrets {
        cx.log.mask(secret);
    }
    if cx.log.on_runner() {
        cx.log
            .info(format!("To repeat it: {}", parsed.command_line));
    }
    let cx = &cx.clone().with_config(parsed.config);
    let done = run(cx, parsed.inputs)?;
    let mut pairs = outputs::pairs(&done.outputs)?;
    for (_, value) in &mut pairs {
        *value = cx.log.redacted(value);
    }
    match cx.env.path("GITHUB_OUTPUT") {
        Some(path) => outputs::write(&path, &pairs)?,
        None => {
            for (name, value) in &pairs {
                cx.log.debug(format!("output {name}={value}"));
            }
        }
    }
    Ok(done.verdict)
}
