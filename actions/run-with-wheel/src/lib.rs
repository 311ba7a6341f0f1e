//! Makes data files as people would: by running scripts with the wheel that they install, and with no other build of it.

mod collect;
mod scripts;
mod session;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use actions_core::{Action, Context, Done, Permission, Summary, Table};
use anyhow::{Context as _, bail};
use bytesize::ByteSize;
use package_formats::{Choice, Wheel};
use schemars::JsonSchema;
use serde::Serialize;

use collect::Collected;
use scripts::Script;
use session::Session;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "run-with-wheel",
    name: "Run with wheel",
    description: "Installs exactly one wheel into a fresh Python environment, runs scripts with it and keeps the files they create.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "play",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission::BUCKET],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Wheel to use: a file, a glob, or a folder with one wheel for this project and platform
    #[arg(long, value_name = "PATH", conflicts_with = "bucket")]
    pub wheel: Option<String>,
    /// Bucket with the wheel of `commit`
    #[arg(long, value_name = "URL")]
    pub bucket: Option<String>,
    /// Commit whose wheel to fetch from the bucket; defaults to the event's, or HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Project of the wheel, if there are wheels of several
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Platform of the wheel, such as linux-x64; defaults to this machine's
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<String>,
    /// Python scripts with their arguments, run in order in one empty folder; put arguments with spaces in quotes
    #[arg(long, value_name = "SCRIPTS", required = true)]
    pub scripts: Vec<String>,
    /// Globs of the files that the scripts create, relative to their working folder; each must match a file
    #[arg(long, value_name = "GLOBS", required = true)]
    pub outputs: Vec<String>,
    /// Module that the scripts import; defaults to the project's name with underscores
    #[arg(long, value_name = "MODULE")]
    pub import: Option<String>,
    /// Pip requirements of the scripts, besides the wheel
    #[arg(long, value_name = "REQUIREMENTS")]
    pub requirements: Vec<String>,
    /// Python interpreter to run with
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub python: String,
    /// Folder for the files; emptied first if git ignores it
    #[arg(long, value_name = "DIR", default_value = "dist/data")]
    pub out: PathBuf,
    /// Build even if tracked files or submodules differ from the commit
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub allow_dirty: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Folder with the files.
    pub dir: String,
    /// Paths of the files, as a JSON list.
    pub files: Vec<String>,
    /// File name of the wheel.
    pub wheel: String,
    /// Version of the wheel.
    pub version: String,
    /// SHA-256 of the wheel, in hexadecimal.
    pub wheel_sha256: String,
}

/// Runs the scripts.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    if inputs.wheel.is_none() && inputs.bucket.is_none() {
        bail!("missing input `wheel`: set it to the wheel's path, or set `bucket` and `commit`");
    }
    let scripts = scripts::parse(&inputs.scripts)?;
    let globs = collect::parse(&inputs.outputs)?;
    cx.block_on(make(cx, &inputs, &scripts, &globs))
}

async fn make(
    cx: &Context,
    inputs: &Inputs,
    scripts: &[Script],
    globs: &[untrusted_input::Glob],
) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    cx.check_work_tree(Path::new("."), inputs.allow_dirty)
        .await?;
    let tmp = tempfile::tempdir_in(cx.temp_dir()).context("failed to create a temporary folder")?;
    let wheel = Wheel::open(&the_wheel(cx, inputs, tmp.path()).await?)?;
    actions_core::empty_folder("out", &inputs.out).await?;
    cx.log.info(format!(
        "running with {} (SHA-256 {})",
        wheel.path.display(),
        wheel.digest.sha256
    ));
    let session = Session::install(cx, inputs, &wheel, tmp.path()).await?;
    let made = session.run(cx, scripts).await?;
    let files = collect::collect(&made, globs, &inputs.out)?;
    show(cx, &wheel, &files)?;
    let version = wheel.metadata.version().to_owned();
    cx.log.info(format!(
        "{} created with {} {version} in {:.1} s, in {}",
        match files.len() {
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        },
        wheel.file_name.normalized_name(),
        started.elapsed().as_secs_f64(),
        inputs.out.display()
    ));
    Ok(Done::passed(Outputs {
        dir: inputs.out.display().to_string(),
        files: files
            .iter()
            .map(|file| file.path.display().to_string())
            .collect(),
        wheel: wheel.file_name.to_string(),
        version,
        wheel_sha256: wheel.digest.sha256,
    }))
}

/// The one wheel that is meant, from the bucket or from disk.
async fn the_wheel(cx: &Context, inputs: &Inputs, tmp: &Path) -> anyhow::Result<PathBuf> {
    let choice = Choice {
        project: inputs.project.clone(),
        platform: inputs.platform.clone(),
    };
    let Some(bucket) = &inputs.bucket else {
        let given = inputs.wheel.as_deref().unwrap_or_default();
        return Ok(choice.on_disk(given)?);
    };
    let store = connections::bucket(cx, bucket, false)?;
    let commit = cx.commit_id(inputs.commit.as_deref()).await?.parse()?;
    let record = store.the_wheel(&commit, &choice, bucket).await?;
    Ok(store.fetch(&record, &tmp.join("wheel")).await?)
}

fn show(cx: &Context, wheel: &Wheel, files: &[Collected]) -> anyhow::Result<()> {
    let mut table = Table::new(&["file", "size", "SHA-256"]);
    for file in files {
        table.row([
            file.path.display().to_string(),
            ByteSize::b(file.digest.size).to_string(),
            file.digest.sha256.clone(),
        ]);
        cx.log
            .info(format!("{}  {}", file.digest.sha256, file.path.display()));
    }
    let mut summary = Summary::new();
    summary
        .heading(&format!("Made with {}", wheel.file_name))
        .table(&table);
    cx.write_summary(&summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "run-with-wheel");
    }
}
