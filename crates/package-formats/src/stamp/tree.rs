//! A whole workspace that moves to another version: its crates, what they require of each other, and its Python packages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semver::Version;
use toml_edit::Item;
use untrusted_input::{Checkout, checkout};

use super::edit::{Edits, TomlFile, Written};
use super::workspace::{self, Workspace, dependencies};
use super::{StampError, lock, requirement};
use crate::version;

/// The sources of a workspace, or of one package.
///
/// Its version is that of `[workspace.package]`, else of the root's own package, else the one that all members share.
/// A crate or a Python package with this version moves with it; one that has another version has a life of its own.
#[derive(Debug)]
pub struct Tree {
    pub version: Version,
    folder: PathBuf,
    checkout: Checkout,
    /// The root's `Cargo.toml` is the first.
    manifests: Vec<TomlFile>,
    pyprojects: Vec<TomlFile>,
}

/// What a new version changes, before anything is written.
#[derive(Debug)]
pub struct Plan {
    pub old: Version,
    pub new: Version,
    pub(super) checkout: Checkout,
    pub(super) files: Vec<Written>,
}

/// A line as it was and as it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineChange {
    /// Counted from 1.
    pub line: usize,
    pub old: String,
    pub new: String,
}

impl Tree {
    /// Reads the sources in `folder`; `pyprojects` are the `pyproject.toml` files that lie beside no member's `Cargo.toml`.
    ///
    /// # Errors
    /// A file cannot be read, there is no version, members of a workspace without `[workspace.package] version` have
    /// several, or `folder` is that of a member.
    pub fn find(folder: &Path, pyprojects: &[PathBuf]) -> Result<Self, StampError> {
        let folder = absolute(folder)?;
        let checkout = checkout(&folder)?;
        let mut manifests = Vec::new();
        if let Some(root) = TomlFile::read(&checkout, &folder.join("Cargo.toml"))? {
            manifests = with_members(root)?;
        }
        let beside: BTreeSet<PathBuf> = std::iter::once(folder.as_path())
            .chain(manifests.iter().map(TomlFile::folder))
            .map(|folder| folder.join("pyproject.toml"))
            .collect();
        let mut pythons = Vec::new();
        for path in beside {
            pythons.extend(TomlFile::read(&checkout, &path)?);
        }
        for path in pyprojects {
            let path = absolute(path)?;
            let file = TomlFile::read(&checkout, &path)?
                .ok_or_else(|| StampError::NoVersion(path.clone()))?;
            if pythons.iter().all(|known| known.path != path) {
                pythons.push(file);
            }
        }
        pythons.retain(|file| file.text(PYTHON).is_some());
        Ok(Self {
            version: version_of(&folder, &manifests, &pythons)?,
            folder,
            checkout,
            manifests,
            pyprojects: pythons,
        })
    }

    /// The files whose own version is another one, and so stay as they are.
    pub fn others(&self) -> Vec<(&Path, &str)> {
        let crates = self.manifests.iter().map(|file| (file, CRATE));
        let pythons = self.pyprojects.iter().map(|file| (file, PYTHON));
        crates
            .chain(pythons)
            .filter_map(|(file, keys)| Some((file, file.text(keys)?)))
            .filter(|(_, text)| !self.is_ours(text))
            .map(|(file, text)| (file.path.as_path(), text))
            .collect()
    }

    /// What giving the tree the version `new` changes; nothing is written.
    ///
    /// # Errors
    /// Python has no such version, or a requirement of one member on another excludes it.
    pub fn plan(self, new: Version) -> Result<Plan, StampError> {
        let mut edits = Edits::default();
        if new != self.version {
            self.set(&new, &mut edits)?;
        }
        Ok(Plan {
            files: edits.into_files().map(|file| file.finish()).collect(),
            old: self.version,
            checkout: self.checkout,
            new,
        })
    }

    fn set(&self, new: &Version, edits: &mut Edits) -> Result<(), StampError> {
        let written = new.to_string();
        for manifest in &self.manifests {
            for keys in [SHARED, CRATE] {
                if manifest.text(keys).is_some_and(|text| self.is_ours(text)) {
                    edits.replace(manifest, manifest.get(keys).and_then(Item::span), &written);
                }
            }
        }
        let moving = self.moving();
        for manifest in &self.manifests {
            self.follow(manifest, &moving, new, edits)?;
        }
        let names: Vec<String> = moving.into_values().collect();
        lock::set(
            &self.checkout,
            &self.folder,
            &names,
            &self.version,
            new,
            edits,
        )?;
        for file in &self.pyprojects {
            if let Some(text) = file.text(PYTHON).filter(|text| self.is_ours(text)) {
                // `1.2.3` is the same in both worlds; only a `-` says that Cargo's spelling was meant.
                let text = match text.contains('-') {
                    true => written.clone(),
                    false => version::to_pep440(new)?,
                };
                edits.replace(file, file.get(PYTHON).and_then(Item::span), &text);
            }
        }
        Ok(())
    }

    fn is_ours(&self, text: &str) -> bool {
        version::from_python(text).is_ok_and(|version| version == self.version)
    }

    /// Folders and names of the crates that move.
    fn moving(&self) -> BTreeMap<&Path, String> {
        let moves = |manifest: &&TomlFile| {
            workspace::inherits_version(manifest)
                || manifest.text(CRATE).is_some_and(|text| self.is_ours(text))
        };
        self.manifests
            .iter()
            .filter(moves)
            .filter_map(|file| Some((file.folder(), file.text(&["package", "name"])?.to_owned())))
            .collect()
    }

    /// Lets the requirements of one manifest on crates that move follow them.
    fn follow(
        &self,
        manifest: &TomlFile,
        moving: &BTreeMap<&Path, String>,
        new: &Version,
        edits: &mut Edits,
    ) -> Result<(), StampError> {
        let shared = manifest
            .get(&["workspace", "dependencies"])
            .and_then(Item::as_table_like);
        let shared = shared.into_iter().flat_map(|table| table.iter());
        for (key, item) in dependencies(manifest).into_iter().chain(shared) {
            let text = |name: &str| item.as_table_like()?.get(name)?.as_str();
            let (Some(path), Some(version)) = (text("path"), text("version")) else {
                continue;
            };
            let folder = checkout::clean(&manifest.folder().join(path));
            if !moving.contains_key(folder.as_path()) {
                continue;
            }
            let followed =
                requirement::follow(version, new).map_err(|reason| StampError::Requirement {
                    path: manifest.path.clone(),
                    dependency: key.to_owned(),
                    reason,
                })?;
            if let Some(followed) = followed {
                let item = item.as_table_like().and_then(|table| table.get("version"));
                edits.replace(manifest, item.and_then(Item::span), &followed);
            }
        }
        Ok(())
    }
}

const SHARED: &[&str] = &["workspace", "package", "version"];
const CRATE: &[&str] = &["package", "version"];
const PYTHON: &[&str] = &["project", "version"];

pub(super) fn absolute(path: &Path) -> Result<PathBuf, StampError> {
    checkout::absolute(path).map_err(|cause| unfound(path, cause))
}

/// The checkout around a folder; outside of any, the folder and all above it that are of one project.
pub(super) fn checkout(folder: &Path) -> Result<Checkout, StampError> {
    let failed = |cause| unfound(folder, cause);
    let around = Checkout::around(folder).map_err(failed)?;
    if around.is_repository() {
        return Ok(around);
    }
    let is_of_a_project = |above: &&Path| {
        let names = ["Cargo.toml", "pyproject.toml"];
        names.iter().any(|name| above.join(name).is_file())
    };
    let outermost = around.root().ancestors().filter(is_of_a_project).last();
    Checkout::of(outermost.unwrap_or(folder)).map_err(failed)
}

fn unfound(path: &Path, cause: std::io::Error) -> StampError {
    StampError::Io {
        verb: "find",
        path: path.to_owned(),
        cause,
    }
}

fn with_members(root: TomlFile) -> Result<Vec<TomlFile>, StampError> {
    if root.get(&["workspace"]).is_none() {
        if let Some(above) = Workspace::find(&root)? {
            return Err(StampError::Member {
                member: root.folder().to_owned(),
                root: above.file.folder().to_owned(),
            });
        }
        return Ok(vec![root]);
    }
    let workspace = Workspace { file: root };
    let mut members = workspace.members()?;
    members.retain(|member| member.path != workspace.file.path);
    members.insert(0, workspace.file);
    Ok(members)
}

fn version_of(
    folder: &Path,
    manifests: &[TomlFile],
    pythons: &[TomlFile],
) -> Result<Version, StampError> {
    let root = manifests.first();
    let own = [SHARED, CRATE]
        .into_iter()
        .find_map(|keys| root?.text(keys));
    let cargo = |text: &str| {
        version::parse(text).ok_or_else(|| version::VersionError::not_semver(text).into())
    };
    if let Some(text) = own {
        return cargo(text);
    }
    let crates: BTreeSet<&str> = manifests
        .iter()
        .filter_map(|file| file.text(CRATE))
        .collect();
    let versions: Vec<&str> = match crates.is_empty() {
        false => crates.into_iter().collect(),
        true => pythons
            .iter()
            .filter_map(|file| file.text(PYTHON))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
    };
    match versions.as_slice() {
        [] => Err(StampError::NoVersion(folder.to_owned())),
        [text] if manifests.is_empty() => Ok(version::from_python(text)?),
        [text] => cargo(text),
        several => Err(StampError::SeveralVersions {
            folder: folder.to_owned(),
            versions: several.join(", "),
        }),
    }
}

impl Plan {
    /// The files that change, with the lines that do.
    pub fn changes(&self) -> Vec<(&Path, Vec<LineChange>)> {
        self.files
            .iter()
            .map(|file| (file.path.as_path(), line_changes(file)))
            .collect()
    }
}

/// A version is written within one line, so old and new lines stand side by side.
fn line_changes(file: &Written) -> Vec<LineChange> {
    let lines = file.old.lines().zip(file.new.lines()).enumerate();
    lines
        .filter(|(_, (old, new))| old != new)
        .map(|(index, (old, new))| LineChange {
            line: index + 1,
            old: old.to_owned(),
            new: new.to_owned(),
        })
        .collect()
}
