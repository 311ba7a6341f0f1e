//! The jobs file as it is written; the doc comments here are the descriptions of its JSON Schema.

use std::collections::BTreeMap;

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// Which jobs a workflow has, which files each of them looks at, and which platforms run when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "Jobs file of the action `plan`")]
pub(super) struct RawFile {
    /// Globs of files that no job needs, such as `**/*.md`.
    /// A changed file that neither this list nor any job's `paths` matches makes every job run.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) ignore: Vec<Spanned<String>>,
    /// The kinds of machines, by name.
    #[schemars(with = "BTreeMap<String, RawPlatform>")]
    pub(super) platforms: BTreeMap<Spanned<String>, RawPlatform>,
    /// The jobs, by the name that the workflow reads from the plan.
    #[schemars(with = "BTreeMap<String, RawJob>")]
    pub(super) jobs: BTreeMap<Spanned<String>, RawJob>,
    /// Names for several jobs or platforms at once, to ask for them by hand. A group of jobs is an output, too.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub(super) groups: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
}

/// A kind of machine that jobs run on: one row of a matrix.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Platform")]
pub(super) struct RawPlatform {
    /// What the job's `runs-on` gets.
    pub(super) runs_on: RunsOn,
    /// The target triple, such as `x86_64-unknown-linux-gnu`.
    #[serde(default)]
    pub(super) target: String,
    /// More columns of the matrix, such as `{ python = "3.12" }`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) columns: BTreeMap<Spanned<String>, String>,
    /// Whether it runs at every event.
    #[serde(default)]
    pub(super) default: bool,
    /// Events that switch it on: `pull_request`, `merge_group`, `push`, `tag`, `schedule`, `workflow_dispatch`, `release`
    /// and others, with a glob behind a colon if only some are meant: `push:main`, `push:release/*`, `tag:v*`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) on: Vec<Spanned<String>>,
    /// Labels of a pull request that switch it on.
    #[serde(default)]
    pub(super) labels: Vec<String>,
}

/// Something that a workflow runs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Job")]
pub(super) struct RawJob {
    /// What it is, for people.
    #[serde(default)]
    pub(super) description: String,
    /// Globs of the files that it looks at. `!` in front takes files out again; the last match decides.
    /// Left out, it runs whatever was changed.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) paths: Option<Vec<Spanned<String>>>,
    /// The platforms that it can run on: names, `default` for those with `default = true`, `all`.
    /// Which of them run is for the platforms to say.
    #[serde(default = "default_platforms")]
    #[schemars(with = "Vec<String>")]
    pub(super) platforms: Vec<Spanned<String>>,
    /// Events that it runs at, as for platforms. Left out, it runs at every event.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) on: Option<Vec<Spanned<String>>>,
    /// Events at which it runs whatever was changed, such as `push:main` for what each commit must have.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) always: Vec<Spanned<String>>,
    /// Labels of a pull request that make it run, whatever was changed.
    #[serde(default)]
    pub(super) labels: Vec<String>,
}

/// What a job's `runs-on` gets: a label, or several that one runner must all have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "expected a runner's label or a list of labels")]
pub enum RunsOn {
    /// Such as `ubuntu-latest`.
    Label(String),
    /// Such as `["self-hosted", "gpu"]`.
    Labels(Vec<String>),
}

fn default_platforms() -> Vec<Spanned<String>> {
    vec![Spanned::new(0..0, "default".to_owned())]
}

/// The JSON Schema of the jobs file, as text that ends in a newline.
///
/// # Errors
/// Never for the types above; the serializer's signature says so.
pub fn schema() -> Result<String, serde_json::Error> {
    let schema = SchemaGenerator::default().into_root_schema_for::<RawFile>();
    Ok(format!("{}\n", serde_json::to_string_pretty(&schema)?))
}
