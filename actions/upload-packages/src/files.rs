//! Which files are meant: a typing error in a glob must not upload nothing and pass.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use package_formats::file_name::comparison_key;

/// The files that paths and globs name, each once, in the order of the lines; the folders after them.
pub(crate) fn find(patterns: &[String], folders: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if patterns.is_empty() && folders.is_empty() {
        bail!("failed to find anything to upload: set the input `files` or `folders`");
    }
    let mut found = match patterns.is_empty() {
        true => Vec::new(),
        false => actions_core::files::matching("files", patterns)?,
    };
    for folder in folders {
        if !folder.is_dir() {
            bail!(
                "failed to find the folder `{}` of the input `folders`",
                folder.display()
            );
        }
        found.push(match folder.file_name() {
            Some(_) => folder.clone(),
            // `.` and `docs/..` have no name of their own.
            None => folder
                .canonicalize()
                .with_context(|| format!("failed to find the folder `{}`", folder.display()))?,
        });
    }
    refuse_namesakes(&found)?;
    Ok(found)
}

/// In the bucket a commit's files lie side by side, whatever folders they come from.
fn refuse_namesakes(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut by_name: BTreeMap<_, &Path> = BTreeMap::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if let Some(other) = by_name.insert(comparison_key(&name), file) {
            bail!(
                "failed to choose between `{}` and `{}`: in the bucket both would have the same name, or names that Windows and macOS treat as the same",
                other.display(),
                file.display()
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_of_one_name_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (sub, name) in [("a", "x.whl"), ("b", "X.whl")] {
            std::fs::create_dir(folder.path().join(sub)).unwrap();
            std::fs::write(folder.path().join(sub).join(name), "x").unwrap();
        }
        let glob = format!("{}/**/*.whl", folder.path().display());
        let err = find(&[glob], &[]).unwrap_err().to_string();
        assert!(err.contains("a/x.whl") && err.contains("b/X.whl"), "{err}");
    }
}
