//! A row of a matrix of packages: the platform on which they are built, what they are, and how they are built.

use std::collections::BTreeMap;

use actions_core::{Builder, Declared, Recipe};
use package_store::Expected;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{LINUX_WHEEL, OTHER_WHEELS};
use crate::config::Config;
use crate::plan::first_row;

/// The platform that scripts and documentation tools run on.
pub(super) const LINUX: &str = "linux-x64";

/// Packages of one declaration that are built together.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub(super) declared: &'a Declared,
    pub(super) recipe: &'a Recipe,
    /// The platform of the config file on which they are built.
    pub(super) platform: &'a str,
    /// The platform for which they are built.
    pub(super) target: &'a str,
    /// The artifact with the wheel that they are made with, if they are.
    pub(super) wheel: String,
}

/// The column `package`.
#[derive(Default, Serialize)]
pub(super) struct Package<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) project: &'a str,
    pub(super) platform: &'a str,
    pub(super) profile: &'a str,
    /// What its job is called.
    pub(super) label: &'a str,
    /// What the job that builds it hands on to the one that uploads it.
    pub(super) artifact: &'a str,
    /// The name of the package, if it is a folder.
    pub(super) folder: &'a str,
    /// The packages that it must be, one per line.
    pub(super) expected: &'a str,
    /// The artifact with the wheel that it is made with.
    pub(super) wheel: &'a str,
}

impl<'a> Row<'a> {
    /// The row of a package that is made without a wheel, until one is chosen.
    pub(crate) fn new(
        declared: &'a Declared,
        recipe: &'a Recipe,
        platform: &'a str,
        target: &'a str,
    ) -> Self {
        Self {
            declared,
            recipe,
            platform,
            target,
            wheel: String::new(),
        }
    }

    /// The matrix in which it stands.
    pub(super) fn matrix(&self) -> &'static str {
        match self.recipe.builder {
            Builder::Wheel if self.target.split('.').any(|it| it == LINUX) => LINUX_WHEEL,
            Builder::Wheel => OTHER_WHEELS,
            other => other.name(),
        }
    }

    /// Only what is built for several platforms needs to say for which.
    pub(crate) fn label(&self) -> String {
        match self.target {
            "any" => self.declared.name.clone(),
            platform => format!("{} ({platform})", self.declared.name),
        }
    }

    /// Another for each row of a run.
    pub(super) fn artifact(&self) -> String {
        format!("{}@{}", file_name(&self.declared.name), self.target)
    }

    /// The project, where it is one.
    pub(super) fn project(&self) -> &str {
        match self.declared.projects.as_slice() {
            [one] => one,
            _ => "",
        }
    }

    /// The column `build`.
    pub(super) fn build(&self) -> BTreeMap<String, String> {
        let mut build = self.recipe.inputs.clone();
        let windows = build.remove("windows-archive");
        if let Some(archive) = windows.filter(|_| self.target.starts_with("windows")) {
            build.insert("archive".to_owned(), archive);
        }
        build
    }

    /// The name of the package, if it is a folder.
    fn folder(&self) -> &str {
        let build = self.build();
        let archive = build.get("archive").map(String::as_str);
        match self.recipe.builder {
            Builder::Docs => &self.declared.kind,
            Builder::Bundle if matches!(archive, None | Some("" | "none")) => self.project(),
            _ => "",
        }
    }

    /// The row as workflows read it; `None` where the config file has no such platform.
    pub(crate) fn json(&self, file: &Config, build: &BTreeMap<String, String>) -> Option<Value> {
        let row = first_row(self.platform, file.platforms.get(self.platform)?);
        let expected = |project: &String| {
            let expected = Expected {
                kind: self.declared.kind.clone(),
                project: project.clone(),
                platform: self.target.to_owned(),
                profile: self.declared.profile.clone(),
            };
            expected.to_string()
        };
        let expected: Vec<String> = self.declared.projects.iter().map(expected).collect();
        let package = Package {
            name: &self.declared.name,
            kind: &self.declared.kind,
            project: self.project(),
            platform: self.target,
            profile: &self.declared.profile,
            label: &self.label(),
            artifact: &self.artifact(),
            folder: self.folder(),
            expected: &expected.join("\n"),
            wheel: &self.wheel,
        };
        Some(with_package(row, &package, build))
    }
}

/// A row of a platform with the columns of a package beside.
pub(super) fn with_package(
    row: Value,
    package: &Package<'_>,
    build: &BTreeMap<String, String>,
) -> Value {
    let mut columns = match row {
        Value::Object(columns) => columns,
        _ => Map::new(),
    };
    columns.insert("package".to_owned(), json!(package));
    columns.insert("build".to_owned(), json!(build));
    Value::Object(columns)
}

/// A key of the table as a part of a file name: GitHub refuses artifacts with some signs in their names.
fn file_name(key: &str) -> String {
    let keeps = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let part = |byte: u8| match keeps(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02x}"),
    };
    key.bytes().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_no_file_name_becomes_one_and_stays_another_than_its_neighbours() {
        assert_eq!(file_name("docs-rust_1.0"), "docs-rust_1.0");
        assert_eq!(file_name("a/b"), "a%2fb");
        assert_eq!(file_name("a%2fb"), "a%252fb");
        assert_eq!(file_name("a@b c"), "a%40b%20c");
    }
}
