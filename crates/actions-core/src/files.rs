//! Files that an input names by globs.

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::{Context as _, bail};

/// The files that match, each once, in the order of their paths. `**` matches no folder too.
///
/// Errors: a glob that is none, or one that matches no file, since a step that quietly does nothing is worse.
pub fn matching(input: &str, globs: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = BTreeSet::new();
    for glob in globs {
        let before = files.len();
        let found = glob::glob(glob)
            .with_context(|| format!("failed to read the input `{input}` from \"{glob}\""))?;
        let mut any = false;
        for path in found {
            let path = path.with_context(|| format!("failed to look for \"{glob}\""))?;
            if path.is_file() {
                any = true;
                files.insert(path);
            }
        }
        if !any && files.len() == before {
            bail!("failed to find files for the input `{input}`: \"{glob}\" matches none");
        }
    }
    if files.is_empty() {
        bail!("failed to find files: the input `{input}` is empty");
    }
    Ok(files.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        for name in ["a.whl", "sub/b.whl", "c.crate"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let path = folder.path().display().to_string();
        (folder, path)
    }

    #[test]
    fn two_globs_name_a_file_once() {
        let (_folder, path) = folder();
        let globs = [format!("{path}/**/*.whl"), format!("{path}/a.*")];
        let names: Vec<String> = matching("files", &globs)
            .unwrap()
            .iter()
            .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["a.whl", "b.whl"]);
    }

    #[test]
    fn a_glob_that_matches_nothing_is_an_error_even_beside_one_that_matches() {
        let (_folder, path) = folder();
        let globs = [format!("{path}/*.whl"), format!("{path}/*.zip")];
        let err = matching("files", &globs).unwrap_err().to_string();
        assert!(err.ends_with("/*.zip\" matches none"), "{err}");
        assert!(matching("files", &[]).is_err());
    }
}
