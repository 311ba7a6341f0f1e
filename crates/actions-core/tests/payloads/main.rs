//! Event payloads: GitHub's own examples, and the shapes that hurt.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

mod other_events;

use std::path::Path;

use actions_core::event::{Event, EventError};
use serde_json::{Value, json};

const HEAD: &str = "1111111111111111111111111111111111111111";
const BASE: &str = "2222222222222222222222222222222222222222";
const ZERO: &str = "0000000000000000000000000000000000000000";

/// The names that have a type of their own.
const TYPED: [&str; 6] = [
    "merge_group",
    "pull_request",
    "push",
    "release",
    "schedule",
    "workflow_dispatch",
];

fn repository() -> Value {
    json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main", "name": "hello-sdk"})
}

fn pull_request() -> Value {
    json!({
        "action": "opened",
        "number": 7,
        "pull_request": {
            "title": "Add a thing",
            "body": "Because.",
            "draft": false,
            "labels": [{"name": "🦀 rust", "color": "ff0000"}, {"name": "a, b"}],
            "head": {
                "ref": "feature/thing",
                "sha": HEAD,
                "repo": {"full_name": "someone/hello-sdk", "fork": true},
            },
            "base": {"ref": "main", "sha": BASE, "repo": repository()},
            "user": {"login": "someone"},
            "merged": false,
            "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
        },
        "repository": repository(),
        "sender": {"login": "someone"},
    })
}

fn push() -> Value {
    json!({
        "ref": "refs/heads/main",
        "before": BASE,
        "after": HEAD,
        "created": false,
        "deleted": false,
        "forced": false,
        "head_commit": {"id": HEAD, "message": "Add a thing"},
        "commits": [{"id": HEAD, "message": "Add a thing"}],
        "repository": repository(),
        "sender": {"login": "someone"},
    })
}

fn parse(name: &str, payload: &Value) -> Result<Event, EventError> {
    Event::parse(name, payload.to_string().as_bytes())
}

/// `payload` with the value at `pointer` replaced, or removed where `value` is `None`.
fn with(mut payload: Value, pointer: &str, value: Option<Value>) -> Value {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = payload
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap();
    match value {
        Some(value) => parent.insert(field.to_owned(), value),
        None => parent.remove(field),
    };
    payload
}

fn error(name: &str, payload: &Value) -> String {
    parse(name, payload).unwrap_err().to_string()
}

#[track_caller]
fn pull(payload: &Value) -> actions_core::event::PullRequestEvent {
    match parse("pull_request", payload).unwrap() {
        Event::PullRequest(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn pushed(payload: &Value) -> actions_core::event::PushEvent {
    match parse("push", payload).unwrap() {
        Event::Push(event) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_example_of_github_is_read() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tools/node_modules/@octokit/webhooks-examples/api.github.com/index.json");
    let text = std::fs::read(&file).unwrap_or_else(|error| {
        panic!(
            "failed to read {}: {error}: run `cargo xtask test`, which installs it",
            file.display()
        )
    });
    let events: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let mut typed = 0;
    let mut others = 0;
    for event in &events {
        let name = event["name"].as_str().unwrap();
        for (index, example) in event["examples"].as_array().unwrap().iter().enumerate() {
            let parsed = parse(name, example).unwrap_or_else(|e| panic!("{name} {index}: {e}"));
            assert_eq!(parsed.name(), name);
            if TYPED.contains(&name) {
                assert!(!matches!(parsed, Event::Other { .. }), "{name} {index}");
                assert_eq!(
                    parsed.repository().unwrap().full_name,
                    example["repository"]["full_name"].as_str().unwrap()
                );
                assert_eq!(
                    parsed.sender().unwrap().login,
                    example["sender"]["login"].as_str().unwrap()
                );
                typed += 1;
            } else {
                assert_eq!(
                    parsed,
                    Event::Other {
                        name: name.to_owned()
                    }
                );
                others += 1;
            }
        }
    }
    assert_eq!(events.len(), 58);
    assert_eq!((typed, others), (53, 276));
}

#[test]
fn the_commit_of_a_pull_request_is_its_head() {
    let event = parse("pull_request", &pull_request()).unwrap();
    assert_eq!(event.commit(), Some(HEAD));
    assert_eq!(event.repository().unwrap().owner(), "rerun-io");
    assert_eq!(event.repository().unwrap().name(), "hello-sdk");
}

#[test]
fn pull_request_target_has_the_same_payload() {
    let event = parse("pull_request_target", &pull_request()).unwrap();
    assert_eq!(event.name(), "pull_request_target");
    assert_eq!(event.commit(), Some(HEAD));
}

#[test]
fn labels_keep_commas_and_emoji() {
    assert_eq!(
        pull(&pull_request()).pull_request.labels,
        ["🦀 rust", "a, b"]
    );
}

#[test]
fn an_empty_description_is_none() {
    let event = pull(&with(
        pull_request(),
        "/pull_request/body",
        Some(Value::Null),
    ));
    assert_eq!(event.pull_request.body, None);
}

#[test]
fn a_description_that_was_not_sent_is_an_error() {
    let payload = with(pull_request(), "/pull_request/body", None);
    assert_eq!(
        error("pull_request", &payload),
        "failed to read the payload of `pull_request`: pull_request.body: missing field"
    );
}

#[test]
fn a_deleted_fork_is_still_a_fork() {
    let event = pull(&with(
        pull_request(),
        "/pull_request/head/repo",
        Some(Value::Null),
    ));
    assert_eq!(event.pull_request.head.repo, None);
    assert!(event.pull_request.is_from_fork());
}

#[test]
fn a_branch_of_the_same_repository_is_no_fork_even_where_that_is_one() {
    let repo = json!({"full_name": "rerun-io/hello-sdk", "fork": true});
    let event = pull(&with(pull_request(), "/pull_request/head/repo", Some(repo)));
    assert!(!event.pull_request.is_from_fork());
    assert!(pull(&pull_request()).pull_request.is_from_fork());
}

#[test]
fn a_missing_field_is_named_with_its_path() {
    for (pointer, path) in [
        ("/pull_request/head/sha", "pull_request.head.sha"),
        ("/pull_request/head/repo", "pull_request.head.repo"),
        ("/pull_request/labels", "pull_request.labels"),
        ("/pull_request/base/repo", "pull_request.base.repo"),
        ("/number", "number"),
        ("/repository", "repository"),
        ("/repository/default_branch", "repository.default_branch"),
    ] {
        assert_eq!(
            error("pull_request", &with(pull_request(), pointer, None)),
            format!("failed to read the payload of `pull_request`: {path}: missing field")
        );
    }
}

#[test]
fn a_field_of_the_wrong_type_is_named_with_its_path() {
    for (pointer, value, expected) in [
        (
            "/number",
            json!("7"),
            "number: invalid type: string \"7\", expected u64",
        ),
        (
            "/pull_request/labels",
            json!(["bug"]),
            "pull_request.labels[0]: invalid type: string \"bug\", expected struct Label",
        ),
        (
            "/pull_request/head/sha",
            json!("main"),
            "pull_request.head.sha: expected a full commit id (40 hexadecimal digits), found \"main\"",
        ),
        (
            "/repository/full_name",
            json!("hello-sdk"),
            "repository.full_name: expected `owner/name`, found \"hello-sdk\"",
        ),
    ] {
        assert_eq!(
            error("pull_request", &with(pull_request(), pointer, Some(value))),
            format!("failed to read the payload of `pull_request`: {expected}")
        );
    }
}

#[test]
fn the_payload_of_another_event_is_recognised() {
    assert_eq!(
        error("pull_request", &push()),
        "failed to read the payload of `pull_request`: action: missing field \
         (it looks like the payload of `push`)"
    );
    assert_eq!(
        error("push", &pull_request()),
        "failed to read the payload of `push`: ref: missing field \
         (it looks like the payload of `pull_request`)"
    );
    assert!(
        error("pull_request_target", &push()).ends_with("(it looks like the payload of `push`)")
    );
    let own = with(pull_request(), "/pull_request/draft", None);
    assert!(error("pull_request_target", &own).ends_with("pull_request.draft: missing field"));
}

#[test]
fn hostile_text_is_kept_as_it_is() {
    let hostile = "::error::x\n%0A::set-output name=a::b\r\u{1b}[31m$(id)`id`\u{202e}\0";
    let payload = with(pull_request(), "/pull_request/title", Some(json!(hostile)));
    let payload = with(payload, "/pull_request/body", Some(json!(hostile)));
    let payload = with(payload, "/pull_request/head/ref", Some(json!(hostile)));
    let event = pull(&payload);
    assert_eq!(event.pull_request.title, hostile);
    assert_eq!(event.pull_request.body.as_deref(), Some(hostile));
    assert_eq!(event.pull_request.head.branch, hostile);
}

#[test]
fn hostile_text_in_an_error_is_quoted() {
    let payload = with(
        pull_request(),
        "/pull_request/head/sha",
        Some(json!("\n::error::forged")),
    );
    assert!(!error("pull_request", &payload).contains('\n'));
}

#[test]
fn a_pushed_branch_has_a_commit_and_a_previous_one() {
    let event = pushed(&push());
    assert_eq!(event.branch(), Some("main"));
    assert_eq!(event.tag(), None);
    assert_eq!(event.commit(), Some(HEAD));
    assert_eq!(event.previous(), Some(BASE));
}

#[test]
fn a_deleted_branch_has_no_commit() {
    let payload = with(push(), "/after", Some(json!(ZERO)));
    let payload = with(payload, "/deleted", Some(json!(true)));
    let payload = with(payload, "/head_commit", Some(Value::Null));
    let payload = with(payload, "/commits", Some(json!([])));
    let event = parse("push", &payload).unwrap();
    assert_eq!(event.commit(), None);
}

#[test]
fn a_new_branch_has_no_previous_commit() {
    let payload = with(push(), "/before", Some(json!(ZERO)));
    let payload = with(payload, "/created", Some(json!(true)));
    assert_eq!(pushed(&payload).previous(), None);
}

#[test]
fn the_commit_of_an_annotated_tag_is_not_the_tag_object() {
    let tag_object = "3333333333333333333333333333333333333333";
    let payload = with(push(), "/ref", Some(json!("refs/tags/v1.0.0")));
    let payload = with(payload, "/after", Some(json!(tag_object)));
    let event = pushed(&payload);
    assert_eq!(event.tag(), Some("v1.0.0"));
    assert_eq!(event.branch(), None);
    assert_eq!(event.commit(), Some(HEAD));
}
