//! The programs that `cargo xtask` starts because they link what it does not: built by one `cargo build`, then run.

mod options;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::process::Cmd;
use crate::setup::{self, Needs};
use crate::term::Progress;
use crate::{dist, project, term};
pub use options::{
    BenchCommand, BenchGates, BenchIndex, BenchPlan, BenchRelease, BenchStart, BenchUpload,
    BenchVerdicts, CodegenOptions, DemoOptions,
};

/// A program of the workspace with a command of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Bench,
    Codegen,
    Demo,
}

impl Program {
    /// Of its package and of its binary. `bench` is taken by the action.
    fn name(self) -> &'static str {
        match self {
            Self::Bench => "measure",
            Self::Codegen => "codegen",
            Self::Demo => "demo",
        }
    }

    /// What must be there before it starts. All but measurements share one build with the tests; what is measured inside
    /// `measure` itself is worth nothing without optimisation.
    fn prepare(self) -> Result<Binaries> {
        match self {
            Self::Bench => build("build the bench", &["--release", "--package", "measure"]),
            Self::Codegen => everything_shown(),
            Self::Demo => {
                term::heading("Set-up");
                setup::run(Needs::Demo)?;
                dist::run(&dist::Options::of_this_machine())?;
                everything()
            }
        }
    }
}

/// The binaries of a build, by name.
#[derive(Debug, Clone)]
pub struct Binaries(BTreeMap<String, PathBuf>);

impl Binaries {
    /// # Errors
    /// When the build made none of that name.
    pub fn path(&self, name: &str) -> Result<&Path> {
        let found = self.0.get(name).map(PathBuf::as_path);
        found.with_context(|| format!("failed to find the binary `{name}`: cargo did not build it"))
    }

    /// A command that runs one.
    ///
    /// # Errors
    /// When the build made none of that name.
    pub fn command(&self, name: &str) -> Result<Cmd> {
        self.path(name).map(Cmd::new)
    }
}

/// Prepares a program, with its progress shown, and runs it with our own streams.
///
/// # Errors
/// When it cannot be built or started; how it ends is its own.
pub fn start(
    program: Program,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<ExitCode> {
    let binaries = program.prepare()?;
    let status = binaries
        .command(program.name())?
        .args(arguments)
        .attached()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The `main` of such a program: an error is shown as `cargo xtask` shows its own.
pub fn main(work: impl FnOnce() -> Result<()>) -> ExitCode {
    match crate::process::end_children_on_signals().and_then(|()| work()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            term::failed(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Every binary of the workspace as tests and the demo use it: built once in this process, and silently.
///
/// # Errors
/// When it does not build; the error shows why.
pub fn everything() -> Result<Binaries> {
    let mut built = EVERYTHING.lock().unwrap_or_else(PoisonError::into_inner);
    match &*built {
        Some(binaries) => Ok(binaries.clone()),
        None => Ok(built.insert(cargo_build(&["--workspace"])?).clone()),
    }
}

/// The same with its progress shown.
pub(crate) fn everything_shown() -> Result<Binaries> {
    shown("build the actions and our programs", everything)
}

static EVERYTHING: Mutex<Option<Binaries>> = Mutex::new(None);

/// Builds the binaries of a selection, with its progress shown.
pub(crate) fn build(label: &str, selection: &[&str]) -> Result<Binaries> {
    shown(label, || cargo_build(selection))
}

fn shown(label: &str, work: impl FnOnce() -> Result<Binaries>) -> Result<Binaries> {
    let progress = Progress::start(label);
    let built = work();
    match &built {
        Ok(_) => progress.passed(""),
        Err(_) => progress.failed(""),
    };
    built
}

/// A line of what cargo tells a program.
#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    executable: Option<PathBuf>,
    #[serde(default)]
    target: Option<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

fn cargo_build(selection: &[&str]) -> Result<Binaries> {
    let told = Cmd::new("cargo")
        .args([
            "build",
            "--bins",
            "--message-format=json-render-diagnostics",
        ])
        .args(selection)
        .dir(project::root())
        .run()?;
    let mut binaries = BTreeMap::new();
    for line in told.lines().filter(|line| line.starts_with('{')) {
        let message: Message =
            serde_json::from_str(line).context("failed to read cargo's build messages")?;
        if let (Some(path), Some(target)) = (message.executable, message.target) {
            binaries.insert(target.name, path);
        }
    }
    Ok(Binaries(binaries))
}
