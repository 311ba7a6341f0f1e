//! What a `pyproject.toml` says of its package, in a form in which two commits can be compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use toml::Table;

use super::{folder, normalized};
use crate::graph::{GraphError, Record, Tree, inside, joined};

/// Tables of tools that change neither the package nor what uses it.
const TOOLS_OF_ITS_OWN: [&str; 8] = [
    "black", "coverage", "isort", "mypy", "pyright", "pytest", "ruff", "tox",
];
/// Where sources of a package in the root of the repository may be, apart from the folder with its name.
const SOURCES: [&str; 3] = ["src", "tests", "python"];

#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// `None` where it describes no package, or one whose name another file has.
    pub(super) name: Option<String>,
    /// By normalized name, and whether for development only.
    pub(super) dependencies: BTreeMap<String, bool>,
    /// Whether the build backend alone knows them all.
    pub(super) has_unknown_dependencies: bool,
    /// Folders of dependencies that are in the repository, by normalized name.
    pub(super) sources: BTreeMap<String, Vec<String>>,
    /// Where the manifest of the crate may be that it is built from, if it is.
    pub(super) built_from: Option<Vec<String>>,
    pub(super) source_folders: BTreeSet<String>,
    /// What it says to everything below its folder.
    pub(super) settings: Value,
    pub(super) record: Record,
}

impl Manifest {
    pub(super) fn new(tree: &Tree<'_>, path: &str) -> Result<Self, GraphError> {
        let table = table(tree, path)?;
        let mut manifest = Self {
            name: name(&table),
            ..Self::default()
        };
        manifest.settings = match manifest.name {
            Some(_) => json!(at(&table, &["tool", "uv"])),
            None => json!(table),
        };
        manifest.read_project(&table);
        manifest.read_poetry(&table);
        let of_uv = at(&table, &["tool", "uv", "dev-dependencies"]);
        manifest.need(list(of_uv), true);
        manifest.read_sources(folder(path), &table);
        manifest.built_from = built_from(folder(path), &table);
        let module = manifest.name.as_deref().map(normalized);
        let module = module.map(|name| name.replace('-', "_"));
        let of_maturin = at(&table, &["tool", "maturin", "python-source"]);
        let of_maturin = of_maturin.and_then(toml::Value::as_str).map(str::to_owned);
        let known = SOURCES.into_iter().map(str::to_owned);
        manifest.source_folders = known.chain(module).chain(of_maturin).collect();
        manifest.record = record(table);
        Ok(manifest)
    }

    fn need<'a>(&mut self, requirements: impl Iterator<Item = &'a str>, in_tests_only: bool) {
        for requirement in requirements {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            let requirement = requirement.trim_start();
            let end = requirement.find(|c| !is_name(c));
            let name = requirement.get(..end.unwrap_or(requirement.len()));
            let name = normalized(name.unwrap_or_default());
            let before = self.dependencies.entry(name).or_insert(in_tests_only);
            *before &= in_tests_only;
        }
    }

    fn read_project(&mut self, table: &Table) {
        self.need(list(at(table, &["project", "dependencies"])), false);
        self.need(list(at(table, &["build-system", "requires"])), false);
        for (_, extra) in entries(at(table, &["project", "optional-dependencies"])) {
            self.need(list(Some(extra)), false);
        }
        // A group that includes others has them in the same table.
        for (_, group) in entries(at(table, &["dependency-groups"])) {
            self.need(list(Some(group)), true);
        }
        let mut dynamic = list(at(table, &["project", "dynamic"]));
        self.has_unknown_dependencies =
            dynamic.any(|it| matches!(it, "dependencies" | "optional-dependencies"));
    }

    fn read_poetry(&mut self, table: &Table) {
        let keys = |value| entries(value).map(|(name, _)| name.as_str());
        let of = |key| at(table, &["tool", "poetry", key]);
        self.need(keys(of("dependencies")), false);
        self.need(keys(of("dev-dependencies")), true);
        for (_, group) in entries(of("group")) {
            self.need(keys(group.get("dependencies")), true);
        }
    }

    fn read_sources(&mut self, folder: &str, table: &Table) {
        let of_uv = entries(at(table, &["tool", "uv", "sources"]));
        let of_poetry = entries(at(table, &["tool", "poetry", "dependencies"]));
        for (name, source) in of_uv.chain(of_poetry) {
            let all = source.as_array().map(Vec::as_slice);
            let all = all.unwrap_or(std::slice::from_ref(source));
            let paths = all.iter().filter_map(|it| it.get("path")?.as_str());
            let folders = paths.filter_map(|path| inside(&joined(folder, path)));
            let known = self.sources.entry(normalized(name)).or_default();
            known.extend(folders);
        }
    }
}

fn name(table: &Table) -> Option<String> {
    let of_project = at(table, &["project", "name"]);
    let name = of_project.or_else(|| at(table, &["tool", "poetry", "name"]))?;
    name.as_str().map(str::to_owned)
}

fn built_from(folder: &str, table: &Table) -> Option<Vec<String>> {
    let maturin = at(table, &["tool", "maturin"]);
    let backend = at(table, &["build-system", "build-backend"]);
    if maturin.is_none() && backend.and_then(toml::Value::as_str) != Some("maturin") {
        return None;
    }
    let named = maturin.and_then(|it| it.get("manifest-path")?.as_str());
    let paths = match named {
        Some(path) => vec![path],
        None => vec!["Cargo.toml", "rust/Cargo.toml"],
    };
    let paths = paths.into_iter();
    Some(
        paths
            .map(|path| {
                let path = joined(folder, path);
                inside(&path).unwrap_or(path)
            })
            .collect(),
    )
}

/// What others can notice, and what only the package itself can.
fn record(mut table: Table) -> Record {
    let mut own = Map::new();
    let groups = table.remove("dependency-groups");
    own.insert("dependency-groups".to_owned(), json!(groups));
    let tools = table.get_mut("tool").and_then(toml::Value::as_table_mut);
    if let Some(tools) = tools {
        for name in TOOLS_OF_ITS_OWN {
            let tool = tools.remove(name);
            own.insert(format!("tool.{name}"), json!(tool));
        }
    }
    Record {
        shared: json!(table),
        own: Value::Object(own),
        lints: Value::Null,
    }
}

pub(super) fn table(tree: &Tree<'_>, path: &str) -> Result<Table, GraphError> {
    let text = tree.files.get(path).map_or("", String::as_str);
    // Windows editors save a byte order mark.
    let text = text.trim_start_matches('\u{feff}');
    text.parse()
        .map_err(|error: toml::de::Error| GraphError::File {
            path: path.to_owned(),
            cause: error.message().to_owned(),
        })
}

fn at<'a>(table: &'a Table, keys: &[&str]) -> Option<&'a toml::Value> {
    let (first, others) = keys.split_first()?;
    let mut value = table.get(*first)?;
    for key in others {
        value = value.get(key)?;
    }
    Some(value)
}

fn list(value: Option<&toml::Value>) -> impl Iterator<Item = &str> {
    let items = value.and_then(toml::Value::as_array);
    items.into_iter().flatten().filter_map(toml::Value::as_str)
}

fn entries(value: Option<&toml::Value>) -> impl Iterator<Item = (&String, &toml::Value)> {
    let table = value.and_then(toml::Value::as_table);
    table.into_iter().flatten()
}
