//! Bad input and bad days: one clear sentence, exit code 2, and nothing is sent.

use super::*;
use testkit::faults::Fault;

/// A run that is refused before anything was sent.
#[track_caller]
fn refused(place: &Place, run: Run, told: &[&str]) {
    let outcome = run.run();
    let message = refusal(&outcome);
    for told in told {
        assert!(message.contains(told), "{told}: {message}");
    }
    assert_eq!(place.writes(), 0, "{outcome}");
    assert_eq!(place.channel("latest"), "");
}

#[test]
fn a_version_that_was_never_frozen_is_answered_with_those_there_are() {
    let place = Place::new();
    refused(
        &place,
        place.run("9.9.9"),
        &["unknown version `9.9.9`", "0.2.0"],
    );
}

#[test]
fn a_commit_build_is_not_a_release() {
    let place = Place::new();
    refused(
        &place,
        place.run("0.2.0+2026.11.21.g6e4ddaf"),
        &["0.2.0+2026.11.21.g6e4ddaf", "commit build"],
    );
}

#[test]
fn a_damaged_file_and_a_lost_one_are_told() {
    let place = Place::new();
    let wheel = "hello_sdk-0.2.0-py3-none-any.whl";
    let path = place.path(&format!(
        "bucket/commit/{}/packages/{wheel}",
        place.commits[0]
    ));
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, vec![b'x'; bytes.len()]).unwrap();
    refused(&place, place.run("0.2.0"), &[wheel, "sha256"]);
    fs::remove_file(&path).unwrap();
    refused(&place, place.run("0.2.0"), &[wheel, "lost"]);
}

#[test]
fn a_wrong_registry_is_told() {
    let place = Place::new();
    let elsewhere = format!("sparse+{}/nowhere/", place.registry.url());
    let run = place.run("0.2.0").input("registry", elsewhere);
    refused(&place, run, &["config.json"]);
    let run = place.run("0.2.0").input("index-url", "ftp://example.com/");
    refused(&place, run, &["index-url"]);
}

#[test]
fn a_proxy_that_answers_html_is_told() {
    let place = Place::new();
    let html = "<html><body>Please log in</body></html>";
    place.registry.fault(Fault {
        body: Some(html.into()),
        ..Fault::status("GET", "/index/config.json", 200)
    });
    refused(&place, place.run("0.2.0"), &["config.json"]);

    let place = Place::new();
    place.index.fault(Fault {
        body: Some(html.into()),
        ..Fault::status("GET", "/simple/", 200)
    });
    refused(&place, place.run("0.2.0"), &["index page"]);
}

#[test]
fn a_token_without_rights_stops_before_anything_is_sent() {
    let place = Place::new();
    let run = place.run("0.2.0").input("token", "secret-reader");
    let outcome = run.run();
    let message = refusal(&outcome);
    assert!(message.contains("contents: write"), "{message}");
    assert!(place.index.uploads().is_empty(), "{outcome}");
    assert!(place.registry.versions("hello-core").is_empty());
}

#[test]
fn packages_that_nobody_could_send_are_not_left_out_silently() {
    let place = Place::new();
    let run = place
        .run("0.2.0")
        .input("pypi-password", "")
        .input("crates-token", "");
    refused(
        &place,
        run,
        &["pypi: off", "crates: off", "id-token: write"],
    );
    let run = place
        .run("0.2.0")
        .input("token", "")
        .input("git-tags", "false");
    refused(&place, run, &["github: off"]);
}

#[test]
fn a_withdrawn_version_is_not_released() {
    let place = Place::new();
    let entry = package_store::JournalEntry {
        version: "0.2.0".to_owned(),
        commit: place.commits[0].parse().unwrap(),
        action: "withdraw".to_owned(),
        when: "2026-11-21T08:15:00Z".parse().unwrap(),
        who: None,
        run_url: None,
        steps: Vec::new(),
        error: None,
    };
    block_on(place.store().mark_withdrawn(&entry)).unwrap();
    refused(&place, place.run("0.2.0"), &["withdrawn at 2026-11-21"]);
}

#[test]
fn channels_that_never_take_the_version_are_told_before_anything_is_fetched() {
    let place = Place::new();
    place.freeze("0.3.0-rc.1", 2);
    for (version, channels, told) in [
        (
            "0.3.0-rc.1",
            "prerelease, latest",
            "0.3.0-rc.1 is a prerelease, but `latest` is for releases: use the channel `prerelease`",
        ),
        (
            "0.2.0",
            "latest, main",
            "failed to move the git tag of `main`",
        ),
    ] {
        for dry_run in ["true", "false"] {
            let run = place.run(version).input("channels", channels);
            let run = run.input("dry-run", dry_run);
            let outcome = run.run();
            let message = refusal(&outcome);
            assert!(message.contains(told), "{told}: {message}");
            assert!(!message.contains("force"), "{message}");
            assert!(!outcome.stdout.contains("fetched "), "{outcome}");
        }
        assert_eq!(
            (place.writes(), place.channel("prerelease")),
            (0, String::new())
        );
    }
}
