//! `withdraw`: what it changes in each place, where it leaves the channels, and what it leaves to a person.

use super::*;
use std::sync::mpsc;
use testkit::{
    gate::{Event, Gate},
    memory_bucket::MemoryBucket,
};

/// 0.2.0 and, after it, 0.3.0, which turns out to be bad.
fn released_twice() -> Place {
    let place = Place::new();
    place.run("0.2.0").run().assert_code(0);
    place.freeze("0.3.0", 1);
    place.run("0.3.0").run().assert_code(0);
    place
}

fn bad_one(place: &Place) -> Run {
    place
        .served("withdraw", "0.3.0")
        .input("crates-token", CARGO_TOKEN)
}

#[test]
fn a_version_is_withdrawn_everywhere_once_and_not_offered_again() {
    let place = released_twice();
    let withdraw = || {
        bad_one(&place)
            .input("reason", "it eats files")
            .input("git-tags", "true")
    };
    let writes = place.writes();
    let rehearsal = withdraw().run();
    rehearsal.assert_code(0);
    assert_eq!(place.writes(), writes, "{rehearsal}");
    assert_eq!(place.channel("latest"), "0.3.0");
    assert!(rehearsal.stdout.contains("would be yanked"), "{rehearsal}");

    let done = withdraw().input("dry-run", "false").run();
    done.assert_code(0);
    assert_eq!(
        (place.channel("latest"), place.channel("prerelease")),
        ("0.2.0".to_owned(), "0.2.0".to_owned())
    );
    assert!(done.output("by-hand").contains("hello-sdk 0.3.0"), "{done}");
    assert_eq!(place.tag("latest"), place.commits[0]);
    let releases = place.releases();
    let release = releases
        .iter()
        .find(|one| one.tag_name == "v0.3.0")
        .unwrap();
    assert!(release.prerelease, "{release:?}");
    assert!(
        release
            .body
            .as_deref()
            .unwrap_or_default()
            .contains("it eats files")
    );
    let versions = place.registry.versions("hello-core");
    let yanked = versions
        .iter()
        .map(|one| (one.vers.to_string(), one.yanked));
    assert!(
        yanked.clone().any(|it| it == ("0.3.0".to_owned(), true)),
        "{done}"
    );
    assert!(
        yanked.clone().any(|it| it == ("0.2.0".to_owned(), false)),
        "{done}"
    );
    let pip = fs::read_to_string(place.path("bucket/simple/hello-sdk/index.html")).unwrap();
    assert!(pip.contains(r#"data-yanked="withdrawn""#), "{pip}");

    let writes = place.writes();
    let again = withdraw().input("dry-run", "false").run();
    again.assert_code(0);
    assert_eq!((place.writes(), again.output("changed")), (writes, "[]"));

    // The mark on GitHub is no fault of the release.
    let verified = place.served("verify-release", "0.3.0").run();
    verified.assert_code(0);
    let notes = verified.output("notes");
    assert!(
        notes.contains("marked as a prerelease; the version was withdrawn"),
        "{notes}"
    );

    let message = refusal(&place.run("0.3.0").run());
    assert!(message.contains("withdrawn"), "{message}");
    let promote = || place.after("promote", "0.3.0").input("channel", "latest");
    promote().run().assert_code(1);
    assert_eq!(place.channel("latest"), "0.2.0");
    promote()
        .input("force", "true")
        .input("git-tag", "true")
        .run()
        .assert_code(0);
    assert_eq!(place.channel("latest"), "0.3.0");
    assert_eq!(place.tag("latest"), place.commits[1]);
}

/// Freezes a version of one file.
async fn freeze_data(store: &Store, folder: &Path, version: &str) {
    let digits = version.replace('.', "").repeat(20);
    let commit: Commit = digits.get(..40).unwrap().parse().unwrap();
    let path = folder.join(format!("data-{version}.bin"));
    fs::write(&path, version).unwrap();
    let package = NewPackage {
        kind: "data".to_owned(),
        project: "hello-data".to_owned(),
        version: version.to_owned(),
        platform: "any".to_owned(),
        file_name: format!("data-{version}.bin"),
        path,
        ..NewPackage::default()
    };
    store.put(&commit, &package).await.unwrap();
    let records = store.records(&commit).await.unwrap();
    store.freeze(version, &commit, &records).await.unwrap();
}

/// An action on a bucket, for a version that is nowhere else.
fn alone(name: &str, bucket: &str, version: &str) -> Run {
    Run::new(action(name))
        .input("bucket", bucket)
        .input("version", version)
}

fn withdraw_alone(bucket: &str, version: &str) -> Run {
    alone("withdraw", bucket, version)
        .input("github", "off")
        .input("dry-run", "false")
}

async fn at(store: &Store, channel: package_store::Channel) -> String {
    let current = store.current(channel).await.unwrap();
    current.map(|entry| entry.version).unwrap_or_default()
}

#[test]
fn a_channel_goes_back_to_what_nobody_withdrew_or_stays_and_that_is_told() {
    for (history, withdrawn, ends_at, told) in [
        (
            &["0.1.0", "0.2.0", "0.3.0"][..],
            &["0.2.0"][..],
            "0.1.0",
            "moved back to 0.1.0",
        ),
        (
            &["0.1.0", "0.2.0", "0.3.0"],
            &["0.1.0", "0.2.0"],
            "0.3.0",
            "every earlier version is withdrawn too (0.2.0, 0.1.0), so it stays at 0.3.0",
        ),
        (
            &["0.3.0"],
            &[],
            "0.3.0",
            "there is no earlier version than 0.3.0, so it stays there",
        ),
        // Withdrawn in any order.
        (
            &["0.2.0", "0.3.0"],
            &["0.2.0"],
            "0.3.0",
            "every earlier version is withdrawn too (0.2.0)",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let bucket = folder.path().join("bucket");
        let bucket = bucket.to_str().unwrap();
        let store = Store::open(bucket).unwrap();
        for version in history {
            block_on(freeze_data(&store, folder.path(), version));
            let promote = alone("promote", bucket, version).input("channel", "latest");
            promote.run().assert_code(0);
        }
        for version in withdrawn {
            withdraw_alone(bucket, version).run().assert_code(0);
        }
        let rehearsal = withdraw_alone(bucket, "0.3.0")
            .input("dry-run", "true")
            .run();
        rehearsal.assert_code(0);
        let latest = || block_on(at(&store, package_store::Channel::Latest));
        assert_eq!(latest(), "0.3.0", "{rehearsal}");
        let done = withdraw_alone(bucket, "0.3.0").run();
        done.assert_code(0);
        assert_eq!(latest(), ends_at, "{done}");
        for outcome in [&rehearsal, &done] {
            assert!(
                outcome.summary.contains(told),
                "{told}: {}",
                outcome.summary
            );
            let by_hand = listed(outcome, "by-hand");
            let stays = by_hand
                .iter()
                .any(|it| it.contains(told) && it.contains("release a new version"));
            assert_eq!(stays, ends_at == "0.3.0", "{by_hand:?}");
        }
    }
}

#[test]
fn a_version_that_is_withdrawn_while_a_channel_moves_there_does_not_stay() {
    let gate = Gate::default();
    let bucket = gate.before("bucket", || {
        MemoryBucket::start(Default::default()).unwrap()
    });
    let address = bucket.address();
    let store = block_on(async { Store::open(&address).unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let promote = |version| alone("promote", &address, version).input("channel", "latest");
    for version in ["0.1.0", "0.2.0"] {
        block_on(freeze_data(&store, folder.path(), version));
    }
    gate.begin([]);
    promote("0.1.0").run().assert_code(0);
    gate.begin([]);
    let (come, held) = mpsc::channel();
    let is_move = move |_: &str, method: &str, target: &str| {
        let is_move = method == "PUT" && target.contains("channels/latest/log/");
        if is_move {
            come.send(()).unwrap();
        }
        is_move
    };
    gate.at_first(is_move, Event::Hold);
    let running = promote("0.2.0").start();
    held.recv_timeout(std::time::Duration::from_secs(60))
        .unwrap();
    withdraw_alone(&address, "0.2.0").run().assert_code(0);
    gate.release();
    let outcome = running.wait();
    outcome.assert_code(1);
    assert!(
        outcome.stdout.contains("0.2.0 was withdrawn at"),
        "{outcome}"
    );
    let latest = at(&store, package_store::Channel::Latest);
    assert_eq!(block_on(latest), "0.1.0", "{outcome}");
}

#[test]
fn a_registry_that_is_down_does_not_stop_the_rest_and_the_next_run_does_it() {
    let place = released_twice();
    let withdraw = || bad_one(&place).input("dry-run", "false");
    let nowhere = format!("sparse+{}/nowhere/", place.registry.url());
    let message = refusal(&withdraw().input("registry", nowhere).run());
    assert!(message.contains("run it again: crates.io: "), "{message}");
    assert_eq!(place.channel("latest"), "0.2.0");
    let mut releases = place.releases();
    releases.retain(|one| one.tag_name == "v0.3.0");
    assert!(releases[0].prerelease, "{releases:?}");

    let again = withdraw().run();
    again.assert_code(0);
    assert_eq!(listed(&again, "changed"), ["hello-core 0.3.0"], "{again}");
}

#[test]
fn what_cannot_be_done_is_told_before_anything_is() {
    let place = Place::new();
    for (inputs, told) in [
        (
            &[("github", "off"), ("git-tags", "true")][..],
            "remove `github: off`, or set `git-tags: false`",
        ),
        (
            &[("token", "")],
            "set the input `token`, or set `github: off`",
        ),
        (&[], "set the input `crates-token`, or set `crates: off`"),
    ] {
        let run = place.served("withdraw", "0.2.0").input("dry-run", "false");
        let run = inputs
            .iter()
            .fold(run, |run, (name, value)| run.input(name, *value));
        let message = refusal(&run.run());
        assert!(message.contains(told), "{told}: {message}");
        assert!(
            block_on(place.store().withdrawal("0.2.0"))
                .unwrap()
                .is_none()
        );
        assert_eq!(place.writes(), 0);
    }
}
