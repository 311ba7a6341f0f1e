//! The files that the scripts made, and proof that they made all that was asked for.

use std::{
    fs,
    path::{Path, PathBuf},
};

use actions_core::text;
use anyhow::{Context as _, bail};
use package_formats::{FileDigest, Folder};
use untrusted_input::Glob;

/// A file in the folder that was asked for.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) path: PathBuf,
    pub(crate) digest: FileDigest,
}

/// Reads the globs.
pub(crate) fn parse(lines: &[String]) -> anyhow::Result<Vec<Glob>> {
    let glob = |line: &String| {
        if line.starts_with('/') || line.split('/').any(|part| part == "..") {
            bail!(
                "failed to read the input `outputs`: `{line}` points outside the folder in which the scripts run; write a path inside it"
            );
        }
        Glob::of_a_shell(line).with_context(|| {
            let line = text::shortened(line);
            format!("failed to read the input `outputs`: `{line}` is not a glob")
        })
    };
    lines.iter().map(glob).collect()
}

/// Copies each file that a glob matches, with its path below `made`, into `out`.
pub(crate) fn collect(made: &Path, globs: &[Glob], out: &Path) -> anyhow::Result<Vec<Collected>> {
    let folder = Folder::read(made)?;
    let there: Vec<&str> = folder.files.iter().map(|file| file.path.as_str()).collect();
    let matches = |glob: &Glob, path: &str| glob.matches(path);
    let without: Vec<String> = globs
        .iter()
        .filter(|glob| !there.iter().any(|path| matches(glob, path)))
        .map(|glob| format!("`{glob}`"))
        .collect();
    if !without.is_empty() {
        bail!(
            "failed to find the outputs of the scripts: no file matches {}; they created {}",
            actions_core::list(&without),
            shown(&there)
        );
    }
    let mut collected = Vec::new();
    for file in &folder.files {
        if !globs.iter().any(|glob| matches(glob, &file.path)) {
            continue;
        }
        if file.digest.size == 0 {
            bail!(
                "failed to collect `{}`: the scripts created it but left it empty",
                file.path
            );
        }
        let to = out.join(&file.path);
        let copied = to
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::copy(made.join(&file.path), &to));
        copied.with_context(|| format!("failed to write `{}`", to.display()))?;
        collected.push(Collected {
            path: to,
            digest: file.digest.clone(),
        });
    }
    Ok(collected)
}

/// How many files an error names.
const SHOWN: usize = 10;

fn shown(there: &[&str]) -> String {
    let mut names: Vec<String> = there.iter().take(SHOWN).map(|&path| path.into()).collect();
    if there.len() > SHOWN {
        names.push(format!("{} more", there.len() - SHOWN));
    }
    actions_core::list(&names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let full = folder.path().join(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, text).unwrap();
        }
        folder
    }

    fn globs(lines: &[&str]) -> Vec<Glob> {
        let lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
        parse(&lines).unwrap()
    }

    #[test]
    fn what_no_glob_names_is_left_and_paths_stay() {
        let made = made(&[("a.rrd", "1"), ("deep/b.rrd", "2"), ("log.txt", "3")]);
        let out = tempfile::tempdir().unwrap();
        let files = collect(made.path(), &globs(&["**/*.rrd"]), out.path()).unwrap();
        assert_eq!(files.len(), 2);
        assert!(out.path().join("deep/b.rrd").is_file() && !out.path().join("log.txt").exists());
    }

    #[test]
    fn a_glob_without_a_file_is_an_error_that_says_what_there_is() {
        let made = made(&[("a.rrd", "1")]);
        let out = tempfile::tempdir().unwrap();
        let error = collect(made.path(), &globs(&["*.rrd", "*.jsonl"]), out.path()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to find the outputs of the scripts: no file matches `*.jsonl`; they created a.rrd"
        );
    }

    #[test]
    fn an_empty_file_is_none() {
        let made = made(&[("a.rrd", "")]);
        let out = tempfile::tempdir().unwrap();
        let error = collect(made.path(), &globs(&["*"]), out.path()).unwrap_err();
        assert!(error.to_string().ends_with("left it empty"), "{error}");
    }

    #[test]
    fn a_glob_stays_in_the_folder() {
        for line in ["/etc/*", "../*", "a/../../b"] {
            assert!(parse(&[line.to_owned()]).is_err(), "{line}");
        }
    }
}
