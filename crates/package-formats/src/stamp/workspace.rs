//! Which crates of a cargo workspace take their version from its root, found without running cargo.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml_edit::{Item, TableLike};
use untrusted_input::checkout::clean;
use untrusted_input::walk::{self, Hidden};

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
            return Ok(manifest.other(&path)?.map(|file| Self { file }));
        }
        for above in folder.ancestors() {
            let Some(file) = manifest.other(&above.join("Cargo.toml"))? else {
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
        let names = |key| {
            self.texts(key)
                .any(|named| folder.starts_with(clean(&root.join(named))))
        };
        // As cargo does it: what `members` spells out is one, whatever `exclude` says.
        names("exclude") && !names("members")
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
        let mut left = vec![(self.file.folder().to_owned(), true)];
        left.extend(self.listed_folders()?.into_iter().map(|one| (one, true)));
        while let Some((folder, is_listed)) = left.pop() {
            if self.excludes(&folder) || seen.contains(&folder) {
                continue;
            }
            let Some(manifest) = self.file.other(&folder.join("Cargo.toml"))? else {
                continue;
            };
            if !is_listed && !self.reaches(&manifest) {
                continue;
            }
            seen.insert(folder);
            let dependencies = dependencies(&manifest).into_iter();
            let paths = dependencies.filter_map(|(key, item)| self.path_of(&manifest, key, item));
            left.extend(paths.map(|path| (path, false)));
            if manifest.get(&["package"]).is_some() {
                members.push(manifest);
            }
        }
        members.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(members)
    }

    /// Whether a path dependency is a member: it lies below, or says so itself.
    fn reaches(&self, manifest: &TomlFile) -> bool {
        let folder = manifest.folder();
        let named = manifest.text(&["package", "workspace"]);
        folder.starts_with(self.file.folder())
            || named.is_some_and(|named| clean(&folder.join(named)) == self.file.folder())
    }

    fn listed_folders(&self) -> Result<Vec<PathBuf>, StampError> {
        let mut folders = Vec::new();
        for member in self.texts("members") {
            let found = walk::matching(self.file.folder(), member, Hidden::Included);
            let found = found.map_err(|reason| StampError::Toml {
                path: self.file.path.clone(),
                reason: format!("`{}` in `workspace.members`: {reason}", shortened(member)),
            })?;
            // As cargo does it: a file that a glob finds, such as a README, is passed over.
            folders.extend(
                found
                    .into_iter()
                    .filter(|path| path.is_dir())
                    .map(|path| clean(&path)),
            );
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

/// The start of a text that may have no end.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
