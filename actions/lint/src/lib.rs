//! Runs all linters of a project in one step: one that finds something keeps none of the others from looking.

mod cargo;
mod choice;
mod jobs;
mod linters;
mod own;
mod parse;
mod project;
mod report;
mod run;

use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use actions_core::{Action, Context, Done, Permission, When};
use anyhow::bail;
use schemars::JsonSchema;
use serde::Serialize;

use choice::Choice;
use jobs::Jobs;
use project::Project;
use run::Ran;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "lint",
    name: "Lint",
    description: "Runs every linter that the project configures, even if some fail, and shows the findings on their lines.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "search",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission {
        scope: "contents",
        access: "read",
        when: When::Always,
        reason: "For the checkout. Findings are annotations, which need no permission, so it also works for forks.",
    }],
};

/// The linters, for the README.
pub fn linters_table() -> String {
    linters::table()
}

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Linters to run, even if the project does not configure them; defaults to all that it configures
    #[arg(long, value_name = "LINTERS")]
    pub only: Vec<String>,
    /// Linters to skip
    #[arg(long, value_name = "LINTERS")]
    pub skip: Vec<String>,
    /// Folder to lint, with its subfolders
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// Globs, relative to `folder`, of files and folders whose configuration to ignore, such as manifests of tests
    #[arg(long, value_name = "GLOBS")]
    pub exclude: Vec<String>,
    /// Extra arguments for a linter, such as `clippy: --all-features`
    #[arg(long, value_name = "LINES")]
    pub arguments: Vec<String>,
    /// Your own linters, such as `typos: typos --format brief`: commands that fail if they find something
    #[arg(long, value_name = "LINES")]
    pub commands: Vec<String>,
    /// Fail on warnings from clippy
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub deny_warnings: bool,
    /// Let linters fix what they can, then lint again
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub fix: bool,
    /// Allow `fix` in CI, for a workflow that commits the result
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub allow_fix_in_ci: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// `passed` or `found`.
    pub verdict: &'static str,
    /// Number of findings, including warnings and notes.
    pub findings: usize,
    /// Number of findings per linter, as a JSON object.
    pub linters: BTreeMap<String, usize>,
}

/// Runs the linters.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    let own = own::read(&inputs.commands)?;
    let arguments = own::arguments(&inputs.arguments)?;
    let choice = Choice::read(&inputs, &own)?;
    let in_ci = cx.env.on_runner() || cx.env.get("CI").is_some_and(|value| value != "false");
    if inputs.fix && in_ci && !inputs.allow_fix_in_ci {
        bail!(
            "`fix` changes files, which are lost when the job ends: run it on your machine, or set `allow-fix-in-ci: true` if a later step commits them"
        );
    }
    cx.block_on(lint(cx, &inputs, &choice, &own, &arguments))
}

async fn lint(
    cx: &Context,
    inputs: &Inputs,
    choice: &Choice,
    own: &[own::Own],
    arguments: &[(String, Vec<String>)],
) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let project = Project::read(cx, &inputs.folder, &inputs.exclude).await?;
    let jobs = jobs::find(&project, choice, own, arguments).await;
    if jobs.run.is_empty() && jobs.problems.is_empty() {
        bail!(
            "failed to find anything to lint in `{}`: {}",
            inputs.folder.display(),
            reasons(&jobs)
        );
    }
    if inputs.fix {
        fix(cx, &project, &jobs).await;
    }
    let mut ran: Vec<Ran> = Vec::new();
    for job in &jobs.run {
        let mut one = run::run(cx, &project, job, inputs.deny_warnings).await;
        // Cargo's linters also look at crates of other workspaces that a crate depends on by their path.
        let of_this = ran.iter().filter(|before| before.id == one.id);
        let known: Vec<_> = of_this.flat_map(|before| &before.findings).collect();
        one.findings
            .retain(|found| !known.iter().any(|known| known.is_same(found)));
        ran.push(one);
    }
    let mut problems = jobs.problems.clone();
    problems.extend(ran.iter().filter_map(|ran| ran.problem.clone()));
    problems.dedup();
    report::report(cx, &jobs, &ran, &problems, started)?;
    if !problems.is_empty() {
        bail!("{}", problems.join("; "));
    }
    Ok(done(&ran))
}

fn reasons(jobs: &Jobs) -> String {
    let reasons = jobs
        .not_run
        .iter()
        .map(|(what, why)| format!("{what}: {why}"));
    reasons.collect::<Vec<_>>().join("; ")
}

async fn fix(cx: &Context, project: &Project, jobs: &Jobs) {
    for id in linters::FIXERS {
        for job in jobs.run.iter().filter(|job| job.what.id() == *id) {
            run::fix(cx, project, job).await;
        }
    }
}

fn done(ran: &[Ran]) -> Done<Outputs> {
    let mut linters = BTreeMap::new();
    for ran in ran {
        *linters.entry(ran.id.clone()).or_default() += ran.findings.len();
    }
    let found = ran.iter().any(Ran::found);
    let outputs = Outputs {
        verdict: if found { "found" } else { "passed" },
        findings: linters.values().sum(),
        linters,
    };
    match found {
        true => Done::found(outputs),
        false => Done::passed(outputs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "lint");
    }
}
