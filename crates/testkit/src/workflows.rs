//! Runs workflows with `act` under GitHub's rules: each job has a token of its own that may do what its `permissions:` say.
//!
//! `act` knows one token for all jobs, gives every secret to each of them, and runs what it likes to copy. So a
//! [`Run`] makes a copy of the repository at the event's commit and rewrites its workflow, and those that it calls:
//!
//! - `github.token` and `secrets.GITHUB_TOKEN` are the job's own token, and so is the default of an action's input;
//! - a job that asks for more than its caller has is refused before anything starts, in GitHub's words;
//! - the OIDC variables are there with `id-token: write` alone; a fork's run has neither them nor a secret, and only reads;
//! - an environment's secrets are there for the jobs that name the environment;
//! - `$/…` and called workflows are put where `act` finds them;
//! - `actions/checkout`, `actions/upload-artifact` and `actions/download-artifact` are the folders beside this crate's
//!   sources.
//!
//! What it cannot treat as GitHub does is an error. `concurrency`, `timeout-minutes` and `runs-on` stay as they are.
//! All jobs of one matrix share a token, which on GitHub are several with the same rights.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::git_server::GitServer;
use crate::github::FakeGitHub;
use crate::github::state::Token;
use crate::token_service::TokenService;

mod actions;
mod event;
mod expressions;
mod permissions;
mod rewrite;

pub use event::Event;
pub use permissions::Permissions;

/// What is the same for every run of one repository.
#[derive(Debug)]
pub struct Setting<'a> {
    /// `owner/name`.
    pub repository: &'a str,
    pub git: &'a GitServer,
    /// Where jobs with `id-token: write` ask for their identity.
    pub tokens: Option<&'a TokenService>,
    /// Folders that stand for other repositories, `owner/name`, whatever the ref behind it.
    pub trees: BTreeMap<String, PathBuf>,
    pub secrets: BTreeMap<String, String>,
    /// Secrets of each environment.
    pub environments: BTreeMap<String, BTreeMap<String, String>>,
    /// A folder per run: its copy of the repository, its artifacts.
    pub folder: PathBuf,
    /// What is different in the copies of workflows, to see what a run is without it.
    pub changes: Vec<Change>,
}

/// A change of a workflow file, once: text that must be in it, and what takes its place.
#[derive(Clone, Debug)]
pub struct Change {
    /// The end of the file's path.
    pub file: String,
    pub from: String,
    pub to: String,
}

/// A job of a run.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id, behind those of the jobs that called its workflow: `packages/plan`.
    pub id: String,
    pub token: String,
    pub permissions: Permissions,
    pub environment: Option<String>,
    /// With `id-token: write`: the secret that it asks for its identity with, and what that says.
    pub identity: Option<(String, BTreeMap<String, String>)>,
}

/// One run of a workflow, ready to be started.
#[derive(Debug)]
pub struct Run {
    /// The repository as `act` finds it.
    pub checkout: PathBuf,
    pub jobs: Vec<Job>,
    repository: String,
    workflow: PathBuf,
    event: Event,
    event_file: PathBuf,
    secrets_file: PathBuf,
    /// `owner/name@ref` and the folder that stands for it.
    trees: BTreeMap<String, PathBuf>,
}

impl Run {
    /// Prepares a run of `.github/workflows/<workflow>` for an event, in a folder that is called `label`. A second run in
    /// the same folder is another attempt: what was kept as artifacts is still there.
    ///
    /// # Errors
    /// When GitHub would refuse the workflow, with its sentence, and when something in it has no stand-in.
    pub fn prepare(
        setting: &Setting<'_>,
        label: &str,
        workflow: &str,
        event: Event,
    ) -> Result<Self> {
        let folder = setting.folder.join(label);
        let checkout = folder.join("repository");
        if checkout.exists() {
            std::fs::remove_dir_all(&checkout)?;
        }
        std::fs::create_dir_all(&checkout)?;
        event.check_out(&setting.git.folder(setting.repository), &checkout)?;
        git(
            &checkout,
            &[
                "remote",
                "add",
                "origin",
                &format!("https://github.com/{}", setting.repository),
            ],
        )?;
        let stand_ins = actions::lay_out(&folder)?;
        let mut rewritten = rewrite::Rewritten::new(setting, &event, &checkout);
        rewritten.trees.insert(actions::TREE.to_owned(), stand_ins);
        rewritten.top(workflow)?;
        let (jobs, trees) = (rewritten.jobs, rewritten.trees);

        let event_file = folder.join("event.json");
        std::fs::write(&event_file, serde_json::to_vec_pretty(&event.payload)?)?;
        let secrets_file = folder.join("secrets");
        std::fs::write(&secrets_file, secrets(setting, &event, &jobs)?)?;
        Ok(Self {
            workflow: checkout.join(".github/workflows").join(workflow),
            checkout,
            jobs,
            repository: setting.repository.to_owned(),
            event,
            event_file,
            secrets_file,
            trees,
        })
    }

    /// Makes the run's tokens known to the servers; GitHub does so when a job starts.
    pub fn enter(
        &self,
        github: Option<&FakeGitHub>,
        git: &GitServer,
        tokens: Option<&TokenService>,
    ) {
        for job in &self.jobs {
            let token = self.token_of(job);
            if let Some(github) = github {
                github.change(|state| state.tokens.push(token.clone()));
            }
            git.allow(token);
            if let (Some(tokens), Some((secret, claims))) = (tokens, &job.identity) {
                tokens.admit(secret, claims.clone());
            }
        }
    }

    fn token_of(&self, job: &Job) -> Token {
        Token {
            name: job.id.clone(),
            value: job.token.clone(),
            login: String::new(),
            permissions: job.permissions.rights(),
            repositories: Some(vec![self.repository.clone()]),
        }
    }

    /// The job of this id.
    ///
    /// # Errors
    /// When there is none.
    pub fn job(&self, id: &str) -> Result<&Job> {
        let found = self.jobs.iter().find(|job| job.id == id);
        found.with_context(|| format!("the run has no job `{id}`"))
    }

    /// `act`, told to run this; who calls adds variables and what else it knows.
    pub fn act(&self, program: &Path) -> Command {
        let mut act = Command::new(program);
        act.args(self.arguments()).current_dir(&self.checkout);
        act
    }

    /// What `act` is told, in the folder [`Self::checkout`].
    pub fn arguments(&self) -> Vec<OsString> {
        let mut all: Vec<OsString> = vec![self.event.name.clone().into()];
        let mut add = |name: &str, value: &OsStr| all.extend([name.into(), value.to_owned()]);
        add("--workflows", self.workflow.as_os_str());
        add("--eventpath", self.event_file.as_os_str());
        add("--secret-file", self.secrets_file.as_os_str());
        add("--platform", OsStr::new("ubuntu-latest=-self-hosted"));
        add("--artifact-server-addr", OsStr::new("127.0.0.1"));
        // act gives steps a terminal, where git would wait for a name and a password.
        add("--env", OsStr::new("GIT_TERMINAL_PROMPT=0"));
        for (name, folder) in &self.trees {
            let mut value = OsString::from(format!("{name}="));
            value.push(folder);
            add("--local-repository", &value);
        }
        let flags = ["--json", "--rm", "--no-cache-server", "--no-skip-checkout"];
        all.extend(flags.map(OsString::from));
        all
    }
}

/// What `act` masks and hands out: secrets under their own names, an environment's behind its name, and the tokens,
/// which nothing reads by name.
fn secrets(setting: &Setting<'_>, event: &Event, jobs: &[Job]) -> Result<String> {
    // Whatever reads act's own token was not rewritten; nobody knows this one.
    let mut all = vec![("GITHUB_TOKEN".to_owned(), "ghs_of-no-job".to_owned())];
    if event.is_trusted() {
        all.extend(setting.secrets.clone());
        for (environment, secrets) in &setting.environments {
            let named = secrets.iter();
            all.extend(
                named.map(|(name, value)| (of_environment(environment, name), value.clone())),
            );
        }
    }
    for (number, job) in jobs.iter().enumerate() {
        all.push((format!("STAND_IN_TOKEN_{number}"), job.token.clone()));
        if let Some((secret, _)) = &job.identity {
            all.push((format!("STAND_IN_REQUEST_{number}"), secret.clone()));
        }
    }
    let mut text = String::new();
    for (name, value) in all {
        if value.contains(['\n', '\'']) {
            bail!(
                "the secret {name} has a line break or a quote, which act's file of secrets cannot hold"
            );
        }
        text.push_str(&format!("{name}='{value}'\n"));
    }
    Ok(text)
}

/// The name under which `act` has a secret of an environment.
fn of_environment(environment: &str, secret: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    let environment: String = environment.chars().map(plain).collect();
    format!("{environment}__{}", secret.to_ascii_uppercase())
}

fn git(folder: &Path, args: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .context("failed to start git")?;
    if !output.status.success() {
        bail!(
            "git {} failed: {}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned())
}
