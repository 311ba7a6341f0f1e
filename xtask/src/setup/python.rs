//! The Python environment in `.venv`: every version in it is written down in `tools/requirements*.txt`.

use std::fs;

use anyhow::{Context, Result};

use super::{Needs, show, stamp::Stamp};
use crate::{process::Cmd, project};

/// The file of versions, and what a person sees while it is installed.
const DEMO: (&str, &str) = (
    "requirements.txt",
    "act, pypiserver and fake-gcs-server into .venv",
);
const TESTS: (&str, &str) = (
    "requirements-test.txt",
    "linters, test servers and test clients into .venv",
);
const BENCH: (&str, &str) = (
    "requirements-bench.txt",
    "pre-commit and its hooks into .venv",
);

/// `python` is the version and the place of the interpreter that the environment is made with.
pub(super) fn install(needs: Needs, python: &str) -> Result<()> {
    let lists: &[(&str, &str)] = match needs {
        Needs::Demo => &[DEMO],
        Needs::Tests => &[DEMO, TESTS],
        Needs::Bench => &[BENCH],
    };
    make_environment(python)?;
    for (file, label) in lists {
        install_list(file, label, python)?;
    }
    Ok(())
}

/// An environment is bound to its interpreter and to its place: both are in its stamp. Checkouts may share one by a link.
fn make_environment(python: &str) -> Result<()> {
    let venv = project::venv();
    let venv = venv.canonicalize().unwrap_or(venv);
    let place = venv.display().to_string();
    let stamp = Stamp::new(&venv.join("made-for"), &[python, &place]);
    if stamp.is_fresh() {
        return Ok(());
    }
    show("a Python environment in .venv", || {
        Cmd::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv)
            .run()
            .context("failed to create .venv")?;
        stamp.write()
    })
}

fn install_list(file: &str, label: &str, python: &str) -> Result<()> {
    let list = project::tools().join(file);
    let text =
        fs::read_to_string(&list).with_context(|| format!("failed to read {}", list.display()))?;
    let stamp = Stamp::new(
        &project::venv().join(format!("installed-{file}")),
        &[&text, python],
    );
    if stamp.is_fresh() {
        return Ok(());
    }
    show(label, || {
        stamp.forget()?;
        Cmd::new(project::venv_bin("python"))
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--disable-pip-version-check", "--only-binary=:all:"])
            .arg("--requirement")
            .arg(&list)
            .run()
            .with_context(|| format!("failed to install {file}"))?;
        stamp.write()
    })
}
