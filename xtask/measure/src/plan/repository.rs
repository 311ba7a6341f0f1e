//! The repository that plans are measured on: crates that use each other, with documentation and Python around them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::fast_import::{self, git};
use crate::project;

/// Written into the stamp: a change of what is made must change it.
const EDITION: u32 = 1;

pub(super) const CRATES: u64 = 100;
pub(super) const FILES: u64 = 8_000;
/// Files that the last commit changes.
pub(super) const CHANGED: u64 = 100;

/// Files of a crate that are no modules: its manifest, its root, and a test.
const FIXED: u64 = 3;
/// Modules of a crate.
const MODULES: u64 = 57;
/// Pages and Python files.
const PAGES: u64 = (FILES - CRATES * (FIXED + MODULES) - ROOT) / 2;
/// The manifest, the lock file and the two config files.
const ROOT: u64 = 4;
const FEATURE: &str = "refs/heads/feature";

/// One that was made. Its last commit changes sources, and the one before it the lock file and a manifest.
#[derive(Debug)]
pub(super) struct Repository {
    pub(super) folder: PathBuf,
    /// The rules by paths, as JSON: names with their globs.
    pub(super) filters: PathBuf,
    /// The names of the files that the last commit changes, NUL after each.
    pub(super) changed: PathBuf,
}

pub(super) const BY_CRATES: &str = "crates.toml";
pub(super) const BY_PATHS: &str = "paths.toml";

/// Makes it, unless it is there from an earlier run.
pub(super) fn make() -> Result<Repository> {
    let folder = project::target().join("bench").join("plan");
    let repository = Repository {
        folder: folder.join("repository"),
        filters: folder.join("filters.json"),
        changed: folder.join("changed"),
    };
    let stamp = folder.join("made");
    let wanted = format!("{EDITION} {CRATES} {FILES} {CHANGED}");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(repository);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("failed to empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(&repository.folder)
        .with_context(|| format!("failed to create `{}`", folder.display()))?;
    fast_import::import(&repository.folder, "feature", |out| {
        write_main(out)?;
        write_feature(out)
    })?;
    fs::write(&repository.filters, json!(filters()).to_string())
        .context("failed to write the filters")?;
    let changed = ["diff", "--name-only", "-z", "HEAD~1", "HEAD"];
    let changed = git(&repository.folder, &changed).run()?;
    fs::write(&repository.changed, changed).context("failed to write a list of files")?;
    fs::write(&stamp, wanted).context("failed to write the stamp")?;
    Ok(repository)
}

fn write_main(out: &mut impl Write) -> Result<()> {
    fast_import::commit(out, "refs/heads/main", 0, "First")?;
    for (path, text) in root(0) {
        add(out, path, &text)?;
    }
    for number in 0..CRATES {
        let name = name(number);
        add(
            out,
            &format!("crates/{name}/Cargo.toml"),
            &manifest(number, ""),
        )?;
        add(
            out,
            &format!("crates/{name}/tests/all.rs"),
            "#[test]\nfn works() {}\n",
        )?;
        let modules: String = (0..MODULES)
            .map(|it| format!("mod module_{it};\n"))
            .collect();
        add(out, &format!("crates/{name}/src/lib.rs"), &modules)?;
        for module in 0..MODULES {
            add(
                out,
                &source(number, module),
                &text(number * MODULES + module),
            )?;
        }
    }
    for page in 0..PAGES {
        add(
            out,
            &format!("docs/part_{}/page_{page}.md", page % 20),
            &text(page),
        )?;
        add(
            out,
            &format!("python/package_{}/file_{page}.py", page % 20),
            &text(page),
        )?;
    }
    Ok(())
}

fn write_feature(out: &mut impl Write) -> Result<()> {
    fast_import::commit(out, FEATURE, 1, "Update a dependency")?;
    writeln!(out, "from refs/heads/main")?;
    for (path, text) in root(1) {
        add(out, path, &text)?;
    }
    add(
        out,
        "crates/crate-50/Cargo.toml",
        &manifest(50, "[features]\nmore = []\n"),
    )?;
    fast_import::commit(out, FEATURE, 2, "Change sources")?;
    for nth in 0..CHANGED {
        // Of every tenth crate, and of the newer ones, which few use.
        let number = CRATES - 1 - nth % 10 * 4;
        add(out, &source(number, nth % MODULES), &text(nth + FILES))?;
    }
    Ok(())
}

fn add(out: &mut impl Write, path: &str, text: &str) -> Result<()> {
    fast_import::file(out, "100644", path, text.as_bytes())
}

fn name(number: u64) -> String {
    format!("crate-{number:02}")
}

fn source(number: u64, module: u64) -> String {
    format!("crates/{}/src/module_{module}.rs", name(number))
}

/// The crates that one uses: up to three of those before it.
fn uses(number: u64) -> Vec<u64> {
    let steps = [1, 7, 31];
    steps
        .into_iter()
        .filter_map(|step| number.checked_sub(step * (1 + number % 3)))
        .collect()
}

fn manifest(number: u64, more: &str) -> String {
    let mut manifest = format!(
        "[package]\nname = \"{}\"\nversion.workspace = true\nedition.workspace = true\n\n[lints]\nworkspace = true\n\n{more}\n[dependencies]\nserde.workspace = true\n",
        name(number)
    );
    for other in uses(number) {
        let _infallible = writeln!(manifest, "{}.workspace = true", name(other));
    }
    manifest
}

/// The files of the root; the version of a dependency depends on `patch`.
fn root(patch: u64) -> [(&'static str, String); ROOT as usize] {
    let mut workspace = "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n\n[workspace.package]\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace.lints.rust]\nunused = \"warn\"\n\n[workspace.dependencies]\nserde = \"1\"\n".to_owned();
    let mut lock = format!(
        "version = 4\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.{patch}\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
    );
    for number in 0..CRATES {
        let name = name(number);
        let _infallible = writeln!(workspace, "{name} = {{ path = \"crates/{name}\" }}");
        let mut used = uses(number);
        used.sort_unstable();
        let used: String = used
            .into_iter()
            .map(|it| format!(" \"{}\",\n", self::name(it)))
            .collect();
        let _infallible = write!(
            lock,
            "\n[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\ndependencies = [\n{used} \"serde\",\n]\n"
        );
    }
    [
        ("Cargo.toml", workspace),
        ("Cargo.lock", lock),
        (
            BY_CRATES,
            config(&|name, _| format!("crates = [\"{name}\"]")),
        ),
        (
            BY_PATHS,
            config(&|_, globs| format!("paths = {}", json!(globs))),
        ),
    ]
}

/// A job for each crate, one for the documentation and one for Python.
fn config(rule: &dyn Fn(&str, &[String]) -> String) -> String {
    let mut config = "[platforms.linux]\nruns-on = \"ubuntu-latest\"\ndefault = true\n".to_owned();
    for (name, globs) in filters() {
        let rule = match name.starts_with("crate-") {
            true => rule(&name, &globs),
            false => format!("paths = {}", json!(globs)),
        };
        let _infallible = write!(config, "\n[jobs.{name}]\n{rule}\n");
    }
    config
}

/// The rules by paths.
fn filters() -> BTreeMap<String, Vec<String>> {
    let crates = (0..CRATES).map(|number| {
        let name = name(number);
        let mut globs = vec![format!("crates/{name}/**")];
        globs.extend(
            uses(number)
                .into_iter()
                .map(|it| format!("crates/{}/src/**", self::name(it))),
        );
        globs.push("Cargo.*".to_owned());
        globs.push("!crates/*/tests/data/**".to_owned());
        (name, globs)
    });
    let others = ["docs", "python"].map(|name| (name.to_owned(), vec![format!("{name}/**")]));
    let config = ("config".to_owned(), vec!["*.toml".to_owned()]);
    crates.chain(others).chain([config]).collect()
}

/// Some lines, which depend on a number.
fn text(number: u64) -> String {
    (0..20)
        .map(|line| format!("// {number} {line}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_files_and_crates_as_it_says() {
        let mut stream = Vec::new();
        write_main(&mut stream).unwrap();
        let stream = String::from_utf8(stream).unwrap();
        let files: Vec<&str> = stream
            .lines()
            .filter(|line| line.starts_with("M 100644"))
            .collect();
        assert_eq!(files.len() as u64, FILES);
        let manifests = files.iter().filter(|line| line.ends_with("/Cargo.toml"));
        assert_eq!(manifests.count() as u64, CRATES);
    }
}
