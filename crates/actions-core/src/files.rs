//! Files that an input names by paths and globs: a typing error in one must not do nothing and pass.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use untrusted_input::{
    Checkout,
    walk::{self, Hidden},
};

use crate::{list, text};

/// The files that the lines of an input name, each once, in their order. As a shell does it: `*` stays in its folder and leaves
/// out hidden files; `**` matches no folder too.
///
/// Errors: a line that is not a glob, names a folder, or matches no file; a link of the checkout that leads out of it; no line
/// at all.
pub fn matching(input: &str, lines: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut without_a_match = Vec::new();
    let checkout = Checkout::around(Path::new(".")).context("failed to find the working folder")?;
    for line in lines {
        let found = of_line(input, line)?;
        if found.is_empty() {
            without_a_match.push(format!("`{}`", text::one_line(line)));
        }
        for path in found {
            let own = checkout
                .resolve(&path)
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
    if files.is_empty() {
        bail!("failed to find the files: the input `{input}` is empty");
    }
    Ok(files)
}

fn of_line(input: &str, line: &str) -> anyhow::Result<Vec<PathBuf>> {
    let literal = Path::new(line);
    if literal.is_file() {
        return Ok(vec![literal.to_owned()]);
    }
    if literal.is_dir() {
        bail!(
            "failed to read the input `{input}`: `{line}` is a folder; name its files, such as `{line}/*`"
        );
    }
    let found = walk::matching(Path::new(""), line, Hidden::LeftOut);
    let mut files = found.with_context(|| {
        let line = text::shortened(line);
        format!("failed to read the input `{input}`: `{line}` is not a supported glob")
    })?;
    files.retain(|path| path.is_file());
    Ok(files)
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

    fn names(lines: &[String]) -> Vec<String> {
        let files = matching("files", lines).unwrap();
        let name = |file: &PathBuf| file.file_name().unwrap().to_string_lossy().into_owned();
        files.iter().map(name).collect()
    }

    #[test]
    fn two_lines_name_a_file_once_and_two_stars_match_no_folder_too() {
        let (_folder, path) = folder();
        assert_eq!(
            names(&[format!("{path}/**/*.whl"), format!("{path}/a.*")]),
            ["a.whl", "b.whl"]
        );
        assert_eq!(names(&[format!("{path}/*.whl")]), ["a.whl"]);
    }

    #[test]
    fn a_line_that_matches_nothing_is_an_error_even_beside_one_that_matches() {
        let (_folder, path) = folder();
        let lines = [format!("{path}/*.whl"), format!("{path}/*.zip")];
        let err = matching("files", &lines).unwrap_err().to_string();
        assert!(err.ends_with("/*.zip`") && !err.contains("/*.whl"), "{err}");
        assert!(matching("files", &[]).is_err());
    }

    #[test]
    fn a_name_with_brackets_is_a_name_first() {
        let (_folder, path) = folder();
        std::fs::write(format!("{path}/a[1].bin"), "").unwrap();
        assert_eq!(names(&[format!("{path}/a[1].bin")]), ["a[1].bin"]);
    }

    #[test]
    fn a_folder_is_no_file_and_its_error_says_what_to_type() {
        let (_folder, path) = folder();
        let err = matching("files", std::slice::from_ref(&path))
            .unwrap_err()
            .to_string();
        assert!(
            err.ends_with(&format!("name its files, such as `{path}/*`")),
            "{err}"
        );
    }
}
