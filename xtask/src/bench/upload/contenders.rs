//! The programs that upload, and what a run of one takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::files::Files;
use super::{middle, quiet};
use crate::bench::machine;
use crate::process::Cmd;
use crate::project;

pub(super) const OURS: &str = "`upload-packages`";
pub(super) const CURL: &str = "`curl --parallel`, 32 connections";
pub(super) const PYTHON: &str = "google-cloud-storage (Python), 16 workers";
pub(super) const NODE: &str = "@google-cloud/storage (Node), 100 in flight";

type Make = Box<dyn Fn(&str, &Files) -> Result<Cmd>>;

/// A way to upload a folder.
pub(super) struct Program {
    pub(super) name: String,
    pub(super) command: Make,
    /// Whether a second run can tell that all is there.
    pub(super) again: bool,
}

/// Wall time, and the time of all cores together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timed {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
}

/// Ours first. `gcloud` only where it is installed: no package registry has it.
pub(super) fn all(binary: &Path) -> Vec<Program> {
    let binary = binary.to_owned();
    let program = |name: &str, again, command: Make| Program {
        name: name.to_owned(),
        command,
        again,
    };
    let mut all = vec![program(
        OURS,
        true,
        Box::new(move |server, files| Ok(ours(&binary, server, files))),
    )];
    if machine::said("gcloud", &["--version"]).is_some() {
        let command: Make = Box::new(|server, files| Ok(gcloud(server, files)));
        all.push(program("`gcloud storage rsync`", true, command));
    }
    let python: Make = Box::new(|server, files| {
        Ok(quiet(project::venv_bin("python"))
            .arg(project::tools().join("upload_many.py"))
            .arg(server)
            .arg(&files.folder)
            .env("STORAGE_EMULATOR_HOST", server))
    });
    all.push(program(PYTHON, true, python));
    let node: Make = Box::new(|server, files| {
        Ok(quiet("node")
            .arg(project::tools().join("upload-many.mjs"))
            .arg(server)
            .arg(&files.folder)
            .env("STORAGE_EMULATOR_HOST", server))
    });
    all.push(program(NODE, false, node));
    all.push(program(CURL, false, Box::new(curl)));
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

fn gcloud(server: &str, files: &Files) -> Cmd {
    quiet("gcloud")
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
        .env("CLOUDSDK_CONFIG", project::scratch().join("gcloud"))
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

/// Runs a command once; a shell's `time` also counts what its children took.
pub(super) fn time(command: &Cmd) -> Result<Timed> {
    let inner = command.command();
    let mut timed = Cmd::new("bash")
        .args([
            "-c",
            "TIMEFORMAT='%R %U %S'; time \"$@\" >/dev/null",
            "bash",
        ])
        .arg(inner.get_program())
        .args(inner.get_args());
    for (name, value) in inner.get_envs() {
        if let Some(value) = value {
            timed = timed.env(name, value);
        }
    }
    if let Some(folder) = inner.get_current_dir() {
        timed = timed.dir(folder);
    }
    let finished = timed.finish()?;
    anyhow::ensure!(
        finished.status.success(),
        "failed to measure `{}`: {}",
        command.shown(),
        finished.output()
    );
    let line = finished.stderr.lines().last().unwrap_or_default();
    let seconds: Vec<f64> = line
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let [wall, user, system] = *seconds.as_slice() else {
        anyhow::bail!("failed to read how long `{}` took: {line}", command.shown());
    };
    Ok(Timed {
        wall: Duration::from_secs_f64(wall),
        cpu: Duration::from_secs_f64(user + system),
    })
}

pub(super) fn median(times: Vec<Timed>) -> Option<Timed> {
    (!times.is_empty()).then(|| Timed {
        wall: middle(times.iter().map(|time| time.wall).collect()),
        cpu: middle(times.iter().map(|time| time.cpu).collect()),
    })
}
