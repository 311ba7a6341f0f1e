//! The normalized manifest inside of a `.crate`, from which crates.io takes all that its index says.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::index::Dependency;
use super::publish::Refusal;

/// The part of a `Cargo.toml` that a registry looks at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Manifest {
    pub(super) package: Package,
    #[serde(flatten)]
    tables: Tables,
    #[serde(default)]
    target: BTreeMap<String, Tables>,
    #[serde(default)]
    pub(super) features: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) patch: Option<toml::Table>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) description: Option<String>,
    pub(super) license: Option<String>,
    pub(super) license_file: Option<String>,
    #[serde(default)]
    pub(super) keywords: Vec<String>,
    #[serde(default)]
    pub(super) categories: Vec<String>,
    pub(super) links: Option<String>,
    pub(super) rust_version: Option<String>,
    pub(super) homepage: Option<String>,
    pub(super) documentation: Option<String>,
    pub(super) repository: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Tables {
    #[serde(default)]
    dependencies: BTreeMap<String, Written>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Written>,
    #[serde(default)]
    build_dependencies: BTreeMap<String, Written>,
}

/// A dependency as it is written.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Written {
    Version(String),
    Full(Full),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Full {
    version: Option<String>,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    optional: bool,
    default_features: Option<bool>,
    package: Option<String>,
    registry_index: Option<String>,
    #[serde(default)]
    workspace: bool,
}

impl Manifest {
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        toml::from_str(text).map_err(|err| {
            Refusal::new(
                400,
                format!("failed to parse `Cargo.toml` manifest file\n\n{err}"),
            )
        })
    }

    /// All dependencies; `registry` is the index that the manifest names, if it names one.
    pub(super) fn dependencies(&self) -> Result<Vec<Dependency>, Refusal> {
        let mut found = Vec::new();
        let targets = self
            .target
            .iter()
            .map(|(target, tables)| (Some(target), tables));
        for (target, tables) in std::iter::once((None, &self.tables)).chain(targets) {
            let kinds = [
                ("normal", &tables.dependencies),
                ("dev", &tables.dev_dependencies),
                ("build", &tables.build_dependencies),
            ];
            for (kind, table) in kinds {
                for (name, written) in table {
                    found.push(dependency(name, kind, target, written)?);
                }
            }
        }
        Ok(found)
    }
}

fn dependency(
    name: &str,
    kind: &str,
    target: Option<&String>,
    written: &Written,
) -> Result<Dependency, Refusal> {
    let short;
    let full = match written {
        Written::Full(full) => full,
        Written::Version(version) => {
            short = Full {
                version: Some(version.clone()),
                ..Full::default()
            };
            &short
        }
    };
    if full.workspace {
        return Err(Refusal::new(
            400,
            format!("`workspace = true` of dependency `{name}` was not resolved"),
        ));
    }
    let version = full.version.as_deref().unwrap_or("*");
    let req = semver::VersionReq::parse(version).map_err(|err| {
        Refusal::new(
            400,
            format!("invalid version requirement of `{name}`: {err}"),
        )
    })?;
    if req == semver::VersionReq::STAR {
        return Err(Refusal::new(
            400,
            format!(
                "wildcard (`*`) dependency constraints are not allowed on crates.io. Crate with this problem: `{name}` See https://doc.rust-lang.org/cargo/faq.html#can-libraries-use--as-a-version-for-their-dependencies for more information"
            ),
        ));
    }
    Ok(Dependency {
        name: name.to_owned(),
        req: req.to_string(),
        features: full.features.clone(),
        optional: full.optional,
        default_features: full.default_features.unwrap_or(true),
        target: target.cloned(),
        kind: kind.to_owned(),
        registry: full.registry_index.clone(),
        package: full.package.clone(),
    })
}
