//! What a release refuses, before anything has left the machine.

use std::fs;
use std::path::Path;

use testkit::runner::Outcome;

use crate::project::{Project, WORKFLOW};
use crate::stops::small_assets;

const URL: &str = "https://github.com/rerun-io/ci-actions";

fn xtask(project: &Project, checkout: &Path, arguments: &str) -> Outcome {
    let script = format!("cargo xtask release {arguments}");
    project.step(checkout, &script).run()
}

#[track_caller]
fn refused(outcome: &Outcome, words: &[&str]) {
    outcome.assert_code(1);
    for word in words {
        assert!(outcome.stdout.contains(word), "{word}\n{outcome}");
    }
}

#[test]
fn a_version_that_is_released_never_changes() {
    let assets = small_assets();
    let mut project = Project::new(URL, assets.path());
    let commit = project.raise("1.0.0", "main");
    project.release(&commit).assert_code(0);
    let before = project.refs();
    // The same version with other binaries, as a build on another day may make them.
    let other = small_assets();
    let name = other.path().join("plan-linux-x64");
    fs::write(&name, "other bytes").unwrap();
    let checkout = project.checkout(&commit);
    let place = checkout.path().join("target/assets/plan-linux-x64");
    fs::remove_file(&place).unwrap();
    fs::copy(name, place).unwrap();
    let outcome = xtask(
        &project,
        checkout.path(),
        "push-commit --assets target/assets",
    );
    refused(
        &outcome,
        &["v1.0.0", "is already released", "Raise `version`"],
    );
    assert_eq!(project.refs(), before);
}

#[test]
fn a_commit_that_got_no_tag_gives_way_to_the_next_try() {
    let assets = small_assets();
    let mut project = Project::new(URL, assets.path());
    let commit = project.raise("1.0.0", "main");
    let outcome = project.release_and_stop(&commit);
    assert_ne!(outcome.code, 0, "{outcome}");
    let first = project.refs()["refs/heads/releases"].clone();
    let other = small_assets();
    fs::write(other.path().join("plan-linux-x64"), "other bytes").unwrap();
    project.use_assets(other.path());
    project.release(&commit).assert_code(0);
    let refs = project.refs();
    assert_eq!(refs["refs/tags/v1"], refs["refs/tags/v1.0.0"]);
    assert_eq!(project.bare(&["rev-parse", "v1~1"]), first);
    let sums = project.bare(&["show", "v1:dist/SHA256SUMS"]);
    let listed = sums.lines().find(|line| line.ends_with(" plan-linux-x64"));
    assert!(
        listed
            .unwrap()
            .starts_with(&crate::users::sha256(b"other bytes"))
    );
}

#[test]
fn a_workflow_that_no_branch_has_is_not_pushed() {
    let assets = small_assets();
    let mut project = Project::new(URL, assets.path());
    let commit = project.raise("1.0.0", "main");
    let checkout = project.checkout(&commit);
    let workflow = checkout.path().join(WORKFLOW);
    let changed = fs::read_to_string(&workflow).unwrap() + "# changed\n";
    fs::write(&workflow, changed).unwrap();
    let before = project.refs();
    let arguments = "push-commit --assets target/assets";
    refused(
        &xtask(&project, checkout.path(), arguments),
        &["uncommitted", "create-packages.yml"],
    );
    let commit = "git -c user.name=a -c user.email=a@b commit --quiet --all --message x";
    project.step(checkout.path(), commit).run().assert_code(0);
    refused(
        &xtask(&project, checkout.path(), arguments),
        &["no branch of origin", WORKFLOW, "Push the commit"],
    );
    assert_eq!(project.refs(), before);
}

#[test]
fn what_would_stop_a_release_later_stops_it_first() {
    let assets = small_assets();
    let mut project = Project::new(URL, assets.path());
    let commit = project.raise("1.0.0", "main");
    let before = project.refs();
    let arguments = "push-commit --assets target/assets";

    let checkout = project.checkout(&commit);
    fs::remove_file(checkout.path().join("target/assets/plan-windows-arm64.exe")).unwrap();
    refused(
        &xtask(&project, checkout.path(), arguments),
        &["lacks plan-windows-arm64.exe"],
    );

    project
        .source
        .write("CHANGELOG.md", "## Unreleased\n\n- much\n");
    let commit = project.source.commit("No notes");
    project.push_as_maintainer("HEAD:refs/heads/other");
    let checkout = project.checkout(&commit);
    refused(
        &xtask(&project, checkout.path(), arguments),
        &["CHANGELOG.md", "`## 1.0.0`"],
    );
    for (step, before) in [("push-tag", "push-commit"), ("move-tags", "push-tag")] {
        refused(
            &xtask(&project, checkout.path(), step),
            &[&format!("run `cargo xtask release {before}` first")],
        );
    }
    let mut after = project.refs();
    after.remove("refs/heads/other");
    assert_eq!(after, before);
}

#[test]
fn a_tag_that_somebody_moved_by_hand_is_not_moved_on() {
    let assets = small_assets();
    let mut project = Project::new(URL, assets.path());
    let commit = project.raise("1.0.0", "main");
    project.push_as_maintainer("HEAD:refs/tags/v1");
    let outcome = project.release(&commit);
    refused(&outcome, &["failed to move v1", &commit, ":refs/tags/v1"]);
    assert_eq!(project.refs()["refs/tags/v1"], commit);
}
