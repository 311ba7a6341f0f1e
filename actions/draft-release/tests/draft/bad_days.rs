//! Bad days of GitHub: what passes is waited for, what does not is told as what it is, and nothing is half made.

use std::thread;

use serde_json::json;
use testkit::forward_proxy::ForwardProxy;

use super::notes::history;
use super::*;

fn with_headers(method: &str, path: &str, status: u16, headers: &[(&str, &str)]) -> Fault {
    Fault {
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..Fault::status(method, path, status)
    }
}

#[test]
fn a_pause_that_is_asked_for_is_made_and_said() {
    let place = Place::new();
    let (_repo, head) = history(&place);
    let paths = [
        ("GET", "*/git/ref/tags/*"),
        ("GET", "*/releases"),
        ("GET", "*/compare/*"),
        ("GET", "*/pulls"),
        ("POST", "*/git/refs"),
        ("POST", "*/releases"),
    ];
    for (method, path) in paths {
        let fault = with_headers(method, path, 429, &[("retry-after", "1")]);
        place.github.fault(fault);
    }
    let outcome = place.run().sha(&head).run();
    outcome.assert_code(0);
    let waits = outcome.stdout.lines();
    let waits = waits.filter(|line| line.contains("attempt 1 of 4 failed: the API answers 429"));
    assert_eq!(waits.count(), paths.len(), "{outcome}");
    assert_eq!(place.repository().releases.len(), 3);
}

#[test]
fn what_github_cannot_answer_is_an_error_before_anything_is_made() {
    for path in ["*/git/ref/tags/*", "*/releases", "*/compare/*", "*/pulls"] {
        let place = Place::new();
        let (_repo, head) = history(&place);
        place.github.fault(Fault {
            times: 99,
            ..Fault::status("GET", path, 500)
        });
        let outcome = place.run().sha(&head).run();
        place.assert_refused(
            &outcome,
            2,
            &["the API answers 500", "attempt 3 of 4 failed"],
        );
    }
    let hidden = Place::new();
    hidden.github.fault(Fault {
        times: 99,
        ..Fault::status("GET", "*/releases", 404)
    });
    let told = [
        "failed to list the releases: the API answers 404",
        "`contents: read`",
    ];
    hidden.assert_refused(&hidden.draft(), 2, &told);
}

#[test]
fn a_release_whose_tag_is_gone_is_not_compared_with() {
    let place = Place::new();
    let (_repo, head) = history(&place);
    place.github.fault(Fault::status("GET", "*/compare/*", 404));
    let outcome = place.run().sha(&head).run();
    outcome.assert_code(0);
    assert!(
        outcome.stdout.contains("set the input `since`"),
        "{outcome}"
    );
}

#[test]
fn three_at_once_end_with_one_tag_and_one_draft() {
    let place = Place::new();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(|| place.draft())).collect();
        for run in runs {
            run.join().unwrap().assert_code(0);
        }
    });
    let repository = place.repository();
    assert_eq!((repository.releases.len(), repository.refs.len()), (1, 1));
}

#[test]
fn what_another_run_has_deleted_or_made_meanwhile_is_no_error() {
    // Drafts of two other runs, one of which is about to delete its own.
    let place = Place::new();
    place.draft().assert_code(0);
    place.change(|repository| {
        let mut twin = repository.releases.first().unwrap().clone();
        twin.id += 1;
        repository.releases.push(twin);
    });
    let outcome = place.draft();
    outcome.assert_code(0);
    assert!(outcome.stdout.contains("already there"), "{outcome}");

    // The draft goes between the look and the write.
    place.change(|repository| repository.releases.first_mut().unwrap().prerelease = false);
    place.change(|repository| drop(repository.releases.pop()));
    place
        .github
        .fault(Fault::status("PATCH", "*/releases/*", 404));
    place.draft().assert_code(0);
    assert!(place.repository().releases.first().unwrap().prerelease);

    let gone = Place::new();
    gone.github.fault(Fault {
        twice: true,
        method: Some("POST".to_owned()),
        path: "*/releases".to_owned(),
        ..Fault::default()
    });
    gone.github
        .fault(Fault::status("DELETE", "*/releases/*", 404));
    gone.draft().assert_code(0);
}

#[test]
fn limits_and_files_of_workflows_are_told_as_what_they_are() {
    let refusing = "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission";
    let integration = "Resource not accessible by integration";
    let accepted = [(
        "x-accepted-github-permissions",
        "contents=write; contents=write,workflows=write",
    )];
    let workflows = "`.github/workflows`";
    let spent = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "9999999999"),
    ];
    for (message, headers, told, other) in [
        (refusing, &accepted[..], workflows, "add `contents: write`"),
        (
            integration,
            &accepted[..],
            workflows,
            "rate limit is reached",
        ),
        (
            integration,
            &accepted[..],
            "add `contents: write`",
            "rate limit is reached",
        ),
        (
            "API rate limit exceeded",
            &spent[..],
            "reached until 2286-11-20T17:46:39Z",
            "`contents: write`",
        ),
        (
            "secondary rate limit",
            &[("retry-after", "1800")][..],
            "retry in 30m",
            "`contents: write`",
        ),
    ] {
        let place = Place::new();
        place.github.fault(Fault {
            body: Some(json!({ "message": message })),
            times: 99,
            ..with_headers("POST", "*/git/refs", 403, headers)
        });
        let outcome = place.draft();
        outcome.assert_code(2);
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
        assert!(!outcome.stdout.contains(other), "{other}: {outcome}");
        assert_eq!(place.writes(), 1, "{outcome}");
    }
}

#[test]
fn the_details_of_what_github_finds_wrong_are_shown() {
    let place = Place::new();
    place.github.fault(Fault {
        body: Some(json!({
            "message": "Validation Failed",
            "errors": [{ "resource": "Release", "code": "custom", "message": "body is too long (maximum is 125000 characters)" }],
        })),
        ..Fault::status("POST", "*/releases", 422)
    });
    let outcome = place.draft();
    outcome.assert_code(2);
    let told = "\"Validation Failed\" (Release: body is too long (maximum is 125000 characters))";
    assert!(outcome.stdout.contains(told), "{outcome}");
}

#[test]
fn a_list_that_this_token_cannot_read_stays_in_the_notes() {
    let place = Place::new();
    let (_repo, head) = history(&place);
    place.run().sha(&head).run().assert_code(0);
    let notes = || place.repository().releases.last().unwrap().body.clone();
    let before = notes().unwrap();
    assert!(before.contains("### Changes since `v0.1.0`"), "{before}");
    place.change(|repository| repository.private = true);
    let writes = place.writes();
    let outcome = place.run().sha(&head).run();
    outcome.assert_code(0);
    assert!(
        outcome.stdout.contains("`pull-requests: read`"),
        "{outcome}"
    );
    assert_eq!(notes().unwrap(), before);
    assert_eq!(place.writes(), writes, "{outcome}");
}

#[test]
fn every_question_goes_through_the_proxy() {
    let place = Place::new();
    let proxy = ForwardProxy::start([]);
    let outcome = place
        .run()
        .env("HTTP_PROXY", format!("http://{}", proxy.address()))
        .run();
    outcome.assert_code(0);
    assert_eq!(proxy.seen().len(), place.github.requests().len());
    assert!(proxy.seen().len() > 4, "{:?}", proxy.seen());
}

#[test]
fn a_token_that_the_server_repeats_is_shown_nowhere() {
    const TOKEN: &str = "ghs_0123456789abcdefghijklmnopqrstuvwxyzAB";
    for (method, path, status) in [
        ("GET", "*/git/ref/tags/*", 500),
        ("GET", "*/releases", 403),
        ("POST", "*/git/refs", 403),
        ("POST", "*/releases", 422),
    ] {
        for before in [0, 560, 572] {
            let place = Place::new();
            place.github.change(|state| {
                state.tokens.iter_mut().for_each(|it| {
                    if it.name == "writer" {
                        it.value = TOKEN.to_owned();
                    }
                });
            });
            let echo = format!("{} authorization: Bearer {TOKEN}", "x".repeat(before));
            place.github.fault(Fault {
                times: 99,
                body: Some(json!({ "message": echo, "errors": [{ "message": echo }] })),
                ..Fault::status(method, path, status)
            });
            let outcome = place.run().input("token", TOKEN).run();
            outcome.assert_code(2);
            assert!(outcome.stdout.contains("the API answers"), "{outcome}");
            let shown = outcome
                .to_string()
                .replace(&format!("::add-mask::{TOKEN}"), "");
            let shown = shown + &outcome.summary + &format!("{:?}", outcome.annotations);
            assert!(!shown.contains("ghs_"), "{outcome}");
        }
    }
}
