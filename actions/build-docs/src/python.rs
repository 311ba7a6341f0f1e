//! Documentation of Python: what people install is imported, not the source tree.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use actions_core::{Commit, Context, Installed, Venv};
use anyhow::{Context as _, bail};
use package_formats::{Choice, Wheel};

use crate::{Inputs, command};

/// Installs the wheel, then lets pdoc or the command write.
pub(crate) async fn build(
    cx: &Context,
    inputs: &Inputs,
    commit: &Commit,
    tmp: &Path,
) -> anyhow::Result<()> {
    let wheel = match the_wheel(cx, inputs, commit, tmp).await? {
        Some(path) => Some(Wheel::open(&path)?),
        None => None,
    };
    actions_core::empty_folder("out", &inputs.out).await?;
    let venv = install(cx, inputs, wheel.as_ref(), tmp).await?;
    match &inputs.command {
        Some(command) => {
            let program = inputs.shell.program(command);
            let program = program.env("PATH", first_on_the_path(&venv)?);
            command::run(cx, inputs, commit, program.env_remove("PYTHONPATH")).await
        }
        None => pdoc(cx, inputs, wheel.as_ref(), &venv, commit, tmp).await,
    }
}

async fn the_wheel(
    cx: &Context,
    inputs: &Inputs,
    commit: &Commit,
    tmp: &Path,
) -> anyhow::Result<Option<PathBuf>> {
    let choice = Choice {
        project: inputs.project.clone(),
        platform: None,
    };
    if let Some(bucket) = &inputs.bucket {
        let store = connections::bucket(cx, bucket, false)?;
        let commit = commit.id.parse()?;
        let record = store.the_wheel(&commit, &choice, bucket).await?;
        return Ok(Some(store.fetch(&record, &tmp.join("wheel")).await?));
    }
    let given = inputs.wheel.as_deref();
    Ok(given.map(|given| choice.on_disk(given)).transpose()?)
}

/// The wheel by its file, and beside it what was asked for, which must not replace it.
async fn install(
    cx: &Context,
    inputs: &Inputs,
    wheel: Option<&Wheel>,
    tmp: &Path,
) -> anyhow::Result<Venv> {
    let _group = cx.log.group("Install");
    let venv = Venv::create(&inputs.python, &tmp.join("venv"), &cx.log).await?;
    let mut pins = String::new();
    if let Some(wheel) = wheel {
        let file = std::path::absolute(&wheel.path).context("failed to find the wheel")?;
        venv.pip_install([&file], &cx.log)
            .await
            .with_context(|| format!("failed to install `{}`", wheel.path.display()))?;
        let project = wheel.file_name.normalized_name();
        pins = format!("{project}=={}\n", wheel.metadata.version());
        let installed = Installed {
            module: module(inputs, wheel),
            version: wheel.metadata.version().to_owned(),
            project,
        };
        venv.check_import(&installed, tmp, &cx.log).await?;
    }
    let mut wanted = inputs.requirements.clone();
    if inputs.command.is_none() {
        wanted.insert(0, format!("pdoc=={}", inputs.pdoc));
    }
    if !wanted.is_empty() {
        let file = tmp.join("constraints.txt");
        fs::write(&file, pins).context("failed to write the constraints")?;
        wanted.extend(["--constraint".to_owned(), file.display().to_string()]);
        venv.pip_install(&wanted, &cx.log)
            .await
            .context("failed to install the documentation tools")?;
    }
    Ok(venv)
}

/// The package that is proved to be the installed one.
fn module(inputs: &Inputs, wheel: &Wheel) -> String {
    let first = inputs.modules.first();
    let named = first.and_then(|module| module.split('.').next());
    match named {
        Some(named) => named.to_owned(),
        None => wheel.file_name.normalized_name().replace('-', "_"),
    }
}

/// The programs of the environment go first, as after its `activate`.
fn first_on_the_path(venv: &Venv) -> anyhow::Result<OsString> {
    let bin = venv.bin("python");
    let bin = bin.parent().unwrap_or(Path::new("")).to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(bin).chain(env::split_paths(&path)))
        .context("failed to add the environment to PATH")
}

/// pdoc in an environment without anything of this machine: it writes the names of variables whose values look like
/// a default into its pages, and it asks Node.js for another search index where that is installed.
async fn pdoc(
    cx: &Context,
    inputs: &Inputs,
    wheel: Option<&Wheel>,
    venv: &Venv,
    commit: &Commit,
    tmp: &Path,
) -> anyhow::Result<()> {
    let modules = match (inputs.modules.as_slice(), wheel) {
        ([], Some(wheel)) => vec![module(inputs, wheel)],
        ([], None) => bail!("missing input `modules`: name the modules to document"),
        (modules, _) => modules.to_vec(),
    };
    let out = std::path::absolute(&inputs.out).context("failed to find the folder `out`")?;
    let python = venv.bin("python");
    let _group = cx.log.group("Build");
    venv.program("python")
        .args(["-I", "-m", "pdoc", "--output-directory"])
        .arg(out)
        .args(&modules)
        .env_clear()
        .env("PATH", python.parent().unwrap_or(Path::new("")))
        .env("HOME", tmp)
        .env("LANG", "C.UTF-8")
        .env("SOURCE_DATE_EPOCH", commit.time.to_string())
        .current_dir(tmp)
        .run(&cx.log)
        .await
        .context("failed to build the documentation")
}
