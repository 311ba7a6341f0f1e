//! The cargo workspaces of a project, told by cargo itself.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use actions_core::{process::Program, text};
use cargo_metadata::Metadata;

use crate::project::Project;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Workspaces {
    /// Their folders.
    pub(crate) folders: Vec<PathBuf>,
    /// Manifests that cargo does not accept as a workspace or a member of one, and why.
    pub(crate) strays: Vec<(String, String)>,
    /// What could not be read.
    pub(crate) problems: Vec<String>,
    /// Whether there was such a problem.
    pub(crate) unread: bool,
}

/// Asks cargo about each manifest that is not a member of a workspace that is known.
pub(crate) async fn workspaces(project: &Project) -> Workspaces {
    let mut found = Workspaces::default();
    let mut members = BTreeSet::new();
    for folder in project.folders_with("Cargo.toml") {
        let manifest = folder.join("Cargo.toml");
        if members.contains(&real(&manifest)) {
            continue;
        }
        match metadata(&folder).await {
            Ok(metadata) => {
                let of_members = metadata.workspace_packages().into_iter();
                members.extend(of_members.map(|member| real(member.manifest_path.as_std_path())));
                let root = metadata.workspace_root.into_std_path_buf();
                members.insert(real(&root.join("Cargo.toml")));
                if !found.folders.contains(&root) {
                    found.folders.push(root);
                }
            }
            Err(error) => {
                let label = format!("`{}`", project.label(&manifest));
                let shown = text::one_line(error.trim()).into_owned();
                match error.contains("believes it's in a workspace when it's not") {
                    true => {
                        let why = "it is inside a workspace that neither lists it as a member nor excludes it";
                        found.strays.push((label, why.to_owned()));
                    }
                    false => found.problems.push(format!(
                        "failed to read {label}: {shown}; fix it, or add its folder to the input `exclude`"
                    )),
                }
            }
        }
    }
    found
}

async fn metadata(folder: &Path) -> Result<Metadata, String> {
    let asked = Program::new("cargo")
        .args([
            "metadata",
            "--no-deps",
            "--format-version=1",
            "--color=never",
        ])
        .current_dir(folder)
        .captured()
        .await
        .map_err(|err| format!("{err:#} (to install Rust, see https://rustup.rs)"))?;
    if asked.code != Some(0) {
        let lines: Vec<&str> = asked.stderr.iter().map(|line| line.trim()).collect();
        return Err(lines.join(" ").trim_start_matches("error: ").to_owned());
    }
    serde_json::from_slice(&asked.stdout).map_err(|err| err.to_string())
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
