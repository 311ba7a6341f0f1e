//! Runs a workflow of the example with `act`, and reads what became of its jobs.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use testkit::workflows::{self, Change, Event, Setting};

use super::{
    repository::{BRANCH, NUMBER},
    world::{REPOSITORY, SECRET, World},
};
use crate::{dist, process::Cmd, project};

/// One run of a workflow.
#[derive(Debug)]
pub(super) struct Run {
    /// Jobs in the order in which they ended, each with its result.
    pub(super) jobs: Vec<(String, String)>,
    pub(super) annotations: Vec<Annotation>,
    /// Outputs by step and name.
    outputs: BTreeMap<(String, String), String>,
    /// What the steps printed.
    pub(super) lines: Vec<String>,
    pub(super) log: PathBuf,
    pub(super) elapsed: Duration,
}

/// An annotation as a person would see it.
#[derive(Debug)]
pub(super) struct Annotation {
    pub(super) level: String,
    pub(super) title: String,
    pub(super) file: String,
    pub(super) message: String,
}

/// A line of `act --json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(default)]
    msg: String,
    job: Option<String>,
    job_result: Option<String>,
    command: Option<String>,
    #[serde(default)]
    arg: String,
    name: Option<String>,
    step: Option<String>,
    #[serde(default)]
    kv_pairs: BTreeMap<String, String>,
    #[serde(default, rename = "raw_output")]
    raw_output: bool,
    content: Option<String>,
}

impl Run {
    /// The result of a job, by the start of its name.
    pub(super) fn job(&self, name: &str) -> Option<&str> {
        let found = self.jobs.iter().find(|(job, _)| job.starts_with(name));
        found.map(|(_, result)| result.as_str())
    }

    /// An output of the step that uses one of our actions.
    pub(super) fn output(&self, action: &str, name: &str) -> Option<&str> {
        // The release tree has each action twice, and its workflow names the second.
        let steps = ["", "actions/"].map(|folder| format!("rerun-io/ci-actions/{folder}{action}@"));
        let mut outputs = self.outputs.iter();
        let found = outputs
            .find(|((of, key), _)| steps.iter().any(|step| of.starts_with(step)) && key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether any step printed this.
    pub(super) fn printed(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.contains(text))
    }

    /// The jobs in one line.
    pub(super) fn jobs_line(&self) -> String {
        let jobs: Vec<String> = self
            .jobs
            .iter()
            .map(|(job, result)| match result.as_str() {
                "success" => job.clone(),
                other => format!("{job} ({other})"),
            })
            .collect();
        jobs.join(", ")
    }
}

/// What is started.
#[derive(Debug)]
pub(super) struct Start<'a> {
    pub(super) workflow: &'a str,
    pub(super) event: &'a str,
    pub(super) payload: &'a Value,
    /// In place of the folder that is the bucket of the demo.
    pub(super) bucket: Option<String>,
    /// What is different from the example's workflows.
    pub(super) changes: Vec<Change>,
}

impl<'a> From<(&'a str, &'a str, &'a Value)> for Start<'a> {
    fn from((workflow, event, payload): (&'a str, &'a str, &'a Value)) -> Self {
        Self {
            workflow,
            event,
            payload,
            bucket: None,
            changes: Vec::new(),
        }
    }
}

/// Runs a workflow; `label` names its log.
pub(super) fn run(world: &World, label: &str, start: &Start<'_>) -> Result<Run> {
    world.repository.push()?;
    let rehearsal = prepare(world, label, start)?;
    rehearsal.enter(Some(&world.github), &world.git, Some(&world.tokens));
    let log = world.logs().join(format!("{label}.jsonl"));
    let started = Instant::now();
    let finished = command(world, &rehearsal, start).finish()?;
    fs::write(&log, &finished.stdout).context("failed to write a log")?;
    let mut run = read(&finished.stdout, log)?;
    run.elapsed = started.elapsed();
    if run.jobs.is_empty() {
        bail!(
            "failed to run {}: act ran no job\n{}",
            start.workflow,
            crate::process::tail(&finished.output(), 20)
        );
    }
    write_summaries(world, label, &finished.stdout)?;
    world.repository.fetch()?;
    Ok(run)
}

/// The run as GitHub would start it, or its reason not to.
pub(super) fn prepare(world: &World, label: &str, start: &Start<'_>) -> Result<workflows::Run> {
    if start.event == "pull_request" {
        world.git.open_pull(REPOSITORY, NUMBER, BRANCH, "main");
    }
    let event = Event::new(start.event, start.payload.clone(), &world.git, REPOSITORY)?;
    let secret = |name: &str| (name.to_owned(), SECRET.to_owned());
    let of_the_release = BTreeMap::from([secret("PYPI_TOKEN"), secret("CARGO_TOKEN")]);
    let setting = Setting {
        repository: REPOSITORY,
        git: &world.git,
        tokens: Some(&world.tokens),
        trees: BTreeMap::from([("rerun-io/ci-actions".to_owned(), project::release_tree())]),
        secrets: BTreeMap::new(),
        environments: BTreeMap::from([("release".to_owned(), of_the_release)]),
        folder: world.folder().join("runs"),
        changes: start.changes.clone(),
    };
    workflows::Run::prepare(&setting, label, start.workflow, event)
}

fn command(world: &World, rehearsal: &workflows::Run, start: &Start<'_>) -> Cmd {
    let mut act = Cmd::new(project::venv_bin("act"))
        .args(rehearsal.arguments())
        // Rows of a matrix for other machines would run on this one.
        .args(["--matrix", "platform:linux-x64"])
        .arg("--action-cache-path")
        .arg(world.cache().join("actions"))
        .dir(&rehearsal.checkout);
    for (name, value) in [
        ("GITHUB_API_URL", world.github.url().to_owned()),
        ("GOOGLE_STS_ENDPOINT", world.tokens.url().to_owned()),
        (
            "CI_ACTIONS_BIN_DIR",
            dist::assets_folder().display().to_string(),
        ),
        // One for all jobs and for the next demo, as a cache would be. What belongs to the example is built anew by each demo,
        // because its checkout is new.
        (
            "CARGO_TARGET_DIR",
            project::target().join("demo").display().to_string(),
        ),
    ] {
        act = act.arg("--env").arg(format!("{name}={value}"));
    }
    for (name, value) in variables(world, start) {
        act = act.arg("--var").arg(format!("{name}={value}"));
    }
    // Of its own, so that the demo leaves nothing in the home folder; what pip downloads is kept for the next demo.
    act.env("XDG_CACHE_HOME", world.cache())
        .env("XDG_CONFIG_HOME", world.cache())
        .env("PIP_CACHE_DIR", project::scratch().join("pip-cache"))
        .env("npm_config_cache", project::scratch().join("npm-cache"))
        .env_remove("GITHUB_TOKEN")
        .env_remove("CI")
}

/// The repository's variables, which a user sets once on GitHub.
fn variables(world: &World, start: &Start<'_>) -> [(&'static str, String); 5] {
    let folder = || world.bucket().display().to_string();
    [
        (
            "PACKAGES_BUCKET",
            start.bucket.clone().unwrap_or_else(folder),
        ),
        ("PACKAGES_URL", world.bucket_url.clone()),
        ("PYPI_UPLOAD_URL", world.pypi.clone()),
        ("CARGO_REGISTRY", world.registry.index_url()),
        (
            "SIGSTORE_TRUST_CONFIG",
            world.trust_config().display().to_string(),
        ),
    ]
}

fn read(stdout: &str, log: PathBuf) -> Result<Run> {
    let mut run = Run {
        jobs: Vec::new(),
        annotations: Vec::new(),
        outputs: BTreeMap::new(),
        lines: Vec::new(),
        log,
        elapsed: Duration::ZERO,
    };
    for line in stdout.lines().filter(|line| line.starts_with('{')) {
        let line: Line = serde_json::from_str(line)
            .with_context(|| format!("failed to read a line of act: {line}"))?;
        if let (Some(job), Some(result)) = (&line.job, &line.job_result) {
            // Before it stand the names of the workflow and of the job that called it.
            let name = job.rsplit_once('/').map_or(job.as_str(), |(_, name)| name);
            run.jobs.push((name.trim().to_owned(), result.clone()));
        }
        match (line.command.as_deref(), &line.name, &line.step) {
            (Some("set-output"), Some(name), Some(step)) => {
                run.outputs.insert((step.clone(), name.clone()), line.arg);
            }
            (Some(level @ ("error" | "warning" | "notice")), ..) => {
                run.annotations.push(Annotation {
                    level: level.to_owned(),
                    title: line.kv_pairs.get("title").cloned().unwrap_or_default(),
                    file: line.kv_pairs.get("file").cloned().unwrap_or_default(),
                    message: line.arg,
                })
            }
            _ if line.raw_output => run.lines.push(line.msg.trim_end().to_owned()),
            _ => {}
        }
    }
    Ok(run)
}

/// The step summaries beside the log, as GitHub shows them below a run.
fn write_summaries(world: &World, label: &str, stdout: &str) -> Result<()> {
    let mut seen = Vec::new();
    for line in stdout
        .lines()
        .filter(|line| line.contains("\"command\":\"summary\""))
    {
        let line: Line = serde_json::from_str(line)?;
        let content = line.content.unwrap_or_default();
        if !content.trim().is_empty() && !seen.contains(&content) {
            seen.push(content);
        }
    }
    fs::write(
        world.logs().join(format!("{label}.summary.md")),
        seen.concat(),
    )
    .context("failed to write a summary")
}
