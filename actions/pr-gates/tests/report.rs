//! The report as data, and as a comment that is kept up to date.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use serde_json::{Value, json};
use testkit::{
    binary::Run,
    faults::Fault,
    github::{FakeGitHub, State, state::Comment},
    repo::TempRepo,
    runner::{InJob as _, Outcome},
};

const TOKEN: &str = "token-of-the-job";

struct Scene {
    repo: TempRepo,
    github: FakeGitHub,
}

impl Scene {
    fn new(right: &str) -> Self {
        let repo = TempRepo::new();
        repo.write("README.md", "hello").commit("first");
        repo.branch("feature")
            .write_sized("big.bin", 200_000)
            .commit("big");
        let state: State = serde_json::from_value(json!({
            "tokens": [{"name": "job", "value": TOKEN, "permissions": {"pull-requests": right, "contents": "read"}}],
            "repositories": [{
                "owner": "rerun-io", "name": "hello-sdk", "path": repo.path(), "labels": [{"name": "bug"}],
                "pulls": [{
                    "number": 7, "title": "Add", "body": "", "user": "someone", "labels": [],
                    "head": {"ref": "feature", "sha": repo.sha("feature")}, "base": {"ref": "main", "sha": repo.sha("main")},
                }],
            }],
        }))
        .unwrap();
        let github = FakeGitHub::start(state);
        Self { repo, github }
    }

    fn run(&self) -> Run {
        let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
        let payload = json!({
            "action": "synchronize", "number": 7, "repository": repository,
            "pull_request": {
                "title": "Add", "body": "", "draft": false, "labels": [], "user": {"login": "someone"}, "merged": false,
                "head": {"ref": "feature", "sha": self.repo.sha("feature"), "repo": {"full_name": "rerun-io/hello-sdk", "fork": false}},
                "base": {"ref": "main", "sha": self.repo.sha("main"), "repo": repository},
                "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
            },
        });
        Run::new(env!("CARGO_BIN_EXE_pr-gates"))
            .workspace(self.repo.path())
            .event("pull_request", &payload)
            .api_url(self.github.url())
            .input("token", TOKEN)
    }

    fn commented(&self) -> Outcome {
        self.run().input("comment", "true").run()
    }

    fn comments(&self) -> Vec<Comment> {
        self.github.state().repositories[0].comments.clone()
    }

    fn stranger_writes(&self, count: u64, body: &str) {
        let comment = Comment {
            issue: 7,
            user: "stranger".to_owned(),
            body: body.to_owned(),
            ..Comment::default()
        };
        self.github.change(|state| {
            for _ in 0..count {
                state.repositories[0].comments.push(comment.clone());
            }
        });
    }
}

#[test]
fn a_comment_is_created_once_found_behind_other_pages_and_turns_green() {
    let scene = Scene::new("write");
    let marker = "<!-- ci-actions pr-gates job -->";
    scene.stranger_writes(150, &format!("{marker}\nforged"));
    scene.commented().assert_code(1);
    let own = |comments: Vec<Comment>| -> Vec<Comment> {
        comments
            .into_iter()
            .filter(|it| it.user != "stranger")
            .collect()
    };
    let first = own(scene.comments());
    assert_eq!(first.len(), 1);
    assert!(first[0].body.starts_with(marker) && first[0].body.contains("big.bin"));

    let same = scene.commented();
    assert!(same.stdout.contains("The comment is up to date."), "{same}");
    scene
        .run()
        .input("comment", "true")
        .input("max-file-size", "1MiB")
        .run()
        .assert_code(0);
    let green = own(scene.comments());
    assert_eq!((green.len(), green[0].id), (1, first[0].id));
    assert!(green[0].body.contains("PR Gates: passed") && !green[0].body.contains("big.bin"));
}

#[test]
fn where_nothing_is_wrong_nobody_is_disturbed() {
    let scene = Scene::new("write");
    let outcome = scene
        .run()
        .input("comment", "true")
        .input("max-file-size", "1MiB")
        .run();
    outcome.assert_code(0);
    assert!(scene.comments().is_empty());
    scene.run().run().assert_code(1);
    assert!(scene.comments().is_empty(), "nothing is written unasked");
}

#[test]
fn a_comment_that_cannot_be_written_changes_no_verdict() {
    let scene = Scene::new("read");
    let silent = scene.run().run();
    let outcome = scene.commented();
    outcome.assert_code(1);
    assert_eq!(outcome.outputs, silent.outputs);
    assert!(
        outcome
            .stdout
            .contains("::warning::failed to write the comment: "),
        "{outcome}"
    );
    assert!(
        outcome.stdout.contains("`pull-requests: write`"),
        "{outcome}"
    );
    let without_token = scene
        .run()
        .input("comment", "true")
        .input("token", "")
        .run();
    without_token.assert_code(1);
    assert!(
        without_token.stdout.contains("there is no `token`"),
        "{without_token}"
    );

    let scene = Scene::new("write");
    scene.github.fault(Fault {
        times: 99,
        ..Fault::status("POST", "*/comments", 500)
    });
    let passed = scene
        .run()
        .input("max-file-size", "1MiB")
        .input("comment", "true")
        .run();
    passed.assert_code(0);
    scene.commented().assert_code(1);
}

#[test]
fn an_old_run_does_not_overwrite_what_a_newer_one_says() {
    let scene = Scene::new("write");
    scene.github.change(|state| {
        state.repositories[0].pulls[0].head.sha = scene.repo.sha("main");
    });
    let outcome = scene.commented();
    outcome.assert_code(1);
    assert!(
        outcome.stdout.contains("their run writes the comment"),
        "{outcome}"
    );
    assert!(scene.comments().is_empty());
}

#[test]
fn data_is_alone_on_standard_output() {
    let scene = Scene::new("read");
    let json = scene.run().input("format", "json").run();
    json.assert_code(1);
    let data: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(data["verdict"], "found");
    assert_eq!(data["subject"], "pull request #7");
    assert_eq!(data["findings"][0]["file"], "big.bin");
    assert!(
        json.stderr.contains("::error file=big.bin") && json.stderr.contains("::add-mask::"),
        "{json}"
    );

    let sarif = scene.run().input("format", "sarif").run();
    sarif.assert_code(1);
    let data: Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(data["runs"][0]["results"][0]["ruleId"], "large-files");
    assert_eq!(sarif.outputs, scene.run().run().outputs);
}
