//! What pull requests there are behind an event, and behind none: merge groups, a number on a laptop, recordings.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use serde_json::{Value, json};
use testkit::{
    binary::Run,
    github::{FakeGitHub, State},
    repo::TempRepo,
    runner::{InJob as _, Outcome},
};

const TOKEN: &str = "token-of-the-job";

fn github(repo: &TempRepo, pulls: &Value) -> FakeGitHub {
    let state: State = serde_json::from_value(json!({
        "tokens": [{"name": "job", "value": TOKEN, "permissions": {"pull-requests": "read", "contents": "read"}}],
        "repositories": [{
            "owner": "rerun-io", "name": "hello-sdk", "private": true, "path": repo.path(),
            "labels": [{"name": "bug"}, {"name": "do-not-merge"}],
            "pulls": pulls,
        }],
    }))
    .unwrap();
    FakeGitHub::start(state)
}

fn pull(repo: &TempRepo, number: u64, head: &str, labels: &[&str]) -> Value {
    json!({
        "number": number, "title": format!("Pull {number}"), "body": "", "user": "someone", "labels": labels,
        "head": {"ref": head, "sha": repo.sha(head)}, "base": {"ref": "main", "sha": repo.sha("main")},
    })
}

/// `main`, and three pull requests in the queue: one merged, one squashed, one that the queue's ref names.
fn queue() -> TempRepo {
    let repo = TempRepo::new();
    repo.write("README.md", "hello").commit("first");
    repo.branch("one").write("one", "1").commit("One (#4)");
    repo.switch("main");
    repo.branch("queue");
    repo.git(&[
        "merge",
        "--quiet",
        "--no-ff",
        "--message",
        "Merge pull request #1 from a/one",
        "one",
    ]);
    repo.write("two", "2").commit("Two (#2)");
    repo.write("three", "3").commit("Three (#3)");
    repo
}

fn in_the_queue(repo: &TempRepo) -> Value {
    json!({
        "action": "checks_requested",
        "merge_group": {
            "head_sha": repo.sha("queue"), "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-3-{}", repo.sha("main")),
            "base_sha": repo.sha("main"), "base_ref": "refs/heads/main",
        },
        "repository": {"full_name": "rerun-io/hello-sdk", "default_branch": "main"},
    })
}

fn run(repo: &TempRepo, github: &FakeGitHub) -> Run {
    Run::new(env!("CARGO_BIN_EXE_pr-gates"))
        .workspace(repo.path())
        .event("merge_group", &in_the_queue(repo))
        .api_url(github.url())
        .input("token", TOKEN)
        .input(
            "required-labels",
            "none of: do-not-merge\nat least 1 of: bug",
        )
}

fn messages(outcome: &Outcome) -> Vec<String> {
    let findings: Vec<Value> = serde_json::from_str(outcome.output("findings")).unwrap();
    let message = |finding: &Value| finding["message"].as_str().unwrap().to_owned();
    findings.iter().map(message).collect()
}

#[test]
fn each_pull_request_of_a_merge_group_needs_its_own_labels() {
    let repo = queue();
    let pulls = json!([
        pull(&repo, 1, "one", &["bug", "do-not-merge"]),
        pull(&repo, 2, "queue", &["bug"]),
        pull(&repo, 3, "queue", &[]),
        pull(&repo, 4, "one", &["do-not-merge"]),
    ]);
    let github = github(&repo, &pulls);
    for source in ["git", "api"] {
        let outcome = run(&repo, &github).input("source", source).run();
        outcome.assert_code(1);
        let found = messages(&outcome);
        assert_eq!(found.len(), 2, "{outcome}");
        assert!(
            found[0].starts_with("#1: ") && found[0].contains("do-not-merge"),
            "{outcome}"
        );
        assert!(found[1].starts_with("#3: "), "{outcome}");
        assert!(outcome.stdout.contains("holds #1, #2 and #3"), "{outcome}");
    }
}

#[test]
fn a_number_that_a_title_makes_up_is_not_looked_at() {
    let repo = queue();
    let mut closed = pull(&repo, 2, "queue", &[]);
    closed["closed"] = json!(true);
    let mut elsewhere = pull(&repo, 1, "one", &[]);
    elsewhere["base"]["ref"] = json!("release");
    let github = github(
        &repo,
        &json!([closed, elsewhere, pull(&repo, 3, "queue", &["bug"])]),
    );
    let outcome = run(&repo, &github).run();
    outcome.assert_code(0);
    assert!(
        outcome
            .stdout
            .contains("A commit names #2, which is not an open pull request for main."),
        "{outcome}"
    );
    assert!(outcome.stdout.contains("holds #3"), "{outcome}");
}

#[test]
fn a_queued_pull_request_that_cannot_be_read_is_no_pass() {
    let repo = queue();
    let github = github(&repo, &json!([]));
    let outcome = run(&repo, &github).run();
    outcome.assert_code(2);
    assert!(
        outcome.stdout.contains("failed to read pull request #3"),
        "{outcome}"
    );
}

#[test]
fn a_merge_group_without_a_token_says_that_labels_are_not_looked_at() {
    let repo = queue();
    let github = github(&repo, &json!([]));
    let outcome = run(&repo, &github).input("token", "").run();
    outcome.assert_code(0);
    assert!(
        outcome
            .stdout
            .contains("set the input `token` to look up its pull requests"),
        "{outcome}"
    );
}

/// As somebody types it on a laptop.
fn on_a_laptop(folder: &std::path::Path, github: &FakeGitHub) -> Run {
    Run::new(env!("CARGO_BIN_EXE_pr-gates"))
        .workspace(folder)
        .api_url(github.url())
        .env("GITHUB_ACTIONS", "")
        .env("GITHUB_EVENT_PATH", "")
        .env("GITHUB_TOKEN", TOKEN)
        .args(["--required-labels", "at least 1 of: bug", "--pr", "5"])
}

fn with_a_large_file() -> TempRepo {
    let repo = TempRepo::new();
    repo.write("README.md", "hello").commit("first");
    repo.branch("feature")
        .write_sized("big.bin", 200_000)
        .commit("big");
    repo.write("x.rs", "// nocommit\n")
        .symlink("link", "/etc")
        .commit("more");
    repo.switch("main");
    repo
}

#[test]
fn a_number_is_enough_on_a_laptop_in_a_clone_and_anywhere() {
    let repo = with_a_large_file();
    let github = github(&repo, &json!([pull(&repo, 5, "feature", &[])]));
    repo.git(&[
        "remote",
        "add",
        "origin",
        "git@github.com:rerun-io/hello-sdk.git",
    ]);
    let in_a_clone = on_a_laptop(repo.path(), &github)
        .env("GITHUB_REPOSITORY", "")
        .run();
    in_a_clone.assert_code(1);
    let empty = tempfile::tempdir().unwrap();
    let anywhere = on_a_laptop(empty.path(), &github).run();
    anywhere.assert_code(1);
    let last = |outcome: &Outcome| outcome.stdout.lines().last().unwrap().to_owned();
    assert_eq!(last(&in_a_clone), last(&anywhere), "{in_a_clone}{anywhere}");
    assert!(last(&anywhere).contains("pull request #5"), "{anywhere}");
    let nowhere = on_a_laptop(empty.path(), &github)
        .env("GITHUB_REPOSITORY", "")
        .run();
    nowhere.assert_code(2);
    assert!(nowhere.stdout.contains("run it in a clone"), "{nowhere}");
}

#[test]
fn a_recorded_run_is_the_same_without_network_token_and_repository() {
    let repo = with_a_large_file();
    let github = github(&repo, &json!([pull(&repo, 5, "feature", &[])]));
    // A bad answer is part of what happened.
    github.fault(testkit::faults::Fault::status("GET", "*/pulls/5", 503));
    for source in ["git", "api"] {
        let bundle = tempfile::tempdir().unwrap();
        let folder = bundle.path().join("bundle");
        let recorded = on_a_laptop(repo.path(), &github)
            .input("source", source)
            .input("blocked-words-in", "title\nadded-lines")
            .arg("--record")
            .arg(&folder)
            .run();
        recorded.assert_code(1);
        let empty = tempfile::tempdir().unwrap();
        let replayed = Run::new(env!("CARGO_BIN_EXE_pr-gates"))
            .workspace(empty.path())
            .env("PATH", "")
            .env("GITHUB_ACTIONS", "")
            .env("GITHUB_EVENT_PATH", "")
            .env("GITHUB_REPOSITORY", "")
            .input("source", source)
            .input("blocked-words-in", "title\nadded-lines")
            .args([
                "--required-labels",
                "at least 1 of: bug",
                "--pr",
                "5",
                "--replay",
            ])
            .arg(&folder)
            .run();
        replayed.assert_code(1);
        assert_eq!(recorded.stdout, replayed.stdout, "{source}");
        assert_eq!(recorded.outputs, replayed.outputs);
        assert_eq!(recorded.summary, replayed.summary);
        for file in std::fs::read_dir(&folder).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(TOKEN));
        }
    }
}

#[test]
fn a_recorded_event_needs_neither_its_file_nor_the_token() {
    let repo = with_a_large_file();
    let github = github(&repo, &json!([pull(&repo, 5, "feature", &["bug"])]));
    let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
    let event = json!({
        "action": "labeled", "number": 5, "repository": repository,
        "pull_request": {
            "title": "t", "body": "", "draft": false, "labels": [], "user": {"login": "someone"}, "merged": false,
            "head": {"ref": "feature", "sha": repo.sha("feature"), "repo": {"full_name": "rerun-io/hello-sdk", "fork": false}},
            "base": {"ref": "main", "sha": repo.sha("main"), "repo": repository},
            "html_url": "https://github.com/rerun-io/hello-sdk/pull/5",
        },
    });
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("event.json");
    std::fs::write(&file, event.to_string()).unwrap();
    let folder = outside.path().join("bundle");
    let laptop = |folder: &std::path::Path| {
        Run::new(env!("CARGO_BIN_EXE_pr-gates"))
            .workspace(folder)
            .env("GITHUB_ACTIONS", "")
            .env("GITHUB_EVENT_PATH", "")
            .env("GITHUB_EVENT_NAME", "")
            .args(["--required-labels", "at least 1 of: bug"])
    };
    let recorded = laptop(repo.path())
        .api_url(github.url())
        .env("GITHUB_TOKEN", TOKEN)
        .arg("--event")
        .arg(&file)
        .arg("--record")
        .arg(&folder)
        .run();
    recorded.assert_code(1);
    assert!(
        recorded.stdout.contains("its labels are \"bug\""),
        "{recorded}"
    );
    std::fs::remove_file(&file).unwrap();
    let empty = tempfile::tempdir().unwrap();
    let replayed = laptop(empty.path()).arg("--replay").arg(&folder).run();
    assert_eq!(recorded.stdout, replayed.stdout);
    assert_eq!(recorded.code, replayed.code);
}

#[test]
fn a_recording_that_lacks_an_answer_is_no_pass() {
    let repo = with_a_large_file();
    let github = github(&repo, &json!([pull(&repo, 5, "feature", &[])]));
    let bundle = tempfile::tempdir().unwrap();
    let folder = bundle.path().join("bundle");
    on_a_laptop(repo.path(), &github)
        .arg("--record")
        .arg(&folder)
        .run()
        .assert_code(1);
    let other = on_a_laptop(repo.path(), &github)
        .args(["--source", "api", "--replay"])
        .arg(&folder)
        .run();
    other.assert_code(2);
    assert!(
        other.stdout.contains("the recording has no answer to"),
        "{other}"
    );
}

#[test]
fn a_recording_holds_the_config_file() {
    let repo = TempRepo::new();
    let config =
        "[pr-gates]\nmax-file-size = '1KiB'\n[pr-gates.exceptions.symlinks]\nreport-only = true\n";
    repo.write(".github/ci-actions.toml", config)
        .commit("first");
    repo.branch("feature")
        .write_sized("big.bin", 2000)
        .write(".github/ci-actions.toml", "[pr-gates]\ngates = 'title'\n")
        .commit("second");
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("bundle");
    let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
    let event = json!({
        "action": "opened", "number": 5, "repository": repository,
        "pull_request": {
            "title": "t", "body": "", "draft": false, "labels": [], "user": {"login": "someone"}, "merged": false,
            "head": {"ref": "feature", "sha": repo.sha("feature"), "repo": {"full_name": "rerun-io/hello-sdk", "fork": false}},
            "base": {"ref": "main", "sha": repo.sha("main"), "repo": repository},
            "html_url": "https://github.com/rerun-io/hello-sdk/pull/5",
        },
    });
    let run = |workspace: &std::path::Path, flag: &str| {
        Run::new(env!("CARGO_BIN_EXE_pr-gates"))
            .workspace(workspace)
            .event("pull_request", &event)
            .arg(flag)
            .arg(&folder)
            .run()
    };
    let recorded = run(repo.path(), "--record");
    recorded.assert_code(1);
    assert!(
        recorded.stdout.contains("over the limit of 1.0 KiB"),
        "{recorded}"
    );
    // The work tree of another repository has a file of its own, which is none of the recorded run's.
    let other = TempRepo::new();
    other.write(
        ".github/ci-actions.toml",
        "[pr-gates]\nmax-file-size = '1GiB'\n",
    );
    let without_command = |outcome: &Outcome| {
        let lines = outcome.stdout.lines();
        let lines = lines.filter(|line| !line.starts_with("To repeat it: "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let replayed = run(other.path(), "--replay");
    assert_eq!(without_command(&recorded), without_command(&replayed));
    assert_eq!(recorded.outputs, replayed.outputs);
    assert_eq!(recorded.summary, replayed.summary);
    assert_eq!(recorded.code, replayed.code);
    // Other rules, if you like: by name.
    let otherwise = Run::new(env!("CARGO_BIN_EXE_pr-gates"))
        .workspace(other.path())
        .event("pull_request", &event)
        .args(["--config", "other.toml", "--replay"])
        .arg(&folder);
    other.write("other.toml", "[pr-gates]\nmax-file-size = '1GiB'\n");
    otherwise.run().assert_code(0);
}
