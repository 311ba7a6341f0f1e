//! Bad days of the API: whoever cannot look says so, and never that all is well.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use serde_json::{Value, json};
use testkit::{
    binary::Run,
    faults::Fault,
    github::{FakeGitHub, State},
    repo::TempRepo,
    runner::{InJob as _, Outcome},
};

struct Scene {
    github: FakeGitHub,
    payload: Value,
    /// The fake reads it for as long as the test runs.
    _repo: TempRepo,
}

impl Scene {
    /// A pull request that passes, read without a checkout, in a repository with `labels` labels.
    fn new(labels: usize, rights: &Value) -> Self {
        let repo = TempRepo::new();
        repo.write("README.md", "hello").commit("first");
        repo.branch("feature")
            .write("a.rs", "fn a() {}\n")
            .commit("second");
        let labels: Vec<Value> = (0..labels)
            .map(|n| json!({"name": format!("label {n:03}")}))
            .collect();
        let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
        let state: State = serde_json::from_value(json!({
            "tokens": [{"name": "job", "value": "token-of-the-job", "permissions": rights}],
            "repositories": [{
                "owner": "rerun-io", "name": "hello-sdk", "private": true, "path": repo.path(), "labels": labels,
                "pulls": [{
                    "number": 7, "title": "Add", "body": "", "user": "someone", "labels": ["label 150"],
                    "head": {"ref": "feature", "sha": repo.sha("feature")}, "base": {"ref": "main", "sha": repo.sha("main")},
                }],
            }],
        }))
        .unwrap();
        let payload = json!({
            "action": "synchronize", "number": 7, "repository": repository,
            "pull_request": {
                "title": "Add", "body": "", "draft": false, "labels": [], "user": {"login": "someone"}, "merged": false,
                "head": {"ref": "feature", "sha": repo.sha("feature"), "repo": {"full_name": "fork/hello-sdk", "fork": true}},
                "base": {"ref": "main", "sha": repo.sha("main"), "repo": repository},
                "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
            },
        });
        let github = FakeGitHub::start(state);
        Self {
            github,
            payload,
            _repo: repo,
        }
    }

    fn readable(labels: usize) -> Self {
        Self::new(
            labels,
            &json!({"pull-requests": "read", "contents": "read"}),
        )
    }

    fn run(&self) -> Outcome {
        self.job().run()
    }

    fn job(&self) -> Run {
        Run::new(env!("CARGO_BIN_EXE_pr-gates"))
            .event("pull_request", &self.payload)
            .api_url(self.github.url())
            .input("token", "token-of-the-job")
            .input("required-labels", "any of: label 150")
    }

    fn requests(&self, part: &str) -> usize {
        let requests = self.github.requests();
        requests.iter().filter(|it| it.path.contains(part)).count()
    }
}

/// What each kind of fact is read from.
const PATHS: [&str; 4] = ["*/pulls/7", "*/labels", "*/compare/*", "*/git/trees/*"];

#[test]
fn a_failure_of_any_question_is_no_pass() {
    for path in PATHS {
        for status in [500, 403, 404, 401] {
            let scene = Scene::readable(200);
            scene.github.fault(Fault {
                times: 99,
                ..Fault::status("GET", path, status)
            });
            let outcome = scene.run();
            outcome.assert_code(2);
            assert!(outcome.outputs.is_empty(), "{outcome}");
            assert!(
                outcome
                    .stdout
                    .contains(&format!("the API answers {status}")),
                "{outcome}"
            );
        }
    }
}

#[test]
fn one_bad_answer_to_each_question_is_got_over() {
    let scene = Scene::readable(200);
    for path in PATHS {
        scene.github.fault(Fault::status("GET", path, 502));
        scene.github.fault(Fault {
            path: path.to_owned(),
            cut: true,
            ..Fault::default()
        });
    }
    let outcome = scene.run();
    outcome.assert_code(0);
    for path in ["/pulls/7", "/labels", "/compare/", "/git/trees/"] {
        assert!(
            outcome
                .stdout
                .lines()
                .any(|line| line.contains(path) && line.contains(": attempt 2 of 4 failed: ")),
            "{path}: {outcome}"
        );
    }
}

#[test]
fn a_pause_that_the_api_asks_for_is_made_and_a_long_one_ends_the_run() {
    let limited = |seconds: &str| Fault {
        headers: [("retry-after".to_owned(), seconds.to_owned())].into(),
        ..Fault::status("GET", "*/pulls/7", 429)
    };
    let scene = Scene::readable(200);
    scene.github.fault(limited("1"));
    scene.run().assert_code(0);

    let scene = Scene::readable(200);
    scene.github.fault(limited("1800"));
    let outcome = scene.run();
    outcome.assert_code(2);
    assert!(
        outcome
            .stdout
            .contains("the rate limit is reached: retry in 30m"),
        "{outcome}"
    );
    assert_eq!(scene.requests("/pulls/7"), 1);
}

#[test]
fn a_limit_that_is_spent_is_said_and_not_hammered() {
    let scene = Scene::readable(200);
    scene.github.fault(Fault {
        headers: [
            ("x-ratelimit-remaining".to_owned(), "0".to_owned()),
            ("x-ratelimit-reset".to_owned(), "99999999999".to_owned()),
        ]
        .into(),
        times: 99,
        ..Fault::status("GET", "*/compare/*", 403)
    });
    let outcome = scene.run();
    outcome.assert_code(2);
    assert!(
        outcome
            .stdout
            .contains("the rate limit is reached until 5138-11-16T09:46:39Z"),
        "{outcome}"
    );
    assert_eq!(scene.requests("/compare/"), 1);
}

#[test]
fn a_token_without_rights_is_told_which_to_add() {
    let scene = Scene::new(200, &json!({"contents": "read"}));
    // The event has no labels, and the rule wants one.
    let outcome = scene.run();
    outcome.assert_code(1);
    let told = "add `pull-requests: read` to the job's `permissions:`";
    assert!(outcome.stdout.contains(told), "{outcome}");
    // There is no payload for what `pr` names.
    let outcome = scene.job().input("pr", "7").run();
    outcome.assert_code(2);
    assert!(outcome.stdout.contains(told), "{outcome}");
    // Nor for what the description depends on.
    let mut scene = scene;
    scene.payload["pull_request"]["body"] = "Depends-on: #6".into();
    let outcome = scene.run();
    outcome.assert_code(2);
    let told = "failed to read rerun-io/hello-sdk#6: the API answers 403";
    assert!(outcome.stdout.contains(told), "{outcome}");
    let scene = Scene::new(200, &json!({"pull-requests": "read"}));
    let outcome = scene.run();
    outcome.assert_code(2);
    assert!(outcome.stdout.contains("`contents: read`"), "{outcome}");
}

#[test]
fn labels_that_move_while_they_are_read_are_read_again() {
    let scene = Scene::readable(200);
    let page = |from: usize| -> Value {
        (from..from + 100)
            .map(|n| json!({"name": format!("label {n:03}")}))
            .collect()
    };
    // Between the second page and the check of the first, a label at the top went away.
    scene.github.fault(Fault {
        nth: 4,
        body: Some(page(1)),
        ..Fault::status("GET", "*/labels", 200)
    });
    scene.run().assert_code(0);
    // Three pages (the last one is empty) and the first two again, twice.
    assert_eq!(scene.requests("/labels"), 10);

    let restless = Scene::readable(200);
    // A fault does not count the requests that one before it has met: these are the 4th, the 9th and the 14th.
    for nth in [4, 8, 12] {
        restless.github.fault(Fault {
            nth,
            body: Some(page(1)),
            ..Fault::status("GET", "*/labels", 200)
        });
    }
    let outcome = restless.run();
    outcome.assert_code(2);
    assert!(
        outcome.stdout.contains("kept changing while being read"),
        "{outcome}"
    );
}

#[test]
fn an_answer_that_makes_no_sense_is_no_pass() {
    for path in PATHS {
        let scene = Scene::readable(200);
        scene.github.fault(Fault {
            body: Some(json!({"x": 1})),
            times: 9,
            ..Fault::status("GET", path, 200)
        });
        let outcome = scene.run();
        outcome.assert_code(2);
        assert!(
            outcome
                .stdout
                .contains("failed to understand the API's answer"),
            "{outcome}"
        );
    }
}
