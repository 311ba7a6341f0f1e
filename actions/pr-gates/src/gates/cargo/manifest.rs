//! One `Cargo.toml`, as far as publishing and the graph of crates need it; no cargo is asked.

use toml::{Table, Value};
use untrusted_input::Glob;

/// What a manifest says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) package: Option<Package>,
    pub(super) workspace: Option<Workspace>,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    /// `None` where it does not say.
    pub(super) publish: Option<Publish>,
    /// Without a version, cargo does not publish.
    pub(super) has_version: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Publish {
    Yes,
    No,
    /// `publish.workspace = true`
    OfWorkspace,
}

#[derive(Debug, Default)]
pub(super) struct Workspace {
    pub(super) members: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) publish: Option<Publish>,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    /// The name in this manifest, which may be another one than the crate's.
    pub(super) key: String,
    pub(super) kind: Kind,
    pub(super) source: Source,
    pub(super) has_version: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Normal,
    Build,
    Dev,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A folder, relative to the manifest's own.
    Path(String),
    /// The workspace's entry of the same name.
    Workspace,
    /// A registry or another repository.
    Elsewhere,
}

const TABLES: [(&str, Kind); 5] = [
    ("dependencies", Kind::Normal),
    ("build-dependencies", Kind::Build),
    ("build_dependencies", Kind::Build),
    ("dev-dependencies", Kind::Dev),
    ("dev_dependencies", Kind::Dev),
];

/// Reads a manifest; the error is one line, with the line that it is about.
pub(super) fn parse(text: &str) -> Result<Manifest, (String, u32)> {
    let table: Table = text.parse().map_err(|err: toml::de::Error| {
        let before = err.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        (err.message().to_owned(), u32::try_from(line).unwrap_or(1))
    })?;
    let section = |name: &str| table.get(name).and_then(Value::as_table);
    let workspace = section("workspace").map(workspace);
    for member in workspace.iter().flat_map(|one| &one.members) {
        Glob::of_cargo(member).map_err(|err| {
            let before = text.split("members").next().unwrap_or_default();
            let line = u32::try_from(before.matches('\n').count() + 1).unwrap_or(1);
            let member = actions_core::text::shortened(member);
            (
                format!("`{member}` in `members` is not a glob: {err}"),
                line,
            )
        })?;
    }
    let mut dependencies = tables(&table);
    let targets = section("target").into_iter().flat_map(Table::values);
    dependencies.extend(targets.filter_map(Value::as_table).flat_map(tables));
    Ok(Manifest {
        package: section("package").or(section("project")).and_then(package),
        workspace,
        dependencies,
    })
}

fn package(table: &Table) -> Option<Package> {
    Some(Package {
        name: table.get("name")?.as_str()?.to_owned(),
        publish: table.get("publish").and_then(publish),
        has_version: table.contains_key("version"),
    })
}

fn publish(value: &Value) -> Option<Publish> {
    match value {
        Value::Boolean(true) => Some(Publish::Yes),
        Value::Boolean(false) => Some(Publish::No),
        Value::Array(registries) if registries.is_empty() => Some(Publish::No),
        Value::Array(_) => Some(Publish::Yes),
        Value::Table(table) if is_true(table, "workspace") => Some(Publish::OfWorkspace),
        _ => None,
    }
}

fn is_true(table: &Table, key: &str) -> bool {
    table.get(key).and_then(Value::as_bool) == Some(true)
}

fn workspace(table: &Table) -> Workspace {
    let words = |key: &str| {
        let words = table.get(key).and_then(Value::as_array);
        let words = words.into_iter().flatten().filter_map(Value::as_str);
        words.map(str::to_owned).collect()
    };
    let package = table.get("package").and_then(Value::as_table);
    let shared = table.get("dependencies").and_then(Value::as_table);
    Workspace {
        members: words("members"),
        exclude: words("exclude"),
        publish: package
            .and_then(|package| package.get("publish"))
            .and_then(publish),
        dependencies: shared.map_or_else(Vec::new, |table| dependencies(table, Kind::Normal)),
    }
}

fn tables(parent: &Table) -> Vec<Dependency> {
    TABLES
        .into_iter()
        .filter_map(|(name, kind)| Some((parent.get(name)?.as_table()?, kind)))
        .flat_map(|(table, kind)| dependencies(table, kind))
        .collect()
}

fn dependencies(table: &Table, kind: Kind) -> Vec<Dependency> {
    let dependency = |(key, value): (&String, &Value)| {
        let details = value.as_table();
        let path = details.and_then(|details| details.get("path"));
        let source = match path.and_then(Value::as_str) {
            Some(path) => Source::Path(path.to_owned()),
            None if details.is_some_and(|details| is_true(details, "workspace")) => {
                Source::Workspace
            }
            None => Source::Elsewhere,
        };
        Dependency {
            key: key.clone(),
            kind,
            source,
            has_version: details.is_none_or(|details| details.contains_key("version")),
        }
    };
    table.iter().map(dependency).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publish_is_read_in_every_form() {
        let publish = |line: &str| {
            let text = format!("[package]\nname = 'a'\n{line}\n");
            parse(&text).unwrap().package.unwrap().publish
        };
        assert_eq!(publish(""), None);
        assert_eq!(publish("publish = false"), Some(Publish::No));
        assert_eq!(publish("publish = []"), Some(Publish::No));
        assert_eq!(publish("publish = ['own']"), Some(Publish::Yes));
        assert_eq!(
            publish("publish.workspace = true"),
            Some(Publish::OfWorkspace)
        );
    }

    #[test]
    fn members_that_would_break_a_compiler_of_globs_are_said_with_their_line() {
        let nested = format!("{}a{}", "{".repeat(250), "}".repeat(250));
        let text = format!("[workspace]\nmembers = ['a',\n'{nested}']\n");
        let (message, line) = parse(&text).unwrap_err();
        assert!(message.contains("nests `{` 250 deep"), "{message}");
        assert!(line == 2 && message.len() < 300, "{line}: {message}");
    }

    #[test]
    fn dependencies_are_found_in_every_table() {
        let text = "[dependencies]\na = '1'\nb = { path = '../b', version = '1' }\n[build-dependencies]\nc.workspace = true\n\
                    [target.'cfg(unix)'.dev-dependencies]\nd = { path = 'd' }\n";
        let found = parse(text).unwrap().dependencies;
        let shown: Vec<String> = found
            .iter()
            .map(|one| {
                format!(
                    "{} {:?} {:?} {}",
                    one.key, one.kind, one.source, one.has_version
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "a Normal Elsewhere true",
                "b Normal Path(\"../b\") true",
                "c Build Workspace false",
                "d Dev Path(\"d\") false"
            ]
        );
    }

    #[test]
    fn what_is_no_toml_is_said_with_its_line() {
        let (message, line) = parse("[package]\nname = \n").unwrap_err();
        assert_eq!(line, 2, "{message}");
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn a_manifest_that_cannot_be_read_is_said_with_a_line_of_its_own() {
        let seeds = [
            "[package]\nname = 'a'\npublish = []\n[dependencies]\nb = { path = '../b', version = '1' }\n",
            "[workspace]\nmembers = ['crates/*']\n[workspace.package]\npublish = false\n",
            "[target.'cfg(unix)'.dev-dependencies]\nc.workspace = true\n",
        ];
        let words = [
            "[package]",
            "publish",
            " = ",
            "{ path = '",
            "'",
            "[[",
            "true",
            "workspace",
        ];
        testkit::fuzz::texts(&seeds, &words, |text| {
            if let Err((message, line)) = parse(text) {
                let lines = u32::try_from(text.matches('\n').count()).unwrap() + 1;
                assert!(
                    !message.is_empty() && (1..=lines).contains(&line),
                    "{line}: {message}"
                );
            }
        });
    }
}
