//! Which crates of a cargo workspace take their version from its root, found without running cargo.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use toml_edit::{Item, TableLike};

use super::StampError;
use super::edit::TomlFile;

/// A manifest with a `[workspace]`.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) file: TomlFile,
}

pub(super) fn inherits_version(manifest: &TomlFile) -> bool {
    manifest
        .get(&["package", "version", "workspace"])
        .and_then(Item::as_bool)
        == Some(true)
}

/// Every dependency of a manifest by its key, of all kinds and targets.
pub(super) fn dependencies(manifest: &TomlFile) -> Vec<(&str, &Item)> {
    let targets = manifest.get(&["target"]).and_then(Item::as_table_like);
    let holders = targets
        .into_iter()
        .flat_map(|table| table.iter())
        .filter_map(|(_, item)| item.as_table_like())
        .chain(manifest.get(&[]).and_then(Item::as_table_like));
    let mut found = Vec::new();
    for holder in holders {
        for kind in [
            "dependencies",
            "build-dependencies",
            "dev-dependencies",
            "build_dependencies",
            "dev_dependencies",
        ] {
            let table = holder.get(kind).and_then(Item::as_table_like);
            found.extend(table.into_iter().flat_map(|table| table.iter()));
        }
    }
    found
}

impl Workspace {
    /// The workspace that the crate of `manifest` belongs to: its own, the one that `package.workspace` names, or the
    /// nearest above that does not exclude it.
    pub(super) fn find(manifest: &TomlFile) -> Result<Option<Self>, StampError> {
        let folder = manifest.folder();
        if let Some(named) = manifest.text(&["package", "workspace"]) {
            let path = clean(&folder.join(named)).join("Cargo.toml");
            return Ok(TomlFile::read(&path)?.map(|file| Self { file }));
        }
        for above in folder.ancestors() {
            let Some(file) = TomlFile::read(&above.join("Cargo.toml"))? else {
                continue;
            };
            let workspace = Self { file };
            if workspace.file.get(&["workspace"]).is_some() && !workspace.excludes(folder) {
                return Ok(Some(workspace));
            }
        }
        Ok(None)
    }

    fn excludes(&self, folder: &Path) -> bool {
        let root = self.file.folder();
        self.texts("exclude")
            .any(|excluded| folder.starts_with(clean(&root.join(excluded))))
    }

    fn texts(&self, key: &str) -> impl Iterator<Item = &str> {
        let values = self.file.get(&["workspace", key]).and_then(Item::as_array);
        values
            .into_iter()
            .flatten()
            .filter_map(|value| value.as_str())
    }

    /// Names of the members whose `version.workspace` is true.
    pub(super) fn members_that_inherit(&self) -> Result<Vec<String>, StampError> {
        let members = self.members()?;
        let inherit = members.iter().filter(|member| inherits_version(member));
        let mut names: Vec<String> = inherit
            .filter_map(|member| Some(member.text(&["package", "name"])?.to_owned()))
            .collect();
        names.sort();
        Ok(names)
    }

    /// Manifests of the root's own package, of what the globs of `members` find, and of every path dependency of a
    /// member inside of the workspace's folder (cargo book, "The members and exclude fields").
    pub(super) fn members(&self) -> Result<Vec<TomlFile>, StampError> {
        let mut members = Vec::new();
        let mut seen = BTreeSet::new();
        let mut left = vec![self.file.folder().to_owned()];
        left.extend(self.listed_folders()?);
        while let Some(folder) = left.pop() {
            let inside = folder.starts_with(self.file.folder()) && !self.excludes(&folder);
            if !inside || !seen.insert(folder.clone()) {
                continue;
            }
            let Some(manifest) = TomlFile::read(&folder.join("Cargo.toml"))? else {
                continue;
            };
            let dependencies = dependencies(&manifest).into_iter();
            left.extend(dependencies.filter_map(|(key, item)| self.path_of(&manifest, key, item)));
            if manifest.get(&["package"]).is_some() {
                members.push(manifest);
            }
        }
        members.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(members)
    }

    fn listed_folders(&self) -> Result<Vec<PathBuf>, StampError> {
        let root = self.file.folder();
        let escaped = glob::Pattern::escape(&root.to_string_lossy());
        let mut folders = Vec::new();
        for member in self.texts("members") {
            let invalid = |reason: String| StampError::Toml {
                path: self.file.path.clone(),
                reason: format!("`{member}` in `workspace.members`: {reason}"),
            };
            let found = glob::glob(&format!("{escaped}/{member}"))
                .map_err(|error| invalid(error.to_string()))?;
            for folder in found {
                let folder = folder.map_err(|error| invalid(error.to_string()))?;
                folders.push(clean(&folder));
            }
        }
        Ok(folders)
    }

    /// The folder of a dependency that has a `path`, of its own or by the workspace's table.
    fn path_of(&self, manifest: &TomlFile, key: &str, item: &Item) -> Option<PathBuf> {
        let text = |table: &dyn TableLike, key: &str| Some(table.get(key)?.as_str()?.to_owned());
        let table = item.as_table_like()?;
        if let Some(path) = text(table, "path") {
            return Some(clean(&manifest.folder().join(path)));
        }
        let inherited = self.file.get(&["workspace", "dependencies", key])?;
        let path = text(inherited.as_table_like()?, "path")?;
        Some(clean(&self.file.folder().join(path)))
    }
}

/// Resolves `.` and `..` in the text alone, so that one folder has one spelling.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                cleaned.pop();
            }
            component => cleaned.push(component),
        }
    }
    cleaned
}
