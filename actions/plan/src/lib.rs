//! The action `plan`: one place decides what runs, so that triggers and filters cannot disagree.

mod changes;
mod config;
mod coverage;
mod crates;
mod explain;
mod history;
mod labels;
mod packages;
mod plan;
mod recipes;
mod report;
mod trigger;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use actions_core::event::Event;
use actions_core::{Action, Context, Done, Permission, Secret, When};
use anyhow::Context as _;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub use crate::changes::{Changes, Looked, look};
pub use crate::config::{
    Config, ConfigError, CrateNames, Filter, Group, Job, PathGlob, Paths, Platform, RunsOn, schemas,
};
pub use crate::crates::Crates;
pub use crate::packages::{Build, Packages};
pub use crate::plan::{
    Before, Brought, Facts, Plan, PlannedJob, PlannedPlatform, RequestError, plan,
};
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
            when: When::Always,
            reason: "`actions/checkout`, with the history in which it finds the changed files.",
        },
        Permission::BUCKET,
        Permission {
            scope: "pull-requests",
            access: "read",
            when: When::Always,
            reason: "Reads labels as they are now, if the config file names any. Without it, or without a token, they are those of the event, which are old when a run is repeated; in a merge queue, whose event has none, the action fails.",
        },
    ],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Globs of files that no job needs, such as `**/*.md`. A changed file that neither these nor any job's rules know
    /// makes every job run.
    #[arg(long, value_name = "GLOBS")]
    pub ignore: Vec<PathGlob>,

    /// Names of jobs, groups and platforms to run in place of what the event would run, or `all`.
    #[arg(long, value_name = "NAMES")]
    pub request: Vec<String>,

    /// Names of the jobs of this workflow, where the config file also has jobs of others; by default all of them
    #[arg(long, value_name = "NAMES")]
    pub jobs: Vec<String>,

    /// Bucket with the packages, as gs://bucket/prefix, s3://…, az://… or a folder: a job that builds packages runs for those
    /// of the table `[packages]` that the commit does not have there. Left out, nothing is asked.
    #[arg(long, value_name = "URL")]
    pub bucket: Option<String>,

    /// Build what the bucket has already, too: the upload compares the bytes.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub force: bool,

    /// Take the bucket for empty without asking it: for a run that has no credentials, such as one for a pull request from a fork.
    /// Nothing is fetched either: what is made with a wheel is built where the same run builds that wheel.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub assume_empty: bool,

    /// Name of a job to explain: each changed file and each platform, with the rule that decided.
    #[arg(long, value_name = "JOB")]
    pub explain: Option<String>,

    /// Check the rules in place of planning: files that no rule knows, globs that match no file, crates and branches that do
    /// not exist. Exit code 1 if there are any.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub coverage: bool,

    /// Number of commits: count what the last ones of `base` or HEAD would have run by these rules, in place of planning.
    #[arg(long, value_name = "COUNT")]
    pub history: Option<NonZeroU32>,

    /// Branch or commit that the changes are compared with, in place of what the event says. Needed on a laptop.
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,

    /// What a merge queue's entry is compared with: `entry` is the one before it in the queue, whose checks must then pass, too;
    /// `branch` is the branch that the queue merges into, for queues that merge several entries when the last one passes.
    #[arg(long, value_enum, default_value_t = QueueBase::Entry)]
    pub merge_queue_base: QueueBase,

    /// Event payload to use in place of the run's own.
    #[arg(long, value_name = "PATH")]
    pub event: Option<PathBuf>,

    /// Token to read labels with. Without one the labels are those of the event, which are old in a repeated run.
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
}

/// What an entry of a merge queue is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum QueueBase {
    /// The entry before it.
    Entry,
    /// The branch that the queue merges into.
    Branch,
}

/// What later jobs read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Every job of the table `[jobs]`, as JSON: `{"<job>": {"run": true, "reason": "…", "matrix": {"include": […]}}}`.
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
    /// for linux-wheel, other-wheels, crates, data, docs and bundle, which are built, fetch-wheel, which are wheels that others
    /// are made with, and upload, which is all that is built except the Linux wheels; empty without a bucket.
    pub builds: Option<Value>,
    /// Whether the bucket has a complete commit once those are there: `true` or `false`, empty without a bucket.
    pub completes: Option<bool>,
    /// With the input `history`: how often each job would have run, as JSON; else empty.
    pub history: Option<Value>,
}

impl Outputs {
    /// Where nothing was planned.
    fn nothing() -> Self {
        Self {
            plan: Value::Object(serde_json::Map::new()),
            jobs: Vec::new(),
            groups: BTreeMap::new(),
            any: false,
            complete: None,
            builds: None,
            completes: None,
            history: None,
        }
    }
}

/// Plans the run.
///
/// # Errors
/// A config file that does not hold together, an event that cannot be read, an unknown word in `request`,
/// labels that GitHub cannot tell although there is a token that may read them, a bucket that cannot be read.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    let file = config(cx, &inputs)?;
    if inputs.coverage {
        return covered(cx, &file);
    }
    if let Some(job) = &inputs.explain {
        explain::known(&file, "explain", job)?;
    }
    for job in &inputs.jobs {
        explain::known(&file, "jobs", job)?;
    }
    if let Some(count) = inputs.history {
        return Ok(Done::passed(history::look(cx, &file, &inputs, count)?));
    }
    let event = cx.event(inputs.event.as_deref())?;
    let trigger = trigger(event.as_ref(), &inputs)?;
    let labels = labels::labels(cx, &file, event.as_ref(), inputs.token.as_ref())?;
    let packages = packages(cx, &file, event.as_ref(), &inputs)?;
    let asked = changes::Asked {
        base: inputs.base.as_deref(),
        queue_base: inputs.merge_queue_base,
    };
    let looked = look(cx, Path::new("."), event.as_ref(), asked)?;
    let before = changes::before(cx, Path::new("."), &file, &looked)?;
    let crates = crates::look(cx, Path::new("."), &file, &looked)?;
    let facts = Facts {
        trigger,
        labels,
        request: inputs.request,
        changes: looked.changes,
        remark: looked.remark,
        before,
        crates,
        packages,
    };
    let plan = plan(&file, &facts)?;
    if let Some(job) = &inputs.explain {
        cx.log.info(explain::explain(&file, &facts, &plan, job));
    }
    let of_workflow = match inputs.jobs.is_empty() {
        true => plan.clone(),
        false => plan.only(&inputs.jobs, &file),
    };
    let warning = looked.warning.as_deref();
    report::log(cx, &file, &facts, &of_workflow, warning);
    cx.write_summary(&report::summary(&file, &facts, &of_workflow, warning))?;
    let (packages, table) = (facts.packages.as_ref(), cx.packages()?);
    let asked = packages.zip(table.as_ref());
    let builds = asked.map(|(packages, table)| recipes::recipes(&file, table, packages, &plan));
    let builds = builds.transpose()?;
    if let Some(builds) = &builds {
        report::left_out(cx, &builds.left_out);
    }
    let jobs = of_workflow.running();
    let jobs: Vec<String> = jobs.into_iter().map(str::to_owned).collect();
    Ok(Done::passed(Outputs {
        plan: of_workflow.to_json(),
        any: !jobs.is_empty(),
        complete: packages.map(Packages::complete),
        builds: builds.map(|it| it.builds),
        completes: asked.map(|(packages, table)| recipes::will_be_complete(packages, table, &plan)),
        jobs,
        groups: of_workflow.groups,
        history: None,
    }))
}

/// Checks the rules; nothing is planned.
fn covered(cx: &Context, file: &Config) -> anyhow::Result<Done<Outputs>> {
    let found = coverage::look(cx, Path::new("."), file)?;
    for one in &found {
        cx.log.warning(one);
    }
    cx.log.info(match found.len() {
        0 => "coverage: every file is known to a rule, and every rule has something to match"
            .to_owned(),
        1 => "coverage: 1 problem".to_owned(),
        count => format!("coverage: {count} problems"),
    });
    Ok(match found.is_empty() {
        true => Done::passed(Outputs::nothing()),
        false => Done::found(Outputs::nothing()),
    })
}

fn config(cx: &Context, inputs: &Inputs) -> anyhow::Result<Config> {
    let file = cx.config_file();
    let text = file.and_then(|file| Some((file, file.text.as_deref()?)));
    let (file, text) = text.context(
        "failed to plan: there is no `.github/ci-actions.toml`; write one with the tables `[platforms]` and `[jobs]`",
    )?;
    let mut config = Config::parse(&file.path.to_string_lossy(), text)?;
    config.ignore = Paths::of(inputs.ignore.clone())
        .map_err(|problem| anyhow::anyhow!("failed to read the input `ignore`: {problem}"))?;
    Ok(config)
}

/// A deleted branch has no commit to ask for.
fn packages(
    cx: &Context,
    file: &Config,
    event: Option<&Event>,
    inputs: &Inputs,
) -> anyhow::Result<Option<Packages>> {
    let deleted = event.is_some_and(|event| Trigger::from(event).deleted);
    let bucket = inputs.bucket.as_deref().filter(|_| !deleted);
    let commit = event.and_then(Event::commit);
    let asked = packages::Asked {
        force: inputs.force && !deleted,
        assume_empty: inputs.assume_empty && !deleted,
    };
    packages::read(cx, file, bucket, commit, asked)
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
