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
    ("actions-core", &["outer-cargo", "untrusted-input"]),
    ("affected", &[]),
    ("bench-statistics", &[]),
    ("connections", &["actions-core", "github", "package-store"]),
    ("github", &["http-retry", "untrusted-input"]),
    ("http-retry", &[]),
    ("outer-cargo", &[]),
    ("package-formats", &["untrusted-input"]),
    (
        "package-store",
        &["bench-statistics", "package-formats", "untrusted-input"],
    ),
    (
        "publishing",
        &[
            "github",
            "http-retry",
            "package-formats",
            "package-store",
            "signing",
            "untrusted-input",
        ],
    ),
    (
        "release-inputs",
        &["actions-core", "package-store", "publishing"],
    ),
    ("signing", &["github", "package-store", "untrusted-input"]),
    ("test-reports", &["actions-core", "untrusted-input"]),
    ("testkit", &[]),
    ("untrusted-input", &[]),
];

/// What an action may stand on.
const OF_ACTIONS: &[&str] = &[
    "actions-core",
    "affected",
    "bench-statistics",
    "connections",
    "github",
    "package-formats",
    "package-store",
    "publishing",
    "release-inputs",
    "signing",
    "test-reports",
    "untrusted-input",
];

/// Sources that read whole files of a size and kind that was looked at just before.
const LOOKED_AT_BEFORE: &[&str] = &[
    "crates/package-formats/src/plain/folder.rs",
    "crates/package-store/src/bucket/many.rs",
];

/// What `cargo xtask` starts as programs, and what each may stand on.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("codegen", &["actions-core", "package-formats", "xtask"]),
    ("demo", &["package-store", "testkit", "xtask"]),
    (
        "measure",
        &["bench-statistics", "package-store", "testkit", "xtask"],
    ),
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
    known.extend(PROGRAMS.iter().map(|one| one.0.to_owned()));
    known.insert("xtask".to_owned());
    let found: BTreeSet<String> = arrows(&[]).into_keys().collect();
    assert_eq!(found, known);
}

#[test]
fn libraries_stand_on_nothing_but_what_the_picture_allows() {
    let arrows = arrows(&[DependencyKind::Normal, DependencyKind::Build]);
    for (krate, allowed) in LIBRARIES.iter().chain(PROGRAMS) {
        for used in &arrows[*krate] {
            assert!(
                allowed.contains(&used.as_str()),
                "{krate} may not use {used}"
            );
        }
    }
}

/// A newcomer's first command is `cargo xtask`, and waits for all that it links.
#[test]
fn xtask_links_no_action_no_store_and_no_network() {
    let tree = std::process::Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--package",
            "xtask",
            "--edges",
            "normal,build",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8(tree.stdout).unwrap();
    let linked: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let said = String::from_utf8_lossy(&tree.stderr);
    assert!(linked.contains("clap"), "{said}");
    let ours: BTreeSet<String> = arrows(&[]).into_keys().collect();
    for name in linked {
        let own = ["xtask", "outer-cargo"].contains(&name);
        assert!(
            own || !ours.contains(name),
            "xtask links {name}: start a program that does"
        );
        let heavy = [
            "hyper", "octocrab", "opendal", "reqwest", "ring", "rustls", "tokio",
        ];
        assert!(!heavy.contains(&name), "xtask links {name}");
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
        // The demo plays GitHub and a registry, and no program of ours is shipped.
        let program = PROGRAMS.iter().any(|one| one.0 == krate);
        let ships = !program && used.contains("testkit");
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

/// The part of a source of `actions` or `crates` that is shipped: what comes before its tests, and nothing of the testkit.
fn shipped<'a>(path: &Path, text: &'a str) -> Option<&'a str> {
    let root = root();
    let path = path.strip_prefix(&root).unwrap();
    let is_ours = path.starts_with("actions") || path.starts_with("crates");
    let is_test = path.starts_with("crates/testkit")
        || path.components().any(|part| part.as_os_str() == "tests")
        || ["tests.rs", "fuzz.rs"]
            .iter()
            .any(|name| path.ends_with(name));
    let before_tests = text.split("#[cfg(test)]\nmod ").next();
    before_tests.filter(|_| is_ours && !is_test)
}

/// A repository's own configuration can make git start programs; that one module sets what prevents it.
#[test]
fn git_is_started_by_one_module_alone() {
    const ALONE: &str = "crates/actions-core/src/git.rs";
    let starters = complaints(|path, text| {
        let starts = shipped(path, text)?.contains("::new(\"git\")");
        starts.then(|| "starts git: use `actions_core::git`".to_owned())
    });
    assert_eq!(
        starters,
        [format!("{ALONE}: starts git: use `actions_core::git`")]
    );
}

/// The compilers of globs panic or grow on what strangers write; `untrusted-input` bounds it before.
#[test]
fn globs_are_compiled_by_untrusted_input_alone() {
    for package in metadata().workspace_packages() {
        let compilers = package
            .dependencies
            .iter()
            .filter(|used| ["glob", "globset", "ignore", "wildmatch"].contains(&used.name.as_str()))
            .count();
        let alone = package.name.as_str() == "untrusted-input";
        assert_eq!(compilers > 0, alone, "{}", package.name);
    }
}

/// A pipe or `/dev/zero` in a file's place must neither hang nor fill the memory: what reads a whole file has a limit.
#[test]
fn whole_files_are_read_within_bounds() {
    let found = complaints(|path, text| {
        let text = shipped(path, text)?;
        let bounded = path.starts_with(root().join("crates/untrusted-input"));
        let reads = ["fs::read(", "fs::read_to_string("];
        let read = reads.iter().find(|read| text.contains(**read));
        read.filter(|_| !bounded)
            .map(|read| format!("`{read}` has no limit: use `untrusted_input::checkout`"))
    });
    let known: Vec<&str> = found
        .iter()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(known, LOOKED_AT_BEFORE, "{}", found.join("\n"));
}
