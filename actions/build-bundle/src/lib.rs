//! Builds what has no packager of its own, as a web app, a C library or a program, by the project's own command, and checks what came out.

mod archive;
mod check;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use actions_core::{Action, Annotation, Commit, Context, Done, Level, Shell, Summary, Table};
use anyhow::{Context as _, bail};
use bytesize::ByteSize;
use package_formats::{FileDigest, Finding, Folder, digest};
use schemars::JsonSchema;
use serde::Serialize;

use archive::Archive;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "build-bundle",
    name: "Build bundle",
    description: "Runs the project's build command, checks the folder that it fills, and packs it reproducibly.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "archive",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Command that fills `dir` (its path is in `OUT`); omit it if the folder already exists
    #[arg(long, value_name = "COMMAND")]
    pub command: Option<String>,
    /// Shell that runs the command
    #[arg(long, value_name = "SHELL", default_value = "bash")]
    pub shell: Shell,
    /// Folder to bundle; emptied before the command if git ignores it
    #[arg(long, value_name = "DIR", default_value = "dist/bundle")]
    pub dir: PathBuf,
    /// Globs, relative to `dir`, of files that the bundle must contain
    #[arg(long, value_name = "GLOBS")]
    pub must_contain: Vec<String>,
    /// Archive format; `none` keeps the folder
    #[arg(long, value_name = "FORMAT", default_value = "none")]
    pub archive: Archive,
    /// Name of the archive, without its extension, and of its top-level folder; defaults to the name of `dir`
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Folder for the archive
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub out: PathBuf,
    /// Commit being built, whose time files in the archive get; defaults to the event's, or HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Build even if tracked files or submodules differ from the commit
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub allow_dirty: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Path of the archive, or of the folder if it is not packed.
    pub path: String,
    /// Number of files in the bundle.
    pub files: usize,
    /// Size of the archive, or of all files in the folder, in bytes.
    pub size: u64,
    /// SHA-256 of the archive, or of the folder's listing as printed by `sha256sum`.
    pub sha256: String,
}

/// Builds the bundle.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    let globs = check::parse(&inputs.must_contain)?;
    let name = name(&inputs)?;
    cx.block_on(async {
        let started = Instant::now();
        cx.check_work_tree(Path::new("."), inputs.allow_dirty)
            .await?;
        let commit = cx.commit(inputs.commit.as_deref()).await?;
        if let Some(command) = &inputs.command {
            build(cx, &inputs, command, &commit).await?;
        }
        let folder = Folder::read(&inputs.dir)?;
        let findings = check::check(&folder, &globs)?;
        if !findings.is_empty() {
            let outputs = outputs(&inputs.dir, &folder, folder.digest());
            report(cx, &outputs, &findings, started)?;
            return Ok(Done::found(outputs));
        }
        let outputs = match inputs.archive.extension() {
            None => outputs(&inputs.dir, &folder, folder.digest()),
            Some(extension) => {
                let path = inputs.out.join(format!("{name}{extension}"));
                let packed = pack(&inputs, &folder, &name, &path, commit.time)?;
                outputs(&path, &folder, packed)
            }
        };
        report(cx, &outputs, &[], started)?;
        Ok(Done::passed(outputs))
    })
}

/// A name that would be read as a path is an error before anything is built.
fn name(inputs: &Inputs) -> anyhow::Result<String> {
    let name = match &inputs.name {
        Some(name) => name.clone(),
        None => match inputs.dir.file_name().and_then(|name| name.to_str()) {
            Some(name) => name.to_owned(),
            None => bail!("missing input `name`: the folder `dir` has no name to take"),
        },
    };
    if name.contains(['/', '\\']) || name.starts_with('.') {
        bail!(
            "failed to read the input `name` from \"{name}\": it must be a file name without folder or extension"
        );
    }
    Ok(name)
}

async fn build(
    cx: &Context,
    inputs: &Inputs,
    command: &str,
    commit: &Commit,
) -> anyhow::Result<()> {
    actions_core::empty_folder("dir", &inputs.dir).await?;
    let out = std::path::absolute(&inputs.dir).context("failed to find the folder `dir`")?;
    let _group = cx.log.group("Build");
    let code = inputs
        .shell
        .program(command)
        .env("OUT", out)
        .env("COMMIT", &commit.id)
        .env("SOURCE_DATE_EPOCH", commit.time.to_string())
        .status(&cx.log)
        .await
        .context(
            "failed to start the input `command`; to use another shell, set the input `shell`",
        )?;
    match code {
        0 => Ok(()),
        code => bail!(
            "failed to build the bundle: the input `command` ended with exit code {code}, see its output above"
        ),
    }
}

/// The archive appears complete or not at all.
fn pack(
    inputs: &Inputs,
    folder: &Folder,
    name: &str,
    path: &Path,
    time: i64,
) -> anyhow::Result<FileDigest> {
    let failed = || format!("failed to write `{}`", path.display());
    fs::create_dir_all(&inputs.out)
        .with_context(|| format!("failed to create `{}`", inputs.out.display()))?;
    let mut partial = tempfile::NamedTempFile::new_in(&inputs.out).with_context(failed)?;
    archive::write(inputs.archive, folder, name, time, partial.as_file_mut())
        .with_context(failed)?;
    let packed = partial.persist(path).with_context(failed)?;
    open_to_all(&packed).with_context(failed)?;
    digest::sha256_file(path).with_context(|| format!("failed to read `{}`", path.display()))
}

/// A temporary file is its owner's alone; what is published is everybody's.
fn open_to_all(file: &fs::File) -> std::io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    #[cfg(not(unix))]
    let _has_no_mode = file;
    Ok(())
}

fn outputs(path: &Path, folder: &Folder, digest: FileDigest) -> Outputs {
    Outputs {
        path: path.display().to_string(),
        files: folder.files.len(),
        size: digest.size,
        sha256: digest.sha256,
    }
}

fn report(
    cx: &Context,
    outputs: &Outputs,
    findings: &[Finding],
    started: Instant,
) -> anyhow::Result<()> {
    let size = ByteSize::b(outputs.size).to_string();
    let mut table = Table::new(&["bundle", "files", "size", "SHA-256"]);
    table.row([
        outputs.path.clone(),
        outputs.files.to_string(),
        size.clone(),
        outputs.sha256.clone(),
    ]);
    let mut broken = Table::new(&["rule", "finding"]);
    for finding in findings {
        broken.row([finding.rule, &finding.message]);
    }
    let mut summary = Summary::new();
    summary.heading("Build bundle").table(&table).table(&broken);
    cx.write_summary(&summary)?;
    let annotation = |finding: &Finding| Annotation {
        level: Level::Error,
        title: Some(finding.rule.to_owned()),
        file: None,
        line: None,
        message: format!("{}: {}", outputs.path, finding.message),
    };
    cx.log.annotate(findings.iter().map(annotation).collect());
    cx.log.info(format!(
        "built {} ({} files, {size}, SHA-256 {}) in {:.1} s: {}",
        outputs.path,
        outputs.files,
        outputs.sha256,
        started.elapsed().as_secs_f64(),
        match findings.len() {
            0 => "all required files are there".to_owned(),
            1 => "1 finding".to_owned(),
            count => format!("{count} findings"),
        }
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "build-bundle");
    }
}
