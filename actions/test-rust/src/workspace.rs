//! What cargo knows of the workspace, and the arguments that choose from it.

use std::path::{Path, PathBuf};

use actions_core::{did_you_mean, list, process::Program};
use anyhow::{Context as _, bail};
use cargo_metadata::{Metadata, Package, TargetKind};
use untrusted_input::{Checkout, checkout};

use crate::Inputs;

/// The workspace of the manifest.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// The repository around it.
    pub(crate) checkout: Checkout,
    metadata: Metadata,
    /// What chooses crates and features, for every cargo command.
    selection: Vec<String>,
    profile: Option<String>,
    /// Whether the job has credentials of a bucket, which code of the repository must not see.
    has_bucket: bool,
}

impl Workspace {
    pub(crate) async fn read(inputs: &Inputs) -> anyhow::Result<Self> {
        let manifest = &inputs.manifest_path;
        if !manifest.is_file() {
            bail!(
                "failed to find the workspace: there is no `{}`; give its Cargo.toml as the input `manifest-path`",
                manifest.display()
            );
        }
        let manifest = checkout::absolute(manifest).context("failed to find the working folder")?;
        let folder = manifest.parent().unwrap_or(Path::new("."));
        let out = Program::new("cargo")
            .args(["metadata", "--no-deps", "--format-version=1"])
            .current_dir(folder)
            .output()
            .await
            .context("failed to read the workspace")?;
        let metadata: Metadata =
            serde_json::from_slice(&out).context("failed to read what `cargo metadata` says")?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let mut workspace = Self {
            checkout: Checkout::around(&root).context("failed to find the repository")?,
            root,
            metadata,
            selection: Vec::new(),
            profile: inputs.profile.clone(),
            has_bucket: inputs.bucket.is_some(),
        };
        workspace.selection = workspace.select(inputs)?;
        Ok(workspace)
    }

    fn select(&self, inputs: &Inputs) -> anyhow::Result<Vec<String>> {
        let names: Vec<&str> = self.members().map(|member| member.name.as_str()).collect();
        let mut selection = Vec::new();
        for name in &inputs.packages {
            if !names.contains(&name.as_str()) {
                let hint = did_you_mean(name, names.iter().copied())
                    .map(|meant| format!("did you mean `{meant}`? "))
                    .unwrap_or_default();
                bail!(
                    "unknown crate {name:?} in the input `packages`: {hint}the crates are {}",
                    list(&names)
                );
            }
            selection.push(format!("--package={name}"));
        }
        // Cargo alone would test nothing but the root package, where there is one.
        if selection.is_empty() && !self.has_default_members() {
            selection.push("--workspace".to_owned());
        }
        if !inputs.features.is_empty() {
            selection.push(format!("--features={}", inputs.features.join(",")));
        }
        if inputs.all_features {
            selection.push("--all-features".to_owned());
        }
        if self.root.join("Cargo.lock").is_file() {
            selection.push("--locked".to_owned());
        }
        selection.extend(inputs.arguments.iter().cloned());
        Ok(selection)
    }

    fn members(&self) -> impl Iterator<Item = &Package> {
        self.metadata.workspace_packages().into_iter()
    }

    /// Whether the workspace says what cargo tests by default.
    fn has_default_members(&self) -> bool {
        let text = self
            .checkout
            .read_text(&self.root.join("Cargo.toml"), checkout::SMALL);
        let table: Option<toml::Table> = text.ok().and_then(|text| text.parse().ok());
        let workspace = table.as_ref().and_then(|table| table.get("workspace"));
        workspace.is_some_and(|workspace| workspace.get("default-members").is_some())
    }

    /// Whether a chosen crate has documentation tests: cargo refuses to run those of crates without a library.
    pub(crate) fn has_doctests(&self, inputs: &Inputs) -> bool {
        let default = self.metadata.workspace_default_packages();
        let chosen = self
            .members()
            .filter(|member| match inputs.packages.as_slice() {
                [] if self.has_default_members() => default.iter().any(|one| one.id == member.id),
                [] => true,
                named => named.iter().any(|name| *name == *member.name),
            });
        chosen
            .into_iter()
            .any(|member| member.targets.iter().any(|target| target.doctest))
    }

    /// Builds and runs code of the repository.
    fn cargo(&self) -> Program {
        let cargo = plain("cargo");
        match self.has_bucket {
            true => cargo.without_credentials(),
            false => cargo,
        }
    }

    /// `cargo test` with what chooses crates and features.
    pub(crate) fn cargo_test(&self) -> Program {
        let cargo = self
            .cargo()
            .arg("test")
            .args(&self.selection)
            .current_dir(&self.root);
        match &self.profile {
            Some(profile) => cargo.args(["--profile", profile]),
            None => cargo,
        }
    }

    /// A command of nextest with the same.
    pub(crate) fn nextest(&self, command: &str) -> Program {
        let cargo = self
            .cargo()
            .args(["nextest", command])
            .args(&self.selection)
            .current_dir(&self.root);
        match &self.profile {
            Some(profile) => cargo.args(["--cargo-profile", profile]),
            None => cargo,
        }
    }

    /// How a target is called, as nextest does it: by its crate, and unless it is the library by its own name.
    pub(crate) fn class(
        &self,
        package_id: &str,
        target: &str,
        kinds: &[TargetKind],
    ) -> Option<String> {
        let package = self.members().find(|member| member.id.repr == package_id)?;
        let name = package.name.as_str();
        Some(match kinds.first()? {
            TargetKind::Test => format!("{name}::{target}"),
            TargetKind::Bin => format!("{name}::bin/{target}"),
            TargetKind::Example => format!("{name}::example/{target}"),
            TargetKind::Bench => format!("{name}::bench/{target}"),
            _ => name.to_owned(),
        })
    }

    /// A path as the compiler or rustdoc tell it, from the root of the repository; `None` where it is no file of it.
    pub(crate) fn place(&self, path: &str) -> Option<String> {
        let members = self
            .members()
            .filter_map(|member| member.manifest_path.parent());
        let members = members.map(|folder| folder.as_std_path());
        let mut bases = std::iter::once(self.root.as_path()).chain(members);
        let whole = bases.find_map(|base| {
            let whole = checkout::clean(&base.join(path));
            whole.is_file().then_some(whole)
        });
        self.checkout.relative(&whole?)
    }
}

/// A program whose output we read.
pub(crate) fn plain(program: &str) -> Program {
    let plain = Program::new(program)
        .env("CARGO_TERM_COLOR", "never")
        .env("NO_COLOR", "1");
    ["FORCE_COLOR", "CLICOLOR_FORCE"]
        .into_iter()
        .fold(plain, Program::env_remove)
}
