//! The packages of a repository at one commit, and which of them uses which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::cargo::{self, Workspace};
use crate::python::{self, Python};

/// What a commit says about its packages.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    /// The folder that the paths in `metadata` start with.
    pub root: &'a Path,
    /// What `cargo metadata --no-deps` printed for each workspace, and for each package outside of one.
    pub metadata: &'a [String],
    /// Each `Cargo.toml`, `Cargo.lock` and build script, and each `pyproject.toml` and `uv.lock` where Python packages are asked
    /// for, by its path from the root.
    pub files: &'a BTreeMap<String, String>,
}

/// Why packages cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// What cargo printed has another shape.
    #[error("failed to read what `cargo metadata` printed: {0}")]
    Metadata(String),
    /// A file is not what its name says.
    #[error("failed to read `{path}`: {cause}")]
    File {
        /// From the root of the repository.
        path: String,
        /// The cause.
        cause: String,
    },
}

/// Who builds a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// A crate.
    Cargo,
    /// A Python package.
    Python,
}

impl Ecosystem {
    /// Names of the files that describe its packages.
    pub(crate) fn descriptions(self) -> &'static [&'static str] {
        match self {
            Self::Cargo => &["Cargo.toml", "Cargo.lock"],
            Self::Python => &[python::MANIFEST, python::LOCK],
        }
    }
}

/// A package of the repository. Two may have the same name, in different workspaces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// Who builds it.
    pub ecosystem: Ecosystem,
    /// Where it is, from the root of the repository; empty for the root itself.
    pub folder: String,
}

/// A package of the repository.
#[derive(Clone, Debug)]
pub struct Package {
    /// As in its manifest.
    pub name: String,
    /// Folder of its workspace; empty for a Python package.
    pub workspace: String,
    /// Packages of the repository that it uses.
    pub uses: Vec<Use>,
    /// Path of its manifest.
    pub(crate) manifest: String,
    /// Names of the packages that it depends on by their paths.
    pub(crate) with_path: BTreeSet<String>,
    pub(crate) layout: Layout,
    pub(crate) record: Record,
}

/// That a package uses another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The one that it uses.
    pub of: Id,
    /// Whether it uses it in its tests, benchmarks and examples only.
    pub in_tests_only: bool,
}

/// Which files of a package matter to whom.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) script: Script,
    /// Sources of binaries, tests, benchmarks and examples.
    pub(crate) own: Vec<String>,
}

/// Which files make a build script run again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Script {
    /// There is no build script.
    #[default]
    None,
    /// All of the package, because it does not say.
    AllFiles,
    /// These files and folders, from the root of the repository.
    Paths(Vec<String>),
}

/// What a manifest says once the workspace is taken into account, to be compared with what it said before.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    /// What matters to everything that depends on it.
    pub(crate) shared: Value,
    /// What matters to itself only.
    pub(crate) own: Value,
    pub(crate) lints: Value,
}

/// The packages of a repository at one commit.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub(crate) packages: BTreeMap<Id, Package>,
    /// By their folder.
    pub(crate) workspaces: BTreeMap<String, Workspace>,
    /// What Python packages share.
    pub(crate) python: Python,
}

impl Graph {
    /// Reads the packages of a commit.
    ///
    /// # Errors
    /// A text is not what it should be.
    pub fn new(tree: &Tree<'_>) -> Result<Self, GraphError> {
        let mut graph = Self::default();
        cargo::read(tree, &mut graph)?;
        // A Python package may be built from a crate.
        python::read(tree, &mut graph)?;
        Ok(graph)
    }

    /// All packages.
    pub fn packages(&self) -> impl Iterator<Item = (&Id, &Package)> {
        self.packages.iter()
    }

    /// Whether the builds of a workspace build a package; `None` means any build.
    pub(crate) fn builds(&self, workspace: Option<&str>, id: &Id) -> bool {
        let Some(workspace) = workspace else {
            return true;
        };
        let workspace = self.workspaces.get(workspace);
        id.ecosystem != Ecosystem::Cargo || workspace.is_some_and(|it| it.builds(id))
    }

    /// The package in whose folder, or in a folder below it, the path is.
    pub(crate) fn owner(&self, ecosystem: Ecosystem, path: &str) -> Option<(&Id, &Package)> {
        let mut folder = path;
        loop {
            folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            let id = Id {
                ecosystem,
                folder: folder.to_owned(),
            };
            if let Some(found) = self.packages.get_key_value(&id) {
                return Some(found);
            }
            if folder.is_empty() {
                return None;
            }
        }
    }
}

/// The path of a file in a folder, both from the root of the repository.
pub(crate) fn joined(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

/// Whether a path is a folder, or in it.
pub(crate) fn is_in(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The same path without `.` and `..`; `None` if it leaves the repository.
pub(crate) fn inside(path: &str) -> Option<String> {
    let mut parts = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => parts.push(name),
            Component::ParentDir if parts.pop() => {}
            _ => return None,
        }
    }
    Some(parts.to_string_lossy().replace('\\', "/"))
}
