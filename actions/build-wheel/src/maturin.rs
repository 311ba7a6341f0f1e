//! maturin: found or installed at one version, and run so that the same commit gives the same bytes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use actions_core::{Context, Venv, process::Program};
use anyhow::{Context as _, bail};

use crate::Inputs;

/// The program that builds wheels.
pub(crate) struct Maturin(Found);

enum Found {
    OnThePath,
    Installed(Venv),
}

impl Maturin {
    /// Takes the one on the PATH if it has the right version, else installs it below `tmp`.
    pub(crate) async fn find(cx: &Context, inputs: &Inputs, tmp: &Path) -> anyhow::Result<Self> {
        let here = Program::new("maturin").arg("--version").output().await;
        let wanted = format!("maturin {}", inputs.maturin);
        if here.is_ok_and(|out| String::from_utf8_lossy(&out).trim() == wanted) {
            return Ok(Self(Found::OnThePath));
        }
        let _group = cx.log.group(format!("Install {wanted}"));
        let venv = Venv::create(&inputs.python, &tmp.join("maturin"), &cx.log).await?;
        venv.pip_install([format!("maturin=={}", inputs.maturin)], &cx.log)
            .await
            .with_context(|| format!("failed to install {wanted}"))?;
        Ok(Self(Found::Installed(venv)))
    }

    /// Builds into `out`, a folder that is not there yet, so that no older wheel can be taken for this one.
    pub(crate) async fn build(
        &self,
        cx: &Context,
        inputs: &Inputs,
        out: &Path,
        time: i64,
    ) -> anyhow::Result<PathBuf> {
        let _group = cx.log.group("Build");
        let python = interpreter(&inputs.python)?;
        let _unlocked = Unlocked::new(&inputs.package);
        let mut program = match &self.0 {
            Found::OnThePath => Program::new("maturin"),
            Found::Installed(venv) => venv.program("maturin"),
        };
        program = program
            .args([
                "build",
                "--profile",
                &inputs.profile,
                "--interpreter",
                &python,
                "--out",
            ])
            .arg(out);
        if let Some(target) = &inputs.target {
            program = program.args(["--target", target]);
        }
        if let Some(lock) = lock_file(&inputs.package) {
            cx.log.debug(format!("locked by {}", lock.display()));
            program = program.arg("--locked");
        }
        // Times inside the archive are the commit's, whenever it is built.
        program = program
            .args(&inputs.maturin_args)
            .env("SOURCE_DATE_EPOCH", time.to_string())
            .current_dir(&inputs.package);
        program
            .run(&cx.log)
            .await
            .context("failed to build the wheel")?;
        the_wheel(out)
    }
}

/// A path is the user's, from where the action runs; maturin runs in the package's folder.
fn interpreter(python: &str) -> anyhow::Result<String> {
    if Path::new(python).components().count() < 2 {
        return Ok(python.to_owned());
    }
    let path = std::path::absolute(python)
        .with_context(|| format!("failed to find the interpreter `{python}`"))?;
    Ok(path.display().to_string())
}

/// A package without a Cargo.lock: the one that cargo writes for the build holds the stamped version, and goes with it.
struct Unlocked<'a>(Option<&'a Path>);

impl<'a> Unlocked<'a> {
    fn new(package: &'a Path) -> Self {
        Self(lock_file(package).is_none().then_some(package))
    }
}

impl Drop for Unlocked<'_> {
    fn drop(&mut self) {
        if let Some(made) = self.0.and_then(lock_file) {
            // It is a leftover at worst; the next build takes it for the package's own and still stamps it.
            let _kept = fs::remove_file(made);
        }
    }
}

/// The Cargo.lock that counts for the package: its own or one above.
fn lock_file(package: &Path) -> Option<PathBuf> {
    let package = fs::canonicalize(package).ok()?;
    package
        .ancestors()
        .map(|folder| folder.join("Cargo.lock"))
        .find(|file| file.is_file())
}

fn the_wheel(out: &Path) -> anyhow::Result<PathBuf> {
    let mut wheels: Vec<PathBuf> = fs::read_dir(out)
        .with_context(|| format!("failed to read `{}`", out.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .collect();
    match (wheels.pop(), wheels.as_slice()) {
        (Some(wheel), []) => Ok(wheel),
        (None, _) => bail!("failed to find the wheel: maturin succeeded but produced none"),
        (Some(_), more) => bail!(
            "failed to choose the wheel: maturin built {}; build one at a time, by setting `python` to one interpreter",
            more.len() + 1
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            fs::write(folder.path().join(file), "").unwrap();
        }
        folder
    }

    #[test]
    fn one_wheel_is_taken_whatever_lies_beside_it() {
        let folder = folder(&["a-1.0-py3-none-any.whl", "a-1.0.tar.gz"]);
        let wheel = the_wheel(folder.path()).unwrap();
        assert!(wheel.ends_with("a-1.0-py3-none-any.whl"));
    }

    #[test]
    fn none_or_two_are_an_error() {
        let error = |files: &[&str]| the_wheel(folder(files).path()).unwrap_err().to_string();
        assert_eq!(
            error(&["a-1.0.tar.gz"]),
            "failed to find the wheel: maturin succeeded but produced none"
        );
        assert_eq!(
            error(&[
                "a-1.0-cp39-cp39-linux_x86_64.whl",
                "a-1.0-cp310-cp310-linux_x86_64.whl"
            ]),
            "failed to choose the wheel: maturin built 2; build one at a time, by setting `python` to one interpreter"
        );
    }

    #[test]
    fn a_path_to_the_interpreter_is_not_taken_from_the_package() {
        assert_eq!(interpreter("python3.12").unwrap(), "python3.12");
        let venv = interpreter(".venv/bin/python").unwrap();
        assert!(
            Path::new(&venv).is_absolute() && venv.ends_with(".venv/bin/python"),
            "{venv}"
        );
    }
}
