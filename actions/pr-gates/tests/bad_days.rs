//! The comment, the config file and the proxy on a bad day: what passes is waited for, and nothing unread counts as absent.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use serde_json::json;
use testkit::{
    binary::Run,
    faults::Fault,
    forward_proxy::ForwardProxy,
    github::{FakeGitHub, State},
    repo::TempRepo,
    runner::{InJob as _, Outcome},
    tls_front::TlsFront,
};

const TOKEN: &str = "token-of-the-job";

struct Scene {
    repo: TempRepo,
    github: FakeGitHub,
    /// A checkout that lacks the commit that the pull request is based on.
    checkout: TempRepo,
}

impl Scene {
    /// A pull request with a large file, against a base whose config file forbids it.
    fn new() -> Self {
        let repo = TempRepo::new();
        repo.write(
            ".github/ci-actions.toml",
            "[pr-gates]\nmax-file-size = \"1KiB\"\n",
        )
        .commit("first");
        let base = repo.sha("main");
        repo.write("README.md", "hello").commit("second");
        repo.branch("feature")
            .write_sized("big.bin", 2_000)
            .commit("big");
        let state: State = serde_json::from_value(json!({
            "tokens": [{"name": "job", "value": TOKEN, "permissions": {"pull-requests": "write", "contents": "read"}}],
            "repositories": [{
                "owner": "rerun-io", "name": "hello-sdk", "path": repo.path(), "private": true,
                "pulls": [{
                    "number": 7, "title": "Add", "body": "", "user": "someone", "labels": [],
                    "head": {"ref": "feature", "sha": repo.sha("feature")}, "base": {"ref": "main", "sha": base},
                }],
            }],
        }))
        .unwrap();
        Self {
            github: FakeGitHub::start(state),
            checkout: repo.shallow_clone(1),
            repo,
        }
    }

    fn run(&self) -> Run {
        let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
        let pull = &self.github.state().repositories[0].pulls[0];
        let (head, base) = (&pull.head.sha, &pull.base.sha);
        let payload = json!({
            "action": "synchronize", "number": 7, "repository": repository,
            "pull_request": {
                "title": "Add", "body": "", "draft": false, "labels": [], "user": {"login": "someone"}, "merged": false,
                "head": {"ref": "feature", "sha": head, "repo": {"full_name": "rerun-io/hello-sdk", "fork": false}},
                "base": {"ref": "main", "sha": base, "repo": repository},
                "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
            },
        });
        Run::new(env!("CARGO_BIN_EXE_pr-gates"))
            .workspace(self.checkout.path())
            .event("pull_request", &payload)
            .api_url(self.github.url())
            .input("source", "api")
            .input("token", TOKEN)
    }

    fn commented(&self) -> Outcome {
        self.run().input("comment", "true").run()
    }

    fn comments(&self) -> usize {
        self.github.state().repositories[0].comments.len()
    }
}

fn limited(method: &str, path: &str) -> Fault {
    Fault {
        headers: [("retry-after".to_owned(), "1".to_owned())].into(),
        ..Fault::status(method, path, 429)
    }
}

#[test]
fn limits_are_waited_for_by_the_config_file_and_the_comment_too() {
    let scene = Scene::new();
    let paths = [
        ("GET", "*/contents/*"),
        ("GET", "*/issues/7/comments"),
        ("POST", "*/issues/7/comments"),
    ];
    for (method, path) in paths {
        scene.github.fault(limited(method, path));
    }
    let outcome = scene.commented();
    outcome.assert_code(1);
    let waits = outcome.stdout.lines();
    let waits = waits.filter(|line| line.contains("attempt 1 of 4 failed: the API answers 429"));
    assert_eq!(waits.count(), paths.len(), "{outcome}");
    assert_eq!(scene.comments(), 1);
}

#[test]
fn a_comment_whose_answer_is_lost_is_not_written_twice() {
    for lost in [
        Fault {
            handled: true,
            ..Fault::status("POST", "*/comments", 502)
        },
        Fault {
            cut: true,
            method: Some("POST".to_owned()),
            path: "*/comments".to_owned(),
            ..Fault::default()
        },
    ] {
        let scene = Scene::new();
        scene.github.fault(lost);
        let outcome = scene.commented();
        assert!(outcome.stdout.contains("The comment is at "), "{outcome}");
        assert_eq!(scene.comments(), 1);
    }
}

#[test]
fn a_config_file_that_cannot_be_read_does_not_count_as_absent() {
    for (path, status, told) in [
        ("*/contents/*", 500, "the API answers 500"),
        ("*/contents/*", 403, "the API answers 403"),
        // A private repository is hidden from a token that may not read it.
        ("/repos/*", 404, "the API answers 404"),
    ] {
        let scene = Scene::new();
        scene.github.fault(Fault {
            times: 99,
            ..Fault::status("GET", path, status)
        });
        let outcome = scene.run().run();
        outcome.assert_code(2);
        let read = "failed to read the config file `.github/ci-actions.toml` of commit";
        assert!(outcome.stdout.contains(read), "{outcome}");
        assert!(outcome.stdout.contains(told), "{outcome}");
    }
    let absent = Scene::new();
    absent.github.fault(Fault {
        times: 99,
        ..Fault::status("GET", "*/contents/*", 404)
    });
    absent.run().run().assert_code(0);
}

#[test]
fn every_question_goes_through_the_proxy() {
    let scene = Scene::new();
    let proxy = ForwardProxy::start([]);
    let outcome = scene
        .run()
        .input("comment", "true")
        .env("HTTP_PROXY", format!("http://{}", proxy.address()))
        .run();
    outcome.assert_code(1);
    let (seen, asked) = (proxy.seen(), scene.github.requests());
    assert_eq!(seen.len(), asked.len(), "{seen:?}");
    assert!(asked.len() > 5, "{asked:?}");

    let around = ForwardProxy::start([]);
    let outcome = scene
        .run()
        .env("HTTP_PROXY", format!("http://{}", around.address()))
        .env("NO_PROXY", "127.0.0.0/8")
        .run();
    outcome.assert_code(1);
    assert!(around.seen().is_empty());
}

#[test]
fn https_goes_through_a_proxy_that_wants_a_password_and_the_log_does_not_tell_it() {
    let scene = Scene::new();
    let fake = scene
        .github
        .url()
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    let front = TlsFront::start("api.github.test", fake);
    let hosts = [("api.github.test:443", front.address())];
    let proxy = ForwardProxy::start_with(Some("me:hunter2"), hosts);
    let run = |password: &str| {
        scene
            .run()
            .env("GITHUB_API_URL", "https://api.github.test")
            .env("SSL_CERT_FILE", front.authority())
            .env(
                "HTTPS_PROXY",
                format!("http://me:{password}@{}", proxy.address()),
            )
            .run()
    };
    let outcome = run("hunter2");
    outcome.assert_code(1);
    assert!(!outcome.stdout.contains("hunter2"), "{outcome}");
    assert!(
        proxy
            .seen()
            .iter()
            .all(|it| it == "CONNECT api.github.test:443")
    );
    let refused = run("hunter3");
    refused.assert_code(2);
    assert!(refused.stdout.contains("user and password"), "{refused}");
    assert!(!refused.stdout.contains("hunter3"), "{refused}");
    drop(scene.repo);
}
