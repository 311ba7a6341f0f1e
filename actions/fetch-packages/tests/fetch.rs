//! What a workflow sees of the action: which files arrive, and what it is told when they cannot.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};

use package_formats::Package;
use package_store::{Commit, NewPackage, PromotionOptions, Record, Store};
use testkit::binary::Run;
use testkit::packages::{Wheel, krate};
use testkit::runner::{InJob as _, Outcome};

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";

const LINUX: Wheel<'_> = Wheel {
    project: "hello-sdk",
    version: "0.2.0a1",
    tags: "cp39-abi3-manylinux_2_28_x86_64",
    module: "",
};

const MAC: Wheel<'_> = Wheel {
    tags: "cp39-abi3-macosx_11_0_arm64",
    ..LINUX
};

/// A bucket with two wheels, a crate and data of 0.2.0-alpha.1, frozen and in the channel `prerelease`.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let dist = place.path("dist");
        let mut packages: Vec<NewPackage> = [
            LINUX.write(&dist),
            MAC.write(&dist),
            krate(&dist, "hello-core", "0.2.0-alpha.1", COMMIT),
        ]
        .iter()
        .map(|path| described(path))
        .collect();
        fs::write(dist.join("hello.jsonl"), "{}\n").unwrap();
        packages.push(NewPackage {
            kind: "data".to_owned(),
            project: "hello-data".to_owned(),
            version: "0.2.0-alpha.1".to_owned(),
            platform: "any".to_owned(),
            file_name: "hello.jsonl".to_owned(),
            path: dist.join("hello.jsonl"),
            ..NewPackage::default()
        });
        place.in_bucket(async |store, commit| {
            let mut records: Vec<Record> = Vec::new();
            for package in &packages {
                records.push(store.put(&commit, package).await.unwrap().record().clone());
            }
            let frozen = store.freeze("0.2.0-alpha.1", &commit, &records).await;
            let frozen = frozen.unwrap();
            let channel = "prerelease".parse().unwrap();
            let options = PromotionOptions::default();
            let moved = store.promote(channel, frozen.manifest(), &options);
            moved.await.unwrap();
        });
        place
    }

    fn in_bucket(&self, work: impl AsyncFnOnce(Store, Commit)) {
        let store = Store::open(self.path("bucket").to_str().unwrap()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(work(store, COMMIT.parse().unwrap()));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn fetch(&self, inputs: &[(&str, &str)]) -> Outcome {
        let run = Run::new(env!("CARGO_BIN_EXE_fetch-packages"))
            .workspace(self.folder.path())
            .input("bucket", "./bucket");
        let run = inputs
            .iter()
            .fold(run, |run, (name, value)| run.input(name, *value));
        run.run()
    }
}

fn described(path: &Path) -> NewPackage {
    let package: Package = package_formats::open(path).unwrap();
    NewPackage {
        kind: package.kind().to_string(),
        project: package.project(),
        version: package.version(),
        platform: package.platform(),
        file_name: path.file_name().unwrap().to_str().unwrap().to_owned(),
        path: path.to_owned(),
        ..NewPackage::default()
    }
}

fn list(outcome: &Outcome, name: &str) -> Vec<String> {
    serde_json::from_str(outcome.output(name)).unwrap()
}

#[test]
fn a_version_is_its_frozen_list_whatever_came_later() {
    let place = Place::new();
    fs::write(place.path("late.bin"), "late").unwrap();
    place.in_bucket(async |store, commit| {
        let late = NewPackage {
            kind: "data".to_owned(),
            project: "late".to_owned(),
            version: "0.2.0-alpha.1".to_owned(),
            platform: "any".to_owned(),
            file_name: "late.bin".to_owned(),
            path: place.path("late.bin"),
            ..NewPackage::default()
        };
        store.put(&commit, &late).await.unwrap();
    });
    for version in ["v0.2.0-alpha.1", "0.2.0a1"] {
        let outcome = place.fetch(&[("version", version)]);
        outcome.assert_code(0);
        assert_eq!(outcome.output("version"), "0.2.0-alpha.1");
        assert_eq!(outcome.output("commit"), COMMIT);
        let wheels = [MAC.file_name(), LINUX.file_name()].map(|name| format!("packages/{name}"));
        let mut expected = wheels.to_vec();
        expected.sort();
        let mut found = list(&outcome, "wheels");
        found.sort();
        assert_eq!(found, expected);
        assert_eq!(
            list(&outcome, "crates"),
            ["packages/hello-core-0.2.0-alpha.1.crate"]
        );
        assert_eq!(list(&outcome, "paths").len(), 4);
    }
    assert!(place.path("packages/hello.jsonl").is_file());
}

#[test]
fn a_commit_is_found_by_seven_digits_and_narrowed_down_by_filters() {
    let place = Place::new();
    for commit in [COMMIT, "6e4ddaf"] {
        let outcome = place.fetch(&[
            ("commit", commit),
            ("kinds", "wheel"),
            ("platforms", "linux-x64"),
            ("out", commit),
        ]);
        outcome.assert_code(0);
        let path = format!("{commit}/{}", LINUX.file_name());
        assert_eq!(list(&outcome, "wheels"), [path.as_str()]);
        assert_eq!(list(&outcome, "paths"), [path.as_str()]);
        assert_eq!(outcome.output("version"), "0.2.0-alpha.1");
        assert_eq!(fs::read_dir(place.path(commit)).unwrap().count(), 1);
    }
}

#[test]
fn a_channel_is_the_version_that_it_stands_at() {
    let place = Place::new();
    let outcome = place.fetch(&[("channel", "prerelease"), ("kinds", "crate\ndata")]);
    outcome.assert_code(0);
    assert_eq!(outcome.output("version"), "0.2.0-alpha.1");
    assert_eq!(list(&outcome, "paths").len(), 2);
}

#[test]
fn a_second_run_keeps_the_files_and_tells_of_those_that_were_there_before() {
    let place = Place::new();
    place.fetch(&[("version", "0.2.0a1")]).assert_code(0);
    let wheel = place.path("packages").join(LINUX.file_name());
    let before = fs::metadata(&wheel).unwrap().modified().unwrap();
    let outcome = place.fetch(&[("version", "0.2.0a1"), ("kinds", "wheel")]);
    outcome.assert_code(0);
    assert_eq!(fs::metadata(&wheel).unwrap().modified().unwrap(), before);
    assert!(
        outcome.annotations[0].message.contains("hello.jsonl"),
        "{outcome}"
    );
}

#[test]
fn what_cannot_be_found_is_answered_with_what_there_is() {
    let place = Place::new();
    let unknown = format!("failed to find packages of commit {}", "1".repeat(40));
    for (inputs, told) in [
        (
            vec![],
            "set one of the inputs `version`, `commit` and `channel`",
        ),
        (
            vec![("version", "1.0.0"), ("channel", "latest")],
            "more than one of the inputs",
        ),
        (vec![("version", "1.0.0")], "the bucket has 0.2.0-alpha.1"),
        (vec![("version", "../x")], "write it like `1.2.3`"),
        (
            vec![("channel", "latest")],
            "channel `latest` has no version yet",
        ),
        (vec![("channel", "lastest")], "the channels are `latest`"),
        (vec![("commit", "abcdef0")], COMMIT),
        (
            vec![("commit", "main")],
            "expected 7 to 40 lowercase hex digits",
        ),
        (vec![("commit", &"1".repeat(40))], &unknown),
        (
            vec![
                ("commit", COMMIT),
                ("platforms", "windows-x64"),
                ("kinds", "wheel"),
            ],
            "none matches all filters",
        ),
        (
            vec![("commit", COMMIT), ("kinds", "sdist")],
            "there is crate, data and wheel",
        ),
        (
            vec![("commit", COMMIT), ("projects", "helo-sdk")],
            "did you mean `hello-sdk`?",
        ),
        (
            vec![("commit", COMMIT), ("profile", "dev")],
            "there is release",
        ),
        (
            vec![("bucket", "./dist/hello.jsonl"), ("commit", COMMIT)],
            "failed to open",
        ),
    ] {
        let outcome = place.fetch(&inputs);
        outcome.assert_code(2);
        assert!(outcome.stdout.contains(told), "{inputs:?}: {outcome}");
    }
    assert!(!place.path("packages").exists());
}

#[test]
fn bytes_that_changed_in_the_bucket_never_get_their_name() {
    let place = Place::new();
    let file = LINUX.file_name();
    fs::write(
        place.path(&format!("bucket/commit/{COMMIT}/packages/{file}")),
        "other",
    )
    .unwrap();
    let outcome = place.fetch(&[("version", "0.2.0a1"), ("kinds", "wheel")]);
    outcome.assert_code(2);
    assert!(outcome.stdout.contains("is damaged"), "{outcome}");
    assert!(!place.path("packages").join(&file).exists());
}

#[test]
fn a_bad_wheel_that_was_uploaded_by_other_means_is_a_finding() {
    let place = Place::new();
    let wheel = place.path("bad-1.0-py3-none-any.whl");
    fs::write(&wheel, "no zip").unwrap();
    let other: Commit = "1".repeat(40).parse().unwrap();
    place.in_bucket(async |store, _| {
        let package = NewPackage {
            kind: "wheel".to_owned(),
            project: "bad".to_owned(),
            version: "1.0".to_owned(),
            platform: "any".to_owned(),
            file_name: "bad-1.0-py3-none-any.whl".to_owned(),
            path: wheel.clone(),
            ..NewPackage::default()
        };
        store.put(&other, &package).await.unwrap();
    });
    let outcome = place.fetch(&[("commit", "1111111")]);
    outcome.assert_code(1);
    assert_eq!(
        outcome.annotations[0].message,
        "bad-1.0-py3-none-any.whl: it is not a zip archive"
    );
    assert!(outcome.summary.contains("readable"), "{}", outcome.summary);
}
