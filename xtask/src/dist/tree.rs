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
