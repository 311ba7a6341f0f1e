//! What a manifest says, with what it inherits, in a form in which two commits can be compared.

use cargo_metadata::{DependencyKind, Package as Metadata, Target, TargetKind};
use serde_json::{Map, Value, json};

use super::{GraphError, Tree};
use crate::graph::{Record, joined};

/// Keys that say where the package is, or what is kept elsewhere.
const PLACES: [&str; 2] = ["id", "manifest_path"];
/// Keys that no build looks at.
const UNBUILT: [&str; 9] = [
    "categories",
    "default_run",
    "keywords",
    "license_file",
    "metadata",
    "publish",
    "readme",
    "targets",
    "dependencies",
];

pub(super) fn of(
    tree: &Tree<'_>,
    root: &str,
    manifest: &str,
    package: &Metadata,
    inherited_lints: &Value,
) -> Result<Record, GraphError> {
    let text = toml(tree, manifest)?;
    let mut shared = object(json!(package));
    let mut own = Map::new();
    for key in PLACES {
        shared.remove(key);
    }
    for key in UNBUILT {
        let value = shared.remove(key);
        own.extend(value.map(|value| (key.to_owned(), value)));
    }
    let targets = package.targets.iter().filter(|it| is_shared(it));
    shared.insert("targets".to_owned(), json!(targets.collect::<Vec<_>>()));
    let dependencies = package.dependencies.iter();
    let dependencies = dependencies.filter(|it| it.kind != DependencyKind::Development);
    let dependencies: Vec<_> = dependencies.collect();
    shared.insert("dependencies".to_owned(), json!(dependencies));
    shared.insert("workspace".to_owned(), json!(root));
    shared.insert(
        "cargo-features".to_owned(),
        json!(text.get("cargo-features")),
    );
    Ok(Record {
        shared: relative(tree, Value::Object(shared)),
        own: relative(tree, Value::Object(own)),
        lints: lints(&text, inherited_lints),
    })
}

/// Whether other crates can notice a change of this target.
pub(super) fn is_shared(target: &Target) -> bool {
    let own = [
        TargetKind::Bin,
        TargetKind::Test,
        TargetKind::Bench,
        TargetKind::Example,
    ];
    !target.kind.iter().all(|kind| own.contains(kind))
}

fn lints(text: &toml::Table, inherited: &Value) -> Value {
    let own = text.get("lints");
    let inherits = own.and_then(|lints| lints.get("workspace"));
    match inherits.and_then(toml::Value::as_bool) {
        Some(true) => inherited.clone(),
        _ => json!(own),
    }
}

/// The lints that packages can inherit from the workspace in a folder.
pub(super) fn lints_of_workspace(tree: &Tree<'_>, root: &str) -> Result<Value, GraphError> {
    let manifest = toml(tree, &joined(root, "Cargo.toml"))?;
    let workspace = manifest.get("workspace");
    Ok(json!(workspace.and_then(|it| it.get("lints"))))
}

pub(super) fn toml(tree: &Tree<'_>, path: &str) -> Result<toml::Table, GraphError> {
    let text = tree.files.get(path).map_or("", String::as_str);
    text.parse()
        .map_err(|error: toml::de::Error| GraphError::File {
            path: path.to_owned(),
            cause: error.message().to_owned(),
        })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Each commit is read in a folder of its own.
fn relative(tree: &Tree<'_>, value: Value) -> Value {
    match value {
        Value::String(text) => match tree.root.to_str().and_then(|root| text.strip_prefix(root)) {
            Some(rest) => Value::String(rest.trim_start_matches(['/', '\\']).to_owned()),
            None => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(|it| relative(tree, it)).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, it)| (key, relative(tree, it)))
            .collect(),
        other => other,
    }
}
