//! The table as it is written; the doc comments here are the descriptions of its JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::given::RawInputs;

/// What the schema says of the table as a whole.
pub(super) const DESCRIPTION: &str =
    "The packages of a complete commit, by name, with the job that builds each of them.";

/// The one table of the config file that is looked at here; the others are the actions' own.
#[derive(Debug, Deserialize)]
pub(super) struct RawFile {
    pub(super) packages: Option<Spanned<BTreeMap<Spanned<String>, RawPackage>>>,
}

/// Packages that are built the same way.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPackage {
    /// Kind: `wheel`, `crate`, `docs`, `data`, `bundle` or another kind to upload them as.
    #[schemars(with = "String")]
    pub(super) kind: Spanned<String>,
    /// Name of the project.
    #[schemars(with = "Option<String>")]
    pub(super) project: Option<Spanned<String>>,
    /// Names of the projects, if several have such a package.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) projects: Option<Vec<Spanned<String>>>,
    /// Platforms that a complete commit must have, such as `linux-x64`. Default: `any`.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) platforms: Option<Vec<Spanned<String>>>,
    /// Platforms that are also built, but that a complete commit may lack.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) optional_platforms: Vec<Spanned<String>>,
    /// Build profile. Default: `release`.
    #[schemars(with = "Option<String>")]
    pub(super) profile: Option<Spanned<String>>,
    /// Job of the table `[jobs]` that builds them; it does not run for packages already in the bucket.
    #[schemars(with = "Option<String>")]
    pub(super) job: Option<Spanned<String>>,
    /// Events at which missing packages are built, whatever changed, as in the table `[jobs]`: `push:main`, `schedule`, `tag:v*`.
    /// By default, the job's own rules decide.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) on: Option<Vec<Spanned<String>>>,
    /// How the published workflow builds them: inputs of the actions that build and test them.
    #[schemars(schema_with = "super::recipe::schema")]
    pub(super) build: Option<RawInputs>,
}
