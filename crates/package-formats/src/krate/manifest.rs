//! The normalized `Cargo.toml` of a `.crate`: everything that a registry wants to know can be derived from it.

use std::collections::BTreeMap;

use semver::Version;
use serde::Serialize;
use toml::{Table, Value};

/// `Cargo.toml` as cargo rewrote it for the package.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    pub name: String,
    pub version: Version,
    pub edition: Option<String>,
    pub rust_version: Option<String>,
    pub authors: Vec<String>,
    pub description: Option<String>,
    pub documentation: Option<String>,
    pub homepage: Option<String>,
    pub repository: Option<String>,
    /// Path inside the crate, with `/`.
    pub readme: Option<String>,
    pub keywords: Vec<String>,
    pub categories: Vec<String>,
    pub license: Option<String>,
    /// Path inside the crate, with `/`.
    pub license_file: Option<String>,
    pub links: Option<String>,
    pub publish: Publish,
    pub features: BTreeMap<String, Vec<String>>,
    /// Of all kinds and targets.
    pub dependencies: Vec<Dependency>,
    /// The whole file.
    pub table: Table,
}

/// Where the author lets the crate be published (`package.publish`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publish {
    Anywhere,
    Nowhere,
    /// Only to the registries of these names.
    Only(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DependencyKind {
    Normal,
    Build,
    Dev,
}

/// A dependency; serialized, it is an element of `deps` in the publish API (cargo book, registry web API).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// The name in the registry.
    pub name: String,
    #[serde(rename = "version_req")]
    pub req: String,
    pub features: Vec<String>,
    pub optional: bool,
    pub default_features: bool,
    /// For example `cfg(windows)`.
    pub target: Option<String>,
    pub kind: DependencyKind,
    /// Address of another registry's index; `None` for the crate's own.
    pub registry: Option<String>,
    /// The name that the code uses, when the manifest renames the crate.
    pub explicit_name_in_toml: Option<String>,
}

impl Manifest {
    /// # Errors
    /// The reason, when the text is no TOML or has no usable `package.name` and `package.version`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text
            .parse()
            .map_err(|error: toml::de::Error| error.to_string())?;
        let package = table
            .get("package")
            .and_then(Value::as_table)
            .ok_or("it has no `[package]`")?;
        let required =
            |key: &str| text_of(package, key).ok_or(format!("`package.{key}` is not a string"));
        let version = required("version")?;
        Ok(Self {
            name: required("name")?,
            version: Version::parse(&version)
                .map_err(|error| format!("`package.version` is `{version}`: {error}"))?,
            edition: text_of(package, "edition"),
            rust_version: text_of(package, "rust-version"),
            authors: list_of(package, "authors"),
            description: text_of(package, "description"),
            documentation: text_of(package, "documentation"),
            homepage: text_of(package, "homepage"),
            repository: text_of(package, "repository"),
            readme: text_of(package, "readme"),
            keywords: list_of(package, "keywords"),
            categories: list_of(package, "categories"),
            license: text_of(package, "license"),
            license_file: text_of(package, "license-file"),
            links: text_of(package, "links"),
            publish: publish(package.get("publish")),
            features: features(&table),
            dependencies: dependencies(&table),
            table,
        })
    }
}

fn text_of(table: &Table, key: &str) -> Option<String> {
    table.get(key)?.as_str().map(str::to_owned)
}

fn list_of(table: &Table, key: &str) -> Vec<String> {
    let values = table.get(key).and_then(Value::as_array);
    values
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

fn publish(value: Option<&Value>) -> Publish {
    match value {
        Some(Value::Boolean(false)) => Publish::Nowhere,
        Some(Value::Array(registries)) if registries.is_empty() => Publish::Nowhere,
        Some(Value::Array(registries)) => Publish::Only(
            registries
                .iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
        ),
        _ => Publish::Anywhere,
    }
}

fn features(table: &Table) -> BTreeMap<String, Vec<String>> {
    let Some(features) = table.get("features").and_then(Value::as_table) else {
        return BTreeMap::new();
    };
    features
        .keys()
        .map(|name| (name.clone(), list_of(features, name)))
        .collect()
}

fn dependencies(table: &Table) -> Vec<Dependency> {
    let mut found = dependencies_for(table, None);
    let targets = table.get("target").and_then(Value::as_table);
    for (target, tables) in targets.into_iter().flatten() {
        if let Some(tables) = tables.as_table() {
            found.extend(dependencies_for(tables, Some(target)));
        }
    }
    found
}

fn dependencies_for(table: &Table, target: Option<&str>) -> Vec<Dependency> {
    let mut found = Vec::new();
    for (key, kind) in [
        ("dependencies", DependencyKind::Normal),
        ("build-dependencies", DependencyKind::Build),
        ("dev-dependencies", DependencyKind::Dev),
    ] {
        let entries = table.get(key).and_then(Value::as_table);
        for (name, value) in entries.into_iter().flatten() {
            found.push(dependency(name, value, kind, target));
        }
    }
    found
}

fn dependency(key: &str, value: &Value, kind: DependencyKind, target: Option<&str>) -> Dependency {
    let empty = Table::new();
    let table = value.as_table().unwrap_or(&empty);
    let renamed = text_of(table, "package");
    let flag =
        |key: &str, default: bool| table.get(key).and_then(Value::as_bool).unwrap_or(default);
    Dependency {
        explicit_name_in_toml: renamed.as_ref().map(|_| key.to_owned()),
        name: renamed.unwrap_or_else(|| key.to_owned()),
        req: value
            .as_str()
            .map(str::to_owned)
            .or_else(|| text_of(table, "version"))
            .unwrap_or_else(|| "*".to_owned()),
        features: list_of(table, "features"),
        optional: flag("optional", false),
        default_features: flag("default-features", true),
        target: target.map(str::to_owned),
        kind,
        registry: text_of(table, "registry-index"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        [package]
        name = "hello"
        version = "0.2.0-alpha.1+dev"
        publish = ["mirror"]
        readme = false

        [features]
        default = ["color"]
        color = []

        [dependencies]
        serde = "1"

        [dependencies.json]
        version = "1.0.1"
        package = "serde_json"
        optional = true
        default-features = false
        features = ["std"]

        [dev-dependencies.tempfile]
        version = "3"

        [target."cfg(windows)".build-dependencies.winres]
        version = "0.1"
        registry-index = "sparse+https://example.com/"
    "#;

    #[test]
    fn dependencies_have_the_shape_of_the_publish_api() {
        let manifest = Manifest::parse(TEXT).unwrap();
        let deps = serde_json::to_value(&manifest.dependencies).unwrap();
        let expected = serde_json::json!([
            { "name": "serde_json", "version_req": "1.0.1", "features": ["std"], "optional": true,
              "default_features": false, "target": null, "kind": "normal", "registry": null,
              "explicit_name_in_toml": "json" },
            { "name": "serde", "version_req": "1", "features": [], "optional": false, "default_features": true,
              "target": null, "kind": "normal", "registry": null, "explicit_name_in_toml": null },
            { "name": "tempfile", "version_req": "3", "features": [], "optional": false, "default_features": true,
              "target": null, "kind": "dev", "registry": null, "explicit_name_in_toml": null },
            { "name": "winres", "version_req": "0.1", "features": [], "optional": false, "default_features": true,
              "target": "cfg(windows)", "kind": "build", "registry": "sparse+https://example.com/",
              "explicit_name_in_toml": null },
        ]);
        assert_eq!(deps, expected);
    }

    #[test]
    fn the_publish_setting_has_three_meanings() {
        let with = |publish: &str| {
            let text = format!("[package]\nname = \"a\"\nversion = \"1.0.0\"\n{publish}");
            Manifest::parse(&text).unwrap().publish
        };
        assert_eq!(with(""), Publish::Anywhere);
        assert_eq!(with("publish = true"), Publish::Anywhere);
        assert_eq!(with("publish = false"), Publish::Nowhere);
        assert_eq!(with("publish = []"), Publish::Nowhere);
        assert_eq!(
            Manifest::parse(TEXT).unwrap().publish,
            Publish::Only(vec!["mirror".into()])
        );
    }

    #[test]
    fn a_manifest_without_a_version_names_what_is_missing() {
        let reason = Manifest::parse("[package]\nname = \"a\"\n").unwrap_err();
        assert_eq!(reason, "`package.version` is not a string");
    }
}
