//! Which files are meant: a typing error in a glob must not upload nothing and pass.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use actions_core::list;
use anyhow::{Context as _, bail};
use glob::MatchOptions;

/// As a shell does it: `*` stays in its folder and leaves out hidden files.
const LIKE_A_SHELL: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// The files that paths and globs name, each once, in the order of the lines.
pub(crate) fn find(patterns: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut without_a_match = Vec::new();
    for pattern in patterns {
        let found = matches(pattern)?;
        if found.is_empty() {
            without_a_match.push(format!("`{pattern}`"));
        }
        for path in found {
            let own = path
                .canonicalize()
                .with_context(|| format!("failed to read `{}`", path.display()))?;
            if seen.insert(own) {
                files.push(path);
            }
        }
    }
    if !without_a_match.is_empty() {
        bail!(
            "failed to find the files: no file matches {}",
            list(&without_a_match)
        );
    }
    refuse_namesakes(&files)?;
    Ok(files)
}

fn matches(pattern: &str) -> anyhow::Result<Vec<PathBuf>> {
    let literal = Path::new(pattern);
    if literal.is_file() {
        return Ok(vec![literal.to_owned()]);
    }
    if literal.is_dir() {
        bail!("failed to upload `{pattern}`: it is a folder; name its files, as `{pattern}/*`");
    }
    let found = glob::glob_with(pattern, LIKE_A_SHELL)
        .with_context(|| format!("failed to read the input `files`: `{pattern}` is no glob"))?;
    let mut files = Vec::new();
    for path in found {
        let path = path.with_context(|| format!("failed to look for `{pattern}`"))?;
        if path.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

/// In the bucket a commit's files lie side by side, whatever folders they come from.
fn refuse_namesakes(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut by_name: BTreeMap<_, &Path> = BTreeMap::new();
    for file in files {
        if let Some(other) = by_name.insert(file.file_name(), file) {
            bail!(
                "failed to choose between `{}` and `{}`: in the bucket both would have the same name",
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

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        folder
    }

    fn find_in(folder: &Path, patterns: &[&str]) -> Result<Vec<String>, String> {
        let patterns: Vec<String> = patterns
            .iter()
            .map(|pattern| folder.join(pattern).to_str().unwrap().to_owned())
            .collect();
        let found = find(&patterns).map_err(|err| format!("{err:#}"))?;
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        Ok(found.iter().map(name).collect())
    }

    #[test]
    fn a_file_that_two_lines_name_is_found_once() {
        let folder = folder(&["a.whl", "b.whl", "sub/c.whl"]);
        let found = find_in(folder.path(), &["a.whl", "*.whl", "**/*.whl"]).unwrap();
        assert_eq!(found, ["a.whl", "b.whl", "c.whl"]);
    }

    #[test]
    fn every_line_that_matches_nothing_is_named() {
        let folder = folder(&["a.whl", "sub/c.crate"]);
        let err = find_in(folder.path(), &["a.whl", "*.crate", "b.whl"]).unwrap_err();
        assert!(err.contains("*.crate") && err.contains("b.whl"), "{err}");
        assert!(!err.contains("a.whl"), "{err}");
    }

    #[test]
    fn a_name_with_brackets_is_a_name_first() {
        let folder = folder(&["a[1].bin"]);
        assert_eq!(find_in(folder.path(), &["a[1].bin"]).unwrap(), ["a[1].bin"]);
    }

    #[test]
    fn a_folder_is_answered_with_what_to_type() {
        let folder = folder(&["sub/c.whl"]);
        let err = find_in(folder.path(), &["sub"]).unwrap_err();
        assert!(err.contains("sub/*`"), "{err}");
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let folder = folder(&["a/x.whl", "b/x.whl"]);
        let err = find_in(folder.path(), &["**/*.whl"]).unwrap_err();
        assert!(err.contains("a/x.whl") && err.contains("b/x.whl"), "{err}");
    }
}
