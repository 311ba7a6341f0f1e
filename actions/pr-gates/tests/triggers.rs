//! The calling workflow, held against what the gates have to be run for.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use serde_json::json;
use testkit::{
    binary::Run,
    github::{FakeGitHub, State},
    repo::TempRepo,
    runner::{InJob as _, Outcome},
};

const PATH: &str = ".github/workflows/gates.yml";

fn repository(on: &str) -> TempRepo {
    let repo = TempRepo::new();
    repo.write(PATH, format!("name: gates\n{on}\njobs: {{}}\n"))
        .commit("first");
    repo.branch("feature").write("a", "b").commit("second");
    repo
}

fn run(repo: &TempRepo, action: &str) -> Run {
    let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
    let payload = json!({
        "action": action, "number": 7, "repository": repository,
        "pull_request": {
            "title": "Add", "body": "", "draft": false, "labels": [{"name": "bug"}], "user": {"login": "someone"}, "merged": false,
            "head": {"ref": "feature", "sha": repo.sha("feature"), "repo": {"full_name": "rerun-io/hello-sdk", "fork": false}},
            "base": {"ref": "main", "sha": repo.sha("main"), "repo": repository},
            "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
        },
    });
    Run::new(env!("CARGO_BIN_EXE_pr-gates"))
        .event("pull_request", &payload)
        .env(
            "GITHUB_WORKFLOW_REF",
            format!("rerun-io/hello-sdk/{PATH}@refs/pull/7/merge"),
        )
        .env("GITHUB_WORKFLOW_SHA", repo.sha("feature"))
        .input("required-labels", "any of: bug")
        .input("gates", "required-labels\nlarge-files")
}

fn warnings(outcome: &Outcome) -> Vec<String> {
    outcome.assert_code(0);
    let of_workflow = outcome
        .annotations
        .iter()
        .filter(|it| it.file.as_deref() == Some(PATH));
    of_workflow
        .map(|it| format!("{}: {}", it.line.unwrap_or_default(), it.message))
        .collect()
}

#[test]
fn a_workflow_that_sleeps_through_labels_is_told_the_line_to_write() {
    let repo = repository("on:\n  push:\n  pull_request:\n    branches: [main]");
    let found = warnings(&run(&repo, "synchronize").workspace(repo.path()).run());
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("4: "), "{}", found[0]);
    assert!(
        found[0].contains("does not start on `labeled` and `unlabeled` of `pull_request`"),
        "{}",
        found[0]
    );
    assert!(
        found[0].contains("`required-labels`") && !found[0].contains("`large-files`"),
        "{}",
        found[0]
    );
    assert!(
        found[0].contains("types: [opened, reopened, synchronize, labeled, unlabeled]"),
        "{}",
        found[0]
    );
}

#[test]
fn a_workflow_that_listens_and_one_that_cannot_be_read_are_left_in_peace() {
    let types = "[opened, synchronize, reopened, labeled, unlabeled]";
    let repo = repository(&format!("on:\n  pull_request:\n    types: {types}"));
    assert!(warnings(&run(&repo, "opened").workspace(repo.path()).run()).is_empty());
    let broken = repository("on: [");
    assert!(warnings(&run(&broken, "opened").workspace(broken.path()).run()).is_empty());
    let elsewhere = run(&repo, "opened").workspace(repo.path());
    let elsewhere = elsewhere.env(
        "GITHUB_WORKFLOW_REF",
        "other/one/.github/workflows/x.yml@main",
    );
    assert!(warnings(&elsewhere.run()).is_empty());
}

#[test]
fn without_a_checkout_a_new_pull_request_is_worth_a_request() {
    let repo = repository("on: pull_request");
    let state: State = serde_json::from_value(json!({
        "repositories": [{"owner": "rerun-io", "name": "hello-sdk", "path": repo.path()}],
    }))
    .unwrap();
    let github = FakeGitHub::start(state);
    for (action, expected) in [("opened", 1), ("labeled", 0)] {
        let outcome = run(&repo, action)
            .api_url(github.url())
            .input("source", "api")
            .run();
        assert_eq!(warnings(&outcome).len(), expected, "{outcome}");
    }
}
