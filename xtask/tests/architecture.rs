//! The shape of the workspace as tests: which crate may use which, and what every source file has in common.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// The libraries, and what each may stand on.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("actions-core", &[]),
    ("package-formats", &[]),
    ("package-store", &["package-formats"]),
    ("publishing", &["package-formats", "package-store"]),
    ("testkit", &[]),
];

/// What an action may stand on.
const OF_ACTIONS: &[&str] = &[
    "actions-core",
    "package-formats",
    "package-store",
    "publishing",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap()
}

/// Workspace crates by name, with those of the workspace that each depends on.
fn arrows(kinds: &[DependencyKind]) -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let names: BTreeSet<String> = packages.iter().map(|one| one.name.to_string()).collect();
    let of = |package: &cargo_metadata::Package| {
        let wanted = package
            .dependencies
            .iter()
            .filter(|one| kinds.contains(&one.kind));
        wanted
            .map(|one| one.name.clone())
            .filter(|name| names.contains(name))
            .collect()
    };
    packages
        .iter()
        .map(|one| (one.name.to_string(), of(one)))
        .collect()
}

/// The crates in `actions/`.
fn actions() -> BTreeSet<String> {
    let folder = std::fs::read_dir(root().join("actions")).unwrap();
    folder
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

#[test]
fn every_crate_is_named_after_its_folder() {
    for package in metadata().workspace_packages() {
        let folder = package.manifest_path.parent().unwrap().file_name();
        assert_eq!(folder, Some(package.name.as_str()));
    }
}

#[test]
fn every_crate_of_the_workspace_has_its_place_in_the_picture() {
    let mut known: BTreeSet<String> = LIBRARIES.iter().map(|one| one.0.to_owned()).collect();
    known.extend(actions());
    known.insert("xtask".to_owned());
    let found: BTreeSet<String> = arrows(&[]).into_keys().collect();
    assert_eq!(found, known);
}

#[test]
fn libraries_stand_on_nothing_but_what_the_picture_allows() {
    let arrows = arrows(&[DependencyKind::Normal, DependencyKind::Build]);
    for (library, allowed) in LIBRARIES {
        for used in &arrows[*library] {
            assert!(
                allowed.contains(&used.as_str()),
                "{library} may not use {used}"
            );
        }
    }
}

#[test]
fn no_action_uses_another_action() {
    let arrows = arrows(&[DependencyKind::Normal, DependencyKind::Build]);
    for action in actions() {
        for used in &arrows[&action] {
            assert!(
                OF_ACTIONS.contains(&used.as_str()),
                "{action} may not use {used}: two actions that want the same thing have found a library"
            );
        }
    }
}

#[test]
fn tests_add_nothing_but_the_testkit_and_the_libraries() {
    let arrows = arrows(&[DependencyKind::Development]);
    for (krate, used) in arrows {
        for used in used {
            let library = LIBRARIES.iter().any(|one| one.0 == used);
            assert!(
                library,
                "the tests of {krate} may not use {used}: run its binary instead"
            );
        }
    }
}

#[test]
fn the_testkit_is_only_for_tests() {
    for (krate, used) in arrows(&[DependencyKind::Normal, DependencyKind::Build]) {
        // The demo plays GitHub and a registry; xtask itself is shipped to nobody.
        let ships = krate != "xtask" && used.contains("testkit");
        assert!(!ships, "{krate} ships the testkit");
    }
}

/// Every Rust source of the workspace; what tests feed to programs is not ours.
fn sources() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let fed_to_programs = ["cases", "fixtures", "target"].contains(&name.as_str());
            if path.is_dir() && !fed_to_programs {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["actions", "crates", "xtask"] {
        collect(&root().join(folder), &mut found);
    }
    found.sort();
    assert!(found.len() > 50, "there are only {} sources", found.len());
    found
}

/// The sources for which `wrong` has something to say, as paths from the root with what it says.
fn complaints(wrong: impl Fn(&Path, &str) -> Option<String>) -> Vec<String> {
    let root = root();
    let complain = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let shown = path.strip_prefix(&root).unwrap().display().to_string();
        wrong(&path, &text).map(|what| format!("{shown}: {what}"))
    };
    sources().into_iter().filter_map(complain).collect()
}

#[test]
fn every_source_opens_with_a_sentence_on_why_it_exists() {
    let found = complaints(|_, text| {
        let sentence = text.strip_prefix("//! ").is_some_and(|rest| {
            let first = rest.lines().next().unwrap_or_default();
            first.split_whitespace().count() >= 3
        });
        (!sentence).then(|| "its first line is no `//!` sentence".to_owned())
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_source_is_longer_than_400_lines() {
    let found = complaints(|_, text| {
        let lines = text.lines().count();
        (lines > 400).then(|| format!("{lines} lines"))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_module_has_a_name_that_says_nothing() {
    let found = complaints(|path, _| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let names = [
            "common", "helper", "helpers", "misc", "mod", "util", "utils",
        ];
        names
            .contains(&name.as_str())
            .then(|| format!("`{name}` does not say what is in it"))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
