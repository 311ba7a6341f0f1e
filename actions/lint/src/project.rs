//! What there is to lint: the files of the project, and the configurations of linters among them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use actions_core::{Context, git::Git, text};
use anyhow::{Context as _, bail};
use untrusted_input::{Checkout, Glob, checkout};

use crate::linters::Config;

/// The files below a folder.
#[derive(Debug)]
pub(crate) struct Project {
    /// The repository around it, from whose root annotations tell paths.
    pub(crate) checkout: Checkout,
    pub(crate) folder: PathBuf,
    /// Paths from the folder, with `/`.
    files: BTreeSet<String>,
}

impl Project {
    /// Errors: there is no such folder; a glob of `exclude` is not one; git cannot list the files.
    pub(crate) async fn read(
        cx: &Context,
        folder: &Path,
        exclude: &[String],
    ) -> anyhow::Result<Self> {
        let folder = checkout::absolute(folder).context("failed to find the working folder")?;
        if !folder.is_dir() {
            bail!(
                "failed to find the folder to lint: there is no `{}`",
                folder.display()
            );
        }
        let checkout = Checkout::around(&folder).context("failed to find the working folder")?;
        let globs = exclude
            .iter()
            .map(|line| {
                let glob = Glob::new(line.trim_end_matches('/'));
                glob.with_context(|| format!("failed to read the input `exclude` from {line:?}"))
            })
            .collect::<anyhow::Result<Vec<Glob>>>()?;
        let mut files = match checkout.is_repository() {
            true => tracked(&folder).await?,
            false => {
                cx.log
                    .info("not a git repository: only the configuration in this folder counts");
                beside(&folder)?
            }
        };
        files.retain(|file| {
            let path = Path::new(file);
            // What a package manager put there is not the project's, whether git ignores it or not.
            let mut parts = path.iter();
            if parts.any(|part| part == ".venv" || part == "node_modules") {
                return false;
            }
            let excluded = |path: &Path| {
                globs
                    .iter()
                    .any(|glob| glob.matches(&path.to_string_lossy()))
            };
            !path.ancestors().any(excluded) && folder.join(path).is_file()
        });
        Ok(Self {
            checkout,
            folder,
            files,
        })
    }

    /// How messages name a folder.
    pub(crate) fn label(&self, folder: &Path) -> String {
        self.checkout
            .relative(folder)
            .unwrap_or_else(|| ".".to_owned())
    }

    /// The folders that have a file of this name, those nearest to the top first.
    pub(crate) fn folders_with(&self, name: &str) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self
            .files
            .iter()
            .filter_map(|file| match file.strip_suffix(name)? {
                "" => Some(self.folder.clone()),
                before => Some(self.folder.join(before.strip_suffix('/')?)),
            })
            .collect();
        folders.sort_by_key(|folder| (folder.components().count(), folder.clone()));
        folders
    }

    /// The folders with a configuration of a linter, and the files that could not be read to see whether they hold one.
    pub(crate) fn configured(&self, config: Config) -> (Vec<PathBuf>, Vec<String>) {
        let mut found = BTreeSet::new();
        let mut unreadable = Vec::new();
        for name in config.files() {
            for folder in self.folders_with(name) {
                match config.is_in(&self.checkout, &folder.join(name)) {
                    Ok(true) => {
                        found.insert(folder);
                    }
                    Ok(false) => {}
                    Err(err) => unreadable.push(format!("{err:#}")),
                }
            }
        }
        let mut found: Vec<PathBuf> = found.into_iter().collect();
        found.sort_by_key(|folder| (folder.components().count(), folder.clone()));
        (found, unreadable)
    }

    /// The same, without folders below another of them. A configuration above counts for this folder.
    pub(crate) fn topmost(&self, config: Config) -> (Vec<PathBuf>, Vec<String>) {
        let above = self.folder.ancestors().skip(1);
        let above = above.take_while(|above| above.starts_with(self.checkout.root()));
        let is_above = above
            .flat_map(|folder| config.files().iter().map(move |name| folder.join(name)))
            .any(|file| file.is_file() && config.is_in(&self.checkout, &file).unwrap_or(false));
        if is_above {
            return (vec![self.folder.clone()], Vec::new());
        }
        let (found, unreadable) = self.configured(config);
        let mut top: Vec<PathBuf> = Vec::new();
        for folder in found {
            if !top.iter().any(|above| folder.starts_with(above)) {
                top.push(folder);
            }
        }
        (top, unreadable)
    }

    /// Whether a path, from `folder` if it is relative, is a file of the repository.
    pub(crate) fn has(&self, folder: &Path, path: &str) -> bool {
        let whole = folder.join(path);
        whole.is_file() && self.checkout.relative(&whole).is_some()
    }
}

/// What git tracks or would track.
async fn tracked(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let listed = Git::open(folder)
        .await?
        .command([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(folder)
        .output()
        .await
        .context("failed to list the files of the repository")?;
    let paths = listed.split(|byte| *byte == 0);
    Ok(paths
        .filter_map(|path| Some(std::str::from_utf8(path).ok()?.to_owned()))
        .filter(|path| !path.is_empty())
        .collect())
}

fn beside(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("failed to read `{}`", folder.display()))?;
    Ok(entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect())
}

impl Config {
    /// The files that can hold it.
    pub(crate) fn files(self) -> &'static [&'static str] {
        match self {
            Self::Ruff => &["ruff.toml", ".ruff.toml", "pyproject.toml"],
            Self::Mypy => &["mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg"],
            Self::Pyright => &["pyrightconfig.json", "pyproject.toml"],
            Self::Taplo => &["taplo.toml", ".taplo.toml"],
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::Ruff => "ruff",
            Self::Mypy => "mypy",
            Self::Pyright => "pyright",
            Self::Taplo => "taplo",
        }
    }

    /// Whether this file, which has one of the names, holds it.
    fn is_in(self, checkout: &Checkout, file: &Path) -> anyhow::Result<bool> {
        match file.file_name().and_then(|name| name.to_str()) {
            Some("pyproject.toml") => Ok(tool_table(checkout, file, self.table())?.is_some()),
            Some("setup.cfg") => Ok(read(checkout, file)?
                .lines()
                .any(|line| line.trim() == "[mypy]")),
            _ => Ok(true),
        }
    }

    pub(crate) fn list(self) -> String {
        let files: Vec<String> = self
            .files()
            .iter()
            .map(|name| match *name {
                "pyproject.toml" => format!("`[tool.{}]` in `pyproject.toml`", self.table()),
                "setup.cfg" => "`[mypy]` in `setup.cfg`".to_owned(),
                name => format!("`{name}`"),
            })
            .collect();
        match files.split_last() {
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
            None => String::new(),
        }
    }
}

fn read(checkout: &Checkout, file: &Path) -> anyhow::Result<String> {
    let name = checkout.relative(file).unwrap_or_default();
    checkout
        .read_text(file, checkout::SMALL)
        .with_context(|| format!("failed to read `{name}`"))
}

/// A table of a tool in a `pyproject.toml`.
fn tool_table(checkout: &Checkout, file: &Path, tool: &str) -> anyhow::Result<Option<toml::Table>> {
    let text = read(checkout, file)?;
    let name = checkout.relative(file).unwrap_or_default();
    let whole: toml::Table = text.parse().map_err(|err: toml::de::Error| {
        let line = err.span().map_or(0, |span| {
            let before = text.as_bytes().iter().take(span.start);
            before.filter(|byte| **byte == b'\n').count()
        });
        anyhow::anyhow!(
            "failed to read `{name}:{}`: {}",
            line + 1,
            text::one_line(err.message())
        )
    })?;
    let table = whole
        .get("tool")
        .and_then(|tools| tools.get(tool)?.as_table());
    Ok(table.cloned())
}

/// Whether the configuration of mypy in a folder says what to check.
pub(crate) fn mypy_knows_its_files(checkout: &Checkout, folder: &Path) -> bool {
    const KEYS: [&str; 3] = ["files", "packages", "modules"];
    let pyproject = folder.join("pyproject.toml");
    // In mypy's own order; the first that is there counts.
    for name in ["mypy.ini", ".mypy.ini"] {
        if let Ok(text) = read(checkout, &folder.join(name)) {
            return ini_has(&text, &KEYS);
        }
    }
    if let Ok(Some(table)) = tool_table(checkout, &pyproject, "mypy") {
        return KEYS.iter().any(|key| table.contains_key(*key));
    }
    read(checkout, &folder.join("setup.cfg")).is_ok_and(|text| ini_has(&text, &KEYS))
}

/// Whether the section `[mypy]` has one of these keys.
fn ini_has(text: &str, keys: &[&str]) -> bool {
    let mut inside = false;
    text.lines().any(|line| {
        if line.starts_with('[') {
            inside = line.trim() == "[mypy]";
        }
        let key = line.split(['=', ':']).next().unwrap_or_default().trim();
        inside && keys.contains(&key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_in_its_section_only() {
        assert!(ini_has("[mypy]\nstrict = True\nfiles = src\n", &["files"]));
        assert!(!ini_has(
            "[mypy]\nstrict = True\n[mypy-x]\nfiles = src\n",
            &["files"]
        ));
    }
}
