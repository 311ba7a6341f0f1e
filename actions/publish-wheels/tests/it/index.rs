//! Wheels on their way to a real pypiserver.

use std::path::Path;

use testkit::binary::Run;
use testkit::pypiserver::{PASSWORD, PypiServer, USER};
use testkit::runner::InJob as _;

use super::{MASKS, action, assert_hidden, refusal, sha256, wheel};

const NAME: &str = "hello_sdk-0.2.0-py3-none-any.whl";

fn publish(files: &Path, server: &PypiServer) -> Run {
    action(files, &server.url)
        .input("username", USER)
        .input("password", PASSWORD)
}

#[test]
fn the_first_run_publishes_and_the_second_sends_nothing() {
    let (server, folder) = (PypiServer::start(), tempfile::tempdir().unwrap());
    let file = wheel(folder.path(), "0.2.0", "hi");
    let first = publish(folder.path(), &server).run();
    first.assert_code(0);
    assert_eq!(first.output("published"), format!("[\"{NAME}\"]"));
    assert_eq!(first.output("unchanged"), "[]");
    assert!(
        first.stdout.contains("published 1 files, 0 already there"),
        "{first}"
    );
    assert!(first.summary.contains(&sha256(&file)), "{}", first.summary);
    assert_eq!(server.files(), [NAME]);

    let second = publish(folder.path(), &server).run();
    second.assert_code(0);
    assert_eq!(second.output("published"), "[]");
    assert_eq!(second.output("unchanged"), format!("[\"{NAME}\"]"));
    assert!(!second.stdout.contains("sending"), "{second}");
    for outcome in [first, second] {
        assert_eq!(outcome.masks, MASKS);
        assert_hidden(&outcome, PASSWORD);
    }
}

#[test]
fn a_second_run_sends_only_what_is_new() {
    let (server, folder) = (PypiServer::start(), tempfile::tempdir().unwrap());
    wheel(folder.path(), "0.2.0", "hi");
    publish(folder.path(), &server).run().assert_code(0);
    wheel(folder.path(), "0.3.0", "hi");
    let outcome = publish(folder.path(), &server).run();
    outcome.assert_code(0);
    assert_eq!(
        outcome.output("published"),
        "[\"hello_sdk-0.3.0-py3-none-any.whl\"]"
    );
    assert_eq!(outcome.output("unchanged"), format!("[\"{NAME}\"]"));
}

#[test]
fn other_bytes_are_an_error_with_both_digests_and_nothing_is_sent() {
    let (server, folder) = (PypiServer::start(), tempfile::tempdir().unwrap());
    let file = wheel(folder.path(), "0.2.0", "one");
    let there = sha256(&file);
    publish(folder.path(), &server).run().assert_code(0);
    wheel(folder.path(), "0.2.0", "two");
    // It comes first in the order of upload, and stays at home all the same.
    wheel(folder.path(), "0.1.0", "new");
    for dry_run in ["false", "true"] {
        let outcome = publish(folder.path(), &server)
            .input("dry-run", dry_run)
            .run();
        let message = refusal(&outcome);
        assert!(message.contains(&there), "{message}");
        assert!(message.contains(&sha256(&file)), "{message}");
        assert!(message.contains("nothing was sent"), "{message}");
        assert_eq!(server.files(), [NAME]);
    }
}

#[test]
fn a_wrong_password_says_what_to_check_and_is_nowhere_shown() {
    let (server, folder) = (PypiServer::start(), tempfile::tempdir().unwrap());
    wheel(folder.path(), "0.2.0", "hi");
    let wrong = "hunter2-hunter2";
    for on_runner in ["true", ""] {
        let outcome = action(folder.path(), &server.url)
            .input("username", USER)
            .input("password", wrong)
            .env("GITHUB_ACTIONS", on_runner)
            .run();
        outcome.assert_code(2);
        for told in ["`username`", "`password`", "\"hello-sdk\""] {
            assert!(outcome.stdout.contains(told), "{outcome}");
        }
        assert_hidden(&outcome, wrong);
        // What the request carries: base64 of `releaser:hunter2-hunter2`.
        assert_hidden(&outcome, "cmVsZWFzZXI6aHVudGVyMi1odW50ZXIy");
        assert_eq!(outcome.masks.is_empty(), on_runner.is_empty());
        assert_eq!(server.files(), Vec::<String>::new());
    }
}

#[test]
fn a_dry_run_tells_what_it_would_send_and_sends_nothing() {
    let (server, folder) = (PypiServer::start(), tempfile::tempdir().unwrap());
    wheel(folder.path(), "0.2.0", "hi");
    publish(folder.path(), &server).run().assert_code(0);
    wheel(folder.path(), "0.3.0", "hi");
    // It needs no password: a pull request has none.
    for password in ["", PASSWORD] {
        let outcome = action(folder.path(), &server.url)
            .input("username", USER)
            .input("password", password)
            .input("dry-run", "true")
            .run();
        outcome.assert_code(0);
        assert_eq!(outcome.output("published"), "[]");
        assert_eq!(outcome.output("unchanged"), format!("[\"{NAME}\"]"));
        assert!(outcome.stdout.contains("will be sent"), "{outcome}");
        assert!(
            outcome.stdout.contains("dry run: nothing was sent"),
            "{outcome}"
        );
        assert_eq!(server.files(), [NAME]);
    }
}

#[test]
fn an_index_that_does_not_answer_is_named_and_nothing_is_published() {
    let folder = tempfile::tempdir().unwrap();
    wheel(folder.path(), "0.2.0", "hi");
    let outcome = action(folder.path(), "http://127.0.0.1:9/")
        .input("password", PASSWORD)
        .start();
    // Its patience is longer than a test should be; that it is patient is enough.
    for _ in 0..3000 {
        if outcome.stdout().contains("attempt 1 of 6") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    outcome.signal("INT");
    let message = refusal(&outcome.wait());
    assert!(message.starts_with("cancelled by SIGINT"), "{message}");
}
