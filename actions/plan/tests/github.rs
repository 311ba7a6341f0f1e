//! Labels from GitHub on a bad day, and through a proxy.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use serde_json::json;
use testkit::binary::Run;
use testkit::faults::Fault;
use testkit::forward_proxy::ForwardProxy;
use testkit::github::{FakeGitHub, State};
use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

const JOBS: &str = r#"
[plan]
ignore = ["docs/**"]

[platforms.linux]
runs-on = "ubuntu-latest"
default = true

[jobs.wheel]
paths = ["python/**"]
labels = ["wheels"]
"#;

struct Scene {
    repo: TempRepo,
    github: FakeGitHub,
}

impl Scene {
    /// A pull request whose label was added after its event.
    fn new() -> Self {
        let repo = TempRepo::new();
        repo.write(".github/ci-actions.toml", JOBS).commit("first");
        repo.branch("feature")
            .write("docs/page.md", "hello")
            .commit("second");
        let state: State = serde_json::from_value(json!({
            "tokens": [{ "name": "job", "value": "t0ken", "permissions": { "pull-requests": "read" } }],
            "repositories": [{
                "owner": "rerun-io", "name": "hello-sdk", "private": true, "labels": [{ "name": "wheels" }],
                "pulls": [{
                    "number": 7, "title": "Add", "user": "someone", "labels": ["wheels"],
                    "head": { "ref": "feature", "sha": repo.sha("feature") }, "base": { "ref": "main", "sha": repo.sha("main") },
                }],
            }],
        }))
        .unwrap();
        let github = FakeGitHub::start(state);
        Self { repo, github }
    }

    fn run(&self) -> Run {
        let repository = json!({ "full_name": "rerun-io/hello-sdk", "default_branch": "main" });
        let payload = json!({
            "action": "synchronize", "number": 7, "repository": repository,
            "pull_request": {
                "title": "Add", "body": "", "draft": false, "labels": [], "user": { "login": "someone" }, "merged": false,
                "head": { "ref": "feature", "sha": self.repo.sha("feature"), "repo": { "full_name": "rerun-io/hello-sdk", "fork": false } },
                "base": { "ref": "main", "sha": self.repo.sha("main"), "repo": repository },
                "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
            },
        });
        Run::new(env!("CARGO_BIN_EXE_plan"))
            .workspace(self.repo.path())
            .event("pull_request", &payload)
            .api_url(self.github.url())
            .input("token", "t0ken")
    }
}

#[test]
fn a_pause_that_is_asked_for_is_made_and_said() {
    let scene = Scene::new();
    scene.github.fault(Fault {
        headers: [("retry-after".to_owned(), "1".to_owned())].into(),
        ..Fault::status("GET", "*/labels", 429)
    });
    let outcome = scene.run().run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("jobs"), r#"["wheel"]"#);
    let told = "attempt 1 of 4 failed: the API answers 429 \"A scripted fault.\"; the next one starts in 1s";
    assert!(outcome.stdout.contains(told), "{outcome}");
}

#[test]
fn only_a_missing_permission_leaves_the_labels_of_the_event() {
    for (status, message, code) in [
        (403, "Resource not accessible by integration", 0),
        (403, "Repository access blocked", 2),
        (404, "Not Found", 2),
        (401, "Bad credentials", 2),
    ] {
        let scene = Scene::new();
        scene.github.fault(Fault {
            body: Some(json!({ "message": message })),
            times: 99,
            ..Fault::status("GET", "*/labels", status)
        });
        let outcome = scene.run().run();
        outcome.assert_code(code);
        assert!(outcome.stdout.contains(message), "{outcome}");
        if code == 0 {
            assert_eq!(outcome.output("jobs"), "[]");
            let told = "add `pull-requests: read`";
            assert!(outcome.stdout.contains(told), "{outcome}");
        }
    }
}

#[test]
fn labels_are_read_through_the_proxy() {
    let scene = Scene::new();
    let proxy = ForwardProxy::start([]);
    let outcome = scene
        .run()
        .env("HTTP_PROXY", format!("http://{}", proxy.address()))
        .run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("jobs"), r#"["wheel"]"#);
    assert_eq!(proxy.seen().len(), 1, "{:?}", proxy.seen());
}
