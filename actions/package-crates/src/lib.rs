//! Packages the crates of a workspace: from one run, because each `.crate` pins the digests of its siblings.

mod workspace;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use actions_core::{
    Action, Annotation, Context, Done, Level, Summary, Table, process::Program, text::counted,
};
use anyhow::{Context as _, bail};
use bytesize::ByteSize;
use package_formats::{Crate, krate};
use schemars::JsonSchema;
use serde::Serialize;

use workspace::Workspace;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "package-crates",
    name: "Package crates",
    description: "Packages the publishable crates of a cargo workspace in one run and checks them by the registry's rules.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "box",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Cargo.toml of the workspace
    #[arg(long, value_name = "FILE", default_value = "Cargo.toml")]
    pub manifest_path: PathBuf,
    /// Crates to package; defaults to all publishable ones
    #[arg(long, value_name = "NAMES")]
    pub packages: Vec<String>,
    /// Folder for the `.crate` files
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub out: PathBuf,
    /// Build each crate from its package, to find missing files
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub verify: bool,
    /// Also package uncommitted changes; such a crate is marked as dirty and cannot be released
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub allow_dirty: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Paths of the `.crate` files, in the order in which they can be published, as a JSON list.
    pub paths: Vec<String>,
    /// Versions by crate, as a JSON object.
    pub crates: BTreeMap<String, String>,
}

/// Packages the crates.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    cx.block_on(package(cx, &inputs))
}

async fn package(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    // Looked at before cargo can write a lock file, and told after cargo, which knows which of its files are concerned.
    let folder = inputs.manifest_path.parent();
    let folder = folder.filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let work_tree = cx.check_work_tree(folder, inputs.allow_dirty).await;
    let workspace = Workspace::read(&inputs.manifest_path).await?;
    let chosen = workspace.choose(&inputs.packages)?;
    cargo_package(cx, inputs, &chosen).await?;
    work_tree?;

    let crates = chosen
        .iter()
        .map(|member| Ok(Crate::open(&workspace.packaged(member))?))
        .collect::<anyhow::Result<Vec<Crate>>>()?;
    let order = krate::publish_order(&crates)?;
    let crates: Vec<&Crate> = order
        .iter()
        .filter_map(|index| crates.get(*index))
        .collect();
    let findings = findings(inputs, &crates);
    let paths = keep(&crates, &inputs.out)?;
    report(cx, &crates, &findings)?;
    cx.log.info(format!(
        "packaged {} into {} in {:.1} s: {}",
        counted(crates.len(), "crate"),
        inputs.out.display(),
        started.elapsed().as_secs_f64(),
        match findings.len() {
            0 => "they follow the registry's rules".to_owned(),
            count => counted(count, "finding"),
        }
    ));
    let outputs = Outputs {
        paths,
        crates: crates
            .iter()
            .map(|krate| (krate.name().to_owned(), krate.version().to_string()))
            .collect(),
    };
    Ok(match findings.is_empty() {
        true => Done::passed(outputs),
        false => Done::found(outputs),
    })
}

async fn cargo_package(
    cx: &Context,
    inputs: &Inputs,
    chosen: &[workspace::Member],
) -> anyhow::Result<()> {
    let _group = cx.log.group("Package");
    let mut cargo = Program::new("cargo")
        .args(["package", "--manifest-path"])
        .arg(&inputs.manifest_path);
    for member in chosen {
        cargo = cargo.args(["--package", &member.name]);
    }
    if !inputs.verify {
        cargo = cargo.arg("--no-verify");
    }
    if inputs.allow_dirty {
        cargo = cargo.arg("--allow-dirty");
    }
    cargo
        .run(&cx.log)
        .await
        .context("failed to package the crates")
}

fn findings(inputs: &Inputs, crates: &[&Crate]) -> Vec<(String, String)> {
    let mut findings = Vec::new();
    for krate in crates {
        for finding in krate.check() {
            // What was allowed is no finding here; the registry's rules see it again before a release.
            if inputs.allow_dirty && finding.rule == "vcs-clean" {
                continue;
            }
            findings.push((krate.name().to_owned(), finding.message));
        }
    }
    let owned: Vec<Crate> = crates.iter().map(|krate| (*krate).clone()).collect();
    for finding in krate::check_siblings(&owned) {
        findings.push(("workspace".to_owned(), finding.message));
    }
    findings
}

fn keep(crates: &[&Crate], out: &Path) -> anyhow::Result<Vec<String>> {
    fs::create_dir_all(out).with_context(|| format!("failed to create `{}`", out.display()))?;
    crates
        .iter()
        .map(|krate| {
            let Some(name) = krate.path.file_name() else {
                bail!("failed to read the file name of `{}`", krate.path.display());
            };
            let to = out.join(name);
            fs::copy(&krate.path, &to)
                .with_context(|| format!("failed to write `{}`", to.display()))?;
            Ok(to.display().to_string())
        })
        .collect()
}

fn report(cx: &Context, crates: &[&Crate], findings: &[(String, String)]) -> anyhow::Result<()> {
    let mut table = Table::new(&["crate", "version", "size", "SHA-256"]);
    for krate in crates {
        table.row([
            krate.name().to_owned(),
            krate.version().to_string(),
            ByteSize::b(krate.digest.size).to_string(),
            krate.digest.sha256.clone(),
        ]);
    }
    let mut broken = Table::new(&["crate", "finding"]);
    for (krate, message) in findings {
        broken.row([krate, message]);
    }
    cx.log.info(table.to_text().trim_end());
    let mut summary = Summary::new();
    summary
        .heading("Package crates")
        .table(&table)
        .table(&broken);
    cx.write_summary(&summary)?;
    let annotations = findings
        .iter()
        .map(|(krate, message)| Annotation {
            level: Level::Error,
            title: Some(ACTION.id.to_owned()),
            file: None,
            line: None,
            message: format!("{krate}: {message}"),
        })
        .collect();
    cx.log.annotate(annotations);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "package-crates");
    }
}
