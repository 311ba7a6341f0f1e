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
    description: "Builds documentation of Rust by cargo, of Python by pdoc or by the project's own command, as one folder whose links are checked.",
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
    /// Language of what is documented
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Language,
    /// Command that fills the folder `out`, which it finds in the variable OUT; by default `cargo doc` or pdoc
    #[arg(long, value_name = "COMMAND")]
    pub command: Option<String>,
    /// What reads the command
    #[arg(long, value_name = "SHELL", default_value = "bash")]
    pub shell: Shell,
    /// Folder that gets the documentation; emptied first, if git ignores it
    #[arg(long, value_name = "DIR", default_value = "dist/docs")]
    pub out: PathBuf,
    /// What a relative link to nothing is: an error or a warning
    #[arg(long, value_name = "LEVEL", default_value = "error")]
    pub broken_links: BrokenLinks,
    /// Commit that is documented; by default the event's, else HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Build also where files that git tracks, or submodules, are not those of the commit
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub allow_dirty: bool,
    /// Rust: folder with the Cargo.toml of the workspace or crate
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub package: PathBuf,
    /// Rust: crates to document; by default the workspace's default members
    #[arg(long, value_name = "CRATES")]
    pub crates: Vec<String>,
    /// Rust: features to document
    #[arg(long, value_name = "FEATURES")]
    pub features: Vec<String>,
    /// Rust: document what the crates depend on too
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dependencies: bool,
    /// Rust: a warning of rustdoc, such as a link to an item that is not there, is an error
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub deny_warnings: bool,
    /// Rust: cargo profile; by default `dev`
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Rust: crate that the first page leads to; by default the first by name
    #[arg(long, value_name = "CRATE")]
    pub index: Option<String>,
    /// Python: the wheel that is documented: a file, a glob, or a folder with one wheel for this project and platform
    #[arg(long, value_name = "PATH", conflicts_with = "bucket")]
    pub wheel: Option<String>,
    /// Python: bucket to take the wheel from, by `commit`
    #[arg(long, value_name = "URL")]
    pub bucket: Option<String>,
    /// Python: project of the wheel, where there are wheels of several
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Python: modules to document; by default the project's name with underscores
    #[arg(long, value_name = "MODULES")]
    pub modules: Vec<String>,
    /// Python: what the command or the modules need besides the wheel, as for pip
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
    /// How many files it holds.
    pub files: usize,
    /// Size of all files together, in bytes.
    pub size: u64,
    /// SHA-256 of the folder's listing, as `sha256sum` prints it.
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
        Language::Python if !wheel && inputs.command.is_none() => bail!(
            "missing input `wheel`: give the wheel's path, or the `bucket` and `commit` to take it from"
        ),
        Language::Rust if wheel => {
            bail!("failed to read the inputs: `wheel` and `bucket` are for `language: python`")
        }
        Language::Rust if inputs.command.is_none() => {
            let manifest = inputs.package.join("Cargo.toml");
            if !manifest.is_file() {
                bail!(
                    "failed to find the crates: there is no `{}`; give its folder as the input `package`",
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
    let tmp = tempfile::tempdir_in(cx.temp_dir()).context("failed to make a temporary folder")?;
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
