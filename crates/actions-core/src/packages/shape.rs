//! The table as it is written; the doc comments here are the descriptions of its JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::recipe::RawRecipe;

/// What the schema says of the table as a whole.
pub(super) const DESCRIPTION: &str = "The packages of a complete commit, by name, with the job that builds each of them.";

/// The one table of the config file that is looked at here; the others are the actions' own.
#[derive(Debug, Deserialize)]
pub(super) struct RawFile {
    pub(super) packages: Option<Spanned<BTreeMap<Spanned<String>, RawPackage>>>,
}

/// Packages that are built alike.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPackage {
    /// What they are: `wheel`, `crate`, `docs`, `data`, `bundle` or another word that they are uploaded under.
    #[schemars(with = "String")]
    pub(super) kind: Spanned<String>,
    /// Name of the project that they are of.
    #[schemars(with = "Option<String>")]
    pub(super) project: Option<Spanned<String>>,
    /// Names of the projects, where each of several has such a package.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) projects: Option<Vec<Spanned<String>>>,
    /// Platforms without which a commit is not complete, such as `linux-x64`. Left out, it is `any`.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) platforms: Option<Vec<Spanned<String>>>,
    /// Platforms that are built too, and that a complete commit may lack.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) optional_platforms: Vec<Spanned<String>>,
    /// Build profile. Left out, it is `release`.
    #[schemars(with = "Option<String>")]
    pub(super) profile: Option<Spanned<String>>,
    /// Job of the table `[jobs]` that builds them: it does not run for what is in the bucket already.
    #[schemars(with = "Option<String>")]
    pub(super) job: Option<Spanned<String>>,
    /// Events at which what is missing is built, whatever was changed, as in the table `[jobs]`: `push:main`, `schedule`, `tag:v*`.
    /// Left out, the job's own rules decide.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) on: Option<Vec<Spanned<String>>>,
    /// How they are built, where a workflow of ours does it: inputs of the actions that build and test them.
    #[schemars(schema_with = "super::recipe::schema")]
    pub(super) build: Option<RawRecipe>,
}
