//! What a workflow sees of the action: what would go, what went, and what is kept.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::fs;
use std::path::PathBuf;

use package_store::{Commit, NewPackage, Store, layout};
use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome};

/// A bucket with an old commit, an old one that a version names, and a new one.
struct Place {
    folder: tempfile::TempDir,
}

const OLD: &str = "1";
const NAMED: &str = "2";
const NEW: &str = "3";

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(place.path("data"), "x".repeat(2048)).unwrap();
        let store = Store::open(place.path("bucket").to_str().unwrap()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            for digit in [OLD, NAMED, NEW] {
                let uploaded = match digit {
                    NEW => None,
                    _ => Some("2025-11-21T08:15:00Z".parse().unwrap()),
                };
                let package = NewPackage {
                    kind: "data".to_owned(),
                    project: "p".to_owned(),
                    version: "0.1.0".to_owned(),
                    platform: "any".to_owned(),
                    file_name: "curves.bin".to_owned(),
                    path: place.path("data"),
                    uploaded,
                    ..NewPackage::default()
                };
                let put = store.put(&commit(digit), &package).await.unwrap();
                if digit == NAMED {
                    let records = [put.record().clone()];
                    store
                        .freeze("0.1.0", &commit(digit), &records)
                        .await
                        .unwrap();
                }
            }
        });
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn has(&self, digit: &str) -> bool {
        let path = layout::package(&commit(digit), layout::RELEASE, "curves.bin");
        self.path("bucket").join(path).exists()
    }

    fn prune(&self, inputs: &[(&str, &str)]) -> Outcome {
        let run = Run::new(env!("CARGO_BIN_EXE_prune"))
            .workspace(self.folder.path())
            .input("bucket", "./bucket");
        let run = inputs
            .iter()
            .fold(run, |run, (name, value)| run.input(name, *value));
        run.run()
    }
}

fn commit(digit: &str) -> Commit {
    digit.repeat(40).parse().unwrap()
}

#[test]
fn nothing_is_deleted_unless_told_to() {
    let place = Place::new();
    let listed = place.prune(&[("older-than", "90d")]);
    listed.assert_code(0);
    assert!(
        listed
            .stdout
            .contains("would delete 1 packages of 1 commits and 0 leftovers, 2.0 KiB"),
        "{listed}"
    );
    assert!(listed.stdout.contains("set `delete: true`"), "{listed}");
    assert!(listed.summary.contains(commit(OLD).as_str()), "{listed}");
    assert_eq!(
        [listed.output("packages"), listed.output("deleted")],
        ["1", "false"]
    );
    assert!(place.has(OLD));
}

#[test]
fn what_a_version_names_and_what_is_new_stay() {
    let place = Place::new();
    let deleted = place.prune(&[("older-than", "12w"), ("delete", "true")]);
    deleted.assert_code(0);
    assert!(
        deleted
            .stdout
            .contains("kept 1 commits that a version or a channel references"),
        "{deleted}"
    );
    assert_eq!(
        [deleted.output("bytes"), deleted.output("deleted")],
        ["2048", "true"]
    );
    assert_eq!(
        [OLD, NAMED, NEW].map(|digit| place.has(digit)),
        [false, true, true]
    );
    let again = place.prune(&[("older-than", "12w"), ("delete", "true")]);
    assert_eq!(
        [again.output("packages"), again.output("deleted")],
        ["0", "false"]
    );
}

#[test]
fn kinds_and_commits_narrow_it() {
    let place = Place::new();
    for narrow in [("kinds", "wheel"), ("commits", "2222")] {
        let deleted = place.prune(&[("older-than", "1d"), ("delete", "true"), narrow]);
        deleted.assert_code(0);
        assert_eq!(deleted.output("packages"), "0", "{deleted}");
    }
    assert!(place.has(OLD));
}

#[test]
fn bad_inputs_are_answered_with_what_to_type() {
    let place = Place::new();
    for (inputs, expected) in [
        ([("older-than", "90")].as_slice(), "`90d`"),
        (&[("older-than", "0d")], "`90d`"),
        (&[], "older-than"),
        (&[("older-than", "90d"), ("commits", "../x")], "`6e4ddaf`"),
    ] {
        let run = place.prune(inputs);
        run.assert_code(2);
        assert!(run.stdout.contains(expected), "{expected}: {run}");
    }
    assert!(place.has(OLD));
}
