//! Builds the documentation that is published with a commit, as one folder whose links hold wherever it is put.

mod check;
mod command;
mod links;
mod python;
mod report;
mod rust;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use actions_core::{Action, Context, Done, Permission, Shell};
use anyhow::{Context as _, bail};
use package_formats::Folder;
use schemars::JsonSchema;
use serde::Serialize;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "build-docs",
    name: "Build docs",
    description: "Builds documentation with `cargo doc`, pdoc or the project's own command into one folder, and checks its links.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "book-open",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission::BUCKET],
};

/// What the documentation is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    Rust,
    Python,
}

/// What a link to nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum BrokenLinks {
    Error,
    Warning,
}

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Language to document
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Language,
    /// Command that fills `out` (its path is in `OUT`); defaults to `cargo doc` or pdoc
    #[arg(long, value_name = "COMMAND")]
    pub command: Option<String>,
    /// Shell that runs the command
    #[arg(long, value_name = "SHELL", default_value = "bash")]
    pub shell: Shell,
    /// Folder for the documentation; emptied first if git ignores it
    #[arg(long, value_name = "DIR", default_value = "dist/docs")]
    pub out: PathBuf,
    /// Whether a broken relative link is an error or a warning
    #[arg(long, value_name = "LEVEL", default_value = "error")]
    pub broken_links: BrokenLinks,
    /// Commit being documented; defaults to the event's, or HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Build even if tracked files or submodules differ from the commit
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub allow_dirty: bool,
    /// Rust: folder with the Cargo.toml of the workspace or crate
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub package: PathBuf,
    /// Rust: crates to document; defaults to the workspace's default members
    #[arg(long, value_name = "CRATES")]
    pub crates: Vec<String>,
    /// Rust: features to enable
    #[arg(long, value_name = "FEATURES")]
    pub features: Vec<String>,
    /// Rust: also document dependencies
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dependencies: bool,
    /// Rust: treat rustdoc warnings, such as broken links to items, as errors
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub deny_warnings: bool,
    /// Rust: cargo profile; defaults to `dev`
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Rust: crate that the front page redirects to; defaults to the first by name
    #[arg(long, value_name = "CRATE")]
    pub index: Option<String>,
    /// Python: wheel to document: a file, a glob, or a folder with one wheel for this project and platform
    #[arg(long, value_name = "PATH", conflicts_with = "bucket")]
    pub wheel: Option<String>,
    /// Python: bucket with the wheel of `commit`
    #[arg(long, value_name = "URL")]
    pub bucket: Option<String>,
    /// Python: project of the wheel, if there are wheels of several
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Python: modules to document; defaults to the project's name with underscores
    #[arg(long, value_name = "MODULES")]
    pub modules: Vec<String>,
    /// Python: pip requirements of the command or modules, besides the wheel
    #[arg(long, value_name = "REQUIREMENTS")]
    pub requirements: Vec<String>,
    /// Python: interpreter
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub python: String,
    /// Python: version of pdoc
    #[arg(long, value_name = "VERSION", default_value = "16.0.0")]
    pub pdoc: String,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Folder with the documentation.
    pub dir: String,
    /// Number of files.
    pub files: usize,
    /// Total size of the files, in bytes.
    pub size: u64,
    /// SHA-256 of the folder's listing as printed by `sha256sum`.
    pub sha256: String,
}

/// Builds the documentation.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    refuse_what_does_not_fit(&inputs)?;
    cx.block_on(build(cx, &inputs))
}

fn refuse_what_does_not_fit(inputs: &Inputs) -> anyhow::Result<()> {
    let wheel = inputs.wheel.is_some() || inputs.bucket.is_some();
    match inputs.language {
        Language::Python if !wheel && inputs.command.is_none() => {
            bail!("missing input `wheel`: set it to the wheel's path, or set `bucket` and `commit`")
        }
        Language::Rust if wheel => {
            bail!("failed to read the inputs: `wheel` and `bucket` are for `language: python`")
        }
        Language::Rust if inputs.command.is_none() => {
            let manifest = inputs.package.join("Cargo.toml");
            if !manifest.is_file() {
                bail!(
                    "failed to find the crates: there is no `{}`; set the input `package` to its folder",
                    manifest.display()
                );
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn build(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    cx.check_work_tree(Path::new("."), inputs.allow_dirty)
        .await?;
    let commit = cx.commit(inputs.commit.as_deref()).await?;
    let tmp = tempfile::tempdir_in(cx.temp_dir()).context("failed to create a temporary folder")?;
    match (inputs.language, &inputs.command) {
        (Language::Rust, None) => {
            actions_core::empty_folder("out", &inputs.out).await?;
            rust::build(cx, inputs, tmp.path()).await?;
        }
        (Language::Rust, Some(command)) => {
            actions_core::empty_folder("out", &inputs.out).await?;
            let program = inputs.shell.program(command);
            command::run(cx, inputs, &commit, program).await?;
        }
        (Language::Python, _) => python::build(cx, inputs, &commit, tmp.path()).await?,
    }
    let folder = Folder::read(&inputs.out)?;
    let checked = check::check(&folder, &check::places(tmp.path())?)?;
    let digest = folder.digest();
    let outputs = Outputs {
        dir: inputs.out.display().to_string(),
        files: folder.files.len(),
        size: digest.size,
        sha256: digest.sha256,
    };
    let good = report::report(cx, inputs, &outputs, &checked, started)?;
    Ok(match good {
        true => Done::passed(outputs),
        false => Done::found(outputs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "build-docs");
    }
}
