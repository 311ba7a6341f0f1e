//! What a workflow sees of the action: exit codes, messages, outputs, and the bucket afterwards.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

#[path = "upload/refusals.rs"]
mod refusals;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use testkit::binary::Run;
use testkit::packages::{Wheel, krate};
use testkit::runner::{InJob as _, Outcome};

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
const URL: &str = "https://packages.example.org";

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("dist")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, files: &str) -> Run {
        Run::new(env!("CARGO_BIN_EXE_upload-packages"))
            .workspace(self.folder.path())
            .event("repository_dispatch", &serde_json::json!({}))
            .sha(COMMIT)
            .input("bucket", "./bucket")
            .input("public-url", URL)
            .input("files", files)
    }

    fn upload(&self, files: &str) -> Outcome {
        self.run(files).run()
    }

    /// Every file of the bucket with its bytes.
    fn bucket(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path("bucket"), "", &mut files);
        files
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => collect(&entry.path(), &format!("{name}/"), files),
            false => {
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
}

const COMMIT_BUILD: Wheel<'_> = Wheel {
    project: "hello-sdk",
    version: "0.2.0+2026.11.21.g6e4ddaf",
    tags: "py3-none-any",
    module: "GREETING = 'hello'\n",
};

#[test]
fn other_bytes_of_an_archive_are_told_by_its_members() {
    let place = Place::new();
    COMMIT_BUILD.write(&place.path("dist"));
    place.upload("dist/*.whl").assert_code(0);
    Wheel {
        module: "GREETING = 'changed'\n",
        ..COMMIT_BUILD
    }
    .write(&place.path("dist"));
    let refused = place.upload("dist/*.whl");
    refused.assert_code(2);
    assert!(
        refused
            .stdout
            .contains("inside: different bytes in hello_sdk"),
        "{refused}"
    );
}

#[test]
fn a_second_run_changes_nothing_and_says_so() {
    let place = Place::new();
    COMMIT_BUILD.write(&place.path("dist"));
    krate(&place.path("dist"), "hello-core", "0.2.0", COMMIT);
    let first = place.upload("dist/*.whl\ndist/*.crate");
    first.assert_code(0);
    let file = COMMIT_BUILD.file_name();
    assert_eq!(
        first.output("created"),
        format!("[\"{file}\",\"hello-core-0.2.0.crate\"]")
    );
    assert_eq!(first.output("address"), format!("{URL}/6e4ddaf"));
    assert_eq!(first.output("commit"), COMMIT);
    let line = format!("pip install {URL}/6e4ddaf/{}", file.replace('+', "%2B"));
    assert!(
        first.stdout.contains(&line) && first.summary.contains(&line),
        "{first}"
    );
    let bucket = place.bucket();
    for expected in [
        format!("6e4ddaf/{file}"),
        format!("commit/{COMMIT}/packages/{file}.metadata"),
        format!("commit/{COMMIT}/simple/hello-sdk/index.html"),
    ] {
        assert!(bucket.contains_key(&expected), "{expected}");
    }

    let second = place.upload("dist/*.whl\ndist/*.crate");
    second.assert_code(0);
    assert_eq!(second.output("created"), "[]");
    assert_eq!(second.output("records"), first.output("records"));
    assert!(
        second
            .stdout
            .contains("uploaded 0 packages, 2 already there"),
        "{second}"
    );
    assert!(place.bucket() == bucket, "the bucket has changed");
}

#[test]
fn other_bytes_of_one_file_stop_all_before_the_first_byte() {
    let place = Place::new();
    let wheel = COMMIT_BUILD.write(&place.path("dist"));
    place.upload("dist/*.whl").assert_code(0);
    let bucket = place.bucket();
    let there = package_formats::digest::sha256_file(&wheel).unwrap().sha256;
    Wheel {
        module: "GREETING = 'hallo'\n",
        ..COMMIT_BUILD
    }
    .write(&place.path("dist"));
    let here = package_formats::digest::sha256_file(&wheel).unwrap().sha256;
    krate(&place.path("dist"), "hello-core", "0.2.0", COMMIT);
    let outcome = place.upload("dist/*");
    outcome.assert_code(2);
    assert!(
        outcome.stdout.contains(&there) && outcome.stdout.contains(&here),
        "{outcome}"
    );
    assert!(place.bucket() == bucket, "something was sent");
}

#[test]
fn a_wheel_that_is_no_zip_is_a_finding_and_nothing_is_sent() {
    let place = Place::new();
    COMMIT_BUILD.write(&place.path("dist"));
    fs::write(place.path("dist/broken-1.0-py3-none-any.whl"), "no zip").unwrap();
    krate(&place.path("dist"), "hello-core", "0.2.0", &"1".repeat(40));
    let outcome = place.upload("dist/*");
    outcome.assert_code(1);
    let found: Vec<&str> = outcome
        .annotations
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(found.len(), 2, "{outcome}");
    assert_eq!(
        found[0],
        "broken-1.0-py3-none-any.whl: it is not a zip archive"
    );
    assert!(
        found[1].contains(COMMIT) && found[1].contains(&"1".repeat(40)),
        "{outcome}"
    );
    assert!(place.bucket().is_empty());
}

#[test]
fn data_gets_the_version_of_the_commits_wheel() {
    let place = Place::new();
    fs::write(place.path("hello.jsonl"), "{}\n").unwrap();
    let data = || {
        place
            .run("hello.jsonl")
            .input("kind", "data")
            .input("project", "hello-data")
            .run()
    };
    let too_early = data();
    too_early.assert_code(2);
    assert!(
        too_early
            .stdout
            .contains("upload it first, or set the input `version`"),
        "{too_early}"
    );
    COMMIT_BUILD.write(&place.path("dist"));
    place.upload("dist/*.whl").assert_code(0);
    let outcome = data();
    outcome.assert_code(0);
    let version = format!("\"version\":\"{}\"", COMMIT_BUILD.version);
    assert!(outcome.output("records").contains(&version), "{outcome}");
    data().assert_code(0);
}

#[test]
fn inputs_that_contradict_a_wheel_are_findings() {
    let place = Place::new();
    COMMIT_BUILD.write(&place.path("dist"));
    let run = place
        .run("dist/*.whl")
        .input("project", "other")
        .input("kind", "data");
    let outcome = run.run();
    outcome.assert_code(1);
    assert!(
        outcome
            .stdout
            .contains("its project is hello-sdk, but the input `project` says other"),
        "{outcome}"
    );
    assert!(
        outcome
            .stdout
            .contains("its kind is wheel, but the input `kind` says data"),
        "{outcome}"
    );
}

#[test]
fn a_dry_run_tells_all_and_makes_not_even_the_folder() {
    let place = Place::new();
    COMMIT_BUILD.write(&place.path("dist"));
    let outcome = place.run("dist/*.whl").input("dry-run", "true").run();
    outcome.assert_code(0);
    assert!(
        outcome.stdout.contains("dry run: would upload 1 packages"),
        "{outcome}"
    );
    assert_eq!(outcome.output("address"), format!("{URL}/6e4ddaf"));
    assert!(!place.path("bucket").exists());
}

#[test]
fn a_pull_request_uploads_under_its_head() {
    let place = Place::new();
    COMMIT_BUILD.write(&place.path("dist"));
    let head = "abcdef0123456789abcdef0123456789abcdef01";
    let repository = serde_json::json!({
        "id": 1, "name": "hello-sdk", "full_name": "rerun-io/hello-sdk", "default_branch": "main", "private": false, "fork": false,
        "owner": { "login": "rerun-io", "id": 1, "type": "Organization" },
    });
    let side = |sha: &str| serde_json::json!({ "ref": "branch", "sha": sha, "repo": repository, "label": "x" });
    let event = serde_json::json!({
        "action": "opened", "number": 1, "repository": repository,
        "sender": { "login": "ada", "id": 2, "type": "User" },
        "pull_request": {
            "number": 1, "title": "t", "body": null, "draft": false, "merged": false, "html_url": "https://example.org/pull/1", "state": "open", "labels": [],
            "user": { "login": "ada", "id": 2, "type": "User" }, "head": side(head), "base": side(COMMIT),
        },
    });
    let outcome = place.run("dist/*.whl").event("pull_request", &event).run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("commit"), head);
}

#[test]
fn a_short_address_that_another_commit_holds_is_not_used() {
    let place = Place::new();
    COMMIT_BUILD.write(&place.path("dist"));
    place.upload("dist/*.whl").assert_code(0);
    let other = format!("6e4ddaf{}", "1".repeat(33));
    let outcome = place.run("dist/*.whl").sha(&other).run();
    outcome.assert_code(0);
    assert_eq!(
        outcome.output("address"),
        format!("{URL}/commit/{other}/packages")
    );
    assert!(outcome.stdout.contains("found by its full id"), "{outcome}");
}

#[test]
fn bad_surroundings_are_answered_with_what_to_do() {
    let place = Place::new();
    COMMIT_BUILD.write(&place.path("dist"));
    fs::write(place.path("file"), "").unwrap();
    fs::write(place.path("dist/x.bin"), "x").unwrap();
    for (name, value, files, told) in [
        (
            "bucket",
            "ftp://x",
            "dist/*.whl",
            "unknown bucket address `ftp://…`: expected one of `gs://",
        ),
        ("bucket", "./file", "dist/*.whl", "failed to open"),
        ("bucket", "./file/bucket", "dist/*.whl", "failed to open"),
        (
            "commit",
            "6e4ddaf",
            "dist/*.whl",
            "it must be a full id of 40 hexadecimal digits",
        ),
        ("public-url", "x", "dist/*.whl", "write it like `https://"),
        ("profile", "../x", "dist/*.whl", "bad profile `../x`"),
        ("kind", "wheels", "dist/*.whl", "the kinds are wheel, crate"),
        (
            "toolchain",
            "x",
            "dist/*.zip",
            "no file matches `dist/*.zip`",
        ),
        (
            "toolchain",
            "x",
            "dist/x.bin",
            "set the input `kind`, one of wheel, crate",
        ),
        ("kind", "data", "dist/x.bin", "set the input `project`"),
    ] {
        let outcome = place.run(files).input(name, value).run();
        outcome.assert_code(2);
        assert!(outcome.stdout.contains(told), "{name}={value}: {outcome}");
    }
    assert!(place.bucket().is_empty());
}
