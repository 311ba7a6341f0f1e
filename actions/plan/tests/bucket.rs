//! The action in front of a bucket: what is there is not built again, and a bucket that does not answer is no empty one.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

#[path = "bucket/builds.rs"]
mod builds;

use std::collections::BTreeMap;
use std::fs;

use package_store::{Commit, NewPackage, Store, TestDurations};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome};

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";

const JOBS: &str = r#"
[platforms.linux-x64]
runs-on = "ubuntu-latest"
default = true

[platforms.macos-arm64]
runs-on = "macos-latest"
on = ["push:main", "schedule"]

[jobs.wheel]
platforms = ["all"]

[jobs.announce]
"#;

const CONFIG: &str = r#"
[packages.wheels]
kind = "wheel"
project = "hello-sdk"
platforms = ["linux-x64"]
optional-platforms = ["macos-arm64"]
job = "wheel"
"#;

/// A work tree with a config file, and a folder that is the bucket.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        fs::create_dir(place.0.path().join(".github")).unwrap();
        place.config(JOBS, CONFIG);
        place
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.0.path().join(path), text).unwrap();
    }

    fn config(&self, jobs: &str, packages: &str) {
        self.write(".github/ci-actions.toml", &format!("{packages}{jobs}"));
    }

    fn put(&self, platform: &str) {
        self.put_one("wheel", "hello_sdk", platform);
    }

    fn put_one(&self, kind: &str, project: &str, platform: &str) {
        self.write("wheel", platform);
        let store = Store::open(self.0.path().join("bucket").to_str().unwrap()).unwrap();
        let package = NewPackage {
            kind: kind.to_owned(),
            project: project.to_owned(),
            version: "0.2.0+2026.11.21.g6e4ddaf".to_owned(),
            platform: platform.to_owned(),
            file_name: format!("{platform}.whl"),
            path: self.0.path().join("wheel"),
            ..NewPackage::default()
        };
        let commit: Commit = COMMIT.parse().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(store.put(&commit, &package)).unwrap();
    }

    /// On the schedule, whose commit is the head of the default branch.
    fn hourly(&self) -> Run {
        let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
        Run::new(env!("CARGO_BIN_EXE_plan"))
            .workspace(self.0.path())
            .event(
                "schedule",
                &json!({"schedule": "0 * * * *", "repository": repository}),
            )
            .sha(COMMIT)
            .input("bucket", "./bucket")
    }
}

fn platforms(outcome: &Outcome) -> Vec<String> {
    let plan: Value = serde_json::from_str(outcome.output("plan")).unwrap();
    let rows = plan["wheel"]["matrix"]["include"].as_array().unwrap();
    let name = |row: &Value| row["platform"].as_str().unwrap().to_owned();
    rows.iter().map(name).collect()
}

#[test]
fn an_empty_bucket_gets_all_then_what_is_missing_then_nothing() {
    let place = Place::new();
    let first = place.hourly().run();
    first.assert_code(0);
    assert_eq!(platforms(&first), ["linux-x64", "macos-arm64"]);
    assert_eq!(first.output("complete"), "false");
    assert!(
        !place.0.path().join("bucket").exists(),
        "asking makes no bucket"
    );

    place.put("linux-x64");
    let second = place.hourly().run();
    second.assert_code(0);
    assert_eq!(platforms(&second), ["macos-arm64"]);
    assert_eq!(second.output("complete"), "true");
    for told in [
        "| wheel hello-sdk linux-x64 | yes | not built again |",
        "| wheel hello-sdk macos-arm64 | no, and may be missing | built by wheel on macos-arm64 |",
    ] {
        assert!(second.summary.contains(told), "{second}");
    }

    place.put("macos-arm64");
    let third = place.hourly().run();
    third.assert_code(0);
    assert_eq!(third.output("any"), "false");
    assert_eq!(platforms(&third), ["none"]);
    let reason = format!("commit {COMMIT} has its complete set of packages already");
    assert!(third.stdout.contains(&reason), "{third}");
}

#[test]
fn force_builds_again_and_without_a_bucket_nobody_asks() {
    let place = Place::new();
    place.put("linux-x64");
    place.put("macos-arm64");
    let forced = place.hourly().input("force", "true").run();
    forced.assert_code(0);
    assert_eq!(platforms(&forced), ["linux-x64", "macos-arm64"]);
    let unasked = place.hourly().input("bucket", "").run();
    unasked.assert_code(0);
    assert_eq!(unasked.output("jobs"), r#"["announce","wheel"]"#);
    assert_eq!(unasked.output("complete"), "");
}

#[test]
fn an_explanation_says_what_the_bucket_has() {
    let place = Place::new();
    place.put("linux-x64");
    let outcome = place.hourly().input("explain", "wheel").run();
    outcome.assert_code(0);
    for told in [
        "on linux-x64 it does not run: already in the bucket: wheel hello-sdk linux-x64",
        "on macos-arm64 it runs: not in the bucket: wheel hello-sdk macos-arm64",
        "wheel hello-sdk linux-x64 is in the bucket",
        "wheel hello-sdk macos-arm64 is not in the bucket",
    ] {
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
    }
}

#[test]
fn a_bucket_that_cannot_be_read_stops_the_plan() {
    let place = Place::new();
    place.write("file", "no folder");
    // Nobody listens on port 1.
    let closed = "s3://packages?endpoint=http://127.0.0.1:1&anonymous=true&region=x";
    for (bucket, told) in [
        ("./file", "failed to open"),
        ("ftp://x", "unknown bucket address"),
        (closed, "failed to list"),
    ] {
        let outcome = place.hourly().input("bucket", bucket).run();
        outcome.assert_code(2);
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
        assert!(!outcome.outputs.contains_key("plan"), "{outcome}");
    }
}

#[test]
fn a_table_that_is_missing_or_wrong_stops_the_plan_with_what_to_write() {
    let place = Place::new();
    for (config, told) in [
        ("", "has no table `[packages]`; add lines such as"),
        (
            &*CONFIG.replace("\"wheel\"\np", "\"Wheel\"\np"),
            ".github/ci-actions.toml:3: kind \"Wheel\" is no name",
        ),
        (
            &*CONFIG.replace("job = \"wheel\"", "job = \"whel\""),
            ".github/ci-actions.toml:7: unknown job \"whel\": did you mean `wheel`?",
        ),
    ] {
        place.config(JOBS, config);
        let outcome = place.hourly().run();
        outcome.assert_code(2);
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
    }
    // A slip in the table is found by a pull request's plan, which asks no bucket.
    let outcome = place.hourly().input("bucket", "").run();
    outcome.assert_code(2);
    place.config(JOBS, CONFIG);
    let outcome = place
        .hourly()
        .input("bucket", "")
        .input("force", "true")
        .run();
    outcome.assert_code(2);
    assert!(
        outcome.stdout.contains("give the input `bucket` too"),
        "{outcome}"
    );
}

#[test]
fn durations_are_named_for_all_shards_and_an_unreadable_bucket_is_a_warning() {
    let place = Place::new();
    let named = |bucket: &str| {
        let run = place.hourly().input("bucket", "");
        let outcome = run.input("test-durations", bucket).run();
        outcome.assert_code(0);
        outcome
    };
    assert_eq!(named("").output("test-durations"), "");
    assert_eq!(named("./bucket").output("test-durations"), "{}");
    let store = Store::open(place.0.path().join("bucket").to_str().unwrap()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for shard in [1, 2] {
        let part = TestDurations {
            commit: COMMIT.parse().unwrap(),
            committed: "2026-11-21T08:15:00Z".parse().unwrap(),
            shard,
            shards: 2,
            wall: 1,
            doctests: 0,
            tests: BTreeMap::new(),
        };
        assert_eq!(named("./bucket").output("test-durations"), "{}");
        let put = store.put_test_durations("linux", &part);
        assert!(runtime.block_on(put).unwrap());
    }
    let expected = format!(r#"{{"linux":"20261121T081500Z-{COMMIT}/2"}}"#);
    assert_eq!(named("./bucket").output("test-durations"), expected);

    let closed = "s3://packages?endpoint=http://127.0.0.1:1&anonymous=true&region=x";
    let unreadable = named(closed);
    assert_eq!(unreadable.output("test-durations"), "");
    let told = "tests are split into shards by their names, not by durations: failed to list";
    assert!(
        unreadable
            .annotations
            .iter()
            .any(|one| one.message.starts_with(told)),
        "{unreadable}"
    );
}
