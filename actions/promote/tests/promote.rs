//! What a workflow sees of the action: where the channel stands afterwards, and why it was not moved.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::fs;
use std::path::PathBuf;

use package_store::{Commit, NewPackage, Store};
use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome};

/// A bucket with frozen versions, each of a commit made of its last digit.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(versions: &[&str]) -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::write(place.path("data"), "x").unwrap();
        let store = Store::open(place.path("bucket").to_str().unwrap()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            for version in versions {
                let commit = commit(version);
                let package = NewPackage {
                    kind: "data".to_owned(),
                    project: "p".to_owned(),
                    version: (*version).to_owned(),
                    platform: "any".to_owned(),
                    file_name: "data".to_owned(),
                    path: place.path("data"),
                    ..NewPackage::default()
                };
                let put = store.put(&commit, &package).await.unwrap();
                let records = [put.record().clone()];
                store.freeze(version, &commit, &records).await.unwrap();
            }
        });
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn promote(&self, inputs: &[(&str, &str)]) -> Outcome {
        let run = Run::new(env!("CARGO_BIN_EXE_promote"))
            .workspace(self.folder.path())
            .input("bucket", "bucket");
        let run = inputs
            .iter()
            .fold(run, |run, (name, value)| run.input(name, *value));
        run.run()
    }

    fn current(&self, channel: &str) -> String {
        let path = format!("bucket/channels/{channel}/current.json");
        fs::read_to_string(self.path(&path)).unwrap_or_default()
    }

    fn log_length(&self, channel: &str) -> usize {
        let folder = self.path(&format!("bucket/channels/{channel}/log"));
        fs::read_dir(folder).map_or(0, Iterator::count)
    }
}

fn commit(version: &str) -> Commit {
    let digit = version.chars().last().unwrap().to_string();
    digit.repeat(40).parse().unwrap()
}

#[test]
fn a_channel_moves_once_and_says_from_where_to_where() {
    let place = Place::new(&["0.1.1", "0.2.2"]);
    let first = place.promote(&[("channel", "latest"), ("version", "v0.1.1")]);
    first.assert_code(0);
    assert!(
        first.stdout.contains("latest moved: nothing → 0.1.1"),
        "{first}"
    );
    let second = place.promote(&[("channel", "latest"), ("version", "0.2.2")]);
    second.assert_code(0);
    assert!(
        second.stdout.contains("latest moved: 0.1.1 → 0.2.2"),
        "{second}"
    );
    let outputs = ["channel", "commit", "version", "changed"].map(|name| second.output(name));
    assert_eq!(outputs, ["latest", commit("2").as_str(), "0.2.2", "true"]);
    let current = place.current("latest");
    assert!(
        current.contains("\"who\": \"octocat\"") && current.contains("actions/runs/1"),
        "{current}"
    );

    let again = place.promote(&[("channel", "latest"), ("version", "0.2.2")]);
    again.assert_code(0);
    assert_eq!(again.output("changed"), "false");
    assert_eq!(place.log_length("latest"), 2);
    assert_eq!(place.current("latest"), current);
}

#[test]
fn an_older_version_is_refused_unless_forced() {
    let place = Place::new(&["0.2.1", "0.3.0"]);
    place
        .promote(&[("channel", "latest"), ("version", "0.3.0")])
        .assert_code(0);
    let refused = place.promote(&[("channel", "latest"), ("version", "0.2.1")]);
    refused.assert_code(1);
    let message = &refused.annotations[0].message;
    assert_eq!(
        message,
        "`latest` stands at 0.3.0, and 0.2.1 is older: it stays; to move it all the same, set `force: true`"
    );
    assert_eq!(refused.output("version"), "0.3.0");
    assert_eq!(place.log_length("latest"), 1);
    let forced = place.promote(&[
        ("channel", "latest"),
        ("version", "0.2.1"),
        ("force", "true"),
    ]);
    forced.assert_code(0);
    assert_eq!(forced.output("version"), "0.2.1");
}

#[test]
fn a_prerelease_goes_to_its_own_channel() {
    let place = Place::new(&["0.2.0-alpha.1"]);
    let refused = place.promote(&[("channel", "latest"), ("version", "0.2.0a1")]);
    refused.assert_code(1);
    assert!(
        refused.stdout.contains("use the channel `prerelease`"),
        "{refused}"
    );
    assert_eq!(refused.output("version"), "");
    place
        .promote(&[("channel", "prerelease"), ("version", "0.2.0a1")])
        .assert_code(0);
    assert!(place.current("prerelease").contains("0.2.0-alpha.1"));
    assert_eq!(place.log_length("latest"), 0);
}

#[test]
fn rollbacks_go_back_one_by_one() {
    let place = Place::new(&["0.1.1", "0.2.2", "0.3.3"]);
    for version in ["0.1.1", "0.2.2", "0.3.3"] {
        place
            .promote(&[("channel", "latest"), ("version", version)])
            .assert_code(0);
    }
    let rollback = || place.promote(&[("channel", "latest"), ("rollback", "true")]);
    for version in ["0.2.2", "0.1.1"] {
        let outcome = rollback();
        outcome.assert_code(0);
        assert_eq!(outcome.output("version"), version);
    }
    let outcome = rollback();
    outcome.assert_code(2);
    assert!(
        outcome
            .stdout
            .contains("nothing was there before version 0.1.1"),
        "{outcome}"
    );
}

#[test]
fn a_dry_run_tells_where_it_would_go_and_stays() {
    let place = Place::new(&["0.1.1"]);
    let inputs = [
        ("channel", "latest"),
        ("version", "0.1.1"),
        ("dry-run", "true"),
    ];
    let outcome = place.promote(&inputs);
    outcome.assert_code(0);
    assert!(
        outcome
            .stdout
            .contains("latest would be moved: nothing → 0.1.1"),
        "{outcome}"
    );
    assert_eq!(outcome.output("changed"), "false");
    assert_eq!(place.log_length("latest"), 0);
}

#[test]
fn bad_inputs_are_answered_with_the_right_ones() {
    let place = Place::new(&["0.1.1"]);
    let latest = ("channel", "latest");
    for (inputs, told) in [
        (
            vec![latest],
            "give the input `version`, or `rollback: true`",
        ),
        (
            vec![latest, ("version", "0.1.1"), ("rollback", "true")],
            "goes to what was there before",
        ),
        (vec![latest, ("version", "9.9.9")], "the bucket has 0.1.1"),
        (vec![latest, ("version", "../x")], "write it like `1.2.3`"),
        (
            vec![latest, ("rollback", "true")],
            "channel `latest` has no version yet",
        ),
        (
            vec![("channel", "../x"), ("version", "0.1.1")],
            "the channels are `latest`",
        ),
        (
            vec![latest, ("version", "0.1.1"), ("bucket", "http://x")],
            "unknown bucket address",
        ),
        (
            vec![latest, ("version", "0.1.1"), ("bucket", "data")],
            "failed to open",
        ),
    ] {
        let outcome = place.promote(&inputs);
        outcome.assert_code(2);
        assert!(outcome.stdout.contains(told), "{inputs:?}: {outcome}");
    }
}
