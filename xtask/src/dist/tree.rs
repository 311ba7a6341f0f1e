//! The tree that `uses: rerun-io/ci-actions/<action>@v1` resolves to: small, because a runner unpacks all of it.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

use super::assets::{self, Asset};
use crate::{codegen, project};

/// How large the tree came out.
pub(super) struct Size {
    pub(super) bytes: u64,
    pub(super) files: usize,
}

/// What is copied as it is; the READMEs of actions stay in the repository, for people.
const COPIED: &[&str] = &[
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "dist/run.sh",
];

/// The workflows that others call, from `.github/workflows`.
const PUBLISHED: &[&str] = &["create-packages.yml"];

/// Writes the tree anew.
pub(super) fn assemble(assets: &[Asset], vendored: bool) -> Result<Size> {
    let root = project::root();
    let tree = project::release_tree();
    if tree.exists() {
        fs::remove_dir_all(&tree)
            .with_context(|| format!("failed to empty `{}`", tree.display()))?;
    }
    fs::create_dir_all(tree.join("dist"))
        .with_context(|| format!("failed to create `{}`", tree.display()))?;
    for name in COPIED {
        copy(&root.join(name), &tree.join(name))?;
    }
    for (id, action_yml) in codegen::action_yml_for_the_release_tree() {
        let folder = tree.join(id);
        fs::create_dir(&folder)
            .with_context(|| format!("failed to create `{}`", folder.display()))?;
        fs::write(folder.join("action.yml"), action_yml)?;
    }
    let workflows = tree.join(project::WORKFLOWS);
    fs::create_dir_all(&workflows)
        .with_context(|| format!("failed to create `{}`", workflows.display()))?;
    for name in PUBLISHED {
        let path = root.join(project::WORKFLOWS).join(name);
        let workflow = fs::read_to_string(&path)
            .with_context(|| format!("failed to read `{}`", path.display()))?;
        fs::write(workflows.join(name), pinned(&workflow))?;
    }
    let readme = fs::read_to_string(root.join("README.md")).context("failed to read README.md")?;
    fs::write(tree.join("README.md"), links_from_the_tree(&readme))?;
    fs::write(tree.join("dist/SHA256SUMS"), assets::sums(assets))?;
    let url = format!(
        "{}/releases/download/v{}\n",
        env!("CARGO_PKG_REPOSITORY"),
        env!("CARGO_PKG_VERSION")
    );
    fs::write(tree.join("dist/url"), url)?;
    if vendored {
        for asset in assets {
            copy(&asset.path, &tree.join("dist").join(&asset.name))?;
        }
    }
    size(&tree)
}

/// A workflow names actions by a ref, even those beside it. The version's own tag never moves, so that a workflow that is
/// pinned to a commit runs that commit's actions.
fn pinned(workflow: &str) -> String {
    let uses = "uses: rerun-io/ci-actions/";
    let lines = workflow.lines().map(|line| match line.strip_suffix("@v1") {
        Some(start) if line.contains(uses) => {
            format!("{start}@v{}\n", env!("CARGO_PKG_VERSION"))
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// What is not in the tree is in the repository.
fn links_from_the_tree(readme: &str) -> String {
    let mut parts = readme.split("](");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("](");
        let here = part.starts_with("http") || part.starts_with('#');
        let copied = COPIED.iter().any(|name| part.starts_with(name));
        if !here && !copied {
            text.push_str(concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/"));
        }
        text.push_str(part);
    }
    text
}

/// Keeps the permissions too: the launcher must stay executable.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("failed to copy `{}`", from.display()))?;
    Ok(())
}

fn size(folder: &Path) -> Result<Size> {
    let mut size = Size { bytes: 0, files: 0 };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let inner = self::size(&entry.path())?;
            size.bytes += inner.bytes;
            size.files += inner.files;
        } else {
            size.bytes += entry.metadata()?.len();
            size.files += 1;
        }
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_workflow_runs_the_actions_of_its_own_version() {
        let text = "- uses: rerun-io/ci-actions/plan@v1\n- uses: actions/checkout@v1\n";
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            pinned(text),
            format!("- uses: rerun-io/ci-actions/plan@v{version}\n- uses: actions/checkout@v1\n")
        );
    }

    #[test]
    fn a_link_of_the_readme_leads_somewhere_in_the_tree_too() {
        let text =
            "[a](actions/plan/README.md) [b](LICENSE-MIT) [c](examples/x) [d](https://e.f) [g](#h)";
        assert_eq!(
            links_from_the_tree(text),
            "[a](https://github.com/rerun-io/ci-actions/blob/main/actions/plan/README.md) [b](LICENSE-MIT) \
             [c](https://github.com/rerun-io/ci-actions/blob/main/examples/x) [d](https://e.f) [g](#h)"
        );
    }
}
