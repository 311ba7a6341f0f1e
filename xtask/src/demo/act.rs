//! Runs a workflow of the example with `act`, and reads what became of its jobs.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::world::{SECRET, TOKEN, World};
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
        let step = format!("rerun-io/ci-actions/{action}@");
        let mut outputs = self.outputs.iter();
        let found = outputs.find(|((of, key), _)| of.starts_with(&step) && key == name);
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

/// Runs `workflow` for `event`; `label` names its log.
pub(super) fn run(
    world: &World,
    label: &str,
    workflow: &str,
    event: &str,
    payload: &Value,
) -> Result<Run> {
    let event_file = world.logs().join(format!("{label}.event.json"));
    fs::write(&event_file, serde_json::to_string_pretty(payload)?)
        .context("failed to write an event")?;
    let log = world.logs().join(format!("{label}.jsonl"));
    let started = Instant::now();
    let finished = command(world, workflow, event, &event_file)?.finish()?;
    fs::write(&log, &finished.stdout).context("failed to write a log")?;
    let mut run = read(&finished.stdout, log)?;
    run.elapsed = started.elapsed();
    if run.jobs.is_empty() {
        bail!(
            "failed to run {workflow}: act ran no job\n{}",
            crate::process::tail(&finished.output(), 20)
        );
    }
    write_summaries(world, label, &finished.stdout)?;
    Ok(run)
}

fn command(world: &World, workflow: &str, event: &str, event_file: &Path) -> Result<Cmd> {
    let secrets = world.folder().join("secrets");
    fs::write(
        &secrets,
        format!("GITHUB_TOKEN={TOKEN}\nPYPI_TOKEN={SECRET}\nCARGO_TOKEN={SECRET}\n"),
    )
    .context("failed to write the secrets")?;
    let mut act = Cmd::new(project::venv_bin("act"))
        .arg(event)
        .args([
            "--json",
            "--rm",
            "--no-cache-server",
            "--artifact-server-addr",
            "127.0.0.1",
        ])
        // Rows of a matrix for other machines would run on this one.
        .args([
            "--platform",
            "ubuntu-latest=-self-hosted",
            "--matrix",
            "platform:linux-x64",
        ])
        .arg("--action-cache-path")
        .arg(world.cache().join("actions"))
        .arg("--workflows")
        .arg(format!(".github/workflows/{workflow}"))
        .arg("--eventpath")
        .arg(event_file)
        .arg("--secret-file")
        .arg(&secrets)
        .args(["--env", &format!("GITHUB_API_URL={}", world.github.url())])
        .arg("--env")
        .arg(format!(
            "CI_ACTIONS_BIN_DIR={}",
            dist::assets_folder().display()
        ))
        // One for all jobs, as a cache would be.
        .arg("--env")
        .arg(format!(
            "CARGO_TARGET_DIR={}",
            world.cache().join("target").display()
        ))
        .dir(world.repository.folder());
    // The second is how a workflow of the release tree names the actions beside it.
    for version in ["v1", concat!("v", env!("CARGO_PKG_VERSION"))] {
        let tree = project::release_tree();
        act = act
            .arg("--local-repository")
            .arg(format!("rerun-io/ci-actions@{version}={}", tree.display()));
    }
    for (name, value) in variables(world) {
        act = act.arg("--var").arg(format!("{name}={value}"));
    }
    // Of its own, so that the demo leaves nothing in the home folder; what pip downloads is kept for the next demo.
    act = act
        .env("XDG_CACHE_HOME", world.cache())
        .env("XDG_CONFIG_HOME", world.cache())
        .env("PIP_CACHE_DIR", project::scratch().join("pip-cache"))
        .env("npm_config_cache", project::scratch().join("npm-cache"))
        .env_remove("GITHUB_TOKEN")
        .env_remove("CI");
    Ok(act)
}

/// The repository's variables, which a user sets once on GitHub.
fn variables(world: &World) -> [(&'static str, String); 4] {
    [
        ("PACKAGES_BUCKET", world.bucket().display().to_string()),
        ("PACKAGES_URL", world.bucket_url.clone()),
        ("PYPI_UPLOAD_URL", world.pypi.clone()),
        ("CARGO_REGISTRY", world.registry.index_url()),
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
