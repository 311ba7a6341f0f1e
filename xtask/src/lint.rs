//! Judges every workflow, example and action.yml with three linters: jactionlint, GitHub's own parser and
//! zizmor. Any finding fails.

mod files;
mod linters;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use files::Group;
pub(crate) use linters::Linter;

/// Runs one linter over everything and returns what it looked at, in words.
///
/// # Errors
/// When there is a finding (the error is the linter's own text), when there is nothing to look at, and
/// when the linter does not find the mistakes of a workflow that is full of them.
pub(crate) fn run(linter: Linter) -> Result<String> {
    notices_mistakes(linter)?;
    let groups = files::all()?;
    let mut findings = Vec::new();
    for group in &groups {
        if let Some(found) = linter.look(group)? {
            findings.push(found);
        }
    }
    ensure!(findings.is_empty(), "{}", findings.join("\n"));
    let count: usize = groups.iter().map(|group| group.files.len()).sum();
    Ok(format!("{count} files"))
}

/// A workflow with an unknown input of one of our actions, an unpinned action and text of a stranger in a
/// script.
const MISTAKES: &str = r#"
name: mistakes
on: pull_request
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: somebody/something@main
      - uses: rerun-io/ci-actions/sample@v1
        with: { no-such-input: 1 }
      - run: echo "${{ github.event.pull_request.title }}"
"#;

const SAMPLE_ACTION: &str = r#"
name: sample
description: An action with no inputs
runs: { using: composite, steps: [] }
"#;

/// A linter that finds nothing anywhere (broken, or told to ignore too much) would pass for ever.
fn notices_mistakes(linter: Linter) -> Result<()> {
    let folder = tempfile::tempdir().context("failed to create a folder")?;
    let root = folder.path();
    let write = |path: &Path, text: &str| -> Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
    };
    let workflow = root.join(".github/workflows/mistakes.yml");
    write(&workflow, MISTAKES)?;
    write(&root.join("tree/sample/action.yml"), SAMPLE_ACTION)?;
    let group = Group {
        root: root.to_owned(),
        release_tree: root.join("tree"),
        files: vec![workflow],
    };
    match linter.look(&group)? {
        Some(found) if found.contains(linter.must_say()) => Ok(()),
        found => bail!(
            "{} did not report `{}` for a workflow full of mistakes, but: {}",
            linter.name(),
            linter.must_say(),
            found.as_deref().unwrap_or("nothing")
        ),
    }
}
