//! The action `plan`: one place decides what runs, so that triggers and filters cannot disagree.

mod changes;
mod explain;
mod jobs_file;
mod labels;
mod packages;
mod plan;
mod recipes;
mod report;
mod trigger;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use actions_core::event::Event;
use actions_core::{Action, Context, Done, Permission, Secret};
use anyhow::Context as _;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub use crate::changes::{Changes, Looked, look};
pub use crate::jobs_file::{
    Filter, Group, Job, JobsFile, JobsFileError, Paths, Platform, RunsOn, schema,
};
pub use crate::packages::{Build, Packages};
pub use crate::plan::{Brought, Facts, Plan, PlannedJob, PlannedPlatform, RequestError, plan};
pub use crate::trigger::{Trigger, WORDS};

/// What the action is called, and what it needs.
pub const ACTION: Action = Action {
    id: "plan",
    name: "Plan",
    description: "Decides which jobs of a workflow run, on which platforms, and says why.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "git-branch",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "contents",
            access: "read",
            reason: "to check the repository out, with the history that changed files are found by",
        },
        Permission {
            scope: "id-token",
            access: "write",
            reason: "to read a bucket in a cloud by the job's own identity, if `bucket` names one that is not public",
        },
        Permission {
            scope: "pull-requests",
            access: "read",
            reason: "to read labels as they are now, if the jobs file has any",
        },
    ],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// File that says which jobs there are, which files each looks at, and which platforms run when.
    #[arg(long, value_name = "PATH", default_value = ".github/jobs.toml")]
    pub jobs_file: PathBuf,

    /// Names of jobs, groups and platforms to run in place of what the event would run, or `all`.
    #[arg(long, value_name = "NAMES")]
    pub request: Vec<String>,

    /// Bucket with the packages, as gs://bucket/prefix, s3://…, az://… or a folder: a job that builds packages runs for those
    /// of the table `[packages]` that the commit does not have there. Left out, nothing is asked.
    #[arg(long, value_name = "URL")]
    pub bucket: Option<String>,

    /// Build what the bucket has already, too: the upload compares the bytes.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub force: bool,

    /// Name of a job to explain: each changed file and each platform, with the rule that decided.
    #[arg(long, value_name = "JOB")]
    pub explain: Option<String>,

    /// Branch or commit that the changes are compared with, in place of what the event says. Needed on a laptop.
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,

    /// Event payload to use in place of the run's own.
    #[arg(long, value_name = "PATH")]
    pub event: Option<PathBuf>,

    /// Token to read labels with. Without one the labels are those of the event, which are old in a repeated run.
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
}

/// What later jobs read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Every job of the jobs file, as JSON: `{"<job>": {"run": true, "reason": "…", "matrix": {"include": […]}}}`.
    pub plan: Value,
    /// Names of the jobs that run, as a JSON list.
    pub jobs: Vec<String>,
    /// Whether a job of the group runs, as JSON: `{"<group>": true}`.
    pub groups: BTreeMap<String, bool>,
    /// Whether any job runs: `true` or `false`.
    pub any: bool,
    /// Whether the bucket has every package that a complete commit has: `true` or `false`, empty without a bucket.
    pub complete: Option<bool>,
    /// The packages of this run that have a table `build`, as JSON: `{"<matrix>": {"run": true, "matrix": {"include": […]}}}`
    /// for linux-wheel, other-wheels, crates, data, docs and bundle; empty without a bucket.
    pub builds: Option<Value>,
    /// Whether the bucket has a complete commit once those are there: `true` or `false`, empty without a bucket.
    pub completes: Option<bool>,
}

/// Plans the run.
///
/// # Errors
/// A jobs file that does not hold together, an event that cannot be read, an unknown word in `request`,
/// labels that cannot be read although there is a token, a bucket that cannot be read.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    let file = JobsFile::read(&inputs.jobs_file)?;
    if let Some(job) = &inputs.explain {
        explain::known(&file, job)?;
    }
    let event = cx.event(inputs.event.as_deref())?;
    let trigger = trigger(event.as_ref(), &inputs)?;
    let labels = labels::labels(cx, &file, event.as_ref(), inputs.token.as_ref())?;
    let packages = packages(cx, &file, event.as_ref(), &inputs)?;
    let looked = look(Path::new("."), event.as_ref(), inputs.base.as_deref());
    let facts = Facts {
        trigger,
        labels,
        request: inputs.request,
        changes: looked.changes,
        packages,
    };
    let plan = plan(&file, &facts)?;
    if let Some(job) = &inputs.explain {
        cx.log.info(explain::explain(&file, &facts, &plan, job));
    }
    report::log(cx, &file, &facts, &plan, looked.warning.as_deref());
    let warning = looked.warning.as_deref();
    cx.write_summary(&report::summary(&file, &facts, &plan, warning))?;
    let (packages, table) = (facts.packages.as_ref(), cx.packages()?);
    let asked = packages.zip(table.as_ref());
    let jobs: Vec<String> = plan.running().into_iter().map(str::to_owned).collect();
    Ok(Done::passed(Outputs {
        plan: plan.to_json(),
        any: !jobs.is_empty(),
        complete: packages.map(Packages::complete),
        builds: asked.map(|(_, table)| recipes::recipes(&file, table, &plan)),
        completes: asked.map(|(packages, table)| recipes::will_be_complete(packages, table, &plan)),
        jobs,
        groups: plan.groups,
    }))
}

/// A deleted branch has no commit to ask for.
fn packages(
    cx: &Context,
    file: &JobsFile,
    event: Option<&Event>,
    inputs: &Inputs,
) -> anyhow::Result<Option<Packages>> {
    let deleted = event.is_some_and(|event| Trigger::from(event).deleted);
    let bucket = inputs.bucket.as_deref().filter(|_| !deleted);
    let commit = event.and_then(Event::commit);
    packages::read(cx, file, bucket, commit, inputs.force && !deleted)
}

fn trigger(event: Option<&Event>, inputs: &Inputs) -> anyhow::Result<Trigger> {
    match event {
        Some(event) => Ok(Trigger::from(event)),
        None => {
            let base = inputs.base.as_deref().context(
                "failed to plan: there is no event, so say what to compare with, as in `--base main`",
            )?;
            Ok(Trigger::laptop(base))
        }
    }
}
