//! Which packages of the repository use something that has another version in `uv.lock`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{PYTHON, folder, manifest, normalized};
use crate::cause::{Cause, Reach};
use crate::graph::{Graph, GraphError, Id, Tree, inside, joined};
use crate::manifest::differing;

type Names = BTreeSet<String>;
type Entry = Map<String, Value>;

/// Keys of a source that is in the repository.
const LOCAL: [&str; 3] = ["editable", "virtual", "directory"];
/// Keys of an entry that repeat the manifest, or name what is for development.
const UNSHARED: [&str; 3] = ["metadata", "dev-dependencies", "version"];

#[derive(Clone, Debug, Default)]
pub(crate) struct Lock {
    /// Packages from elsewhere, by name; there may be several versions.
    elsewhere: BTreeMap<String, Vec<Entry>>,
    members: BTreeMap<Id, Entry>,
    /// What is for all of them, such as `requires-python`.
    shared: Value,
}

impl Lock {
    pub(super) fn new(tree: &Tree<'_>, path: &str, graph: &Graph) -> Result<Self, GraphError> {
        let wrong = |cause: &str| GraphError::File {
            path: path.to_owned(),
            cause: cause.to_owned(),
        };
        let table = manifest::table(tree, path)?;
        let Ok(Value::Object(mut table)) = serde_json::to_value(table) else {
            return Err(wrong("it has a number that JSON does not have"));
        };
        let packages = table.remove("package");
        // This says nothing about packages.
        table.remove("revision");
        let mut lock = Self {
            shared: Value::Object(table),
            ..Self::default()
        };
        for package in items(packages.as_ref()) {
            let entry = package.as_object();
            let entry = entry.ok_or_else(|| wrong("a package is not a table"))?;
            let name = package.get("name").and_then(Value::as_str);
            let name = name.ok_or_else(|| wrong("a package has no name"))?;
            match member(folder(path), entry) {
                Some(id) if graph.packages.contains_key(&id) => {
                    lock.members.insert(id, entry.clone());
                }
                // It has no version that could change.
                Some(_) => {}
                None => {
                    let entries = lock.elsewhere.entry(normalized(name)).or_default();
                    entries.push(entry.clone());
                }
            }
        }
        Ok(lock)
    }

    /// A cause for each member.
    pub(super) fn all(&self, path: &str, text: &str) -> Vec<Cause> {
        let members = self.members.keys();
        members
            .map(|id| Cause::new(id, Reach::Dependents, path, text))
            .collect()
    }

    /// What has changed of what these use, directly or not. A member answers for itself.
    fn changed(&self, before: &Self, uses: Names) -> Option<String> {
        let mut seen = uses.clone();
        let mut queue: Vec<String> = uses.into_iter().collect();
        while let Some(name) = queue.pop() {
            let (old, new) = (before.elsewhere.get(&name), self.elsewhere.get(&name));
            if old != new {
                return Some(told(&name, old, new));
            }
            for entry in new.into_iter().flatten() {
                let more = uses_of(entry).into_iter();
                queue.extend(more.filter(|name| seen.insert(name.clone())));
            }
        }
        None
    }
}

pub(super) fn causes(path: &str, before: &Lock, after: &Lock) -> Vec<Cause> {
    if before.shared != after.shared {
        let what = differing(&before.shared, &after.shared);
        return after.all(path, &format!("`{path}` has changed: {what}"));
    }
    let mut causes = Vec::new();
    for (id, entry) in &after.members {
        // One that is new has a new manifest.
        let Some(old) = before.members.get(id) else {
            continue;
        };
        let mut add = |reach, text| causes.push(Cause::new(id, reach, path, text));
        let other = || format!("its dependencies in `{path}` have changed");
        let changed = after.changed(before, uses_of(entry));
        if let Some(what) = changed {
            add(Reach::Dependents, format!("{what} in `{path}`"));
        } else if shared(entry) != shared(old) {
            add(Reach::Dependents, other());
        } else if let Some(what) = after.changed(before, development(entry)) {
            add(Reach::Itself, format!("{what} in `{path}`"));
        } else if development(entry) != development(old) {
            add(Reach::Itself, other());
        }
    }
    causes
}

fn told(name: &str, old: Option<&Vec<Entry>>, new: Option<&Vec<Entry>>) -> String {
    let versions = |entries: Option<&Vec<Entry>>| -> Vec<String> {
        let entries = entries.into_iter().flatten();
        let versions = entries.filter_map(|it| it.get("version")?.as_str());
        versions.map(str::to_owned).collect()
    };
    let (before, now) = (versions(old), versions(new));
    match (old, new) {
        (None, _) => format!("`{name}` {} is new", now.join(" and ")),
        (_, None) => format!("`{name}` is gone"),
        _ if before == now => format!("`{name}` {} has changed", now.join(" and ")),
        _ => format!(
            "`{name}` is now {}, before {}",
            now.join(" and "),
            before.join(" and ")
        ),
    }
}

/// The package of the repository that an entry is.
fn member(root: &str, entry: &Entry) -> Option<Id> {
    let source = entry.get("source")?;
    let path = LOCAL.iter().find_map(|key| source.get(key)?.as_str())?;
    Some(Id {
        ecosystem: PYTHON,
        folder: inside(&joined(root, path))?,
    })
}

fn shared(entry: &Entry) -> Entry {
    let mut entry = entry.clone();
    entry.retain(|key, _| !UNSHARED.contains(&key.as_str()));
    entry
}

/// Names of what an entry uses, with all extras.
fn uses_of(entry: &Entry) -> Names {
    let extras = entry.get("optional-dependencies");
    let extras = extras.and_then(Value::as_object).into_iter().flatten();
    let extras = extras.flat_map(|(_, uses)| names(Some(uses)));
    names(entry.get("dependencies")).chain(extras).collect()
}

fn development(entry: &Entry) -> Names {
    let groups = entry.get("dev-dependencies");
    let groups = groups.and_then(Value::as_object).into_iter().flatten();
    groups.flat_map(|(_, uses)| names(Some(uses))).collect()
}

fn names(uses: Option<&Value>) -> impl Iterator<Item = String> {
    let uses = items(uses);
    uses.filter_map(|it| Some(normalized(it.get("name")?.as_str()?)))
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}
