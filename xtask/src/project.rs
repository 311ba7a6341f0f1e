//! Where things are in this checkout, so that no other module spells a path twice.

use std::path::{Path, PathBuf};

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest_dir
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where GitHub looks for workflows, from the root of a repository.
pub(crate) const WORKFLOWS: &str = ".github/workflows";

/// Everything built; the only folder of the checkout that commands write to, besides the set-up's two.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// Logs of commands and the lock of the set-up.
pub(crate) fn scratch() -> PathBuf {
    target().join("xtask")
}

/// The release tree: what `uses: rerun-io/ci-actions/<action>@v1` resolves to.
pub(crate) fn release_tree() -> PathBuf {
    target().join("dist").join("tree")
}

/// The example, a complete small user.
pub(crate) fn example() -> PathBuf {
    root().join("examples").join("hello-sdk")
}

/// The Python environment that the set-up makes.
pub(crate) fn venv() -> PathBuf {
    root().join(".venv")
}

/// A program of the Python environment: `python`, `act`, `pypi-server`, …
pub(crate) fn venv_bin(name: &str) -> PathBuf {
    venv().join("bin").join(name)
}

/// The folder of the pinned tools; `npm ci` fills its `node_modules`.
pub(crate) fn tools() -> PathBuf {
    root().join("tools")
}
