//! Crates: what cargo says about them before and after the change, and what is different.

mod features;
mod lock;
mod profiles;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_lock::Lockfile;
use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, TargetKind};
use serde_json::Value;

use crate::cause::{Cause, Reach};
use crate::graph::{
    Ecosystem, Graph, GraphError, Id, Layout, Package, Script, Tree, Use, inside, joined,
};
use features::Features;
use profiles::Settings;

/// What a build script prints to say which files it reads.
const READS: &str = "rerun-if-changed=";

/// What all crates of a workspace share.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) manifest: String,
    pub(crate) lock_path: String,
    lock: Option<Lockfile>,
    settings: Settings,
    features: Features,
    /// For each crate that a build of it builds the names of those that it depends on, and whether in tests only.
    dependencies: BTreeMap<Id, BTreeMap<String, bool>>,
    names: BTreeMap<Id, String>,
}

impl Workspace {
    /// Whether a build of the workspace builds the crate.
    pub(crate) fn builds(&self, id: &Id) -> bool {
        self.dependencies.contains_key(id)
    }

    /// Members that depend on a package by this name, directly.
    fn users<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a Id, Reach)> {
        let all = self.dependencies.iter();
        all.filter_map(move |(id, names)| Some((id, reach(*names.get(name)?))))
    }
}

fn reach(in_tests_only: bool) -> Reach {
    match in_tests_only {
        true => Reach::Itself,
        false => Reach::Dependents,
    }
}

/// What cargo says about each crate.
type Crates<'a> = BTreeMap<Id, &'a cargo_metadata::Package>;

pub(crate) fn read(tree: &Tree<'_>, graph: &mut Graph) -> Result<(), GraphError> {
    let read = tree.metadata.iter().map(|text| {
        let metadata = MetadataCommand::parse(text);
        metadata.map_err(|error| GraphError::Metadata(error.to_string()))
    });
    let read: Vec<Metadata> = read.collect::<Result<_, _>>()?;
    let mut all = Crates::new();
    for metadata in &read {
        let root = path(tree, metadata.workspace_root.as_std_path());
        let lints = record::lints_of_workspace(tree, &root)?;
        for package in &metadata.packages {
            let (id, crated) = crate_of(tree, &root, package, &lints)?;
            all.insert(id.clone(), package);
            graph.packages.insert(id, crated);
        }
    }
    for metadata in &read {
        let workspace = workspace(tree, &all, metadata)?;
        let root = path(tree, metadata.workspace_root.as_std_path());
        link_patched(graph, &workspace);
        graph.workspaces.insert(root, workspace);
    }
    for package in graph.packages.values_mut() {
        package.uses.retain(|one| all.contains_key(&one.of));
        package.uses.sort();
        package.uses.dedup();
    }
    Ok(())
}

fn workspace(
    tree: &Tree<'_>,
    all: &Crates<'_>,
    metadata: &Metadata,
) -> Result<Workspace, GraphError> {
    let root = path(tree, metadata.workspace_root.as_std_path());
    let lock_path = joined(&root, "Cargo.lock");
    let lock = tree.files.get(&lock_path).map(|text| text.parse());
    let lock: Option<Lockfile> = lock.transpose().map_err(|error| GraphError::File {
        path: lock_path.clone(),
        cause: format!("{error}"),
    })?;
    let manifest = joined(&root, "Cargo.toml");
    let members = metadata.packages.iter();
    let members: BTreeSet<Id> = members
        .map(|it| id(tree, it.manifest_path.as_std_path()))
        .collect();
    let built = built(tree, all, &members, lock.as_ref());
    let mut dependencies = BTreeMap::new();
    for (id, package) in &built {
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        for one in dependencies_of(package) {
            let in_tests_only = one.kind == DependencyKind::Development;
            if !in_tests_only || members.contains(id) {
                let before = names.entry(one.name.clone()).or_insert(in_tests_only);
                *before &= in_tests_only;
            }
        }
        dependencies.insert(id.clone(), names);
    }
    let features = Features::of(&built, &members, &|dependency| {
        used(tree, dependency).filter(|id| built.contains_key(id))
    });
    let names = built.iter();
    Ok(Workspace {
        settings: Settings::new(&record::toml(tree, &manifest)?),
        manifest,
        lock_path,
        names: names
            .map(|(id, it)| (id.clone(), it.name.to_string()))
            .collect(),
        lock,
        features,
        dependencies,
    })
}

/// The crates of the repository that a build of the workspace builds: its members, and what they use from outside of it.
fn built<'a>(
    tree: &Tree<'_>,
    all: &Crates<'a>,
    members: &BTreeSet<Id>,
    lock: Option<&Lockfile>,
) -> Crates<'a> {
    let locked = lock.into_iter().flat_map(|lock| &lock.packages);
    let locked = locked.filter(|it| it.source.is_none());
    let names: BTreeSet<&str> = locked.map(|it| it.name.as_str()).collect();
    let named = all
        .iter()
        .filter(|(_, it)| names.contains(it.name.as_str()));
    let mut queue: Vec<Id> = named.map(|(id, _)| id.clone()).collect();
    queue.extend(members.iter().cloned());
    let mut built = Crates::new();
    while let Some(id) = queue.pop() {
        let Some(package) = all.get(&id).filter(|_| !built.contains_key(&id)) else {
            continue;
        };
        let is_member = members.contains(&id);
        let uses = dependencies_of(package)
            .filter(|it| is_member || it.kind != DependencyKind::Development);
        queue.extend(uses.filter_map(|it| used(tree, it)));
        built.insert(id, package);
    }
    built
}

/// A crate of the repository may take the place of one in a registry (`[patch]`), which only the lock file tells.
fn link_patched(graph: &mut Graph, workspace: &Workspace) {
    let locked = workspace.lock.iter().flat_map(|lock| &lock.packages);
    let local = locked.filter(|it| it.source.is_none());
    let local: BTreeSet<&str> = local.map(|it| it.name.as_str()).collect();
    let packages = graph.packages.iter();
    let packages = packages.map(|(id, it)| (it.name.clone(), id.clone()));
    let local: Vec<(String, Id)> = packages
        .filter(|(name, _)| local.contains(name.as_str()))
        .collect();
    for (name, of) in local {
        for (user, in_tests_only) in workspace.users(&name) {
            let package = graph.packages.get_mut(user);
            let package = package.filter(|it| *user != of && !it.with_path.contains(&name));
            if let Some(package) = package {
                package.uses.push(Use {
                    of: of.clone(),
                    in_tests_only: in_tests_only == Reach::Itself,
                });
            }
        }
    }
}

fn crate_of(
    tree: &Tree<'_>,
    root: &str,
    package: &cargo_metadata::Package,
    lints: &Value,
) -> Result<(Id, Package), GraphError> {
    let id = id(tree, package.manifest_path.as_std_path());
    let manifest = joined(&id.folder, "Cargo.toml");
    let uses = dependencies_of(package).filter_map(|dependency| {
        let of = used(tree, dependency)?;
        let in_tests_only = dependency.kind == DependencyKind::Development;
        // A crate that its own tests use again is no news.
        (of != id).then_some(Use { of, in_tests_only })
    });
    let with_path = package.dependencies.iter().filter(|it| it.path.is_some());
    let made = Package {
        name: package.name.to_string(),
        workspace: root.to_owned(),
        uses: uses.collect(),
        with_path: with_path.map(|it| it.name.clone()).collect(),
        layout: layout(tree, &id, package),
        record: record::of(tree, root, &manifest, package, lints)?,
        manifest,
    };
    Ok((id, made))
}

/// Its dependencies, but for those of a build script that it does not have, which cargo never builds.
fn dependencies_of(package: &cargo_metadata::Package) -> impl Iterator<Item = &Dependency> {
    let targets = package.targets.iter();
    let mut kinds = targets.flat_map(|it| &it.kind);
    let has_script = kinds.any(|it| *it == TargetKind::CustomBuild);
    let all = package.dependencies.iter();
    all.filter(move |it| has_script || it.kind != DependencyKind::Build)
}

fn layout(tree: &Tree<'_>, id: &Id, package: &cargo_metadata::Package) -> Layout {
    let mut layout = Layout::default();
    for target in &package.targets {
        let source = path(tree, target.src_path.as_std_path());
        let is = |kinds: &[TargetKind]| target.kind.iter().any(|kind| kinds.contains(kind));
        if is(&[TargetKind::CustomBuild]) {
            layout.script = script(tree, id, &source);
        } else if is(&[
            TargetKind::Bin,
            TargetKind::Test,
            TargetKind::Bench,
            TargetKind::Example,
        ]) {
            layout.own.push(source);
        }
    }
    let sources = layout.own.clone();
    let is_shared = |source: &String| {
        let mut shared = package.targets.iter().filter(|it| record::is_shared(it));
        shared.any(|target| path(tree, target.src_path.as_std_path()) == *source)
    };
    layout.own = sources.into_iter().filter(|it| !is_shared(it)).collect();
    layout
}

/// Which files a build script reads, as far as its text tells.
fn script(tree: &Tree<'_>, id: &Id, source: &str) -> Script {
    let Some(text) = tree.files.get(source) else {
        return Script::AllFiles;
    };
    let mut paths = vec![source.to_owned()];
    let mut parts = text.split(READS);
    parts.next();
    let mut says = false;
    for part in parts {
        says = true;
        let end = part.find(['"', '\\', '\n']).unwrap_or(part.len());
        match part.get(..end) {
            // Only the program itself knows.
            Some(named) if named.is_empty() || named.contains('{') => return Script::AllFiles,
            Some(named) => paths.extend(inside(&joined(&id.folder, named))),
            None => return Script::AllFiles,
        }
    }
    match says || text.contains("rerun-if-env-changed=") {
        true => Script::Paths(paths),
        false => Script::AllFiles,
    }
}

/// What is different between two commits, apart from sources and manifests.
pub(crate) fn causes(base: &Graph, head: &Graph) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (root, workspace) in &head.workspaces {
        // The members of a new workspace are different from what they were, or new.
        if let Some(before) = base.workspaces.get(root) {
            let mut of_workspace = lock::causes(before, workspace);
            of_workspace.extend(profiles::causes(before, workspace));
            of_workspace.extend(features::causes(before, workspace));
            causes.extend(of_workspace.into_iter().map(|it| it.within(root)));
        }
    }
    causes
}

/// The package of the repository that a dependency is; `None` for one from elsewhere.
fn used(tree: &Tree<'_>, dependency: &Dependency) -> Option<Id> {
    let folder = dependency.path.as_ref()?.as_std_path();
    Some(Id {
        ecosystem: Ecosystem::Cargo,
        folder: inside(folder.strip_prefix(tree.root).ok()?.to_str()?)?,
    })
}

fn id(tree: &Tree<'_>, manifest: &Path) -> Id {
    let folder = manifest.parent().unwrap_or(manifest);
    Id {
        ecosystem: Ecosystem::Cargo,
        folder: path(tree, folder),
    }
}

/// A path from the root of the repository.
fn path(tree: &Tree<'_>, path: &Path) -> String {
    let inner = path.strip_prefix(tree.root).unwrap_or(path);
    inner.to_string_lossy().replace('\\', "/")
}
