//! A Python environment of an action's own, so that what it installs meets nothing that is there already.

mod import;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{Log, process::Program};

pub use import::Installed;

/// An environment; the folder belongs to the caller.
#[derive(Debug, Clone)]
pub struct Venv {
    folder: PathBuf,
}

impl Venv {
    /// Makes an environment in a folder, which is emptied first.
    pub async fn create(interpreter: &str, folder: &Path, log: &Log) -> anyhow::Result<Self> {
        Program::new(interpreter)
            .args(["-m", "venv", "--clear"])
            .arg(folder)
            .run(log)
            .await
            .with_context(|| {
                format!("failed to create a Python environment: is `{interpreter}` Python 3 with its module `venv` (on Debian the package `python3-venv`)?")
            })?;
        let folder = std::path::absolute(folder)
            .with_context(|| format!("failed to find `{}`", folder.display()))?;
        Ok(Self { folder })
    }

    /// A program of the environment, ready for its arguments. It sees no other environment.
    pub fn program(&self, name: &str) -> Program {
        Program::new(self.bin(name))
            .env("VIRTUAL_ENV", &self.folder)
            .env_remove("PYTHONHOME")
            .env_remove("PYTHONPATH")
    }

    /// Installs with pip; its arguments decide what and from where.
    pub async fn pip_install<S: AsRef<std::ffi::OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        log: &Log,
    ) -> anyhow::Result<()> {
        self.program("python")
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(args)
            .run(log)
            .await
    }

    /// Path of a program of the environment.
    pub fn bin(&self, name: &str) -> PathBuf {
        match cfg!(windows) {
            true => self.folder.join("Scripts").join(format!("{name}.exe")),
            false => self.folder.join("bin").join(name),
        }
    }
}
