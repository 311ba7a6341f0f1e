//! Where things are in this checkout, so that no other module spells a path twice.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The actions that there are, by name: each folder in `actions` with a crate.
///
/// # Errors
/// When the folder cannot be read.
pub fn actions() -> Result<Vec<String>> {
    actions_of(&root())
}

/// The same of another checkout.
///
/// # Errors
/// When the folder cannot be read.
pub fn actions_of(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("actions");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("failed to list {}", folder.display()))?;
    let mut ids = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|_| path.join("Cargo.toml").is_file()) {
            ids.push(name.to_owned());
        }
    }
    ids.sort();
    Ok(ids)
}

/// Where GitHub looks for workflows, from the root of a repository.
pub const WORKFLOWS: &str = ".github/workflows";

/// Everything built; the only folder of the checkout that commands write to, besides the set-up's two.
pub fn target() -> PathBuf {
    root().join("target")
}

/// Logs of commands and the lock of the set-up.
pub fn scratch() -> PathBuf {
    target().join("xtask")
}

/// The release tree: what `uses: rerun-io/ci-actions/<action>@v1` resolves to.
pub fn release_tree() -> PathBuf {
    target().join("dist").join("tree")
}

/// The example, a complete small user.
pub fn example() -> PathBuf {
    root().join("examples").join("hello-sdk")
}

/// The Python environment that the set-up makes.
pub fn venv() -> PathBuf {
    root().join(".venv")
}

/// A program of the Python environment: `python`, `act`, `pypi-server`, …
pub fn venv_bin(name: &str) -> PathBuf {
    venv().join("bin").join(name)
}

/// The folder of the pinned tools; `npm ci` fills its `node_modules`.
pub fn tools() -> PathBuf {
    root().join("tools")
}
