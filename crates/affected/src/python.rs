//! Python packages: what `pyproject.toml` and `uv.lock` say of them before and after the change, and what is different.

mod lock;
mod manifest;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::cause::{Cause, Reach};
use crate::graph::{Ecosystem, Graph, GraphError, Id, Layout, Package, Tree, Use, is_in, joined};
use lock::Lock;
use manifest::Manifest;

pub(crate) const MANIFEST: &str = "pyproject.toml";
pub(crate) const LOCK: &str = "uv.lock";
const PYTHON: Ecosystem = Ecosystem::Python;

/// What Python packages share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Python {
    /// By the folder of each `pyproject.toml` what it says to everything below that folder.
    settings: BTreeMap<String, Value>,
    /// By the path of each lock file.
    locks: BTreeMap<String, Lock>,
    /// Folders of sources of packages in the root of the repository.
    pub(crate) sources: BTreeMap<Id, BTreeSet<String>>,
}

impl Python {
    /// Whether there is such a manifest, of a package or not.
    pub(crate) fn is_manifest(&self, path: &str) -> bool {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        name == MANIFEST && self.settings.contains_key(folder)
    }

    pub(crate) fn is_lock(&self, path: &str) -> bool {
        self.locks.contains_key(path)
    }
}

/// A name as all tools compare it (PEP 503). What a glob has beside letters stays.
pub fn normalized(name: &str) -> String {
    let mut normal = String::new();
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.extend(c.to_lowercase()),
        }
    }
    normal
}

pub(crate) fn read(tree: &Tree<'_>, graph: &mut Graph) -> Result<(), GraphError> {
    let mut manifests = BTreeMap::new();
    let mut by_name: BTreeMap<String, BTreeSet<Id>> = BTreeMap::new();
    for path in named(tree, MANIFEST) {
        let manifest = Manifest::new(tree, path)?;
        let id = Id {
            ecosystem: PYTHON,
            folder: folder(path).to_owned(),
        };
        let settings = manifest.settings.clone();
        graph.python.settings.insert(id.folder.clone(), settings);
        if let Some(name) = &manifest.name {
            let ids = by_name.entry(normalized(name)).or_default();
            ids.insert(id.clone());
            manifests.insert(id, manifest);
        }
    }
    for (id, manifest) in &manifests {
        let mut uses = Vec::new();
        for (name, in_tests_only) in &manifest.dependencies {
            let named = by_name.get(name).into_iter().flatten().cloned();
            let by_path = manifest.sources.get(name).into_iter().flatten();
            let by_path = by_path.map(|folder| Id {
                ecosystem: PYTHON,
                folder: folder.clone(),
            });
            let in_tests_only = *in_tests_only;
            uses.extend(named.chain(by_path).map(|of| Use { of, in_tests_only }));
        }
        if manifest.has_unknown_dependencies {
            let all = manifests.keys().cloned();
            uses.extend(all.map(|of| Use {
                of,
                in_tests_only: false,
            }));
        }
        uses.retain(|it| it.of != *id && manifests.contains_key(&it.of));
        uses.extend(crate_of(graph, id, manifest)?.map(|of| Use {
            of,
            in_tests_only: false,
        }));
        uses.sort();
        uses.dedup();
        let package = Package {
            name: manifest.name.clone().unwrap_or_default(),
            workspace: String::new(),
            uses,
            manifest: joined(&id.folder, MANIFEST),
            with_path: BTreeSet::new(),
            layout: Layout::default(),
            record: manifest.record.clone(),
        };
        graph.packages.insert(id.clone(), package);
        let sources = &mut graph.python.sources;
        sources.insert(id.clone(), manifest.source_folders.clone());
    }
    for path in named(tree, LOCK) {
        let lock = Lock::new(tree, path, graph)?;
        graph.python.locks.insert(path.to_owned(), lock);
    }
    Ok(())
}

/// The crate that a package is built from.
fn crate_of(graph: &Graph, id: &Id, manifest: &Manifest) -> Result<Option<Id>, GraphError> {
    let Some(paths) = &manifest.built_from else {
        return Ok(None);
    };
    let ids = paths.iter().map(|path| Id {
        ecosystem: Ecosystem::Cargo,
        folder: folder(path).to_owned(),
    });
    let mut ids = ids.filter(|id| graph.packages.contains_key(id));
    match ids.next() {
        Some(found) => Ok(Some(found)),
        None => Err(GraphError::File {
            path: joined(&id.folder, MANIFEST),
            cause: format!(
                "maturin builds it from a crate, and there is none at `{}`",
                paths.join("` or `")
            ),
        }),
    }
}

/// What is different between two commits, apart from sources and manifests of packages.
pub(crate) fn causes(base: &Graph, head: &Graph) -> Vec<Cause> {
    let mut causes = Vec::new();
    let (old, new) = (&base.python, &head.python);
    let folders: BTreeSet<&String> = new.settings.keys().chain(old.settings.keys()).collect();
    for place in folders {
        if old.settings.get(place).unwrap_or(&Value::Null)
            != new.settings.get(place).unwrap_or(&Value::Null)
        {
            let path = joined(place, MANIFEST);
            let text = format!("`{path}` has changed, whose settings it shares");
            causes.extend(below(head, place, &path, &text));
        }
    }
    for (path, lock) in &new.locks {
        match old.locks.get(path) {
            Some(before) => causes.extend(lock::causes(path, before, lock)),
            None => causes.extend(lock.all(path, &format!("`{path}` is new"))),
        }
    }
    for (path, lock) in &old.locks {
        if !new.locks.contains_key(path) {
            causes.extend(lock.all(path, &format!("`{path}` is gone")));
        }
    }
    causes
}

/// A cause for each Python package in a folder or below it.
pub(crate) fn below(graph: &Graph, folder: &str, file: &str, text: &str) -> Vec<Cause> {
    let packages = graph.packages.keys();
    let below = packages.filter(|id| id.ecosystem == PYTHON && is_in(&id.folder, folder));
    below
        .map(|id| Cause::new(id, Reach::Dependents, file, text))
        .collect()
}

fn named<'a>(tree: &Tree<'a>, name: &'a str) -> impl Iterator<Item = &'a str> {
    let paths = tree.files.keys().map(String::as_str);
    paths.filter(move |path| path.rsplit_once('/').map_or(*path, |(_, name)| name) == name)
}

pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
