//! What an action knows about the run it is in, and where it writes what people read.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use untrusted_input::checkout;

use crate::{ConfigFile, Env, Log, Summary, event::Event, summary};

/// Handed to an action's `run`: the variables, the log, the event and the summary.
#[derive(Debug, Clone)]
pub struct Context {
    /// The variables of the process.
    pub env: Env,
    /// Where everything that a person reads goes.
    pub log: Log,
    /// The config file that the inputs were read with, if one was looked for.
    pub(crate) config: Option<ConfigFile>,
}

impl Context {
    /// A context over a snapshot of the environment.
    pub fn new(env: Env) -> Self {
        let log = Log::new(&env);
        log.learn(env.secrets());
        Self {
            env,
            log,
            config: None,
        }
    }

    /// The config file that inputs were looked for in.
    pub fn config(&self) -> Option<&ConfigFile> {
        self.config.as_ref()
    }

    /// The config file that the inputs came from; `None` where none was looked for.
    pub fn config_file(&self) -> Option<&ConfigFile> {
        self.config.as_ref()
    }

    pub(crate) fn with_config(self, config: Option<ConfigFile>) -> Self {
        Self { config, ..self }
    }

    /// The event that started the run, or `None` outside of a run.
    ///
    /// `path` names a payload to use instead; its event is `GITHUB_EVENT_NAME`, or told from its shape.
    pub fn event(&self, path: Option<&Path>) -> anyhow::Result<Option<Event>> {
        let path = match path
            .map(Path::to_owned)
            .or_else(|| self.env.path("GITHUB_EVENT_PATH"))
        {
            Some(path) => path,
            None if self.env.on_runner() => {
                bail!("failed to find the event: `GITHUB_EVENT_PATH` is not set")
            }
            None => return Ok(None),
        };
        let payload = checkout::read(&path, checkout::LARGE)
            .with_context(|| format!("failed to read the event file `{}`", path.display()))?;
        let name = match self.env.get("GITHUB_EVENT_NAME") {
            Some(name) => name,
            None => guess_event(&payload)?,
        };
        let event = Event::parse(name, &payload)
            .with_context(|| format!("failed to read the event file `{}`", path.display()))?;
        Ok(Some(event))
    }

    /// Whether the run is about the default branch as it is: a push to it, or a scheduled or manual run on it.
    pub fn on_default_branch(&self, event: &Event) -> bool {
        let Some(repository) = event.repository() else {
            return false;
        };
        let branch = match event {
            Event::Push(push) => push.branch(),
            Event::Schedule(_) | Event::WorkflowDispatch(_) => {
                let full = self.env.get("GITHUB_REF").unwrap_or_default();
                full.strip_prefix("refs/heads/")
            }
            _ => None,
        };
        branch == Some(repository.default_branch.as_str())
    }

    /// Adds to the step summary; outside of a run there is none, and the log says it all.
    pub fn write_summary(&self, summary: &Summary) -> anyhow::Result<()> {
        let Some(path) = self.env.path("GITHUB_STEP_SUMMARY") else {
            return Ok(());
        };
        let written = std::fs::metadata(&path).map_or(0, |file| file.len());
        let room = summary::LIMIT.saturating_sub(usize::try_from(written).unwrap_or(usize::MAX));
        Log::append(&path, &self.log.redacted(&summary.render(room)))
            .with_context(|| format!("failed to write the step summary to `{}`", path.display()))
    }

    /// A folder of this step's own below the job's temporary folder.
    pub fn temp_dir(&self) -> PathBuf {
        self.env.temp_dir()
    }
}

/// On a laptop a payload comes without its event's name, but its shape tells it.
fn guess_event(payload: &[u8]) -> anyhow::Result<&'static str> {
    let value: serde_json::Value =
        serde_json::from_slice(payload).context("failed to parse the event: it is no JSON")?;
    let has = |key: &str| value.get(key).is_some();
    Ok(match () {
        () if has("pull_request") => "pull_request",
        () if has("merge_group") => "merge_group",
        () if has("release") => "release",
        () if has("before") && has("after") => "push",
        () if has("inputs") => "workflow_dispatch",
        () if has("schedule") => "schedule",
        () => bail!(
            "failed to tell the event from its payload: set GITHUB_EVENT_NAME to `pull_request`, `merge_group`, `push` or another event's name"
        ),
    })
}
