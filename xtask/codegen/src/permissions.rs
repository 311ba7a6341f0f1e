//! What documents and workflows grant: every job of an example and of a published workflow has the permissions that
//! its actions declare for the inputs that it gives them, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use actions_core::{When, spec::Spec};
use serde_json::Value;
use xtask::project;

use super::tests::specs;

/// Levels by scope; `write` includes `read`.
type Grants = BTreeMap<String, String>;

/// A text that holds a workflow, and the config file that its actions read.
struct Workflow {
    shown: String,
    text: Value,
    config: Option<toml::Table>,
}

/// Why a job needs a permission, in the order of the steps.
#[derive(Default)]
struct Needed {
    required: Grants,
    optional: Grants,
}

impl Needed {
    fn require(&mut self, scope: &str, access: &str) {
        raise(&mut self.required, scope, access);
        raise(&mut self.optional, scope, access);
    }
}

fn raise(grants: &mut Grants, scope: &str, access: &str) {
    let level = grants.entry(scope.to_owned()).or_default();
    if level != "write" {
        access.clone_into(level);
    }
}

/// What an input is, as far as a file can tell.
enum Given {
    No,
    Yes(String),
    /// An expression: whatever a run makes of it, also nothing.
    Perhaps,
}

fn given(input: &str, step: &Value, config: Option<&toml::Table>, action: &str) -> Given {
    let with = step.pointer("/with").and_then(|with| with.get(input));
    let configured = || config?.get(action)?.get(input).map(ToString::to_string);
    match with {
        None | Some(Value::Null) => configured().map_or(Given::No, Given::Yes),
        Some(Value::String(text)) if text.is_empty() => Given::No,
        Some(Value::String(text)) if text.contains("${{") => Given::Perhaps,
        Some(Value::String(text)) => Given::Yes(text.clone()),
        Some(other) => Given::Yes(other.to_string()),
    }
}

fn is_needed(when: &When<String>, given: impl Fn(&str) -> Given) -> bool {
    match when {
        When::Always => true,
        When::Optional => false,
        When::Given(input) => match given(input) {
            Given::No => false,
            Given::Yes(value) => value != "false",
            Given::Perhaps => true,
        },
        When::Missing(input) => !matches!(given(input), Given::Yes(_)),
        When::Identity(input) => match given(input) {
            Given::No => false,
            Given::Yes(value) => value.contains("workload-identity-provider="),
            Given::Perhaps => true,
        },
    }
}

/// The path in this repository that a `uses:` names.
fn own(uses: &str) -> Option<String> {
    let path = uses
        .strip_prefix("rerun-io/ci-actions/")
        .map(|rest| rest.split('@').next().unwrap_or_default())
        .or_else(|| uses.strip_prefix("$/"))?;
    Some(path.strip_prefix("actions/").unwrap_or(path).to_owned())
}

fn needed(workflow: &Workflow, job: &Value, specs: &[Spec]) -> Needed {
    let mut needed = Needed::default();
    if let Some(called) = job["uses"].as_str().and_then(own) {
        for (scope, access) in requested(&called) {
            needed.require(&scope, &access);
        }
    }
    for step in job["steps"].as_array().into_iter().flatten() {
        let uses = step["uses"].as_str().unwrap_or_default();
        if uses.starts_with("actions/checkout@") {
            needed.require("contents", "read");
        }
        let Some(action) = own(uses) else { continue };
        let spec = specs.iter().find(|spec| spec.id == action).unwrap();
        for permission in &spec.permissions {
            let given = |input: &str| given(input, step, workflow.config.as_ref(), &action);
            if is_needed(&permission.when, given) {
                needed.require(&permission.scope, &permission.access);
            } else if permission.when == When::Optional {
                raise(&mut needed.optional, &permission.scope, &permission.access);
            }
        }
    }
    needed
}

/// What the jobs of a workflow of ours ask for: their caller must grant all of it.
fn requested(path: &str) -> Grants {
    let text = fs::read_to_string(project::root().join(path)).unwrap();
    let workflow: Value = serde_saphyr::from_str(&text).unwrap();
    let mut all = Grants::new();
    for job in workflow["jobs"].as_object().unwrap().values() {
        for (scope, access) in granted(&workflow, job) {
            raise(&mut all, &scope, &access);
        }
    }
    all
}

/// What a job is granted: its own `permissions:`, or else the workflow's.
fn granted(workflow: &Value, job: &Value) -> Grants {
    let permissions = [&job["permissions"], &workflow["permissions"]];
    let map = permissions.into_iter().find_map(Value::as_object);
    map.into_iter()
        .flatten()
        .map(|(scope, access)| (scope.clone(), access.as_str().unwrap().to_owned()))
        .collect()
}

/// A job that runs code of the repository and reads its bucket only where that needs no credentials.
const WITHOUT_CREDENTIALS: (&str, &str) = (".github/workflows/lint-build-test.yml", "bench");

/// Each thing that a job of a workflow lacks or has too much.
fn wrong(workflow: &Workflow, specs: &[Spec]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, job) in workflow.text["jobs"].as_object().unwrap() {
        let granted = granted(&workflow.text, job);
        let mut needed = needed(workflow, job, specs);
        if (workflow.shown.as_str(), name.as_str()) == WITHOUT_CREDENTIALS {
            needed.required.remove("id-token");
        }
        let place = format!("{}: job `{name}`", workflow.shown);
        for (scope, access) in &needed.required {
            if granted.get(scope) != Some(access)
                && granted.get(scope).map(String::as_str) != Some("write")
            {
                wrong.push(format!("{place} lacks `{scope}: {access}`"));
            }
        }
        for (scope, access) in &granted {
            let allowed = needed.optional.get(scope);
            if access != "none"
                && allowed != Some(access)
                && allowed.map(String::as_str) != Some("write")
            {
                wrong.push(format!("{place} does not need `{scope}: {access}`"));
            }
        }
    }
    wrong
}

/// The workflows of the example and those that we publish, and the blocks of documents that hold whole jobs.
fn workflows() -> Vec<Workflow> {
    let root = project::root();
    let mut files = Vec::new();
    super::promises::documents(&root, &mut files);
    let mut found = Vec::new();
    for file in files {
        let shown = file.strip_prefix(&root).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        let texts = match file.extension().and_then(|ending| ending.to_str()) {
            Some("md") => blocks(&text),
            // Our own workflows run programs that declare nothing.
            Some("yml") if is_workflow(&shown) => vec![text],
            _ => Vec::new(),
        };
        for text in texts {
            let text: Value = serde_saphyr::from_str(&text)
                .unwrap_or_else(|error| panic!("{shown}: {error}\n{text}"));
            if text.get("jobs").is_some() {
                found.push(Workflow {
                    config: config_beside(&file),
                    shown: shown.clone(),
                    text,
                });
            }
        }
    }
    found
}

fn is_workflow(path: &str) -> bool {
    path.ends_with("workflows/create-packages.yml")
        || path.ends_with("workflows/lint-build-test.yml")
        || path.starts_with("examples/") && path.contains(project::WORKFLOWS)
}

fn config_beside(workflow: &Path) -> Option<toml::Table> {
    let folder = workflow.parent()?.parent()?;
    let text = fs::read_to_string(folder.join("ci-actions.toml")).ok()?;
    Some(text.parse().unwrap())
}

/// The fenced blocks of a Markdown text that hold YAML.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    for part in text.split("```yaml\n").skip(1) {
        blocks.push(part.split("```").next().unwrap_or_default().to_owned());
    }
    blocks
}

#[test]
fn each_job_has_the_permissions_that_its_actions_declare_and_no_other() {
    let specs = specs();
    let workflows = workflows();
    let shown: BTreeSet<&str> = workflows.iter().map(|it| it.shown.as_str()).collect();
    for expected in [
        "README.md",
        ".github/workflows/README.md",
        ".github/workflows/create-packages.yml",
        ".github/workflows/lint-build-test.yml",
        "examples/hello-sdk/.github/workflows/release.yml",
    ] {
        assert!(shown.contains(expected), "{expected} is not in {shown:?}");
    }
    let wrong: Vec<String> = workflows
        .iter()
        .flat_map(|workflow| wrong(workflow, &specs))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_missing_and_what_is_too_much_are_found() {
    let workflow = |text: &str| Workflow {
        shown: "a.yml".to_owned(),
        text: serde_saphyr::from_str(text).unwrap(),
        config: None,
    };
    let text = "
permissions: {}
jobs:
  publish:
    permissions: {contents: write}
    steps:
      - uses: actions/checkout@v7
      - uses: rerun-io/ci-actions/publish-wheels@v1
      - uses: $/actions/promote
        with: {bucket: 'gs://b?workload-identity-provider=p', channel: latest}
  folder:
    permissions: {issues: read, id-token: write}
    steps:
      - uses: rerun-io/ci-actions/promote@v1
        with: {bucket: ./packages}
      - uses: rerun-io/ci-actions/pr-gates@v1
        with: {comment: '${{ inputs.comment }}'}
";
    assert_eq!(
        wrong(&workflow(text), &specs()),
        [
            "a.yml: job `publish` lacks `id-token: write`",
            "a.yml: job `publish` does not need `contents: write`",
            "a.yml: job `folder` lacks `contents: read`",
            "a.yml: job `folder` lacks `pull-requests: write`",
            "a.yml: job `folder` does not need `id-token: write`",
        ]
    );
}
