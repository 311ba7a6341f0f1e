//! What cargo knows of the workspace: its crates, which of them may be published, and where packages come to lie.

use std::path::{Path, PathBuf};

use actions_core::{did_you_mean, list, process::Program};
use anyhow::{Context as _, bail};
use cargo_metadata::Metadata;

/// A crate to package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) version: String,
    publishable: bool,
}

/// The crates of a workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    members: Vec<Member>,
    target: PathBuf,
}

impl Workspace {
    pub(crate) async fn read(manifest: &Path) -> anyhow::Result<Self> {
        if !manifest.is_file() {
            bail!(
                "failed to find the workspace: there is no `{}`; set the input `manifest-path` to its Cargo.toml",
                manifest.display()
            );
        }
        let out = Program::new("cargo")
            .args([
                "metadata",
                "--no-deps",
                "--format-version=1",
                "--manifest-path",
            ])
            .arg(manifest)
            .output()
            .await
            .context("failed to read the workspace")?;
        let metadata: Metadata = serde_json::from_slice(&out)
            .context("failed to read the output of `cargo metadata`")?;
        let members = metadata
            .workspace_packages()
            .into_iter()
            .map(|package| Member {
                name: package.name.to_string(),
                version: package.version.to_string(),
                publishable: package
                    .publish
                    .as_ref()
                    .is_none_or(|registries| !registries.is_empty()),
            })
            .collect();
        Ok(Self {
            members,
            target: metadata.target_directory.into_std_path_buf(),
        })
    }

    /// The crates that were named, or all that may be published.
    pub(crate) fn choose(&self, names: &[String]) -> anyhow::Result<Vec<Member>> {
        let publishable: Vec<&str> = self
            .members
            .iter()
            .filter(|member| member.publishable)
            .map(|member| member.name.as_str())
            .collect();
        for name in names {
            if !publishable.contains(&name.as_str()) {
                let private = self.members.iter().any(|member| member.name == *name);
                let why = match (private, did_you_mean(name, publishable.iter().copied())) {
                    (true, _) => "its Cargo.toml says `publish = false`".to_owned(),
                    (false, Some(meant)) => format!("did you mean `{meant}`?"),
                    (false, None) => {
                        format!("the publishable crates are {}", list(&publishable))
                    }
                };
                bail!("failed to package the crate \"{name}\": {why}");
            }
        }
        let chosen: Vec<Member> = self
            .members
            .iter()
            .filter(|member| {
                member.publishable && (names.is_empty() || names.contains(&member.name))
            })
            .cloned()
            .collect();
        if chosen.is_empty() {
            bail!("failed to package the workspace: every crate in it says `publish = false`");
        }
        Ok(chosen)
    }

    /// Where cargo puts the package of a crate.
    pub(crate) fn packaged(&self, member: &Member) -> PathBuf {
        self.target
            .join("package")
            .join(format!("{}-{}.crate", member.name, member.version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        let member = |name: &str, publishable| Member {
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            publishable,
        };
        Workspace {
            members: vec![
                member("core", true),
                member("cli", true),
                member("private", false),
            ],
            target: PathBuf::from("target"),
        }
    }

    fn names(chosen: &[Member]) -> Vec<&str> {
        chosen.iter().map(|member| member.name.as_str()).collect()
    }

    #[test]
    fn all_that_may_be_published_are_packaged() {
        assert_eq!(names(&workspace().choose(&[]).unwrap()), ["core", "cli"]);
        assert_eq!(
            names(&workspace().choose(&["cli".to_owned()]).unwrap()),
            ["cli"]
        );
    }

    #[test]
    fn a_crate_that_cannot_be_packaged_is_told_why() {
        let why = |name: &str| {
            workspace()
                .choose(&[name.to_owned()])
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            why("private"),
            "failed to package the crate \"private\": its Cargo.toml says `publish = false`"
        );
        assert_eq!(
            why("cor"),
            "failed to package the crate \"cor\": did you mean `core`?"
        );
        assert_eq!(
            why("xyz"),
            "failed to package the crate \"xyz\": the publishable crates are core and cli"
        );
    }
}
