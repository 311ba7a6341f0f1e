//! The programs that upload.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, Result};
use testkit::bucket_server::BucketServer;

use super::files::Files;
use crate::machine;
use crate::process::Cmd;
use crate::project;
use crate::timed::quiet;
use crate::turns::Program;

pub(super) const OURS: &str = "`upload-packages`";
pub(super) const CURL: &str = "`curl --parallel`, 32 connections";
pub(super) const PYTHON: &str = "google-cloud-storage (Python), 16 workers";
pub(super) const NODE: &str = "@google-cloud/storage (Node), 100 in flight";

/// Ours first. `gcloud` only where it is installed: no package registry has it.
pub(super) fn all(binary: &Path, files: &Rc<Files>) -> Vec<Program<BucketServer>> {
    type Make = fn(&str, &Files) -> Result<Cmd>;
    let on = |make: Make| {
        let files = Rc::clone(files);
        move |server: &BucketServer| make(server.url(), &files)
    };
    let (binary, of_ours) = (binary.to_owned(), Rc::clone(files));
    let mut all = vec![Program::twice(OURS, move |server: &BucketServer| {
        Ok(ours(&binary, server.url(), &of_ours))
    })];
    if machine::said("gcloud", &["--version"]).is_some() {
        all.push(Program::twice("`gcloud storage rsync`", on(gcloud)));
    }
    all.push(Program::twice(PYTHON, on(python)));
    all.push(Program::new(NODE, on(node)));
    all.push(Program::new(CURL, on(curl)));
    all
}

/// Our action on the whole folder, as one package.
pub(super) fn ours(binary: &Path, server: &str, files: &Files) -> Cmd {
    quiet(binary)
        .arg("--bucket")
        .arg(format!("gs://tests?endpoint={server}&anonymous=true"))
        .arg("--folders")
        .arg(&files.folder)
        .args(["--kind", "data", "--project", "bench", "--version", "1.0.0"])
        .args(["--commit", "6e4ddaf0123456789abcdef0123456789abcdef0"])
        .dir(project::scratch())
}

fn python(server: &str, files: &Files) -> Result<Cmd> {
    let script = project::tools().join("upload_many.py");
    Ok(script_of(
        project::venv_bin("python"),
        &script,
        server,
        files,
    ))
}

fn node(server: &str, files: &Files) -> Result<Cmd> {
    let script = project::tools().join("upload-many.mjs");
    Ok(script_of("node", &script, server, files))
}

fn script_of(program: impl AsRef<OsStr>, script: &Path, server: &str, files: &Files) -> Cmd {
    quiet(program)
        .arg(script)
        .arg(server)
        .arg(&files.folder)
        .env("STORAGE_EMULATOR_HOST", server)
}

fn gcloud(server: &str, files: &Files) -> Result<Cmd> {
    let command = quiet("gcloud")
        .args([
            "storage",
            "rsync",
            "--recursive",
            "--no-user-output-enabled",
        ])
        .arg(&files.folder)
        .arg("gs://tests/packages")
        .env(
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE",
            format!("{server}/"),
        )
        .env("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "true")
        .env("CLOUDSDK_CORE_PROJECT", "tests")
        // Parts that the server puts together, which the stand-in cannot.
        .env(
            "CLOUDSDK_STORAGE_PARALLEL_COMPOSITE_UPLOAD_ENABLED",
            "False",
        )
        .env("CLOUDSDK_CONFIG", project::scratch().join("gcloud"));
    Ok(command)
}

fn curl(server: &str, files: &Files) -> Result<Cmd> {
    let config: PathBuf = project::scratch().join("curl.conf");
    fs::write(&config, files.curl.replace("SERVER", server))
        .with_context(|| format!("failed to write `{}`", config.display()))?;
    Ok(quiet("curl")
        .args(["--parallel", "--parallel-immediate", "--parallel-max", "32"])
        .arg("--config")
        .arg(config))
}

/// The same on the first core alone, which leaves the others to the server.
pub(super) fn on_one_core(command: &Cmd) -> Cmd {
    let inner = command.command();
    let mut outer = quiet("taskset")
        .args(["--cpu-list", "0"])
        .arg(inner.get_program());
    outer = outer.args(inner.get_args());
    match inner.get_current_dir() {
        Some(folder) => outer.dir(folder),
        None => outer,
    }
}
