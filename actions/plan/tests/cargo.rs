//! Against cargo itself: for each change of one file, the jobs that run are those whose crates cargo builds anew.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

#[path = "cargo/shapes.rs"]
mod shapes;
#[path = "cargo/workspace.rs"]
mod workspace;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use testkit::binary::Run;
use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

/// Workspaces of the repository, and a crate outside of any.
const MANIFESTS: [&str; 3] = ["Cargo.toml", "tools/Cargo.toml", "lone/Cargo.toml"];

/// In a lock file.
const OLD_LEAF: &str = "\"leaf\"\nversion = \"1.0.0\"";
const NEW_LEAF: &str = "\"leaf\"\nversion = \"1.0.1\"";

/// A repository that cargo has built completely.
struct Built {
    repo: TempRepo,
    folder: TempDir,
    registry: PathBuf,
}

impl Built {
    fn new(write: impl FnOnce(&TempRepo)) -> Self {
        let (repo, folder) = (TempRepo::new(), TempDir::new().unwrap());
        write(&repo);
        let registry = workspace::registry(folder.path());
        let built = Self {
            repo,
            folder,
            registry,
        };
        for manifest in MANIFESTS {
            built.cargo(&["generate-lockfile", "--manifest-path", manifest]);
        }
        // The newest version is locked; the older one leaves something to update.
        for lock in built
            .repo
            .git(&["ls-files", "--others", "*Cargo.lock"])
            .lines()
        {
            let text = std::fs::read_to_string(built.repo.path().join(lock)).unwrap();
            built.repo.write(lock, text.replace(NEW_LEAF, OLD_LEAF));
        }
        built.repo.commit("first");
        built.rebuilt();
        built
    }

    fn cargo(&self, args: &[&str]) -> String {
        let source = format!("source.folder.directory={:?}", self.registry);
        let output = Command::new("cargo")
            .args([
                "--offline",
                "--config",
                "source.crates-io.replace-with=\"folder\"",
            ])
            .args(["--config", &source])
            .args(args)
            .current_dir(self.repo.path())
            .env("CARGO_TARGET_DIR", self.folder.path().join("target"))
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo {args:?}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The crates of the repository of which cargo builds anything anew, with all features, tests and examples.
    fn rebuilt(&self) -> BTreeSet<String> {
        let mut rebuilt = BTreeSet::new();
        for manifest in MANIFESTS {
            let told = self.cargo(&[
                "check",
                "--workspace",
                "--all-targets",
                "--all-features",
                "--locked",
                "--message-format=json",
                "--manifest-path",
                manifest,
            ]);
            for line in told.lines() {
                let message: Value = serde_json::from_str(line).unwrap();
                let path = message["manifest_path"].as_str().unwrap_or_default();
                if message["reason"] == "compiler-artifact"
                    && message["fresh"] == false
                    && path.starts_with(self.repo.path().to_str().unwrap())
                {
                    let folder = PathBuf::from(path).parent().unwrap().to_owned();
                    let name = folder.file_name().unwrap().to_str().unwrap();
                    rebuilt.insert(name.to_owned());
                }
            }
        }
        rebuilt
    }

    /// The jobs that run for what the last commit changed: one for each crate.
    fn planned(&self) -> BTreeSet<String> {
        let outcome = Run::new(env!("CARGO_BIN_EXE_plan"))
            .workspace(self.repo.path())
            .tools()
            .args(["--base", "HEAD~1"])
            .run();
        outcome.assert_code(0);
        let jobs: Vec<String> = serde_json::from_str(outcome.output("jobs")).unwrap();
        jobs.into_iter().collect()
    }

    fn replace(&self, path: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.repo.path().join(path)).unwrap();
        assert!(text.contains(old), "{path}: {old}");
        self.repo.write(path, text.replace(old, new));
    }

    /// Compares after a change; `more` are crates that only cargo's caches spare.
    fn compare(&self, what: &str, more: &[&str]) {
        self.repo.commit(what);
        let (planned, rebuilt) = (self.planned(), self.rebuilt());
        let missed: Vec<&String> = rebuilt.difference(&planned).collect();
        assert!(missed.is_empty(), "{what}: not planned: {missed:?}");
        let beyond: Vec<&String> = planned.difference(&rebuilt).collect();
        assert_eq!(beyond, more, "{what}: not rebuilt");
    }
}

#[test]
fn a_change_of_one_source_runs_the_jobs_whose_crates_cargo_rebuilds() {
    let built = Built::new(workspace::write);
    let files = built.repo.git(&["ls-files", "*.rs", "*.txt"]);
    let files: Vec<&str> = files.lines().collect();
    assert!(files.len() > 90, "{}", files.len());
    // Each takes two seconds: the variable says that there is time for all.
    let step = match std::env::var_os("EVERY_FILE") {
        Some(_) => 1,
        None => 4,
    };
    for file in files.into_iter().step_by(step) {
        let path = built.repo.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        built.repo.write(file, format!("{text}\n"));
        built.compare(file, &[]);
    }
}

#[test]
fn a_change_of_one_manifest_or_lock_file_runs_the_jobs_whose_crates_cargo_rebuilds() {
    let built = Built::new(workspace::write);
    let edit = |path: &str, old: &str, new: &str, more: &[&str]| {
        built.replace(path, old, new);
        built.compare(&format!("{path}: {old} → {new}"), more);
    };
    edit("Cargo.lock", OLD_LEAF, NEW_LEAF, &[]);
    edit(
        "Cargo.toml",
        "leaf = \"1\"",
        "leaf = { version = \"1\", features = [\"extra\"] }",
        &[],
    );
    edit("Cargo.toml", "debug = false", "debug = true", &[]);
    edit("Cargo.toml", "unused = \"warn\"", "unused = \"allow\"", &[]);
    edit(
        "Cargo.toml",
        "[profile.dev]",
        "[profile.dev.package.c03]\nopt-level = 1\n\n[profile.dev]",
        &[],
    );
    edit(
        "Cargo.toml",
        "[profile.dev]",
        "[profile.dev.package.leaf]\nopt-level = 1\n\n[profile.dev]",
        &[],
    );
    edit(
        "tools/Cargo.toml",
        "[workspace]",
        "# A comment.\n[workspace]",
        &[],
    );
    edit(
        "Cargo.toml",
        "[workspace]",
        "# A comment.\n[workspace]",
        &[],
    );
    edit(
        "crates/c01/Cargo.toml",
        "[package]",
        "# A comment.\n[package]",
        &[],
    );
    edit(
        "crates/c02/Cargo.toml",
        "edition.workspace = true",
        "edition = \"2018\"",
        &[],
    );
    edit(
        "lone/Cargo.toml",
        "edition = \"2021\"",
        "edition = \"2018\"",
        &[],
    );
    edit(
        "tools/tool-a/Cargo.toml",
        "edition = \"2021\"",
        "edition = \"2018\"",
        &[],
    );
    // Only cargo knows that no source reads it (`CARGO_PKG_DESCRIPTION`).
    built.replace(
        "crates/c01/Cargo.toml",
        "[package]",
        "[package]\ndescription = \"One\"",
    );
    built.repo.commit("a description");
    assert!(built.planned().is_superset(&built.rebuilt()));
    // A test that cargo did not find before.
    built
        .repo
        .write("crates/c01/tests/new.rs", "#[test]\nfn new() {}\n");
    built.compare("a new test", &[]);
    built.repo.delete("crates/c01/tests/new.rs");
    built.compare("no test", &["c01"]);
}

#[test]
fn each_kind_of_change_reaches_the_crates_that_people_expect() {
    let built = Built::new(shapes::write);
    for change in shapes::CHANGES {
        for (path, old, new) in change.edits {
            built.replace(path, old, new);
        }
        built.repo.commit(change.what);
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|&it| it.to_owned())
                .collect::<BTreeSet<_>>()
        };
        let (planned, rebuilt) = (built.planned(), built.rebuilt());
        assert_eq!(planned, names(change.affected), "{}: planned", change.what);
        let spared = names(change.spared);
        assert_eq!(&planned - &spared, rebuilt, "{}: rebuilt", change.what);
    }
}
