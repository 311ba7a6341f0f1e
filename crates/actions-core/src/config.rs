//! The config file: one table per action, whose keys are that action's inputs, and one for the packages that all of them mean.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{Context, InputError, did_you_mean, list, packages};

/// Where the config file is looked for when nothing names another.
pub(crate) const DEFAULT_PATH: &str = ".github/ci-actions.toml";

/// The actions that there are, and so the tables that the config file may hold.
pub const ACTIONS: &[&str] = &[
    "all-green",
    "build-bundle",
    "build-docs",
    "build-wheel",
    "draft-release",
    "fetch-packages",
    "index",
    "package-crates",
    "plan",
    "pr-gates",
    "promote",
    "prune",
    "publish-crates",
    "publish-wheels",
    "run-with-wheel",
    "stamp-version",
    "test-wheel",
    "upload-packages",
];

/// The text of a config file.
#[derive(Debug, Clone)]
pub struct ConfigText {
    pub text: String,
    /// How errors name the file, such as `` `.github/ci-actions.toml` `` or the same with the commit that it is of.
    pub place: String,
}

/// Where an action gets its config file from; `None` where there is no such file.
///
/// Who may write the file decides what the action does: an action that judges somebody's changes reads it from elsewhere
/// than from these changes.
pub type ConfigReader = fn(&Context, &Path) -> anyhow::Result<Option<ConfigText>>;

/// Reads the config file of the work tree.
pub fn config_of_work_tree(_cx: &Context, path: &Path) -> anyhow::Result<Option<ConfigText>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(ConfigText {
            text,
            place: format!("`{}`", path.display()),
        })),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(err) => {
            Err(err).with_context(|| format!("failed to read the config file `{}`", path.display()))
        }
    }
}

/// The table of one action, and the file it stands in.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) place: String,
    pub(crate) table: toml::Table,
    /// `None` where there is no file.
    pub(crate) file: Option<ConfigText>,
}

/// Reads the table of an action. Without a file there is nothing to say, unless the file was asked for by name.
pub(crate) fn read(
    action: &str,
    named: Option<&str>,
    cx: &Context,
    reader: ConfigReader,
) -> Result<Config, InputError> {
    let path = PathBuf::from(named.unwrap_or(DEFAULT_PATH));
    let file = match reader(cx, &path) {
        Ok(Some(file)) => file,
        Ok(None) if named.is_none() => return Ok(Config::default()),
        Ok(None) => {
            let place = format!("`{}`", path.display());
            return Err(unreadable(&place, "there is no such file"));
        }
        Err(err) => return Err(InputError::new(format!("{err:#}"))),
    };
    let place = file.place.clone();
    let mut tables: toml::Table = file
        .text
        .parse()
        .map_err(|err: toml::de::Error| unreadable(&place, err.to_string().trim_end()))?;
    refuse_unknown_tables(&tables, &place)?;
    let table = match tables.remove(action) {
        None => toml::Table::new(),
        Some(toml::Value::Table(table)) => table,
        Some(other) => {
            let problem = format!("`{action}` must be a table, not a {}", other.type_str());
            return Err(unreadable(&place, &problem));
        }
    };
    Ok(Config {
        place,
        table,
        file: Some(file),
    })
}

fn refuse_unknown_tables(tables: &toml::Table, place: &str) -> Result<(), InputError> {
    let known: Vec<&str> = ACTIONS.iter().copied().chain([packages::TABLE]).collect();
    let Some(name) = tables.keys().find(|name| !known.contains(&name.as_str())) else {
        return Ok(());
    };
    let hint = did_you_mean(name, known.iter().copied())
        .map(|meant| format!(", did you mean `[{meant}]`?"))
        .unwrap_or_else(|| format!(": the tables are {}", list(&known)));
    Err(InputError::new(format!(
        "unknown table `[{name}]` in {place}{hint}"
    )))
}

fn unreadable(place: &str, cause: &str) -> InputError {
    InputError::new(format!("failed to read the config file {place}: {cause}"))
}
