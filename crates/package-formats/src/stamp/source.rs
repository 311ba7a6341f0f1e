//! Finds the one place where the version of a maturin package is written.

use std::ops::Range;
use std::path::{Path, PathBuf};

use semver::Version;
use untrusted_input::{Checkout, checkout};

use super::edit::{Edits, TomlFile};
use super::workspace::{self, Workspace};
use super::{StampError, lock, tree};
use crate::version;

/// The value that holds the version, and what follows it.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) version: Version,
    file: TomlFile,
    span: Option<Range<usize>>,
    /// `pyproject.toml` may say `1.2.3a4` where a crate says `1.2.3-alpha.4`.
    is_pep440: bool,
    /// The crates whose entries in `Cargo.lock` follow, and the folder of that file.
    locked: Option<(PathBuf, Vec<String>)>,
}

impl Source {
    pub(super) fn find(package_dir: &Path) -> Result<Self, StampError> {
        let package_dir = tree::absolute(package_dir)?;
        let checkout = &tree::checkout(&package_dir)?;
        let pyproject = TomlFile::read(checkout, &package_dir.join("pyproject.toml"))?;
        let manifest_path = pyproject
            .as_ref()
            .and_then(|file| file.text(&["tool", "maturin", "manifest-path"]))
            .map(|path| checkout::clean(&package_dir.join(path)));
        if let Some(file) = pyproject
            && file.text(&["project", "version"]).is_some()
        {
            return Self::new(file, &["project", "version"], None);
        }
        match manifest_path {
            Some(path) => Self::of_crate(checkout, &path),
            // Both are where maturin looks when it is not told.
            None => match Self::of_crate(checkout, &package_dir.join("Cargo.toml")) {
                Err(StampError::NoVersion(_)) => {
                    Self::of_crate(checkout, &package_dir.join("rust/Cargo.toml"))
                }
                found => found,
            },
        }
        .map_err(|error| match error {
            StampError::NoVersion(_) => StampError::NoVersion(package_dir),
            error => error,
        })
    }

    fn of_crate(checkout: &Checkout, path: &Path) -> Result<Self, StampError> {
        let no_version = || StampError::NoVersion(path.to_owned());
        let file = TomlFile::read(checkout, path)?.ok_or_else(no_version)?;
        let root = Workspace::find(&file)?;
        if workspace::inherits_version(&file) {
            let root = root.ok_or_else(|| StampError::NoWorkspace(path.to_owned()))?;
            let members = root.members_that_inherit()?;
            let folder = root.file.folder().to_owned();
            return Self::new(
                root.file,
                &["workspace", "package", "version"],
                Some((folder, members)),
            )
            .map_err(|error| match error {
                StampError::NoVersion(_) => StampError::NoWorkspace(path.to_owned()),
                error => error,
            });
        }
        let folder = match &root {
            Some(root) => root.file.folder().to_owned(),
            None => file.folder().to_owned(),
        };
        let name = file.text(&["package", "name"]).ok_or_else(no_version)?;
        let locked = (folder, vec![name.to_owned()]);
        Self::new(file, &["package", "version"], Some(locked))
    }

    fn new(
        file: TomlFile,
        keys: &[&str],
        locked: Option<(PathBuf, Vec<String>)>,
    ) -> Result<Self, StampError> {
        let (Some(item), Some(text)) = (file.get(keys), file.text(keys)) else {
            return Err(StampError::NoVersion(file.path));
        };
        let semver = version::parse(text);
        Ok(Self {
            is_pep440: semver.is_none(),
            version: match semver {
                Some(version) => version,
                None if locked.is_none() => version::from_python(text)?,
                None => return Err(version::VersionError::not_semver(text).into()),
            },
            span: item.span(),
            locked,
            file,
        })
    }

    /// The checkout that the package is of.
    pub(super) fn checkout(&self) -> &Checkout {
        &self.file.checkout
    }

    /// Plans the edits that give the package the version `new`.
    pub(super) fn set(&self, new: &Version, edits: &mut Edits) -> Result<(), StampError> {
        let text = if self.is_pep440 {
            version::to_pep440(new)?
        } else {
            new.to_string()
        };
        edits.replace(&self.file, self.span.clone(), &text);
        if let Some((folder, members)) = &self.locked {
            lock::set(
                &self.file.checkout,
                folder,
                members,
                &self.version,
                new,
                edits,
            )?;
        }
        Ok(())
    }
}
