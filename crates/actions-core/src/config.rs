//! The config file: one table per action, whose keys are that action's inputs.

use std::path::{Path, PathBuf};

use crate::{InputError, did_you_mean, list};

/// Where the config file is looked for when nothing names another.
pub(crate) const DEFAULT_PATH: &str = ".github/ci-actions.toml";

/// The actions that there are, and so the tables that the config file may hold.
pub const ACTIONS: &[&str] = &[
    "all-green",
    "build-wheel",
    "draft-release",
    "fetch-packages",
    "package-crates",
    "plan",
    "pr-gates",
    "promote",
    "publish-crates",
    "publish-wheels",
    "test-wheel",
    "upload-packages",
];

/// The table of one action, and the file it stands in.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    pub(crate) table: toml::Table,
}

/// Reads the table of an action. Without a file there is nothing to say, unless the file was asked for by name.
pub(crate) fn read(action: &str, named: Option<&str>) -> Result<Config, InputError> {
    let path = PathBuf::from(named.unwrap_or(DEFAULT_PATH));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
            return Ok(Config::default());
        }
        Err(err) => return Err(unreadable(&path, &err.to_string())),
    };
    let mut tables: toml::Table = text
        .parse()
        .map_err(|err: toml::de::Error| unreadable(&path, err.to_string().trim_end()))?;
    for name in tables.keys() {
        if !ACTIONS.contains(&name.as_str()) {
            let hint = did_you_mean(name, ACTIONS.iter().copied())
                .map(|meant| format!(", did you mean `[{meant}]`?"))
                .unwrap_or_else(|| format!(": the tables are {}", list(ACTIONS)));
            return Err(InputError::new(format!(
                "unknown table `[{name}]` in `{}`{hint}",
                path.display()
            )));
        }
    }
    match tables.remove(action) {
        None => Ok(Config {
            path,
            table: toml::Table::new(),
        }),
        Some(toml::Value::Table(table)) => Ok(Config { path, table }),
        Some(other) => Err(unreadable(
            &path,
            &format!("`{action}` must be a table, not a {}", other.type_str()),
        )),
    }
}

fn unreadable(path: &Path, cause: &str) -> InputError {
    InputError::new(format!(
        "failed to read the config file `{}`: {cause}",
        path.display()
    ))
}
