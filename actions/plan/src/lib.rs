//! The action `plan`: one place decides what runs, so that triggers and filters cannot disagree.

mod changes;
mod checks;
mod config;
mod coverage;
mod durations;
mod explain;
mod history;
mod labels;
mod last_success;
mod packages;
mod plan;
mod reach;
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
    Columns, Config, ConfigError, Filter, Group, Job, PackageNames, PathGlob, Paths, Platform,
    RunsOn, Sets, Uses, schemas,
};
pub use crate::last_success::Found;
pub use crate::packages::{Build, Packages};
pub use crate::plan::{
    Before, Brought, Facts, Plan, PlannedJob, PlannedPlatform, RequestError, plan,
};
pub use crate::reach::Reached;
pub use crate::trigger::{Trigger, WORDS};

/// What the action is called, and what it needs.
pub const ACTION: Action = Action {
    id: "plan",
    name: "Plan",
    description: "Decides which jobs of a workflow run, on which platforms, and why.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "git-branch",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "contents",
            access: "read",
            when: When::Always,
            reason: "`actions/checkout` with history, to find the changed files.",
        },
        Permission::BUCKET,
        Permission {
            scope: "actions",
            access: "read",
            when: When::Given("push-base"),
            reason: "Finds the newest commit for which the workflow succeeded, for `last-success`. Without it, every job runs.",
        },
        Permission {
            scope: "pull-requests",
            access: "read",
            when: When::Always,
            reason: "Reads current labels, if the config file names any. Without it, or without a token, labels come from the event and are stale in a rerun; in a merge queue, whose event has none, the action fails.",
        },
    ],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Globs of files that no job needs, such as `**/*.md`. Any other changed file that matches no job's rules makes
    /// every job run.
    #[arg(long, value_name = "GLOBS")]
    pub ignore: Vec<PathGlob>,

    /// Names of jobs, groups and platforms to run instead of those of the event, or `all`.
    #[arg(long, value_name = "NAMES")]
    pub request: Vec<String>,

    /// Names of this workflow's jobs, if the config file also has jobs of other workflows; `checks` selects the jobs
    /// with `uses`. Defaults to all.
    #[arg(long, value_name = "NAMES")]
    pub jobs: Vec<String>,

    /// Bucket with the packages, such as gs://bucket/prefix, s3://…, az://… or a folder. Jobs that build packages run
    /// only for those that the commit does not have there.
    #[arg(long, value_name = "URL")]
    pub bucket: Option<String>,

    /// Bucket with test durations, to balance the shards of `test-rust`.
    #[arg(long, value_name = "URL")]
    pub test_durations: Option<String>,

    /// Also build packages that the bucket has; the upload compares the bytes.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub force: bool,

    /// Treat the bucket as empty without reading it, for runs without credentials, such as pull requests from forks.
    /// Packages made with a wheel are built only if the same run builds that wheel.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub assume_empty: bool,

    /// Name of a job to explain: shows the rule that decided for each changed file and each platform.
    #[arg(long, value_name = "JOB")]
    pub explain: Option<String>,

    /// Check the rules instead of planning: files that match no rule, unused sets, globs that match nothing, packages
    /// and branches that do not exist. Exit code 1 if there are any.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub coverage: bool,

    /// Number of commits: count what the last ones of `base` or HEAD would have run by these rules, instead of
    /// planning.
    #[arg(long, value_name = "COUNT")]
    pub history: Option<NonZeroU32>,

    /// Branch or commit to compare with instead of the event's. Required on a laptop.
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,

    /// What to compare a merge queue's entry with: the `entry` before it, whose checks must also pass, or the target
    /// `branch`, for queues that merge several entries when the last one passes.
    #[arg(long, value_enum, default_value_t = QueueBase::Entry)]
    pub merge_queue_base: QueueBase,

    /// What to compare a push to a branch with: the commit `before` it, or the newest one for which this workflow
    /// succeeded (`last-success`).
    #[arg(long, value_enum, default_value_t = PushBase::Before)]
    pub push_base: PushBase,

    /// Event payload to use instead of the run's own.
    #[arg(long, value_name = "PATH")]
    pub event: Option<PathBuf>,

    /// Token for reading labels and runs. Without one, labels come from the event and are stale in a rerun.
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

/// What a push to a branch is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum PushBase {
    /// The commit before it.
    Before,
    /// The newest commit before it for which the workflow succeeded.
    LastSuccess,
}

/// What later jobs read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Every job of the table `[jobs]`, as JSON: `{"<job>": {"run": true, "reason": "…", "matrix": {"include": […]}}}`.
    pub plan: Value,
    /// Names of the jobs that run, as a JSON list.
    pub jobs: Vec<String>,
    /// Jobs of this run that have `uses`, as JSON for `lint-build-test.yml`: `{"<check>": {"run": true, "matrix":
    /// {"include": […]}}}` for lint, test-rust, wheel, bench and command.
    pub checks: Value,
    /// Whether a job of the group runs, as JSON: `{"<group>": true}`.
    pub groups: BTreeMap<String, bool>,
    /// Whether any job runs: `true` or `false`.
    pub any: bool,
    /// Whether the bucket has every package of a complete commit: `true` or `false`, empty without a bucket.
    pub complete: Option<bool>,
    /// Packages of this run that have a table `build`, as JSON: `{"<matrix>": {"run": true, "matrix": {"include":
    /// […]}}}` for linux-wheel, other-wheels, crates, data, docs and bundle (built by this run), fetch-wheel (wheels
    /// needed to build others) and upload (everything built except Linux wheels); empty without a bucket.
    pub builds: Option<Value>,
    /// Whether the bucket will have a complete commit after this run: `true` or `false`, empty without a bucket.
    pub completes: Option<bool>,
    /// The newest durations of each suite, for the input `durations` of `test-rust`; empty without the input
    /// `test-durations`.
    pub test_durations: Option<Value>,
    /// With the input `history`: how often each job would have run, as JSON; otherwise empty.
    pub history: Option<Value>,
}

impl Outputs {
    /// Where nothing was planned.
    fn nothing() -> Self {
        Self {
            plan: Value::Object(serde_json::Map::new()),
            jobs: Vec::new(),
            checks: Value::Object(serde_json::Map::new()),
            groups: BTreeMap::new(),
            any: false,
            complete: None,
            builds: None,
            completes: None,
            test_durations: None,
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
    let jobs = of_workflow(&file, &inputs.jobs)?;
    if let Some(count) = inputs.history {
        let outputs = history::look(cx, &file, &inputs, jobs.as_deref(), count)?;
        return Ok(Done::passed(outputs));
    }
    let event = cx.event(inputs.event.as_deref())?;
    let trigger = trigger(event.as_ref(), &inputs)?;
    let labels = labels::labels(cx, &file, event.as_ref(), inputs.token.as_ref())?;
    let packages = packages(cx, &file, event.as_ref(), &inputs)?;
    let last_success = match (inputs.push_base, &inputs.base) {
        (PushBase::LastSuccess, None) => {
            last_success::find(cx, Path::new("."), event.as_ref(), inputs.token.as_ref())?
        }
        _ => None,
    };
    let asked = changes::Asked {
        base: inputs.base.as_deref(),
        queue_base: inputs.merge_queue_base,
        last_success: last_success.as_ref(),
    };
    let looked = look(cx, Path::new("."), event.as_ref(), asked)?;
    let before = changes::before(cx, Path::new("."), &file, &looked)?;
    let reached = reach::look(cx, Path::new("."), &file, &looked)?;
    let facts = Facts {
        trigger,
        labels,
        request: inputs.request,
        changes: looked.changes,
        remark: looked.remark,
        before,
        reached,
        packages,
    };
    let plan = plan(&file, &facts)?;
    if let Some(job) = &inputs.explain {
        cx.log.info(explain::explain(&file, &facts, &plan, job));
    }
    let of_workflow = match &jobs {
        None => plan.clone(),
        Some(jobs) => plan.only(jobs, &file),
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
    let checks = checks::checks(&file, table.as_ref(), &of_workflow)?;
    let jobs = of_workflow.running();
    let jobs: Vec<String> = jobs.into_iter().map(str::to_owned).collect();
    let test_durations = match &inputs.test_durations {
        Some(bucket) => durations::newest(cx, bucket)?,
        None => None,
    };
    Ok(Done::passed(Outputs {
        plan: of_workflow.to_json(),
        any: !jobs.is_empty(),
        complete: packages.map(Packages::complete),
        checks,
        builds: builds.map(|it| it.builds),
        completes: asked.map(|(packages, table)| recipes::will_be_complete(packages, table, &plan)),
        jobs,
        groups: of_workflow.groups,
        test_durations,
        history: None,
    }))
}

/// The jobs that the input `jobs` names; `None` where they are all.
fn of_workflow(file: &Config, names: &[String]) -> anyhow::Result<Option<Vec<String>>> {
    if names.is_empty() {
        return Ok(None);
    }
    let mut jobs = Vec::new();
    for name in names {
        if name != config::CHECKS {
            explain::known(file, "jobs", name)?;
            jobs.push(name.clone());
            continue;
        }
        let with_uses = file.jobs.iter().filter(|(_, job)| job.uses.is_some());
        jobs.extend(with_uses.map(|(name, _)| name.clone()));
    }
    if jobs.is_empty() {
        anyhow::bail!(
            "failed to plan: the input `jobs` is `checks`, but no job of the config file has `uses`; add a line such as `uses = \"test-rust\"` to one"
        );
    }
    Ok(Some(jobs))
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
    let config = Config::parse(&file.path.to_string_lossy(), text)?;
    let config = config.ignoring(&inputs.ignore);
    config.map_err(|problem| anyhow::anyhow!("failed to read the input `ignore`: {problem}"))
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
