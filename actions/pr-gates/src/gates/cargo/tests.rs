//! What the gate says of small workspaces.

use super::*;
use crate::pull_request::{Change, Content, Side, Tree};

fn pr(files: &[(&str, &str)], changed: &str) -> PullRequest {
    let side = Side {
        mode: 0o100_644,
        id: changed.to_owned(),
    };
    let content = |text: &str| Content {
        size: 1,
        bytes: Some(text.as_bytes().to_vec()),
    };
    PullRequest {
        changes: vec![Change {
            path: changed.to_owned(),
            old: None,
            new: Some(side),
        }],
        tree: Tree::new(
            files
                .iter()
                .map(|&(path, _)| Entry {
                    path: path.to_owned(),
                    mode: 0o100_644,
                    id: path.to_owned(),
                    size: None,
                })
                .collect(),
        ),
        contents: files
            .iter()
            .map(|&(path, text)| (path.to_owned(), content(text)))
            .collect(),
        ..PullRequest::default()
    }
}

fn found(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
    let inputs = Inputs { cargo: vec![rule] };
    check(&pr(files, files[0].0), &inputs)
        .into_iter()
        .map(|one| format!("{}: {}", one.file.unwrap(), one.message))
        .collect()
}

const ROOT: (&str, &str) = (
    "Cargo.toml",
    "[workspace]\nmembers = ['crates/*']\nexclude = ['crates/skip']\n[workspace.package]\npublish = false\n\
     [workspace.dependencies]\nb = { path = 'crates/b', version = '1' }\nc = { path = 'crates/c' }\n",
);

/// A package with its `publish` and its dependencies.
fn package(name: &str, publish: &str, tables: &str) -> String {
    format!("[package]\nname = '{name}'\nversion = '1.0.0'\n{publish}\n{tables}\n")
}

#[test]
fn publish_must_be_said_by_every_member_and_by_no_other() {
    let (silent, inherited) = (
        package("a", "", ""),
        package("b", "publish.workspace = true", ""),
    );
    let found = found(
        Rule::ExplicitPublish,
        &[
            ROOT,
            ("crates/a/Cargo.toml", &silent),
            ("crates/b/Cargo.toml", &inherited),
            ("crates/c/Cargo.toml", "[package]\nname = 'c'\n"),
            ("crates/skip/Cargo.toml", &silent),
            ("crates/a/tests/data/Cargo.toml", &silent),
        ],
    );
    assert_eq!(
        found,
        [
            "crates/a/Cargo.toml: crate `a` does not set `publish`, and would be published",
            "crates/c/Cargo.toml: crate `c` does not set `publish`, and would not be, because it has no `version`"
        ]
    );
}

#[test]
fn an_unpublished_crate_is_found_at_the_end_of_its_path() {
    let a = package("a", "publish = true", "[dependencies]\nb.workspace = true");
    let b = package(
        "b",
        "publish = ['own']",
        "[target.'cfg(unix)'.build-dependencies]\nc.workspace = true",
    );
    let c = package("c", "publish.workspace = true", "");
    let found = found(
        Rule::PublishedDependencies,
        &[
            ROOT,
            ("crates/a/Cargo.toml", &a),
            ("crates/b/Cargo.toml", &b),
            ("crates/c/Cargo.toml", &c),
        ],
    );
    assert_eq!(
        found,
        [
            "crates/a/Cargo.toml: published crate `a` depends on `c`, which is not published: a → b → c (build)",
            "crates/b/Cargo.toml: published crate `b` depends on `c`, which is not published: b → c (build)"
        ]
    );
}

#[test]
fn a_dev_dependency_counts_only_where_it_has_a_version() {
    let with = |version: &str| {
        let table = format!("[dev-dependencies]\nc = {{ path = '../c' {version} }}");
        let a = package("a", "publish = true", &table);
        let c = package("c", "publish = false", "");
        let files = [
            ROOT,
            ("crates/a/Cargo.toml", &a),
            ("crates/c/Cargo.toml", &c),
        ];
        found(Rule::PublishedDependencies, &files).len()
    };
    assert_eq!((with(""), with(", version = '1'")), (0, 1));
}

#[test]
fn a_circle_is_named_once_with_its_dev_dependencies() {
    let a = package("a", "", "[dependencies]\nb.workspace = true");
    let b = package("b", "", "[dependencies]\nc.workspace = true");
    let c = package(
        "c",
        "",
        "[dev-dependencies]\na = { path = '../a' }\nc = { path = '.' }",
    );
    let found = found(
        Rule::NoCycles,
        &[
            ROOT,
            ("crates/a/Cargo.toml", &a),
            ("crates/b/Cargo.toml", &b),
            ("crates/c/Cargo.toml", &c),
        ],
    );
    assert_eq!(
        found,
        ["crates/a/Cargo.toml: crates form a dependency cycle: a → b → c → a (dev)"]
    );
}

#[test]
fn a_crate_may_test_itself_but_not_need_itself() {
    let itself = |table: &str| {
        let a = package("a", "", &format!("[{table}]\na = {{ path = '.' }}"));
        found(Rule::NoCycles, &[("Cargo.toml", &a)])
    };
    assert_eq!(itself("dev-dependencies"), [""; 0]);
    assert_eq!(
        itself("dependencies"),
        ["Cargo.toml: crates form a dependency cycle: a → a"]
    );
}

#[test]
fn what_a_member_reaches_by_path_is_a_member() {
    let root = "[workspace]\n[package]\nname = 'root'\npublish = false\n[dependencies]\ninner = { path = 'inner' }\n";
    let inner = package("inner", "", "");
    let files = [
        ("Cargo.toml", root),
        ("inner/Cargo.toml", &inner),
        ("other/Cargo.toml", &inner),
    ];
    assert_eq!(found(Rule::ExplicitPublish, &files).len(), 1);
}

#[test]
fn a_manifest_that_cannot_be_read_is_found_where_it_changed() {
    let files = [
        ("Cargo.toml", "[package]\nname =\n"),
        ("tests/Cargo.toml", "="),
    ];
    let found = found(Rule::All, &files);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("Cargo.toml: manifest cannot be read: "),
        "{found:?}"
    );
}

#[test]
fn nothing_is_read_where_no_manifest_changed() {
    let pr = pr(&[("Cargo.toml", "=")], "src/lib.rs");
    assert_eq!(manifests(&pr).count(), 0);
}
