//! The version of a wheel says which commit it is.

use package_formats::Wheel;
use serde_json::{Value, json};
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

use crate::package::{DEV, assert_untouched, build_wheel, local_version, package};

/// The version in file name, METADATA and outputs, which must be one.
fn version(repo: &TempRepo, outcome: &Outcome) -> String {
    outcome.assert_code(0);
    let wheel = Wheel::open(&repo.path().join(outcome.output("path"))).unwrap();
    assert_eq!(wheel.file_name.to_string(), outcome.output("file"));
    assert_eq!(wheel.file_name.version, wheel.metadata.version());
    assert_eq!(outcome.output("version"), wheel.metadata.version());
    assert_eq!(outcome.output("sha256"), wheel.digest.sha256);
    wheel.metadata.version().to_owned()
}

#[test]
fn sources_of_a_development_version_become_a_build_of_the_commit_and_of_its_day_in_utc() {
    let repo = package(DEV);
    let head = repo.commit("first");
    // There it is still the day before.
    let outcome = build_wheel(&repo).env("TZ", "America/New_York").run();
    assert_eq!(
        version(&repo, &outcome),
        format!("0.2.0a1{}", local_version(&head))
    );
    assert_eq!(outcome.output("name"), "tiny-tool");
    assert!(outcome.output("tags").starts_with("py3-none-"), "{outcome}");
    assert!(!outcome.stdout.contains("Install maturin"), "{outcome}");
    assert!(
        outcome.summary.contains(outcome.output("sha256")),
        "{}",
        outcome.summary
    );
    assert_eq!(outcome.annotations, []);
    assert_untouched(&repo);

    let release = build_wheel(&repo).input("version", "release").run();
    assert_eq!(version(&repo, &release), "0.2.0a1");
    assert_untouched(&repo);
}

#[test]
fn sources_of_a_clean_version_become_a_release_unless_a_commit_build_is_asked_for() {
    let repo = package("0.2.0");
    let head = repo.commit("first");
    let release = build_wheel(&repo).run();
    assert_eq!(version(&repo, &release), "0.2.0");
    assert_untouched(&repo);
    let commit = build_wheel(&repo).input("version", "commit").run();
    assert_eq!(
        version(&repo, &commit),
        format!("0.2.0{}", local_version(&head))
    );
    assert_untouched(&repo);
}

fn pull_request(base: &str, head: &str) -> Value {
    let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
    json!({
        "action": "synchronize",
        "number": 7,
        "pull_request": {
            "title": "Say hello",
            "body": null,
            "draft": false,
            "labels": [],
            "head": {"ref": "feature", "sha": head, "repo": {"full_name": "rerun-io/hello-sdk", "fork": false}},
            "base": {"ref": "main", "sha": base, "repo": repository},
            "user": {"login": "someone"},
            "merged": false,
            "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
        },
        "repository": repository,
    })
}

#[test]
fn on_a_pull_request_the_wheel_is_named_after_its_head_and_not_the_merge() {
    let repo = package(DEV);
    let base = repo.commit("first");
    let head = repo
        .branch("feature")
        .write("notes.md", "hello\n")
        .commit("second");
    repo.switch("main");
    let merge = repo.merge("feature");
    let checkout = repo.detach(&merge);
    let outcome = build_wheel(checkout)
        .event("pull_request", &pull_request(&base, &head))
        .run();
    assert_eq!(
        version(&repo, &outcome),
        format!("0.2.0a1{}", local_version(&head))
    );

    let given = build_wheel(checkout)
        .event("pull_request", &pull_request(&base, &head))
        .input("commit", &base)
        .run();
    assert_eq!(
        version(&repo, &given),
        format!("0.2.0a1{}", local_version(&base))
    );
}
