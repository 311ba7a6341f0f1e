//! What cargo says about the packages in a folder: once for each workspace, and once for each package outside of one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use actions_core::process::Program;
use serde::Deserialize;

use super::tree::shown;
use crate::changes::Blind;

/// The part of the answer that says what needs no further question.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: String,
}

#[derive(Deserialize)]
struct Package {
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    path: Option<String>,
}

/// What cargo answered.
#[derive(Debug)]
pub(super) struct Answers {
    /// What `cargo metadata` printed, each time.
    pub(super) texts: Vec<String>,
    /// About manifests that it cannot read, in sentences.
    pub(super) remarks: Vec<String>,
}

/// What `cargo metadata` prints for everything below `root`, which is in the otherwise empty `folder`.
///
/// A manifest that cargo cannot read and nothing depends on, such as a template, is not a package: it is named, and its files
/// are known to nobody.
pub(super) async fn of(
    folder: &Path,
    root: &Path,
    texts: &BTreeMap<String, String>,
) -> Result<Answers, Blind> {
    let mut manifests: Vec<&str> = texts
        .keys()
        .map(String::as_str)
        .filter(|path| *path == "Cargo.toml" || path.ends_with("/Cargo.toml"))
        .collect();
    // A workspace is above its members.
    manifests.sort_by_key(|path| (path.matches('/').count(), *path));
    let mut answers = Vec::new();
    let mut covered = BTreeSet::new();
    let mut needed = BTreeSet::new();
    let mut unreadable = Vec::new();
    for manifest in manifests {
        let path = root.join(manifest);
        if covered.contains(&path) {
            continue;
        }
        match ask(folder, &path).await? {
            Err(why) if manifest == "Cargo.toml" || is_workspace(texts, manifest) => {
                return Err(Blind(format!(
                    "cargo cannot read {}: {why}",
                    shown(manifest)
                )));
            }
            Err(why) => unreadable.push((manifest, path, why)),
            Ok(answer) => {
                let metadata: Metadata = serde_json::from_str(&answer).map_err(|error| {
                    Blind(format!(
                        "failed to read what `cargo metadata` printed: {error}"
                    ))
                })?;
                covered.insert(Path::new(&metadata.workspace_root).join("Cargo.toml"));
                for package in metadata.packages {
                    covered.insert(package.manifest_path.into());
                    let paths = package.dependencies.into_iter().filter_map(|it| it.path);
                    needed.extend(paths.map(|path| Path::new(&path).join("Cargo.toml")));
                }
                answers.push(answer);
            }
        }
    }
    let mut remarks = Vec::new();
    for (manifest, path, why) in unreadable {
        if needed.contains(&path) {
            return Err(Blind(format!(
                "cargo cannot read {}: {why}",
                shown(manifest)
            )));
        }
        remarks.push(format!(
            "cargo cannot read {}, so a change in its folder is known to no crate: {why}",
            shown(manifest)
        ));
    }
    Ok(Answers {
        texts: answers,
        remarks,
    })
}

fn is_workspace(texts: &BTreeMap<String, String>, manifest: &str) -> bool {
    let table = texts.get(manifest).map(|text| text.parse::<toml::Table>());
    table.is_some_and(|table| table.is_ok_and(|table| table.contains_key("workspace")))
}

/// What cargo prints, or why it fails.
async fn ask(folder: &Path, manifest: &Path) -> Result<Result<String, String>, Blind> {
    // Started beside the folder, cargo and rustup obey no file in it. Nothing is resolved, so nothing is downloaded and no
    // other program runs.
    let program = Program::new("cargo")
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .arg("--color=never")
        .arg("--manifest-path")
        .arg(manifest)
        .env_remove("INPUT_TOKEN")
        .env_remove("GITHUB_TOKEN")
        .current_dir(folder);
    let captured = program.captured().await;
    let captured = captured.map_err(|error| Blind(format!("{error:#}")))?;
    let root = folder.join("tree");
    let root = format!("{}/", root.display());
    Ok(match captured.code {
        Some(0) => String::from_utf8(captured.stdout)
            .map_err(|_not_text| "it prints what is not text".to_owned()),
        _ => Err(captured.stderr.join(" | ").replace(&root, "")),
    })
}
