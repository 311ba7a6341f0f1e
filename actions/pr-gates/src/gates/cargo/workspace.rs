//! The crates of all workspaces of a tree, and who depends on whom.

use std::collections::{BTreeMap, VecDeque};

use untrusted_input::{Glob, globs};

use super::manifest::{Dependency, Kind, Manifest, Publish, Source, Workspace};
use crate::path;

/// One member of a workspace.
#[derive(Debug)]
pub(super) struct Crate {
    pub(super) name: String,
    /// Path of its `Cargo.toml`.
    pub(super) manifest: String,
    pub(super) says_publish: bool,
    pub(super) is_published: bool,
    /// To crates of this tree.
    pub(super) edges: Vec<Edge>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    /// Place in the list of crates.
    pub(super) to: usize,
    pub(super) kind: Kind,
    /// Whether the published crate has it too: without a version, a dev-dependency is left out.
    pub(super) is_published: bool,
}

/// The members of all workspaces, sorted by the folder of their manifests. Packages that belong to none, such as test data below
/// a workspace, are left out; one without any workspace above is its own.
pub(super) fn crates(manifests: &BTreeMap<String, Manifest>) -> Vec<Crate> {
    let roots = membership(manifests);
    let places: BTreeMap<&str, usize> = roots
        .keys()
        .enumerate()
        .map(|(at, folder)| (*folder, at))
        .collect();
    let own = |(folder, root): (&&str, &&str)| {
        let manifest = manifests.get(*folder)?;
        let package = manifest.package.as_ref()?;
        let workspace = manifests
            .get(*root)
            .and_then(|root| root.workspace.as_ref());
        let publish = match package.publish {
            Some(Publish::OfWorkspace) => workspace.and_then(|workspace| workspace.publish),
            own => own,
        };
        let edges = manifest.dependencies.iter().filter_map(|dependency| {
            let (base, found, has_version) = resolve(folder, root, workspace, dependency)?;
            let to = *places.get(path::join(base, found)?.as_str())?;
            let is_published = dependency.kind != Kind::Dev || has_version;
            Some(Edge {
                to,
                kind: dependency.kind,
                is_published,
            })
        });
        Some(Crate {
            name: package.name.clone(),
            manifest: path::under(folder, "Cargo.toml"),
            says_publish: publish.is_some(),
            is_published: publish.map_or(package.has_version, |publish| publish == Publish::Yes),
            edges: edges.collect(),
        })
    };
    roots.iter().filter_map(own).collect()
}

/// The folder from which a dependency's path leads, the path, and whether it has a version.
fn resolve<'a>(
    folder: &'a str,
    root: &'a str,
    workspace: Option<&'a Workspace>,
    dependency: &'a Dependency,
) -> Option<(&'a str, &'a str, bool)> {
    match &dependency.source {
        Source::Path(path) => Some((folder, path, dependency.has_version)),
        Source::Elsewhere => None,
        Source::Workspace => {
            let shared = workspace?.dependencies.iter();
            let shared = shared.clone().find(|one| one.key == dependency.key)?;
            match &shared.source {
                Source::Path(path) => Some((root, path, shared.has_version)),
                Source::Workspace | Source::Elsewhere => None,
            }
        }
    }
}

/// The folder of each member, with the folder of its workspace.
fn membership(manifests: &BTreeMap<String, Manifest>) -> BTreeMap<&str, &str> {
    let mut members: BTreeMap<&str, &str> = BTreeMap::new();
    let mut ahead: VecDeque<(&str, &str)> = VecDeque::new();
    for (root, manifest) in manifests {
        if let Some(workspace) = &manifest.workspace {
            let own = manifest.package.iter().map(|_| root.as_str());
            let listed = listed(root, workspace, manifests);
            ahead.extend(own.chain(listed).map(|folder| (folder, root.as_str())));
        } else if !path::parents(root).any(|parent| is_root(manifests, parent)) {
            ahead.push_back((root, root));
        }
    }
    // What a member reaches by path below the workspace is a member too.
    while let Some((folder, root)) = ahead.pop_front() {
        let Some(manifest) = manifests.get(folder).filter(|one| one.package.is_some()) else {
            continue;
        };
        if members.insert(folder, root).is_some() {
            continue;
        }
        let workspace = manifests.get(root).and_then(|root| root.workspace.as_ref());
        for dependency in &manifest.dependencies {
            let reached = resolve(folder, root, workspace, dependency)
                .and_then(|(base, found, _)| path::join(base, found))
                .and_then(|folder| manifests.get_key_value(&folder));
            let Some((reached, own)) = reached else {
                continue;
            };
            let excluded = workspace.is_some_and(|workspace| is_excluded(root, workspace, reached));
            if workspace.is_some()
                && own.workspace.is_none()
                && path::is_below(reached, root)
                && !excluded
            {
                ahead.push_back((reached, root));
            }
        }
    }
    members
}

fn is_root(manifests: &BTreeMap<String, Manifest>, folder: &str) -> bool {
    manifests
        .get(folder)
        .is_some_and(|one| one.workspace.is_some())
}

/// The folders that `members` names.
fn listed<'a>(
    root: &'a str,
    workspace: &'a Workspace,
    manifests: &'a BTreeMap<String, Manifest>,
) -> impl Iterator<Item = &'a str> {
    let globs: Vec<_> = workspace
        .members
        .iter()
        .filter_map(|member| path::join(&globs::escaped(root), member))
        .filter_map(|glob| Glob::of_cargo(&glob).ok())
        .collect();
    let folders = manifests.keys().map(String::as_str);
    folders.filter(move |folder| {
        globs.iter().any(|glob| glob.matches(folder)) && !is_excluded(root, workspace, folder)
    })
}

fn is_excluded(root: &str, workspace: &Workspace, folder: &str) -> bool {
    let names = |listed: &[String]| {
        let mut listed = listed.iter().filter_map(|one| path::join(root, one));
        listed.any(|one| path::is_below(folder, &one))
    };
    // As cargo does it: what `members` spells out is one, whatever `exclude` says.
    names(&workspace.exclude) && !names(&workspace.members)
}
