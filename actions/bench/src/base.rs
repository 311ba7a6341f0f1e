//! The executable of base: as given, as an earlier run on main kept it, or built here.

use std::path::{Path, PathBuf};

use actions_core::{Context, Shell, git};
use anyhow::{Context as _, bail};
use package_formats::platform;
use tempfile::TempDir;

use crate::commits;
use crate::inputs::Inputs;
use crate::program::Command;

/// The command of base.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) command: Command,
    /// Its commit, if that had to be found out.
    pub(crate) commit: Option<String>,
    /// Where the executable is, if it is ours.
    _folder: Option<TempDir>,
}

/// Finds the command, or makes it.
pub(crate) async fn find(cx: &Context, inputs: &Inputs, head: &Command) -> anyhow::Result<Base> {
    if let Some(base) = &inputs.base {
        return Ok(Base {
            command: Command::parse("base", base)?,
            commit: inputs.base_commit.clone(),
            _folder: None,
        });
    }
    let commit = commits::base(cx, inputs).await?;
    let folder =
        tempfile::tempdir_in(cx.temp_dir()).context("failed to create a temporary folder")?;
    let kept = kept(cx, inputs, &commit, folder.path()).await;
    let kept = kept.or_else(|error| match inputs.build_base {
        Some(_) => {
            cx.log.warning(format!(
                "failed to read the executable of base from the bucket, so it is built here: {error:#}"
            ));
            Ok(None)
        }
        None => Err(error),
    })?;
    let executable = match kept {
        Some(kept) => {
            cx.log.info(format!(
                "base is the executable from the bucket, of commit {commit}"
            ));
            kept
        }
        None => built(cx, inputs, &commit, head, folder.path()).await?,
    };
    Ok(Base {
        command: head.of_base(executable),
        commit: Some(commit),
        _folder: Some(folder),
    })
}

async fn kept(
    cx: &Context,
    inputs: &Inputs,
    commit: &str,
    folder: &Path,
) -> anyhow::Result<Option<PathBuf>> {
    let Some(bucket) = &inputs.bucket else {
        return Ok(None);
    };
    let store = connections::bucket(cx, bucket, inputs.dry_run)?;
    let fetched = store
        .fetch_benchmark_program(&inputs.suite, &commit.parse()?, &platform::host(), folder)
        .await?;
    if let Some(path) = &fetched {
        make_executable(path)?;
    }
    Ok(fetched)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .with_context(|| format!("failed to make `{}` executable", path.display()))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// Builds it in a clone, so that nothing in this checkout changes.
async fn built(
    cx: &Context,
    inputs: &Inputs,
    commit: &str,
    head: &Command,
    folder: &Path,
) -> anyhow::Result<PathBuf> {
    let Some(build) = &inputs.build_base else {
        let host = platform::host();
        bail!(
            "failed to find base: {} has no executable of commit {commit} for {host}; set the input `build-base` to build it, or `base` with its command",
            inputs.bucket.as_ref().map_or(
                "the input `bucket` is not set, so base".to_owned(),
                |_| format!("the bucket's suite `{}`", inputs.suite)
            ),
        );
    };
    let here = std::env::current_dir().context("failed to find the working folder")?;
    let file = head.file().and_then(|file| file.strip_prefix(&here).ok());
    let Some(file) = file else {
        bail!(
            "failed to build base: the executable of `head` is not a file below the working folder, so base's cannot have the same path; set the input `base`"
        );
    };
    let clone = folder.join("base");
    cx.log
        .info(format!("building base in a clone of commit {commit}"));
    let _group = cx.log.group("Build base");
    checkout(commit, &here, &clone).await?;
    let code = Shell::Bash
        .program(build)
        .current_dir(&clone)
        .status(&cx.log)
        .await?;
    if code != 0 {
        bail!(
            "failed to build base: the input `build-base` ended with exit code {code}, see its output above"
        );
    }
    let executable = clone.join(file);
    if !executable.is_file() {
        bail!(
            "failed to build base: the input `build-base` did not create `{}`",
            file.display()
        );
    }
    Ok(executable)
}

async fn checkout(commit: &str, here: &Path, clone: &Path) -> anyhow::Result<()> {
    let failed =
        || format!("failed to check out base, commit {commit}: check out with `fetch-depth: 0`");
    git::offline(["clone", "--quiet", "--no-checkout", "--shared", "--"])
        .args([here, clone])
        .output()
        .await
        .with_context(failed)?;
    git::offline(["checkout", "--quiet", "--detach", commit])
        .current_dir(clone)
        .output()
        .await
        .with_context(failed)?;
    Ok(())
}
