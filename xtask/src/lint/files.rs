//! What is judged: everything that GitHub would read, here and in a user's repository.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::project;

/// Files that belong to one repository.
#[derive(Debug)]
pub(super) struct Group {
    /// The root of that repository.
    pub(super) root: PathBuf,
    /// Where `uses: rerun-io/ci-actions/<action>@v1` is found.
    pub(super) release_tree: PathBuf,
    pub(super) files: Vec<PathBuf>,
}

impl Group {
    /// The linter's configuration that this repository's own people use; ours where it has none.
    pub(super) fn config(&self, name: &str) -> PathBuf {
        let own = self.root.join(".github").join(name);
        if own.is_file() {
            return own;
        }
        project::root().join(".github").join(name)
    }
}

/// Our workflows and actions, those of the release tree, and the example's workflows. A kind
/// of which there is nothing is an error: it was moved, or not built.
pub(super) fn all() -> Result<Vec<Group>> {
    let root = project::root();
    let tree = project::release_tree();
    let example = project::example();
    let sources = root.join("actions");
    let actions = some("action.yml", action_files(&sources)?, &sources)?;
    let mut released = some("action.yml", action_files(&tree)?, &tree)?;
    released.extend(some("workflow", workflows(&tree)?, &tree)?);
    let shown = some("workflow", workflows(&example)?, &example)?;
    let mut own = workflows(&root)?;
    own.extend(actions);
    let group = |root: &Path, files| Group {
        root: root.to_owned(),
        release_tree: tree.clone(),
        files,
    };
    Ok(vec![
        group(&root, own),
        group(&tree, released),
        group(&example, shown),
    ])
}

fn some(kind: &str, files: Vec<PathBuf>, place: &Path) -> Result<Vec<PathBuf>> {
    ensure!(
        !files.is_empty(),
        "failed to find any {kind} in {}",
        place.display()
    );
    Ok(files)
}

/// `FOLDER/*/action.yml`.
fn action_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = entries(folder)?;
    let files = entries.into_iter().map(|entry| entry.join("action.yml"));
    Ok(files.filter(|file| file.is_file()).collect())
}

/// `FOLDER/.github/workflows/*.{yml,yaml}`.
fn workflows(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.join(project::WORKFLOWS);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let is_yaml = |file: &PathBuf| {
        file.extension()
            .is_some_and(|extension| extension == "yml" || extension == "yaml")
    };
    Ok(entries(&folder)?.into_iter().filter(is_yaml).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}
