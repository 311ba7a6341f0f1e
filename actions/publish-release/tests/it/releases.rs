//! What a run leaves on GitHub, and what people read of it.

use super::*;
use testkit::faults::Fault;
use testkit::forward_proxy::ForwardProxy;

const FILES: [&str; 3] = ["big.data.0.2.0.bin", "hello-0.2.0.crate", "hello-0.2.0.whl"];

#[test]
fn a_version_is_published_with_its_files_once() {
    let place = Place::new();
    let first = place.run().run();
    first.assert_code(0);
    assert_eq!(place.files(0), FILES);
    let release = place.repository().releases.remove(0);
    assert!(!release.draft && release.latest, "{release:?}");
    assert_eq!(release.tag_name, "v0.2.0");
    let outputs = ["published", "latest", "unchanged"].map(|name| first.output(name));
    assert_eq!(outputs, ["true", "true", "[]"]);
    assert!(
        first.output("release-url").starts_with("https://"),
        "{first}"
    );
    for told in [
        "skipped, because a release cannot contain folders: hello-0.2.0-docs",
        "hello-0.2.0.whl: sending 11 bytes",
        "hello-0.2.0.whl: uploaded, digest verified",
        "v0.2.0 is published, and is the latest release",
        "3 files uploaded, 0 already there",
    ] {
        assert!(first.stdout.contains(told), "{told}: {first}");
    }
    assert!(
        first.summary.contains("big.data.0.2.0.bin"),
        "{}",
        first.summary
    );

    let writes = place.writes();
    // All is there: the packages are not even read.
    fs::remove_dir_all(place.path("bucket/commit")).unwrap();
    let second = place.run().run();
    second.assert_code(0);
    assert_eq!(place.writes(), writes, "{second}");
    assert_eq!(second.output("uploaded"), "[]");
    assert_eq!(second.output("published"), "true");
    assert!(
        second
            .stdout
            .contains("v0.2.0 is already published, and is the latest"),
        "{second}"
    );
}

#[test]
fn the_draft_is_filled_first_and_published_later() {
    let place = Place::new();
    let staged = place.run().input("stage-only", "true").run();
    staged.assert_code(0);
    assert!(place.repository().releases[0].draft, "{staged}");
    assert_eq!(place.files(0), FILES);
    assert_eq!(staged.output("published"), "false");
    assert!(
        staged.stdout.contains("the draft of v0.2.0 has its files"),
        "{staged}"
    );
    let published = place.run().run();
    published.assert_code(0);
    assert_eq!(published.output("uploaded"), "[]");
    assert!(!place.repository().releases[0].draft, "{published}");
}

#[test]
fn an_older_lines_patch_ends_green_and_is_not_the_latest() {
    let place = Place::new();
    place.run().run().assert_code(0);
    place.freeze("0.1.9", OTHER);
    for _ in 0..2 {
        let outcome = place.run_of("0.1.9").run();
        outcome.assert_code(0);
        assert_eq!(outcome.output("latest"), "false");
        assert!(
            outcome.stdout.contains("and is not the latest release"),
            "{outcome}"
        );
    }
    let releases = place.repository().releases;
    assert!(releases[0].latest && !releases[1].draft && !releases[1].latest);
}

#[test]
fn whether_it_is_the_latest_can_be_said() {
    let place = Place::new();
    place.run().input("latest", "false").run().assert_code(0);
    assert!(!place.repository().releases[0].latest);
    place.freeze("0.1.9", OTHER);
    let outcome = place.run_of("v0.1.9").input("latest", "true").run();
    outcome.assert_code(0);
    assert!(place.repository().releases[1].latest, "{outcome}");

    let prerelease = Place::new();
    prerelease.freeze("0.3.0-alpha.1", OTHER);
    let outcome = prerelease
        .run_of("0.3.0-alpha.1")
        .input("latest", "true")
        .run();
    outcome.assert_code(0);
    assert!(
        outcome
            .stdout
            .contains("is a prerelease, which GitHub never shows"),
        "{outcome}"
    );
    let release = prerelease.repository().releases.remove(0);
    assert!(release.prerelease && !release.latest && !release.draft);
}

#[test]
fn kinds_and_extra_files_are_chosen() {
    let place = Place::new();
    fs::write(place.path("hello.sigstore.json"), "{}").unwrap();
    let run = place.run().input("kinds", "wheel\ncrate");
    let outcome = run.input("extra-files", "*.sigstore.json").run();
    outcome.assert_code(0);
    assert_eq!(
        place.files(0),
        [
            "hello-0.2.0.crate",
            "hello-0.2.0.whl",
            "hello.sigstore.json"
        ]
    );
}

#[test]
fn a_dry_run_changes_nothing_before_and_after() {
    let place = Place::new();
    let dry = || place.run().input("dry-run", "true").run();
    let outcome = dry();
    outcome.assert_code(0);
    assert_eq!(place.writes(), 0, "{outcome}");
    for told in [
        "would be uploaded",
        "v0.2.0 would be published, as the latest release",
    ] {
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
    }
    assert_eq!(outcome.output("published"), "false");
    place.run().run().assert_code(0);
    let writes = place.writes();
    let outcome = dry();
    outcome.assert_code(0);
    assert!(
        outcome
            .stdout
            .contains("dry run: v0.2.0 is already published"),
        "{outcome}"
    );
    assert_eq!(place.writes(), writes);
}

#[test]
fn every_request_goes_through_the_proxy() {
    let place = Place::new();
    let proxy = ForwardProxy::start([]);
    let address = format!("http://{}", proxy.address());
    place.run().env("HTTP_PROXY", address).run().assert_code(0);
    assert_eq!(proxy.seen().len(), place.github.requests().len());
    assert_eq!(place.files(0), FILES);
}

#[test]
fn a_run_that_was_broken_off_is_completed_by_the_next_one() {
    let place = Place::new();
    place.github.fault(Fault {
        handled: true,
        nth: 2,
        times: 9,
        ..Fault::status("POST", "/uploads/", 502)
    });
    let broken = place.run().run();
    broken.assert_code(2);
    assert!(broken.stdout.contains("failed to upload"), "{broken}");
    assert!(place.repository().releases[0].draft);
    place.github.change(|state| state.faults.clear());
    place.run().run().assert_code(0);
    assert_eq!(place.files(0), FILES);
    assert_eq!(place.repository().releases.len(), 1);
}

#[test]
fn a_run_that_is_killed_in_the_middle_of_an_upload_is_completed_by_the_next_one() {
    let place = Place::new();
    place.github.fault(Fault {
        delay_ms: 60_000,
        ..Fault {
            method: Some("POST".to_owned()),
            path: "/uploads/".to_owned(),
            ..Fault::default()
        }
    });
    let running = place.run().start();
    for _ in 0..600 {
        if running.stdout().contains(": sending") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    running.signal("KILL");
    drop(running.wait());
    let outcome = place.run().run();
    outcome.assert_code(0);
    assert_eq!(place.files(0), FILES);
    assert_eq!(place.repository().releases.len(), 1);
}
