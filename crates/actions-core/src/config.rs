//! The config file: one table per action, whose keys are that action's inputs, and tables that say what runs and what is built.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use untrusted_input::checkout;

use crate::{Context, InputError, did_you_mean, list, packages, text};

/// Where the config file is looked for when nothing names another.
pub(crate) const DEFAULT_PATH: &str = ".github/ci-actions.toml";

/// The actions that there are, and so the tables that the config file may hold.
pub const ACTIONS: &[&str] = &[
    "all-green",
    "bench",
    "build-bundle",
    "build-docs",
    "build-wheel",
    "draft-release",
    "fetch-packages",
    "index",
    "lint",
    "package-crates",
    "plan",
    "pr-gates",
    "preflight",
    "promote",
    "prune",
    "publish-crates",
    "publish-release",
    "publish-wheels",
    "release",
    "run-with-wheel",
    "sign-packages",
    "stamp-version",
    "test-rust",
    "test-wheel",
    "upload-packages",
    "verify-release",
    "withdraw",
];

/// Tables that are not an action's: which jobs run where, and which packages they build.
pub(crate) const TABLES: &[&str] = &["platforms", "jobs", "paths", "groups", packages::TABLE];

/// A config file that was looked for.
#[derive(Debug, Clone, Default)]
pub struct ConfigFile {
    /// Where, as it was named.
    pub path: PathBuf,
    /// `None` where there is no such file.
    pub text: Option<String>,
    /// How errors name the file, such as `` `.github/ci-actions.toml` `` or the same with the commit that it is of.
    pub place: String,
    /// What the log says of where it comes from.
    pub remarks: Vec<String>,
}

/// A config file that is looked for.
#[expect(missing_debug_implementations, reason = "it contains a function")]
pub struct ConfigRequest<'a> {
    pub path: &'a Path,
    /// Whether somebody asked for this one.
    pub is_named: bool,
    /// What the command line or a variable gives as an input; the file itself may not say where it comes from.
    pub input: &'a dyn Fn(&str) -> Option<String>,
}

/// Where an action gets its config file from.
///
/// Who may write the file decides what the action does: an action that judges somebody's changes reads it from elsewhere
/// than from these changes.
pub type ConfigReader = fn(&Context, &ConfigRequest<'_>) -> anyhow::Result<ConfigFile>;

/// Reads the config file of the work tree.
pub fn config_of_work_tree(
    _cx: &Context,
    request: &ConfigRequest<'_>,
) -> anyhow::Result<ConfigFile> {
    let path = request.path;
    let text = match checkout::read_text(path, checkout::SMALL) {
        Ok(text) => Some(text),
        Err(err) if err.is_missing() => None,
        Err(err) => {
            return Err(err)
                .with_context(|| format!("failed to read the config file `{}`", path.display()));
        }
    };
    Ok(ConfigFile {
        path: path.to_owned(),
        text,
        place: format!("`{}`", path.display()),
        remarks: Vec::new(),
    })
}

/// The table of one action, and the file it stands in.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) place: String,
    pub(crate) table: toml::Table,
    /// `None` where none was looked for.
    pub(crate) file: Option<ConfigFile>,
}

/// Reads the table of an action. Without a file there is nothing to say, unless the file was asked for by name.
pub(crate) fn read(
    action: &str,
    named: Option<&str>,
    cx: &Context,
    reader: ConfigReader,
    input: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, InputError> {
    let request = ConfigRequest {
        path: Path::new(named.unwrap_or(DEFAULT_PATH)),
        is_named: named.is_some(),
        input,
    };
    let file = reader(cx, &request).map_err(|err| InputError::new(format!("{err:#}")))?;
    let Some(text) = &file.text else {
        if named.is_some() {
            let place = format!("`{}`", request.path.display());
            return Err(unreadable(&place, "there is no such file"));
        }
        return Ok(Config {
            file: Some(file),
            ..Config::default()
        });
    };
    let place = file.place.clone();
    if text.len() as u64 > checkout::SMALL {
        return Err(unreadable(&place, "it is over the limit of 1 MiB"));
    }
    let mut tables: toml::Table = text
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
    let known: Vec<&str> = ACTIONS.iter().chain(TABLES).copied().collect();
    let Some(name) = tables.keys().find(|name| !known.contains(&name.as_str())) else {
        return Ok(());
    };
    let hint = did_you_mean(name, known.iter().copied())
        .map(|meant| format!(", did you mean `[{meant}]`?"))
        .unwrap_or_else(|| format!(": the tables are {}", list(&known)));
    Err(InputError::new(format!(
        "unknown table `[{}]` in {place}{hint}",
        text::shortened(name)
    )))
}

fn unreadable(place: &str, cause: &str) -> InputError {
    InputError::new(format!("failed to read the config file {place}: {cause}"))
}
