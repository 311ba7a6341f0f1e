//! What a job gives a step, and what a step gives back: the part of a runner that actions can see.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

mod log;
mod outcome;
mod tools;

pub use log::{Annotation, Level};
pub use outcome::{Outcome, parse_file_command};

/// The surroundings of one step. Nothing of the caller's environment gets in except `PATH` and what [`InJob::inherit`] names.
#[derive(Debug)]
pub struct Job {
    folder: TempDir,
    workspace: Option<PathBuf>,
    event_name: String,
    payload: Value,
    env: BTreeMap<String, OsString>,
    limit: Duration,
}

impl Default for Job {
    fn default() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("job-")
            .tempdir()
            .expect("failed to create a temporary folder");
        for name in ["home", "temp", "tools", "workspace"] {
            fs::create_dir(folder.path().join(name)).expect("failed to create a job's folder");
        }
        Self {
            folder,
            workspace: None,
            event_name: "workflow_dispatch".to_owned(),
            payload: started_by_hand(),
            env: BTreeMap::new(),
            limit: Duration::from_secs(120),
        }
    }
}

/// What GitHub sends when somebody starts a workflow that has no inputs.
fn started_by_hand() -> Value {
    json!({
        "inputs": null,
        "ref": "refs/heads/main",
        "repository": {"full_name": "rerun-io/hello-sdk", "default_branch": "main"},
        "workflow": ".github/workflows/workflow.yml",
    })
}

/// What can be said about the job around a [`crate::binary::Run`] or a [`crate::composite::Step`].
pub trait InJob: Sized {
    /// The job that the methods below change.
    fn job_mut(&mut self) -> &mut Job;

    /// Sets the event and its payload, which the step finds in `GITHUB_EVENT_NAME` and `GITHUB_EVENT_PATH`.
    #[must_use]
    fn event(mut self, name: &str, payload: &Value) -> Self {
        let job = self.job_mut();
        name.clone_into(&mut job.event_name);
        job.payload = payload.clone();
        self
    }

    /// Sets a variable, also one that the runner would set itself.
    #[must_use]
    fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.job_mut().env.insert(name.to_owned(), value.into());
        self
    }

    /// Passes a variable of the test's own environment on, when it is set there.
    #[must_use]
    fn inherit(self, name: &str) -> Self {
        match std::env::var_os(name) {
            Some(value) => self.env(name, value),
            None => self,
        }
    }

    /// Sets the working directory, which is `GITHUB_WORKSPACE`; without it an empty folder is made.
    #[must_use]
    fn workspace(mut self, folder: &Path) -> Self {
        self.job_mut().workspace = Some(folder.to_owned());
        self
    }

    /// Sets `GITHUB_API_URL`.
    #[must_use]
    fn api_url(self, url: &str) -> Self {
        self.env("GITHUB_API_URL", url)
    }

    /// Sets `GITHUB_REPOSITORY` (`owner/name`).
    #[must_use]
    fn repository(self, name: &str) -> Self {
        self.env("GITHUB_REPOSITORY", name)
    }

    /// Sets `GITHUB_SHA`.
    #[must_use]
    fn sha(self, commit: &str) -> Self {
        self.env("GITHUB_SHA", commit)
    }

    /// Passes on what cargo and pip need to work as they do on this machine: toolchains, caches, registries' settings.
    #[must_use]
    fn tools(self) -> Self {
        tools::variables()
            .into_iter()
            .fold(self, |step, (name, value)| step.env(&name, value))
    }

    /// Sets after how long the step is killed, and the test fails. Two minutes unless told otherwise.
    #[must_use]
    fn limit(mut self, limit: Duration) -> Self {
        self.job_mut().limit = limit;
        self
    }
}

impl Job {
    /// The folder of everything that belongs to this job; tests redact it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the step runs.
    pub fn workspace_path(&self) -> PathBuf {
        self.workspace
            .clone()
            .unwrap_or_else(|| self.folder().join("workspace"))
    }

    /// The value that a step sees of a variable.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        let mut variables = self.variables();
        variables.remove(name)
    }

    /// Removes a variable that a test has set, and returns it.
    pub(crate) fn take(&mut self, name: &str) -> String {
        let value = self.env.remove(name).unwrap_or_default();
        value.to_string_lossy().into_owned()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// The whole environment of a step: the runner's own variables, below what the test has set.
    fn variables(&self) -> BTreeMap<String, OsString> {
        let path = |name: &str| self.file(name).into_os_string();
        let mut variables: BTreeMap<String, OsString> = [
            ("CI", OsString::from("true")),
            ("GITHUB_ACTION", "__run".into()),
            ("GITHUB_ACTIONS", "true".into()),
            ("GITHUB_ACTOR", "octocat".into()),
            ("GITHUB_API_URL", "http://127.0.0.1:9".into()),
            ("GITHUB_ENV", path("env")),
            ("GITHUB_EVENT_NAME", self.event_name.clone().into()),
            ("GITHUB_EVENT_PATH", path("event.json")),
            ("GITHUB_JOB", "job".into()),
            ("GITHUB_OUTPUT", path("output")),
            ("GITHUB_PATH", path("path")),
            ("GITHUB_REF", "refs/heads/main".into()),
            ("GITHUB_REPOSITORY", "rerun-io/hello-sdk".into()),
            ("GITHUB_REPOSITORY_OWNER", "rerun-io".into()),
            ("GITHUB_RUN_ATTEMPT", "1".into()),
            ("GITHUB_RUN_ID", "1".into()),
            ("GITHUB_SERVER_URL", "https://github.com".into()),
            ("GITHUB_SHA", "0".repeat(40).into()),
            ("GITHUB_STATE", path("state")),
            ("GITHUB_STEP_SUMMARY", path("summary")),
            ("GITHUB_WORKFLOW", "workflow".into()),
            ("GITHUB_WORKSPACE", self.workspace_path().into()),
            // Only what the test itself writes may configure git.
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("HOME", path("home")),
            ("LANG", "C.UTF-8".into()),
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("RUNNER_ARCH", runner_arch().into()),
            ("RUNNER_OS", runner_os().into()),
            ("RUNNER_TEMP", path("temp")),
            ("RUNNER_TOOL_CACHE", path("tools")),
            ("TMPDIR", path("temp")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        variables.extend(self.env.clone());
        variables
    }

    /// Starts a program as a step of this job; `extra` is the step's own `env:`.
    pub(crate) fn start(self, mut command: Command, extra: &BTreeMap<String, String>) -> Running {
        for name in ["env", "output", "path", "state", "summary"] {
            File::create(self.file(name)).expect("failed to create a runner's file");
        }
        let payload = serde_json::to_vec_pretty(&self.payload).expect("failed to write JSON");
        fs::write(self.file("event.json"), payload).expect("failed to write the event");
        let log = |name: &str| File::create(self.file(name)).expect("failed to create a log");
        let child = command
            .env_clear()
            .envs(self.variables())
            .envs(extra)
            .current_dir(self.workspace_path())
            .stdin(Stdio::null())
            .stdout(log("stdout"))
            .stderr(log("stderr"))
            .process_group(0)
            .spawn()
            .unwrap_or_else(|err| panic!("failed to start {command:?}: {err}"));
        Running { job: self, child }
    }
}

fn runner_os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "macOS",
        "windows" => "Windows",
        _ => "Linux",
    }
}

fn runner_arch() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "ARM64",
        _ => "X64",
    }
}

/// A step at work. Dropping it kills it and all that it started.
#[derive(Debug)]
pub struct Running {
    job: Job,
    child: Child,
}

impl Running {
    /// The folder of the job, to look at what the step has done so far.
    pub fn folder(&self) -> &Path {
        self.job.folder()
    }

    /// What the step has printed so far.
    pub fn stdout(&self) -> String {
        self.job.read("stdout")
    }

    /// The number of the step's entry process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sets how long the step may go on from now, measured like [`InJob::limit`].
    pub fn limit(&mut self, limit: Duration) {
        self.job.limit = limit;
    }

    /// Sends a signal (`INT`, `TERM`) to the step's entry process only, as the runner does on cancel.
    pub fn signal(&self, name: &str) {
        kill(name, &self.child.id().to_string());
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// When the step takes longer than the job's limit, or has written a file that the runner would refuse.
    pub fn wait(mut self) -> Outcome {
        let deadline = Instant::now() + self.job.limit;
        let status = loop {
            match self.child.try_wait().expect("failed to wait for the step") {
                Some(status) => break status,
                None if Instant::now() > deadline => panic!(
                    "the step still ran after {:?} and was killed; it had printed:\n{}{}",
                    self.job.limit,
                    self.job.read("stdout"),
                    self.job.read("stderr"),
                ),
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        // A shell reports a signal as 128 more than its number; so do we.
        let code = status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
        outcome::read(&self.job, code)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            kill("KILL", &format!("-{}", self.child.id()));
            self.child.wait().ok();
        }
    }
}

fn kill(signal: &str, process: &str) {
    Command::new("kill")
        .args([&format!("-{signal}"), "--", process])
        .stderr(Stdio::null())
        .status()
        .expect("failed to start kill");
}

impl Job {
    fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.file(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
