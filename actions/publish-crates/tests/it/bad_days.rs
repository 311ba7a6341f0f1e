//! A registry that stumbles, and runs that are cut short: nothing is sent twice, and the next run continues.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use testkit::cargo_registry::CargoRegistry;
use testkit::faults::Fault;
use testkit::runner::{InJob as _, Running};

use super::workshop::{Origin, Workshop};
use super::{TOKEN, assert_hidden, publish, refusal, registry, sha256, uploads};

const UPLOAD: &str = "/api/v1/crates/new";

/// Both crates are there, with the bytes that were packaged, and each was taken once.
#[track_caller]
fn assert_published_once(registry: &CargoRegistry, files: &Path) {
    for name in ["zz-core", "hello-b"] {
        let versions = registry.versions(name);
        let digests: Vec<&str> = versions.iter().map(|one| one.cksum.as_str()).collect();
        assert_eq!(
            digests,
            [sha256(&files.join(format!("{name}-0.1.0.crate")))]
        );
    }
}

#[test]
fn a_limit_is_waited_for_as_long_as_the_registry_says() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    for seconds in ["0", "1"] {
        registry.fault(Fault {
            headers: BTreeMap::from([("Retry-After".to_owned(), seconds.to_owned())]),
            ..Fault::status("PUT", UPLOAD, 429)
        });
    }
    let outcome = publish(&files, &registry).run();
    outcome.assert_code(0);
    assert_eq!(uploads(&registry), [429, 429, 200, 200]);
    // Its own choice would be one second or more for the first wait, and two or more for the second.
    assert!(outcome.stdout.contains("attempt 1 of 6"), "{outcome}");
    assert!(outcome.stdout.contains("starts in 0 ms"), "{outcome}");
    assert!(outcome.stdout.contains("starts in 1s"), "{outcome}");
    assert_published_once(&registry, &files);
}

#[test]
fn a_date_is_waited_for_as_well() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    registry.fault(Fault {
        headers: BTreeMap::from([("Retry-After".to_owned(), "http-date+0".to_owned())]),
        ..Fault::status("PUT", UPLOAD, 429)
    });
    publish(&files, &registry).run().assert_code(0);
    assert_eq!(uploads(&registry), [429, 200, 200]);
    assert_published_once(&registry, &files);
}

#[test]
fn a_wait_beyond_all_patience_is_told_and_what_is_there_stays() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    registry.fault(Fault {
        nth: 2,
        headers: BTreeMap::from([("Retry-After".to_owned(), "7200".to_owned())]),
        ..Fault::status("PUT", UPLOAD, 429)
    });
    let message = refusal(&publish(&files, &registry).run());
    assert!(message.contains("asks to wait 2h"), "{message}");
    let outcome = publish(&files, &registry).run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("published"), r#"["hello-b-0.1.0.crate"]"#);
    assert_eq!(outcome.output("unchanged"), r#"["zz-core-0.1.0.crate"]"#);
    assert_eq!(uploads(&registry), [200, 429, 200]);
}

#[test]
fn a_wrong_token_says_what_to_check_and_is_nowhere_shown() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    for on_runner in ["true", ""] {
        let wrong = "hunter2-hunter2";
        // A registry that repeats what it was sent must not give it away.
        registry.fault(Fault {
            body: Some(format!("token {wrong} is not known").into()),
            ..Fault::status("PUT", UPLOAD, 403)
        });
        let outcome = publish(&files, &registry)
            .input("token", wrong)
            .env("GITHUB_ACTIONS", on_runner)
            .run();
        outcome.assert_code(2);
        assert!(
            outcome.stdout.contains("check that `token` is current"),
            "{outcome}"
        );
        assert_hidden(&outcome, wrong);
    }
    let outcome = publish(&files, &registry).input("token", "hunter2").run();
    let message = refusal(&outcome);
    assert!(message.contains("authentication failed"), "{message}");
    assert_eq!(uploads(&registry), [403, 403, 403]);
}

#[test]
fn an_answer_that_is_lost_is_no_reason_to_send_again() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    registry.fault(Fault {
        method: Some("PUT".to_owned()),
        path: UPLOAD.to_owned(),
        cut: true,
        handled: true,
        ..Fault::default()
    });
    let outcome = publish(&files, &registry).run();
    outcome.assert_code(0);
    assert!(outcome.stdout.contains("attempt 1 of 6"), "{outcome}");
    assert_eq!(uploads(&registry).len(), 2);
    let again = publish(&files, &registry).run();
    again.assert_code(0);
    assert_eq!(again.output("published"), "[]");
    assert_eq!(uploads(&registry).len(), 2);
    assert_published_once(&registry, &files);
}

/// Waits until `seen` holds of the run; bounded, and an error in itself when it never does.
pub(crate) fn wait_until(running: &Running, seen: impl Fn() -> bool) {
    for _ in 0..6000 {
        if seen() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it never came so far: {}", running.stdout());
}

#[test]
fn a_run_that_is_killed_anywhere_is_finished_by_the_next() {
    // Everything that a run says is a place to kill it at, and so is the middle of each upload.
    let places = [
        "crates for",
        "zz-core-0.1.0.crate: sending",
        "zz-core-0.1.0.crate: accepted",
    ]
    .into_iter()
    .chain([
        "zz-core-0.1.0.crate: published",
        "hello-b-0.1.0.crate: sending",
    ])
    .chain(["hello-b-0.1.0.crate: accepted"]);
    for place in places {
        for delay in [50, 400] {
            let registry = registry();
            let workshop = Workshop::new(&registry, Origin::Unnamed);
            let files = workshop.packaged();
            // Longer than the shorter wait below: a run dies before its upload is taken, or after.
            registry.fault(Fault {
                method: Some("PUT".to_owned()),
                path: UPLOAD.to_owned(),
                times: 2,
                delay_ms: 200,
                ..Fault::default()
            });
            let running = publish(&files, &registry).start();
            wait_until(&running, || running.stdout().contains(place));
            // Not a wait for something, but another place: where the run is by then does not matter.
            std::thread::sleep(Duration::from_millis(delay));
            running.signal("KILL");
            let killed = running.wait();
            assert!([0, 137].contains(&killed.code), "{killed}");

            let outcome = publish(&files, &registry).run();
            outcome.assert_code(0);
            assert_published_once(&registry, &files);
            let taken = uploads(&registry).iter().filter(|one| **one == 200).count();
            assert!(taken <= 2, "{place}: {:?}", uploads(&registry));
            let last = publish(&files, &registry).run();
            last.assert_code(0);
            assert_eq!(last.output("published"), "[]");
            assert_hidden(&killed, TOKEN);
        }
    }
}

#[test]
fn a_cancelled_run_says_so_and_the_next_continues() {
    let registry = registry();
    let workshop = Workshop::new(&registry, Origin::Unnamed);
    let files = workshop.packaged();
    registry.fault(Fault {
        headers: BTreeMap::from([("Retry-After".to_owned(), "600".to_owned())]),
        nth: 2,
        ..Fault::status("PUT", UPLOAD, 429)
    });
    let running = publish(&files, &registry)
        .limit(Duration::from_secs(60))
        .start();
    wait_until(&running, || running.stdout().contains("starts in 10m"));
    running.signal("INT");
    let message = refusal(&running.wait());
    assert!(message.starts_with("cancelled by SIGINT"), "{message}");
    let outcome = publish(&files, &registry).run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("unchanged"), r#"["zz-core-0.1.0.crate"]"#);
    assert_published_once(&registry, &files);
}
