//! Canaries: every command of a repository, in every job of the published workflow, keeps what it sees. No key of the bucket, no
//! token and no identity is ever among it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy knows the tests themselves, but not the functions that they share"
)]

mod place;
mod repository;

use std::collections::{BTreeMap, BTreeSet};

use place::{Done, Place};

/// The commands of each job that builds; those of the job for other wheels are in [`OF_OTHER_WHEELS`].
const COMMANDS: [&str; 12] = [
    "bundle command",
    "bundle set-up",
    "crates build",
    "crates set-up",
    "data script",
    "data set-up",
    "docs build",
    "docs command",
    "docs set-up",
    "linux-wheel build",
    "linux-wheel set-up",
    "linux-wheel test",
];
const OF_OTHER_WHEELS: [&str; 3] = [
    "other-wheels build",
    "other-wheels set-up",
    "other-wheels test",
];

const BUILDS: [&str; 6] = [
    "wheels (linux-x64)",
    "crates",
    "data",
    "docs-python",
    "docs-rust",
    "web",
];

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn uploads() -> Vec<String> {
    BUILDS.map(|name| format!("Upload {name}")).into()
}

/// All of them succeeded, and no other job ran.
#[track_caller]
fn only(done: &Done, names: &[&str]) {
    let all: BTreeMap<String, String> = names
        .iter()
        .map(|name| ((*name).to_owned(), "success".to_owned()))
        .collect();
    assert_eq!(done.results(), all, "{}", done.text());
}

#[test]
fn no_command_sees_a_secret_and_every_package_arrives() {
    let place = Place::new();
    let all = place.run("all", place.pushed());
    let uploads = uploads();
    let mut jobs: Vec<&str> = uploads.iter().map(String::as_str).collect();
    jobs.extend(BUILDS);
    jobs.extend(["Plan", "Draft release", "Channel"]);
    only(&all, &jobs);
    assert_eq!(place.commands(), set(&COMMANDS));
    assert_eq!(place.leaks(&all), Vec::<String>::new());

    // All of it is there now, for whoever has the keys.
    let again = place.run("again", place.pushed());
    only(&again, &["Plan", "Draft release", "Channel"]);

    // By hand and by force: the wheel that data is made with comes from the bucket, and sees no more.
    let part = place.run("part", place.by_hand("data", true));
    only(
        &part,
        &[
            "Plan",
            "Fetch canary (linux-x64)",
            "data",
            "Upload data",
            "Draft release",
            "Channel",
        ],
    );
    part.said("out.txt is already there, with the same bytes");
    assert_eq!(place.commands(), set(&["data script", "data set-up"]));
    assert_eq!(place.leaks(&part), Vec::<String>::new());
}

#[test]
fn a_job_that_builds_cannot_choose_as_what_its_files_are_kept() {
    let place = Place::new();
    let other = place.run("other", place.by_hand("wheel\nlinux-arm64", false));
    let results = other.results();
    assert_eq!(
        results["wheels (linux-arm64)"],
        "success",
        "{}",
        other.text()
    );
    assert_eq!(
        results["Upload wheels (linux-arm64)"],
        "failure",
        "{}",
        other.text()
    );
    other.said("is `wheel canary linux-x64`, which is not one of the packages in `expected`");
    assert!(place.commands().is_superset(&set(&OF_OTHER_WHEELS)));
    assert_eq!(place.leaks(&other), Vec::<String>::new());
}

#[test]
fn a_forks_pull_request_builds_everything_and_reaches_no_bucket() {
    let place = Place::new();
    let fork = place.run("fork", place.pull("somebody/canary"));
    let mut jobs = BUILDS.to_vec();
    jobs.push("Plan");
    only(&fork, &jobs);
    fork.said("The bucket was not asked (`assume-empty`): packages are built as if it were empty.");
    assert_eq!(place.commands(), set(&COMMANDS));
    assert_eq!(place.leaks(&fork), Vec::<String>::new());
}

/// The canaries sing: what this project must never do is noticed.
#[test]
fn keys_for_a_whole_job_and_an_identity_for_one_that_builds_are_noticed() {
    let place = Place::new();
    let builds = "      contents: read # checkout\n    steps:\n";
    let bundle = "  bundle:\n";
    place.change_workflow_after(
        bundle,
        builds,
        "      contents: read\n      id-token: write\n    env:\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.aws-secret-access-key }}\n    steps:\n",
    );
    place.change_workflow_after(
        "      - &checkout\n",
        "persist-credentials: false",
        "persist-credentials: true",
    );
    let done = place.run("mistakes", place.by_hand("web", false));
    let leaks = place.leaks(&done);
    for (secret, of) in [
        ("AWS_SECRET_ACCESS_KEY in", "bundle set-up"),
        ("AWS_SECRET_ACCESS_KEY in", "bundle command"),
        ("AWS_SECRET_ACCESS_KEY in", "env.txt"),
        ("identity of packages/bundle in", "bundle set-up"),
    ] {
        let found = leaks
            .iter()
            .any(|leak| leak.starts_with(secret) && leak.contains(of));
        assert!(found, "{secret} {of}: {leaks:?}");
    }
}
