//! The variables of the process, read once by `main.rs`, so that nothing below it depends on global state.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use untrusted_input::address;

/// Variables that hold a secret, as the clouds' and the registries' own tools name them.
const SECRET_NAMES: &[&str] = &[
    "AWS_SECRET_ACCESS_KEY",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_KEY",
    "AZBLOB_ACCOUNT_KEY",
    "GOOGLE_CREDENTIALS",
];
const SECRET_ENDS: &[&str] = &["_PASSWORD", "_SECRET", "_TOKEN"];
/// A shorter value of such a variable is a word, such as `none`.
const SHORTEST_SECRET: usize = 8;

/// A snapshot of the environment. An empty variable counts as absent, as the runner means it.
#[derive(Clone, Default)]
pub struct Env {
    vars: BTreeMap<String, String>,
}

impl Env {
    /// Takes the variables that are Unicode; a runner sets no others.
    pub fn new(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let vars = vars
            .into_iter()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { vars }
    }

    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A variable that names a file or a folder.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// Names and values of the variables that start with `prefix`, the prefix cut off.
    pub(crate) fn with_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.vars
            .iter()
            .filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    /// What must not be shown: values of variables whose name says so, and secrets in addresses.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, value) in &self.vars {
            let name = name.to_uppercase();
            let is_secret = SECRET_NAMES.contains(&name.as_str())
                || SECRET_ENDS.iter().any(|end| name.ends_with(end));
            if is_secret && value.trim().len() >= SHORTEST_SECRET {
                found.push(value.clone());
            }
            found.extend(address::secrets(value));
        }
        found
    }

    /// Whether a runner of GitHub Actions, or something that plays one, started this process.
    pub fn on_runner(&self) -> bool {
        self.get("GITHUB_ACTIONS") == Some("true")
    }

    /// Whether the run was asked for debug output.
    pub fn debug(&self) -> bool {
        self.get("RUNNER_DEBUG") == Some("1")
    }

    /// Address of the API, which differs on GitHub Enterprise.
    pub fn api_url(&self) -> &str {
        self.get("GITHUB_API_URL")
            .unwrap_or("https://api.github.com")
    }

    /// `owner/name` of the repository whose workflow runs.
    pub fn repository(&self) -> Option<&str> {
        self.get("GITHUB_REPOSITORY")
    }

    /// Address of the page of this run, for records and journals.
    pub fn run_url(&self) -> Option<String> {
        Some(format!(
            "{}/{}/actions/runs/{}",
            self.get("GITHUB_SERVER_URL")?,
            self.get("GITHUB_REPOSITORY")?,
            self.get("GITHUB_RUN_ID")?
        ))
    }

    /// Where an action may keep files until the job ends.
    pub fn temp_dir(&self) -> PathBuf {
        self.path("RUNNER_TEMP").unwrap_or_else(std::env::temp_dir)
    }

    /// The folder that relative paths in inputs start from.
    pub fn workspace(&self) -> &Path {
        Path::new(".")
    }
}

/// Shows names only: values can be secrets.
impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.vars.keys()).finish()
    }
}
