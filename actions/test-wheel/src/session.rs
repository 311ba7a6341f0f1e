//! A fresh environment with the wheel in it, and what is proved there.

use std::time::{SystemTime, UNIX_EPOCH};
use std::{
    fs,
    path::{Path, PathBuf},
};

use actions_core::{Context, Installed, Venv, process::Program, text::counted};
use anyhow::{Context as _, bail};
use package_formats::Wheel;
use test_reports::Report;

use crate::{Inputs, interpreter, progress::Progress};

/// The environment, and what must be true in it.
pub(crate) struct Session {
    venv: Venv,
    tmp: PathBuf,
    installed: Installed,
}

/// A plugin of pytest.
const GUARD: &str = include_str!("guard.py");
const PLUGIN: &str = "wheel_guard";

/// Exit codes of pytest: `pytest.ExitCode`. It ends with 2 where a test file cannot be imported; the report names it then.
const FAILED: i32 = 1;
const NOT_COLLECTED: i32 = 2;
const NOTHING_COLLECTED: i32 = 5;
/// The stacks of a test that hangs are written this long before it is stopped, in seconds.
const BEFORE_LIMIT: f64 = 1.0;

impl Session {
    /// Installs the wheel by its file, so that no index can offer another; its dependencies come from where pip looks.
    pub(crate) async fn install(
        cx: &Context,
        inputs: &Inputs,
        wheel: &Wheel,
        tmp: &Path,
    ) -> anyhow::Result<Self> {
        let _group = cx.log.group("Install");
        let venv = Venv::create(&inputs.python, &tmp.join("venv"), &cx.log).await?;
        interpreter::check(cx, &venv, wheel).await?;
        let file = std::path::absolute(&wheel.path).context("failed to find the wheel")?;
        venv.pip_install([&file], &cx.log)
            .await
            .with_context(|| format!("failed to install `{}`", wheel.path.display()))?;
        let project = wheel.file_name.normalized_name();
        if !inputs.tests.is_empty() {
            let mut wanted = vec![format!("pytest=={}", inputs.pytest)];
            wanted.extend(inputs.requirements.iter().cloned());
            // What the tests need may depend on the project: it is there, and must stay the one that is tested.
            let pins = tmp.join("constraints.txt");
            fs::write(&pins, format!("{project}=={}\n", wheel.metadata.version()))
                .context("failed to write the constraints")?;
            wanted.extend(["--constraint".to_owned(), pins.display().to_string()]);
            venv.pip_install(&wanted, &cx.log)
                .await
                .context("failed to install the requirements of the tests")?;
        }
        Ok(Self {
            venv,
            tmp: tmp.to_owned(),
            installed: Installed {
                module: inputs
                    .import
                    .clone()
                    .unwrap_or_else(|| project.replace('-', "_")),
                version: wheel.metadata.version().to_owned(),
                project,
            },
        })
    }

    /// The installed version is the wheel's, and the module comes from the environment.
    pub(crate) async fn check_import(&self, cx: &Context) -> anyhow::Result<()> {
        self.venv
            .check_import(&self.installed, &self.tmp, &cx.log)
            .await
    }

    /// Runs pytest, and reads its report.
    pub(crate) async fn run_tests(
        &self,
        cx: &Context,
        inputs: &Inputs,
        notes: &Path,
    ) -> anyhow::Result<Report> {
        let plugins = self.tmp.join("plugins");
        fs::create_dir(&plugins).context("failed to create a folder for the plugin")?;
        fs::write(plugins.join(PLUGIN).with_extension("py"), GUARD)
            .context("failed to write the plugin")?;
        test_reports::forget(&inputs.report)?;
        let code = {
            let _group = cx.log.group("Test");
            let status = self.pytest(inputs, &plugins, notes).status(&cx.log);
            match inputs.timeout {
                None => Some(status.await?),
                Some(limit) => match tokio::time::timeout(limit.unsigned_abs(), status).await {
                    Ok(code) => Some(code?),
                    Err(_elapsed) => None,
                },
            }
        };
        let progress = Progress::read(notes)?;
        if let Some(path) = progress.imported_elsewhere() {
            bail!(
                "failed to test the wheel: the tests imported `{}` from {path}, not the installed wheel; move the package below a folder such as `python/`, or set `pytest-args: --import-mode=importlib`",
                self.installed.module
            );
        }
        match (code, inputs.timeout) {
            (None, Some(limit)) => stopped(
                inputs,
                &progress,
                &format!("the tests took longer than `timeout: {limit:#}`"),
            ),
            (code, _) => self.judge(code.unwrap_or_default(), inputs),
        }
    }

    fn pytest(&self, inputs: &Inputs, plugins: &Path, notes: &Path) -> Program {
        // The program `pytest`, unlike `python -m pytest`, does not put the current folder before site-packages.
        let pytest = self
            .venv
            .program("pytest")
            .args(["-p", PLUGIN])
            // Paths in the report are to be those of the repository, not those from the nearest pyproject.toml.
            .args(["--rootdir=.", "--override-ini", "junit_family=xunit1"])
            .arg("--junitxml")
            .arg(&inputs.report)
            .args(&inputs.pytest_args)
            .args(&inputs.tests)
            .env("PYTHONPATH", plugins)
            .env("TEST_WHEEL_MODULE", &self.installed.module)
            .env("TEST_WHEEL_NOTES", notes);
        match inputs.timeout {
            Some(limit) => {
                let seconds = (limit.as_secs_f64() - BEFORE_LIMIT).max(limit.as_secs_f64() / 2.0);
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                let deadline = now.unwrap_or_default().as_secs_f64() + seconds;
                pytest.env("TEST_WHEEL_DEADLINE", deadline.to_string())
            }
            None => pytest,
        }
    }

    /// What pytest's exit code and its report say together. A failure that the report does not name cannot be shown to anyone.
    fn judge(&self, code: i32, inputs: &Inputs) -> anyhow::Result<Report> {
        match code {
            0 => {
                let report = Report::read(&inputs.report)?;
                let ran = report.passed() + report.failed();
                if ran < inputs.min_tests {
                    bail!(
                        "failed to test the wheel: {} ran and {} skipped, but `min-tests` is {}",
                        counted(ran, "test"),
                        match report.skipped() {
                            1 => "1 was".to_owned(),
                            many => format!("{many} were"),
                        },
                        inputs.min_tests
                    );
                }
                return Ok(report);
            }
            FAILED | NOT_COLLECTED if inputs.report.exists() => {
                let report = Report::read(&inputs.report)?;
                if report.failed() > 0 {
                    return Ok(report);
                }
            }
            NOTHING_COLLECTED => bail!(
                "failed to test the wheel: pytest found no test in {}",
                shown(&inputs.tests)
            ),
            _ => {}
        }
        bail!(
            "failed to test the wheel: pytest ended with exit code {code} and names no test that failed, see its output above"
        )
    }
}

/// The report of a run that did not come to its end: what ran, and what was running.
pub(crate) fn stopped(inputs: &Inputs, progress: &Progress, why: &str) -> anyhow::Result<Report> {
    let report = progress.report(why);
    report.write(&inputs.report, "pytest")?;
    if report.failed() == 0 {
        bail!("failed to test the wheel: {why}, and no test was running");
    }
    Ok(report)
}

fn shown(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    actions_core::list(&paths)
}
