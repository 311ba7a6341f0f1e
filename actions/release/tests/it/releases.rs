//! What a release leaves in every place, and what people read of it.

use super::*;
use testkit::faults::Fault;

#[test]
fn a_version_goes_everywhere_once() {
    let place = Place::new();
    let rehearsal = place.run("v0.2.0").input("dry-run", "true").run();
    rehearsal.assert_code(0);
    assert_eq!(place.writes(), 0, "{rehearsal}");
    assert_eq!(rehearsal.output("wheels"), "[]");
    for told in [
        "would be sent",
        "would be uploaded",
        "would be moved to 0.2.0",
    ] {
        assert!(rehearsal.stdout.contains(told), "{told}: {rehearsal}");
        assert!(
            rehearsal.summary.contains(told),
            "{told}: {}",
            rehearsal.summary
        );
    }
    assert_eq!(place.channel("latest"), "");

    let first = place.run("v0.2.0").run();
    first.assert_code(0);
    assert_eq!(
        first.output("wheels"),
        r#"["hello_sdk-0.2.0-py3-none-any.whl"]"#
    );
    assert_eq!(first.output("crates"), r#"["hello-core-0.2.0.crate"]"#);
    assert_eq!(
        (first.output("tag"), first.output("commit")),
        ("v0.2.0", place.commits[0].as_str())
    );
    assert_eq!(place.index.files("hello-sdk").len(), 1);
    assert_eq!(place.registry.versions("hello-core").len(), 1);
    let release = &place.releases()[0];
    assert!(!release.draft && release.latest, "{release:?}");
    assert_eq!(release.assets.len(), 3);
    for channel in ["latest", "prerelease"] {
        assert_eq!(place.channel(channel), "0.2.0", "{first}");
        assert_eq!(place.tag(channel), place.commits[0]);
    }
    assert!(
        first.summary.contains("hello-core-0.2.0.crate"),
        "{}",
        first.summary
    );
    let page = place.path(&format!("bucket/commit/{}/index.html", place.commits[0]));
    assert!(fs::read_to_string(page).unwrap().contains("released"));

    let writes = place.writes();
    let journal = block_on(place.store().journal("0.2.0")).unwrap();
    let second = place.run("v0.2.0").run();
    second.assert_code(0);
    assert_eq!(place.writes(), writes, "{second}");
    assert!(
        second.stdout.contains("0.2.0 was already released"),
        "{second}"
    );
    assert_eq!(block_on(place.store().journal("0.2.0")).unwrap(), journal);
    for outcome in [&rehearsal, &first, &second] {
        let all = format!("{outcome}{}{:?}", outcome.summary, outcome.outputs);
        for secret in [CARGO_TOKEN, pypi::TOKEN, "secret-writer"] {
            let mut shown = all.lines().filter(|line| !line.starts_with("::add-mask::"));
            assert!(!shown.any(|line| line.contains(secret)), "{secret}");
        }
    }
}

#[test]
fn an_older_lines_patch_is_released_and_takes_no_channel() {
    let place = Place::new();
    place.run("0.2.0").run().assert_code(0);
    place.freeze("0.1.9", 1);
    for _ in 0..2 {
        let outcome = place.run("0.1.9").run();
        outcome.assert_code(0);
        assert_eq!(place.channel("latest"), "0.2.0");
        assert!(
            outcome.summary.contains("stays, because it is newer"),
            "{}",
            outcome.summary
        );
    }
    assert_eq!(place.tag("latest"), place.commits[0]);
    let releases = place.releases();
    let patch = releases
        .iter()
        .find(|one| one.tag_name == "v0.1.9")
        .unwrap();
    assert!(!patch.draft && !patch.latest, "{patch:?}");
}

#[test]
fn a_prerelease_moves_its_own_channel_alone() {
    let place = Place::new();
    place.freeze("0.3.0-rc.1", 2);
    let outcome = place.run("0.3.0-rc.1").input("pypi", "off").run();
    outcome.assert_code(0);
    assert_eq!(
        (place.channel("latest"), place.channel("prerelease")),
        (String::new(), "0.3.0-rc.1".to_owned())
    );
    assert!(
        outcome.summary.contains("skipped: it is turned off"),
        "{}",
        outcome.summary
    );
}

#[test]
fn what_was_sent_before_a_stop_is_not_sent_again() {
    let place = Place::new();
    place.registry.fault(Fault {
        body: Some(serde_json::json!({"errors": [{"detail": "not today"}]})),
        ..Fault::status("PUT", "/api/v1/crates/new", 400)
    });
    let stopped = place.run("0.2.0").run();
    let message = refusal(&stopped);
    assert!(message.contains("not today"), "{message}");
    assert!(!message.contains("nothing was sent"), "{message}");
    assert_eq!(place.index.uploads().len(), 1);
    place.run("0.2.0").run().assert_code(0);
    assert_eq!(place.index.uploads().len(), 1);
    let uploads = place.registry.requests();
    assert_eq!(
        uploads
            .iter()
            .filter(|it| it.method == "PUT" && it.status == 200)
            .count(),
        1
    );
}
