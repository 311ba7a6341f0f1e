//! Rewrites a workflow, and those that it calls, so that `act` runs each job as GitHub would.

mod uses;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::expressions::{Names, reads_token};
use super::permissions::Permissions;
use super::{Event, Job, Setting, actions, of_environment};
use crate::github::state::Right;

/// What comes of it.
#[derive(Debug)]
pub(super) struct Rewritten<'a> {
    setting: &'a Setting<'a>,
    event: &'a Event,
    checkout: &'a Path,
    /// `owner/name/.github/workflows/file@ref` of the workflow that was started.
    workflow_ref: String,
    pub(super) jobs: Vec<Job>,
    pub(super) trees: BTreeMap<String, PathBuf>,
}

/// Where a workflow file is, which says what `$/…` and `./…` in it mean.
#[derive(Debug)]
struct File {
    repository: String,
    /// As an action of that repository names it after the `@`.
    at: String,
    folder: PathBuf,
    /// Below the folder.
    path: String,
}

/// The job that calls a workflow.
#[derive(Debug)]
struct Caller<'a> {
    id: &'a str,
    permissions: &'a Permissions,
    uses: &'a str,
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

impl<'a> Rewritten<'a> {
    pub(super) fn new(setting: &'a Setting<'a>, event: &'a Event, checkout: &'a Path) -> Self {
        Self {
            setting,
            event,
            checkout,
            workflow_ref: String::new(),
            jobs: Vec::new(),
            trees: BTreeMap::new(),
        }
    }

    /// Rewrites the workflow that the event starts.
    pub(super) fn top(&mut self, name: &str) -> Result<()> {
        let file = File {
            repository: self.setting.repository.to_owned(),
            at: self.event.sha.clone(),
            folder: self.checkout.to_owned(),
            path: format!(".github/workflows/{name}"),
        };
        self.workflow_ref = format!("{}/{}@{}", file.repository, file.path, self.event.reference);
        let claim = (self.workflow_ref.clone(), self.event.sha.clone());
        let value = self.workflow(&file, &claim, None)?;
        self.write(name, &value)
    }

    fn write(&self, name: &str, workflow: &Value) -> Result<()> {
        // JSON is YAML.
        let file = self.checkout.join(".github/workflows").join(name);
        std::fs::write(&file, serde_json::to_string_pretty(workflow)?)
            .with_context(|| format!("failed to write {}", file.display()))
    }

    /// The text of a workflow file, with the changes that were asked for.
    fn read(&self, path: &Path) -> Result<String> {
        let mut text = std::fs::read_to_string(path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let changes = self.setting.changes.iter();
        for change in changes.filter(|it| path.ends_with(&it.file)) {
            if !text.contains(&change.from) {
                bail!("{} does not contain `{}`", change.file, change.from);
            }
            text = text.replacen(&change.from, &change.to, 1);
        }
        Ok(text)
    }

    fn workflow(
        &mut self,
        file: &File,
        claim: &(String, String),
        caller: Option<&Caller<'_>>,
    ) -> Result<Value> {
        let path = file.folder.join(&file.path);
        let text = self.read(&path)?;
        let mut workflow: Value = serde_saphyr::from_str(&text)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let own = workflow
            .get("permissions")
            .map(Permissions::parse)
            .transpose()?;
        if let (Some(own), Some(caller)) = (&own, caller)
            && let Some(beyond) = own.beyond(caller.permissions)
        {
            bail!(
                "Error calling workflow '{}'. The workflow {beyond}",
                caller.uses
            );
        }
        let default = match (own, caller) {
            (Some(own), _) => own,
            (None, Some(caller)) => caller.permissions.clone(),
            (None, None) => Permissions::restricted(),
        };
        let shared = workflow_env(&mut workflow)?;
        drop_queue(&mut workflow);
        let jobs = object(workflow.get("jobs"));
        let mut done = Map::new();
        for (id, job) in jobs {
            let permissions = match job.get("permissions") {
                Some(value) => Permissions::parse(value)?,
                None => default.clone(),
            };
            if let Some(caller) = caller
                && let Some(beyond) = permissions.beyond(caller.permissions)
            {
                bail!(
                    "Error calling workflow '{}'. The nested job '{id}' {beyond}",
                    caller.uses
                );
            }
            let full = caller.map_or_else(|| id.clone(), |caller| format!("{}/{id}", caller.id));
            let job = self
                .job(
                    file,
                    claim,
                    (&full, permissions),
                    &shared,
                    object(Some(&job)),
                )
                .with_context(|| format!("the job `{full}`"))?;
            done.insert(id, job);
        }
        if let Some(workflow) = workflow.as_object_mut() {
            workflow.insert("jobs".to_owned(), Value::Object(done));
        }
        Ok(workflow)
    }

    fn job(
        &mut self,
        file: &File,
        claim: &(String, String),
        (id, permissions): (&str, Permissions),
        shared: &Map<String, Value>,
        job: Map<String, Value>,
    ) -> Result<Value> {
        let trusted = self.event.is_trusted();
        let effective = if trusted {
            permissions.clone()
        } else {
            permissions.of_a_fork()
        };
        let environment = environment(&job)?;
        let names = self.names(id, environment.as_deref());
        let identity = (effective.right("id-token") == Right::Write).then(|| {
            let claims = self.event.claims(
                self.setting.repository,
                &self.workflow_ref,
                (&claim.0, &claim.1),
                environment.as_deref(),
            );
            (self.secret("request", id), claims)
        });
        self.jobs.push(Job {
            id: id.to_owned(),
            token: names.token.clone(),
            permissions: effective,
            environment,
            identity: identity.clone(),
        });
        if job.contains_key("uses") {
            return self.call(
                file,
                &Caller {
                    id,
                    permissions: &permissions,
                    uses: "",
                },
                &names,
                job,
            );
        }
        let mut job = job;
        let mut env = shared.clone();
        env.extend(object(job.get("env")));
        // What a step may be given is what GitHub gives; only its own runner sets these.
        env.retain(|name, _| !name.starts_with("ACTIONS_ID_TOKEN_REQUEST_"));
        if let (Some((secret, _)), Some(tokens)) = (identity, self.setting.tokens) {
            env.insert(
                "ACTIONS_ID_TOKEN_REQUEST_URL".to_owned(),
                json!(format!("{}/identity?api-version=2.0", tokens.url())),
            );
            env.insert("ACTIONS_ID_TOKEN_REQUEST_TOKEN".to_owned(), json!(secret));
        }
        if !env.is_empty() {
            job.insert("env".to_owned(), Value::Object(env));
        }
        let steps = job
            .get("steps")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let steps = steps
            .into_iter()
            .map(|step| self.step(file, object(Some(&step))))
            .collect::<Result<Vec<_>>>()?;
        job.insert("steps".to_owned(), Value::Array(steps));
        names.apply(&Value::Object(job))
    }

    /// A job that calls a workflow calls a copy of it that is its own.
    fn call(
        &mut self,
        file: &File,
        caller: &Caller<'_>,
        names: &Names,
        mut job: Map<String, Value>,
    ) -> Result<Value> {
        let uses = job
            .get("uses")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let (called, claim) = self.called(file, &uses)?;
        let caller = Caller {
            uses: &uses,
            ..*caller
        };
        let workflow = self.workflow(&called, &claim, Some(&caller))?;
        let name = format!("called-by-{}.yml", caller.id.replace('/', "-"));
        self.write(&name, &workflow)?;
        job.insert(
            "uses".to_owned(),
            json!(format!("./.github/workflows/{name}")),
        );
        if job.get("secrets").is_some_and(|it| it == "inherit") {
            return names.apply(&Value::Object(job));
        }
        // Secrets of an environment belong to the job that names it, and no caller passes them on.
        let mut secrets = object(job.get("secrets"));
        for (environment, all) in &self.setting.environments {
            for name in all.keys().map(|name| of_environment(environment, name)) {
                secrets.insert(name.clone(), json!(format!("${{{{ secrets.{name} }}}}")));
            }
        }
        if !secrets.is_empty() {
            job.insert("secrets".to_owned(), Value::Object(secrets));
        }
        names.apply(&Value::Object(job))
    }

    fn names(&self, id: &str, environment: Option<&str>) -> Names {
        let all =
            environment.and_then(|name| self.setting.environments.get(name).map(|all| (name, all)));
        let secrets = all.into_iter().flat_map(|(environment, all)| {
            all.keys()
                .map(move |name| (name.to_ascii_uppercase(), of_environment(environment, name)))
        });
        Names {
            token: format!("ghs_{}", self.secret("token", id)),
            secrets: secrets.collect(),
        }
    }

    /// Nobody guesses it, and no two jobs have the same.
    fn secret(&self, what: &str, id: &str) -> String {
        let seed = format!(
            "{what} {id} {:?} {:?}",
            self.checkout,
            std::time::SystemTime::now()
        );
        hex::encode(Sha256::digest(seed)).chars().take(36).collect()
    }
}

/// Takes the workflow's `env:` out where it reads what differs from job to job; each job gets it then.
fn workflow_env(workflow: &mut Value) -> Result<Map<String, Value>> {
    let env = object(workflow.get("env"));
    let text = Value::Object(env.clone());
    if !reads_token(&text)? && !text.to_string().to_ascii_lowercase().contains("secrets") {
        return Ok(Map::new());
    }
    if let Some(workflow) = workflow.as_object_mut() {
        workflow.remove("env");
    }
    Ok(env)
}

/// `act` refuses the key `queue` of `concurrency`, and runs one at a time anyway.
fn drop_queue(workflow: &mut Value) {
    let jobs = workflow.get_mut("jobs").and_then(Value::as_object_mut);
    let jobs = jobs.into_iter().flat_map(|jobs| jobs.values_mut());
    for job in jobs.filter_map(|job| job.get_mut("concurrency")?.as_object_mut()) {
        job.remove("queue");
    }
    if let Some(own) = workflow
        .get_mut("concurrency")
        .and_then(Value::as_object_mut)
    {
        own.remove("queue");
    }
}

/// The name of the job's environment.
fn environment(job: &Map<String, Value>) -> Result<Option<String>> {
    let name = match job.get("environment") {
        None => return Ok(None),
        Some(Value::Object(keys)) => keys.get("name").and_then(Value::as_str),
        Some(other) => other.as_str(),
    };
    match name {
        Some(name) if !name.contains("${{") => Ok(Some(name.to_owned())),
        other => bail!("no stand-in for the environment {other:?}"),
    }
}
