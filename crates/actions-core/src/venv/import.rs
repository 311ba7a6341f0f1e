//! Proof that what Python imports is what was installed, and not what lies in the source tree.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::Venv;
use crate::Log;

/// A wheel that is to be the installed one.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Normalized name.
    pub project: String,
    /// As Python spells it.
    pub version: String,
    /// What is imported.
    pub module: String,
}

/// What Python says of the installed package.
#[derive(Debug, Deserialize)]
struct Found {
    version: String,
    file: Option<String>,
    purelib: String,
    platlib: String,
}

/// Run outside of any source tree, isolated from it and from variables.
const LOOK: &str = "\
import importlib, importlib.metadata, json, sys, sysconfig
module = importlib.import_module(sys.argv[2])
file = getattr(module, '__file__', None) or next(iter(getattr(module, '__path__', [])), None)
paths = sysconfig.get_paths()
print(json.dumps({'version': importlib.metadata.version(sys.argv[1]), 'file': file,
                  'purelib': paths['purelib'], 'platlib': paths['platlib']}))
";

impl Venv {
    /// The installed version is the wheel's, and the module comes from the environment; `outside` is any folder without sources.
    pub async fn check_import(
        &self,
        wheel: &Installed,
        outside: &Path,
        log: &Log,
    ) -> anyhow::Result<()> {
        let module = &wheel.module;
        let out = self
            .program("python")
            .args(["-I", "-c", LOOK, &wheel.project, module])
            .current_dir(outside)
            .output()
            .await
            .with_context(|| format!("failed to import `{module}` from the installed wheel: if the module has another name, set the input `import`"))?;
        let found: Found = serde_json::from_slice(&out)
            .context("failed to read what Python reports about the package")?;
        if found.version != wheel.version {
            bail!(
                "failed to install the wheel: {} {} is installed instead of {}",
                wheel.project,
                found.version,
                wheel.version
            );
        }
        let file = found.file.unwrap_or_default();
        let within = |folder: &String| Path::new(&file).starts_with(folder);
        if !within(&found.purelib) && !within(&found.platlib) {
            bail!("failed to import `{module}` from the installed wheel: it came from `{file}`");
        }
        log.info(format!(
            "{module} {} is imported from {file}",
            wheel.version
        ));
        Ok(())
    }
}
