//! The tables as they are written; the doc comments here are their descriptions in the JSON Schema of the config file.

use std::collections::{BTreeMap, BTreeSet};

use actions_core::Check;
use actions_core::given::RawInputs;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::Spanned;

/// The tables of the config file that `plan` reads; the others belong to other actions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RawFile {
    /// The kinds of machines, by name.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RawPlatform>")]
    pub(super) platforms: BTreeMap<Spanned<String>, RawPlatform>,
    /// The jobs, by the name that the workflow reads from the plan.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RawJob>")]
    pub(super) jobs: BTreeMap<Spanned<String>, RawJob>,
    /// Named sets of globs: `paths = ["@name"]` of a job, another set, or `ignore` has them all.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub(super) paths: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    /// Names for several jobs or platforms at once, to ask for them by hand. A group of jobs is an output, too.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub(super) groups: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    /// Read elsewhere; here it tells which jobs run for what is missing in the bucket.
    #[serde(default)]
    #[schemars(skip)]
    pub(super) packages: toml::Table,
}

impl RawFile {
    /// The jobs that build packages.
    pub(super) fn builders(&self) -> BTreeSet<String> {
        let jobs = self.packages.values().filter_map(|it| it.get("job"));
        let jobs = jobs.filter_map(toml::Value::as_str);
        jobs.map(str::to_owned).collect()
    }
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
    /// More columns of the matrix, such as `{ python = "3.12" }`. A list gives one row for each value.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Values>")]
    pub(super) columns: RawColumns,
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

/// Columns as they are written.
pub(super) type RawColumns = BTreeMap<Spanned<String>, Values>;

/// A value of a column, or several.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
pub(super) enum Values {
    /// Such as `"3.12"`.
    One(String),
    /// Such as `["3.10", "3.13"]`.
    Several(Vec<String>),
}

impl Values {
    pub(super) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value],
            Self::Several(values) => values,
        }
    }
}

/// Something that a workflow runs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Job")]
pub(super) struct RawJob {
    /// What it is, for people.
    #[serde(default)]
    pub(super) description: String,
    /// Globs of the files that it looks at, and `@name` for a set of the table `[paths]`. `!` in front takes files out again;
    /// the last match decides. With none of this, `crates`, `python` and `runs-with`, it runs whatever was changed.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) paths: Option<Vec<Spanned<String>>>,
    /// Crates of the repository, by name or glob (`re_*`): it runs if the change affects one of them, in its own files, through
    /// a crate or a locked version that it depends on, or through what its manifest inherits.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) crates: Option<Vec<Spanned<String>>>,
    /// Python packages of the repository (each with a `pyproject.toml`), by name or glob: it runs if the change affects one of
    /// them, in its own files, through a package, a crate or a version in `uv.lock` that it depends on, or through its manifest.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) python: Option<Vec<Spanned<String>>>,
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
    /// What the workflow `lint-build-test.yml` of ci-actions does for it. Left out, a job of your own workflow does the work.
    #[schemars(with = "Option<Check>")]
    pub(super) uses: Option<Spanned<Check>>,
    /// Inputs of what it uses.
    #[schemars(schema_with = "actions_core::with_schema")]
    pub(super) with: Option<Spanned<RawInputs>>,
    /// Labels of a pull request that keep it from running, whatever else would run it.
    #[serde(default)]
    pub(super) not_labels: Vec<String>,
    /// Whether it runs for draft pull requests. If not, the workflow needs the type `ready_for_review` of `pull_request`.
    #[serde(default = "default_true")]
    pub(super) drafts: bool,
    /// Whether it runs for pull requests from forks.
    #[serde(default = "default_true")]
    pub(super) forks: bool,
    /// Jobs: it runs, too, if one of them does, on the platforms that they have in common.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) runs_with: Vec<Spanned<String>>,
    /// Columns that it adds to those of its platforms, such as `{ python = ["3.10", "3.13"] }`: one row for each combination.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Values>")]
    pub(super) columns: RawColumns,
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

fn default_true() -> bool {
    true
}

fn default_platforms() -> Vec<Spanned<String>> {
    vec![Spanned::new(0..0, "default".to_owned())]
}

/// The JSON Schema of each table, by its name.
pub fn schemas() -> Vec<(String, Value)> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let generator = settings.into_generator();
    let schema = generator.into_root_schema_for::<RawFile>().to_value();
    let tables = schema.get("properties").and_then(Value::as_object);
    let tables = tables.into_iter().flatten();
    tables
        .map(|(name, table)| (name.clone(), table.clone()))
        .collect()
}
