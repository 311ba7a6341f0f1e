//! What an action declares about itself, and the one way in which each action's binary runs.

use std::{ffi::OsString, process::ExitCode};

use serde::Serialize;

use crate::{
    Context, Env,
    config::{ConfigReader, config_of_work_tree},
    inputs, outputs,
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
    /// What it is for, and what degrades without it.
    pub reason: &'static str,
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
    O: Serialize,
{
    main_with_config(action, args, vars, config_of_work_tree, run)
}

/// As [`main`], for an action that does not trust the work tree with its config file.
pub fn main_with_config<I, O>(
    action: &Action,
    args: impl IntoIterator<Item = OsString>,
    vars: impl IntoIterator<Item = (OsString, OsString)>,
    config: ConfigReader,
    run: impl FnOnce(&Context, I) -> anyhow::Result<Done<O>>,
) -> ExitCode
where
    I: clap::Args,
    O: Serialize,
{
    let cx = Context::new(Env::new(vars));
    match run_action(action, args, &cx, config, run) {
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(Verdict::Found) => ExitCode::from(1),
        Err(err) => {
            cx.log.error(format!("{err:#}"));
            ExitCode::from(2)
        }
    }
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
    let pairs = outputs::pairs(&done.outputs)?;
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
