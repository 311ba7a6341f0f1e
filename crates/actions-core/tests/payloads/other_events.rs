//! Merge queues, runs by hand and by the clock, and payloads that are none.

use super::*;

fn merge_group(head_ref: &str) -> Event {
    let payload = json!({
        "action": "checks_requested",
        "merge_group": {
            "head_sha": HEAD,
            "head_ref": head_ref,
            "base_sha": BASE,
            "base_ref": "refs/heads/release/1.x",
        },
        "repository": repository(),
    });
    parse("merge_group", &payload).unwrap()
}

#[test]
fn the_ref_of_a_merge_queue_gives_the_pull_request() {
    for (head_ref, expected) in [
        (
            format!("refs/heads/gh-readonly-queue/main/pr-104-{BASE}"),
            vec![104],
        ),
        (format!("gh-readonly-queue/main/pr-1-{BASE}"), vec![1]),
        (
            format!("refs/heads/gh-readonly-queue/release/1.x/pr-9-{BASE}"),
            vec![9],
        ),
        (
            format!("refs/heads/gh-readonly-queue/pr-5-abc/pr-6-{BASE}"),
            vec![6],
        ),
        ("refs/heads/gh-readonly-queue/main/pr-7".to_owned(), vec![]),
        ("refs/heads/gh-readonly-queue/main/pr-7-".to_owned(), vec![]),
        (
            format!("refs/heads/gh-readonly-queue/main/pr-x-{BASE}"),
            vec![],
        ),
        (format!("refs/heads/main/pr-7-{BASE}"), vec![]),
    ] {
        let event = merge_group(&head_ref);
        assert_eq!(event.commit(), Some(HEAD));
        let Event::MergeGroup(event) = event else {
            panic!("{event:?}")
        };
        assert_eq!(event.merge_group.pull_numbers(), expected, "{head_ref}");
        assert_eq!(event.merge_group.base_branch(), "release/1.x");
    }
}

#[test]
fn inputs_of_a_dispatch_are_texts() {
    let payload = |inputs: Value| json!({"inputs": inputs, "ref": "refs/heads/main", "repository": repository()});
    let inputs = |value| match parse("workflow_dispatch", &payload(value)).unwrap() {
        Event::WorkflowDispatch(event) => event.inputs,
        other => panic!("{other:?}"),
    };
    let given = inputs(json!({"os": "all", "dry-run": true, "count": 3, "note": null}));
    let pairs: Vec<_> = given
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [
            ("count", "3"),
            ("dry-run", "true"),
            ("note", ""),
            ("os", "all")
        ]
    );
    assert!(inputs(Value::Null).is_empty());
    assert!(inputs(json!({})).is_empty());
    assert_eq!(
        error("workflow_dispatch", &payload(json!({"os": ["all"]}))),
        "failed to read the payload of `workflow_dispatch`: inputs: input \"os\": expected a text, found an array"
    );
}

#[test]
fn a_schedule_has_nobody_behind_it() {
    let payload = json!({"schedule": "17 3 * * *", "repository": repository(), "workflow": ".github/workflows/nightly.yml"});
    let event = parse("schedule", &payload).unwrap();
    assert_eq!(event.sender(), None);
    assert_eq!(event.commit(), None);
}

#[test]
fn an_unknown_event_is_other_whatever_it_carries() {
    let event = Event::parse("repository_dispatch", b"[1, 2").unwrap();
    assert_eq!(event.name(), "repository_dispatch");
    assert_eq!(event.repository(), None);
    // A called workflow sees its caller's event, so this name never arrives.
    assert!(matches!(
        Event::parse("workflow_call", b"{}").unwrap(),
        Event::Other { .. }
    ));
}

#[test]
fn what_is_no_json_is_said_to_be_none() {
    assert_eq!(
        Event::parse("push", b"{\"ref\": ").unwrap_err().to_string(),
        "failed to read the payload of `push`: it is not JSON: EOF while parsing a value at line 1 column 8"
    );
    assert!(matches!(
        Event::parse("push", b"\xff\xfe{\0}\0").unwrap_err(),
        EventError::Json { .. }
    ));
    assert_eq!(
        Event::parse("push", b"[]").unwrap_err().to_string(),
        "failed to read the payload of `push`: expected a JSON object, found an array"
    );
}

#[test]
fn an_empty_payload_is_said_to_be_empty() {
    for payload in [&b""[..], b" \n", b"\xef\xbb\xbf"] {
        assert_eq!(
            Event::parse("push", payload).unwrap_err().to_string(),
            "failed to read the payload of `push`: it is empty"
        );
    }
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let mut payload = b"\xef\xbb\xbf".to_vec();
    payload.extend(push().to_string().bytes());
    assert!(Event::parse("push", &payload).is_ok());
}

#[test]
fn a_missing_file_is_named() {
    let error = Event::read("push", Path::new("no/such/event.json")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to read the event file no/such/event.json: No such file or directory (os error 2)"
    );
}
