//! A push that is compared with the newest commit for which the workflow succeeded.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use serde_json::{Value, json};
use testkit::binary::Run;
use testkit::faults::Fault;
use testkit::github::{FakeGitHub, State};
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

const JOBS: &str = r#"
[plan]
push-base = "last-success"

[platforms.linux]
runs-on = "ubuntu-latest"
default = true

[jobs.docs]
paths = ["docs/**"]

[jobs.rust]
paths = ["crates/**"]

[jobs.wheel]
paths = ["python/**"]
"#;

/// A green commit, one that broke the crates, and one that only changes documentation.
struct Scene {
    repo: TempRepo,
    green: String,
    red: String,
    head: String,
}

impl Scene {
    fn new() -> Self {
        let repo = TempRepo::new();
        let green = repo.write(".github/ci-actions.toml", JOBS).commit("green");
        let red = repo.write("crates/a.rs", "").commit("red");
        let head = repo.write("docs/page.md", "hello").commit("docs");
        Self {
            repo,
            green,
            red,
            head,
        }
    }

    fn run(&self, permissions: Value, runs: &Value) -> (FakeGitHub, Run) {
        let state: State = serde_json::from_value(json!({
            "tokens": [{ "name": "job", "value": "t0ken", "permissions": permissions }],
            "repositories": [{ "owner": "rerun-io", "name": "hello-sdk", "private": true, "workflow_runs": runs }],
        }))
        .unwrap();
        let github = FakeGitHub::start(state);
        let payload = json!({
            "ref": "refs/heads/main", "before": self.red, "after": self.head, "created": false, "deleted": false, "forced": false,
            "head_commit": { "id": self.head, "message": "docs" }, "commits": [],
            "repository": { "full_name": "rerun-io/hello-sdk", "default_branch": "main" },
        });
        let run = Run::new(env!("CARGO_BIN_EXE_plan"))
            .workspace(self.repo.path())
            .event("push", &payload)
            .api_url(github.url())
            .env(
                "GITHUB_WORKFLOW_REF",
                "rerun-io/hello-sdk/.github/workflows/ci.yml@refs/heads/main",
            )
            .input("token", "t0ken");
        (github, run)
    }

    fn planned(&self, runs: &Value) -> Outcome {
        let (_github, run) = self.run(json!({ "actions": "read" }), runs);
        let outcome = run.run();
        outcome.assert_code(0);
        outcome
    }
}

fn run(commit: &str, conclusion: &str) -> Value {
    json!({
        "workflow": "ci.yml", "head_branch": "main", "head_sha": commit, "event": "push",
        "status": "completed", "conclusion": conclusion,
    })
}

fn but(mut run: Value, key: &str, value: &str) -> Value {
    run[key] = value.into();
    run
}

#[track_caller]
fn assert_everything_runs(outcome: &Outcome, why: &str) {
    assert_eq!(outcome.output("jobs"), r#"["docs","rust","wheel"]"#);
    let told = format!(
        "failed to list the changed files, so every job runs: there is no last success: {why}"
    );
    assert!(outcome.stdout.contains(&told), "{told}: {outcome}");
}

#[test]
fn what_failed_is_tested_again_after_a_push_that_changes_something_else() {
    let scene = Scene::new();
    let outcome = scene.planned(&json!([
        run(&scene.green, "success"),
        run(&scene.red, "failure")
    ]));
    assert_eq!(outcome.output("jobs"), r#"["docs","rust"]"#);
    let told = format!(
        "compared with {}, the newest commit before it for which this workflow succeeded",
        scene.green
    );
    assert!(outcome.stdout.contains(&told), "{outcome}");
    let outcome = scene.planned(&json!([
        run(&scene.green, "success"),
        run(&scene.red, "success")
    ]));
    assert_eq!(outcome.output("jobs"), r#"["docs"]"#);
}

/// Another branch, another event, another workflow, a commit that is not before this one.
#[test]
fn runs_that_say_nothing_about_the_commits_before_are_passed_over() {
    let scene = Scene::new();
    scene.repo.branch("side").write("docs/other.md", "");
    let side = scene.repo.commit("side");
    scene.repo.switch("main");
    let outcome = scene.planned(&json!([
        run(&scene.green, "success"),
        but(run(&scene.red, "success"), "head_branch", "feature"),
        but(run(&scene.red, "success"), "event", "workflow_dispatch"),
        but(run(&scene.red, "success"), "workflow", "nightly.yml"),
        run(&scene.red, "cancelled"),
        run(&side, "success"),
        run(&"1".repeat(40), "success"),
    ]));
    assert_eq!(outcome.output("jobs"), r#"["docs","rust"]"#);
}

#[test]
fn without_a_success_every_job_runs_and_the_reason_is_given() {
    let scene = Scene::new();
    let outcome = scene.planned(&json!([run(&scene.red, "failure")]));
    assert_everything_runs(
        &outcome,
        "no run of ci.yml for a push to main has succeeded",
    );
    let outcome = scene.planned(&json!([run(&"1".repeat(40), "success")]));
    let why = "the checkout has none of the commits of the last 1 successful runs of ci.yml among those before ";
    assert_everything_runs(&outcome, why);

    let runs = json!([run(&scene.green, "success")]);
    let (_github, run) = scene.run(json!({ "contents": "read" }), &runs);
    let outcome = run.run();
    outcome.assert_code(0);
    assert_everything_runs(&outcome, "failed to list the runs of the workflow: ");
    let told = "add `actions: read` to the job's `permissions:`";
    assert!(outcome.stdout.contains(told), "{outcome}");

    let (github, run) = scene.run(json!({ "actions": "read" }), &runs);
    github.fault(Fault {
        times: 99,
        ..Fault::status("GET", "*/runs", 404)
    });
    let outcome = run.run();
    outcome.assert_code(0);
    assert_everything_runs(&outcome, "failed to list the runs of the workflow: ");

    let (_github, run) = scene.run(json!({}), &runs);
    let outcome = run.input("token", "").run();
    outcome.assert_code(0);
    assert_everything_runs(&outcome, "there is no token to ask GitHub with");
}

#[test]
fn other_events_are_compared_as_ever() {
    let scene = Scene::new();
    let (github, run) = scene.run(json!({ "actions": "read" }), &json!([]));
    let outcome = run.args(["--base", "HEAD~1"]).run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("jobs"), r#"["docs"]"#);
    assert!(github.requests().is_empty());
}
