//! What a workflow sees of the action: where the channel stands afterwards, and why it was not moved.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

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

    /// A package that is in no frozen list yet.
    fn put(&self, kind: &str, version: &str, commit: &str) {
        let store = Store::open(self.path("bucket").to_str().unwrap()).unwrap();
        let package = NewPackage {
            kind: kind.to_owned(),
            project: "p".to_owned(),
            version: version.to_owned(),
            platform: "any".to_owned(),
            file_name: format!("{version}.{kind}"),
            path: self.path("data"),
            ..NewPackage::default()
        };
        let commit: Commit = commit.parse().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(store.put(&commit, &package)).unwrap();
    }

    /// The git repository of this work tree, with two commits of one day, the older one first.
    fn commits(&self) -> [String; 2] {
        let git = |args: &[&str], time: &str| {
            let out = Command::new("git")
                .args(args)
                .current_dir(self.folder.path())
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap())
                .env("HOME", self.folder.path())
                .envs([
                    ("GIT_AUTHOR_NAME", "a"),
                    ("GIT_AUTHOR_EMAIL", "a@example.com"),
                    ("GIT_COMMITTER_NAME", "a"),
                    ("GIT_COMMITTER_EMAIL", "a@example.com"),
                    ("GIT_AUTHOR_DATE", time),
                    ("GIT_COMMITTER_DATE", time),
                ])
                .output()
                .unwrap();
            assert!(out.status.success(), "{out:?}");
            String::from_utf8(out.stdout).unwrap().trim().to_owned()
        };
        git(&["init", "-q"], "");
        ["2026-11-21T08:00:00Z", "2026-11-21T09:00:00Z"].map(|time| {
            git(&["commit", "-q", "--allow-empty", "-m", time], time);
            git(&["rev-parse", "HEAD"], time)
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn promote(&self, inputs: &[(&str, &str)]) -> Outcome {
        let run = Run::new(env!("CARGO_BIN_EXE_promote"))
            .workspace(self.folder.path())
            .input("bucket", "./bucket");
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
        "`latest` is at 0.3.0, and 0.2.1 is older, so it stays; to move it anyway, set `force: true`"
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
        outcome.stdout.contains("there is no version before 0.1.1"),
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

fn build_of(commit: &str) -> String {
    format!("0.2.0+2026.11.21.g{}", commit.get(..7).unwrap())
}

#[test]
fn a_commits_build_is_frozen_apart_from_releases_and_the_older_of_a_day_does_not_take_the_channel()
{
    let place = Place::new(&[]);
    let [older, newer] = place.commits();
    for commit in [&older, &newer] {
        place.put("wheel", &build_of(commit), commit);
        // Crates are not stamped.
        place.put("crate", "0.2.0", commit);
    }
    let promote = |commit: &str| place.promote(&[("channel", "main"), ("commit", commit)]);
    let outcome = promote(&newer);
    outcome.assert_code(0);
    assert_eq!(outcome.output("version"), build_of(&newer));
    assert!(
        place
            .path(&format!("bucket/builds/{}.json", build_of(&newer)))
            .exists()
    );
    let release = format!("bucket/manifests/{}.json", build_of(&newer));
    assert!(!place.path(&release).exists());
    assert!(
        place
            .current("main")
            .contains("\"committed\": \"2026-11-21T09:00:00Z\"")
    );

    let late = promote(&older);
    late.assert_code(0);
    assert!(late.stdout.contains("is older; to move it"), "{late}");
    assert_eq!(late.output("changed"), "false");
    assert_eq!(late.output("version"), build_of(&newer));
    let again = promote(&newer);
    again.assert_code(0);
    assert_eq!(again.output("changed"), "false");
    // What is frozen is found by its version, too.
    let nightly = [("channel", "nightly"), ("version", &*build_of(&older))];
    place.promote(&nightly).assert_code(0);
    let latest = [("channel", "latest"), ("version", &*build_of(&older))];
    let refused = place.promote(&latest);
    refused.assert_code(1);
    assert!(refused.stdout.contains("is a commit build"), "{refused}");
}

#[test]
fn an_incomplete_commit_becomes_no_channel_and_all_that_is_wrong_is_told() {
    let place = Place::new(&["0.3.0"]);
    let commit = "6e4ddaf".repeat(6).get(..40).unwrap().to_owned();
    place.put("wheel", &build_of(&commit), &commit);
    place.put("docs", &build_of(&commit), &commit);
    fs::create_dir(place.path(".github")).unwrap();
    let table = r#"
[packages]
wheels = { kind = "wheel", project = "p" }
crates = { kind = "crate", project = "p" }
"#;
    fs::write(place.path(".github/ci-actions.toml"), table).unwrap();
    for force in ["false", "true"] {
        let inputs = [
            ("channel", "nightly"),
            ("commit", &*commit),
            ("force", force),
        ];
        let refused = place.promote(&inputs);
        refused.assert_code(1);
        for told in ["missing: crate p any", "unexpected: docs p any is "] {
            assert!(refused.stdout.contains(told), "{told}: {refused}");
        }
        assert_eq!(place.log_length("nightly"), 0);
        assert!(!place.path("bucket/builds").exists());
    }
    // A release was complete when it was drafted.
    let release = [("channel", "latest"), ("version", "0.3.0")];
    let refused = place.promote(&release);
    refused.assert_code(1);
    assert!(refused.stdout.contains("set `force: true`"), "{refused}");
    let forced = [release[0], release[1], ("force", "true")];
    place.promote(&forced).assert_code(0);
}

#[test]
fn the_packages_of_a_release_wait_for_its_draft() {
    let place = Place::new(&["0.3.3"]);
    let channel = ("channel", "nightly");
    let frozen = "3".repeat(40);
    place
        .promote(&[channel, ("commit", &frozen)])
        .assert_code(0);
    let undrafted = "4".repeat(40);
    place.put("wheel", "0.4.0", &undrafted);
    let outcome = place.promote(&[channel, ("commit", &undrafted)]);
    outcome.assert_code(2);
    assert!(
        outcome.stdout.contains("which `draft-release` freezes"),
        "{outcome}"
    );
    let elsewhere = "5".repeat(40);
    place.put("wheel", "0.3.3", &elsewhere);
    let outcome = place.promote(&[channel, ("commit", &elsewhere)]);
    outcome.assert_code(1);
    assert!(
        outcome.stdout.contains("is frozen for commit 333"),
        "{outcome}"
    );
    let empty = place.promote(&[channel, ("commit", &"6".repeat(40))]);
    empty.assert_code(1);
    assert!(empty.stdout.contains("has no packages"), "{empty}");
}

#[test]
fn bad_inputs_are_answered_with_the_right_ones() {
    let place = Place::new(&["0.1.1"]);
    let (latest, bucket) = (("channel", "latest"), |at| ("bucket", at));
    let version = ("version", "0.1.1");
    for (inputs, told) in [
        (vec![latest], "`commit`, or `rollback: true`"),
        (
            vec![latest, version, ("rollback", "true")],
            "it goes back to its previous version",
        ),
        (
            vec![latest, version, ("commit", "main")],
            "so remove the input `commit`",
        ),
        (
            vec![latest, ("commit", "main")],
            "it must be a full id of 40 hexadecimal digits",
        ),
        (
            vec![("channel", "main"), version, ("git-tag", "true")],
            "failed to move the git tag of `main`",
        ),
        (vec![latest, ("version", "9.9.9")], "the bucket has 0.1.1"),
        (vec![latest, ("version", "../x")], "write it like `1.2.3`"),
        (
            vec![latest, ("rollback", "true")],
            "channel `latest` has no version yet",
        ),
        (
            vec![("channel", "../x"), version],
            "the channels are `latest`",
        ),
        (
            vec![latest, version, bucket("http://x")],
            "unknown bucket address",
        ),
        (vec![latest, version, bucket("./data")], "failed to open"),
    ] {
        let outcome = place.promote(&inputs);
        outcome.assert_code(2);
        assert!(outcome.stdout.contains(told), "{inputs:?}: {outcome}");
    }
    assert_eq!(place.log_length("latest") + place.log_length("main"), 0);
}
