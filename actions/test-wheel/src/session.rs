//! A fresh environment with the wheel in it, and what is proved there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use actions_core::{Context, Installed, Venv};
use anyhow::{Context as _, bail};
use package_formats::Wheel;

use crate::{Inputs, junit::Report};

/// The environment, and what must be true in it.
pub(crate) struct Session {
    venv: Venv,
    tmp: PathBuf,
    installed: Installed,
}

/// A plugin of pytest: the tests must have imported the installed module, not one that lies in the source tree.
const GUARD: &str = "\
import os, sys, sysconfig

def pytest_addoption(parser):
    parser.addoption('--installed-module')

def pytest_sessionfinish(session, exitstatus):
    name = session.config.getoption('--installed-module')
    module = sys.modules.get(name)
    where = [getattr(module, '__file__', None) or '', *map(str, getattr(module, '__path__', []))] if module else []
    roots = tuple(sysconfig.get_paths()[key] + os.sep for key in ('purelib', 'platlib'))
    if module and not any(path.startswith(roots) for path in where):
        session.config.get_terminal_writer().line(f'the tests imported {name} from {where[0]}, not the installed wheel')
        session.exitstatus = 97
";

/// Exit codes of pytest: `pytest.ExitCode`. It ends with 2 where a test file cannot be imported; the report names it then.
const FAILED: i32 = 1;
const NOT_COLLECTED: i32 = 2;
const NOTHING_COLLECTED: i32 = 5;
/// The exit code with which the plugin says so.
const WRONG_IMPORT: i32 = 97;

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
                .context("failed to install what the tests need")?;
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
    pub(crate) async fn run_tests(&self, cx: &Context, inputs: &Inputs) -> anyhow::Result<Report> {
        let plugins = self.tmp.join("plugins");
        fs::create_dir(&plugins).context("failed to make a folder for the plugin")?;
        fs::write(plugins.join("installed_module_guard.py"), GUARD)
            .context("failed to write the plugin")?;
        forget(&inputs.report)?;
        let code = {
            let _group = cx.log.group("Test");
            // The program `pytest`, unlike `python -m pytest`, does not put the current folder before site-packages.
            self.venv
                .program("pytest")
                .args([
                    "-p",
                    "installed_module_guard",
                    "--installed-module",
                    &self.installed.module,
                ])
                .args([
                    "--import-mode=importlib",
                    // Paths in the report are to be those of the repository, not those from the nearest pyproject.toml.
                    "--rootdir=.",
                    "--override-ini",
                    "junit_family=xunit1",
                    "--junitxml",
                ])
                .arg(&inputs.report)
                .args(&inputs.tests)
                .env("PYTHONPATH", &plugins)
                .status(&cx.log)
                .await?
        };
        self.judge(code, inputs)
    }

    /// What pytest's exit code and its report say together: a failure that the report does not name is none that a person could mend.
    fn judge(&self, code: i32, inputs: &Inputs) -> anyhow::Result<Report> {
        match code {
            0 => return Report::read(&inputs.report),
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
            WRONG_IMPORT => bail!(
                "failed to test the wheel: the tests imported `{}` from the source tree; move the package below a folder such as `python/`, or the tests out of the package",
                self.installed.module
            ),
            _ => {}
        }
        bail!(
            "failed to test the wheel: pytest ended with exit code {code} and names no test that failed, see its output above"
        )
    }
}

/// The report of an earlier run must not be taken for this one's.
fn forget(report: &Path) -> anyhow::Result<()> {
    match fs::remove_file(report) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => {
            Err(err).with_context(|| format!("failed to remove `{}`", report.display()))
        }
        _ => Ok(()),
    }
}

fn shown(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    actions_core::list(&paths)
}
