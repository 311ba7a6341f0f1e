//! The checkout that a release is made from: its version, its actions, and where its release tree is put.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use semver::Version;
use serde::Deserialize;

use crate::project;

#[derive(Debug)]
pub struct Source {
    pub root: PathBuf,
    /// The version of every action.
    pub version: Version,
    /// Where the releases are, as `https://github.com/rerun-io/ci-actions`.
    pub repository: String,
}

#[derive(Deserialize)]
struct Manifest {
    workspace: Workspace,
}

#[derive(Deserialize)]
struct Workspace {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    version: Version,
    repository: String,
}

impl Source {
    /// This checkout.
    pub fn here() -> Result<Self> {
        Self::read(&project::root())
    }

    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join("Cargo.toml");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("failed to read `{}`", path.display()))?;
        let manifest: Manifest = toml::from_str(&text)
            .with_context(|| format!("failed to find the version in `{}`", path.display()))?;
        let Package {
            version,
            repository,
        } = manifest.workspace.package;
        Ok(Self {
            root: root.to_owned(),
            version,
            repository,
        })
    }

    /// `v1.2.3`.
    pub fn tag(&self) -> String {
        format!("v{}", self.version)
    }

    pub fn tree(&self) -> PathBuf {
        self.root.join("target").join("dist").join("tree")
    }

    /// Names of the actions, in alphabetical order.
    pub(super) fn actions(&self) -> Result<Vec<String>> {
        project::actions_of(&self.root)
    }
}
