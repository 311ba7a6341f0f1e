//! A fresh environment with the wheel in it, and the scripts that run there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use actions_core::{Context, Installed, Venv};
use anyhow::{Context as _, bail};
use package_formats::Wheel;

use crate::{Inputs, scripts::Script};

/// The environment, and the empty folder in which the scripts run.
pub(crate) struct Session {
    venv: Venv,
    installed: Installed,
    work: PathBuf,
}

/// Runs a script as Python itself would, and at the end looks at where the module came from: the script's own folder goes
/// before the installed packages, as always, and may hold a module of that name.
const RUN: &str = "\
import atexit, os, runpy, sys, sysconfig
name, script = sys.argv[1:3]
sys.argv = sys.argv[2:]
sys.path[0] = os.path.dirname(script)

@atexit.register
def look():
    module = sys.modules.get(name)
    where = [getattr(module, '__file__', None) or '', *map(str, getattr(module, '__path__', []))] if module else []
    roots = tuple(sysconfig.get_paths()[key] + os.sep for key in ('purelib', 'platlib'))
    if module and not any(path.startswith(roots) for path in where):
        print(f'the script imported {name} from {where[0]}, not the installed wheel', flush=True)
        sys.stderr.flush()
        os._exit(97)

runpy.run_path(script, run_name='__main__')
";

/// The exit code with which that says so.
const WRONG_IMPORT: i32 = 97;

impl Session {
    /// Installs the wheel by its file and without any index; then what it and the scripts need, from where pip looks.
    pub(crate) async fn install(
        cx: &Context,
        inputs: &Inputs,
        wheel: &Wheel,
        tmp: &Path,
    ) -> anyhow::Result<Self> {
        let _group = cx.log.group("Install");
        let venv = Venv::create(&inputs.python, &tmp.join("venv"), &cx.log).await?;
        let file = std::path::absolute(&wheel.path).context("failed to find the wheel")?;
        let by_file = ["--no-index".into(), "--no-deps".into(), file];
        venv.pip_install(by_file, &cx.log)
            .await
            .with_context(|| format!("failed to install `{}`", wheel.path.display()))?;
        let project = wheel.file_name.normalized_name();
        let version = wheel.metadata.version().to_owned();
        if !inputs.requirements.is_empty() || wheel.metadata.first("Requires-Dist").is_some() {
            // It is installed already, so pip looks up nothing but what it depends on; and nothing may replace it.
            let pin = format!("{project}=={version}");
            let pins = tmp.join("constraints.txt");
            fs::write(&pins, format!("{pin}\n")).context("failed to write the constraints")?;
            let mut wanted = vec![pin];
            wanted.extend(inputs.requirements.iter().cloned());
            wanted.extend(["--constraint".to_owned(), pins.display().to_string()]);
            venv.pip_install(&wanted, &cx.log)
                .await
                .context("failed to install the requirements of the wheel and the scripts")?;
        }
        let module = inputs.import.clone();
        let installed = Installed {
            module: module.unwrap_or_else(|| project.replace('-', "_")),
            project,
            version,
        };
        venv.check_import(&installed, tmp, &cx.log).await?;
        let work = tmp.join("work");
        fs::create_dir(&work).context("failed to create a folder for the scripts")?;
        Ok(Self {
            venv,
            installed,
            work,
        })
    }

    /// Runs the scripts in their order; gives the folder with what they made.
    pub(crate) async fn run(&self, cx: &Context, scripts: &[Script]) -> anyhow::Result<PathBuf> {
        for script in scripts {
            let shown = script.path.display();
            let _group = cx.log.group(format!("Run {shown}"));
            let code = self
                .venv
                .program("python")
                .args(["-c", RUN, &self.installed.module])
                .arg(&script.path)
                .args(&script.args)
                // What is made must depend on the wheel and the script, not on the order of a hash table.
                .env("PYTHONHASHSEED", "0")
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .env("PYTHONUNBUFFERED", "1")
                .current_dir(&self.work)
                .status(&cx.log)
                .await?;
            match code {
                0 => {}
                WRONG_IMPORT => bail!(
                    "failed to run `{shown}`: it imported `{}` from the source tree; move the script, or the package below a folder such as `python/`",
                    self.installed.module
                ),
                code => bail!(
                    "failed to run `{shown}`: it ended with exit code {code}, see its output above"
                ),
            }
        }
        Ok(self.work.clone())
    }
}
