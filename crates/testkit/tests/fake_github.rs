//! What clients meet at the fake GitHub: octocrab's types, pages, rights, drafts, and scripted failures.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy knows the tests themselves, but not the functions that they share"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use octocrab::params::repos::Reference;
use octocrab::{Octocrab, models};
use serde_json::json;
use testkit::faults::Fault;
use testkit::github::{FakeGitHub, State};
use testkit::repo::TempRepo;

fn state(json: serde_json::Value) -> State {
    serde_json::from_value(json).unwrap()
}

/// A repository without git, with a token that may write and one that may not.
fn plain() -> State {
    state(json!({
        "tokens": [
            { "name": "writer", "value": "w", "permissions": { "contents": "write", "issues": "write", "pull-requests": "write" } },
            { "name": "reader", "value": "r", "permissions": { "contents": "read" } },
        ],
        "repositories": [{
            "owner": "o", "name": "r", "private": true,
            "refs": { "refs/heads/main": "1".repeat(40) },
            "labels": [{ "name": "Bug" }],
            "pulls": [{
                "number": 7, "title": "Seven", "user": "ada", "labels": ["bug"], "draft": true,
                "head": { "ref": "f", "sha": "2".repeat(40) }, "base": { "ref": "main", "sha": "1".repeat(40) },
                "files": (0..250).map(|at| json!({ "filename": format!("{at}.txt"), "additions": 1 })).collect::<Vec<_>>(),
            }],
        }],
    }))
}

fn client(fake: &FakeGitHub, token: &str) -> Octocrab {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let builder = Octocrab::builder()
        .base_uri(fake.url())
        .unwrap()
        .upload_uri(fake.files_url())
        .unwrap()
        // A failure must be seen at the request that the script names.
        .add_retry_config(octocrab::service::middleware::retry::RetryConfig::None);
    let builder = if token.is_empty() {
        builder
    } else {
        builder.personal_token(token)
    };
    builder.build().unwrap()
}

fn refusal(error: octocrab::Error) -> (u16, String) {
    match error {
        octocrab::Error::GitHub { source, .. } => (source.status_code.as_u16(), source.message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn octocrab_understands_pull_requests_and_follows_the_pages_of_their_files() {
    let fake = FakeGitHub::start(plain());
    let github = client(&fake, "w");
    let pulls = github.pulls("o", "r");
    let pull = pulls.get(7).await.unwrap();
    assert_eq!((pull.draft, pull.changed_files), (Some(true), Some(250)));
    let label = &pull.labels.unwrap()[0];
    assert_eq!(
        (label.name.as_str(), label.color.as_str()),
        ("Bug", "ededed")
    );
    let first = pulls.list_files(7).await.unwrap();
    let files = github.all_pages(first).await.unwrap();
    assert_eq!(files.len(), 250);
    assert_eq!(files[249].filename, "249.txt");
    assert_eq!(
        fake.requests()
            .iter()
            .filter(|it| it.path.contains("/files"))
            .count(),
        9
    );
    assert!(
        fake.requests()
            .iter()
            .all(|it| it.token.as_deref() == Some("writer"))
    );
    assert_eq!(
        github.repos("o", "r").get().await.unwrap().private,
        Some(true)
    );
}

#[tokio::test]
async fn octocrab_writes_comments_and_labels() {
    let fake = FakeGitHub::start(plain());
    let github = client(&fake, "w");
    let issues = github.issues("o", "r");
    let comment = issues.create_comment(7, "hello").await.unwrap();
    issues
        .update_comment(comment.id, "hello again")
        .await
        .unwrap();
    issues.add_labels(7, &["new".to_owned()]).await.unwrap();
    issues.remove_label(7, "BUG").await.unwrap();
    let now = fake.state();
    assert_eq!(now.repositories[0].comments[0].body, "hello again");
    assert_eq!(now.repositories[0].pulls[0].labels, ["new"]);
    let listed = issues.list_comments(7).send().await.unwrap();
    assert_eq!(listed.items.len(), 1);
}

#[tokio::test]
async fn rights_decide_between_401_403_and_404() {
    let fake = FakeGitHub::start(plain());
    for (token, expected) in [
        ("", (404, "Not Found")),
        ("unknown", (401, "Bad credentials")),
        ("r", (403, "Resource not accessible by integration")),
    ] {
        let error = client(&fake, token)
            .pulls("o", "r")
            .get(7)
            .await
            .unwrap_err();
        let (status, message) = refusal(error);
        assert_eq!((status, message.as_str()), expected, "token {token:?}");
    }
    fake.change(|state| state.repositories[0].private = false);
    client(&fake, "").pulls("o", "r").get(7).await.unwrap();
    let error = client(&fake, "")
        .issues("o", "r")
        .create_comment(7, "x")
        .await
        .unwrap_err();
    assert_eq!(refusal(error).0, 401);
}

#[tokio::test]
async fn a_release_is_drafted_filled_and_published() {
    let fake = FakeGitHub::start(plain());
    let github = client(&fake, "w");
    let repos = github.repos("o", "r");
    let releases = repos.releases();
    let draft = releases
        .create("v1")
        .target_commitish("main")
        .draft(true)
        .send()
        .await
        .unwrap();
    let asset = releases
        .upload_asset(draft.id.0, "a.whl", "bytes".into())
        .send()
        .await
        .unwrap();
    let digest = "sha256:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9";
    assert_eq!(asset.digest.as_deref(), Some(digest));

    assert_eq!(refusal(releases.get_by_tag("v1").await.unwrap_err()).0, 404);
    let seen_by = async |token| {
        let github = client(&fake, token);
        let page = github
            .repos("o", "r")
            .releases()
            .list()
            .send()
            .await
            .unwrap();
        page.items.len()
    };
    assert_eq!((seen_by("w").await, seen_by("r").await), (1, 0));
    let tag = Reference::Tag("v1".to_owned());
    assert_eq!(refusal(repos.get_ref(&tag).await.unwrap_err()).0, 404);

    releases
        .update(draft.id.0)
        .draft(false)
        .send()
        .await
        .unwrap();
    let found = releases.get_by_tag("v1").await.unwrap();
    assert_eq!(found.assets[0].name, "a.whl");
    let models::repos::Object::Commit { sha, .. } = repos.get_ref(&tag).await.unwrap().object
    else {
        panic!("the tag is no commit");
    };
    assert_eq!(sha, "1".repeat(40));
    fake.change(|state| state.repositories[0].private = false);
    let bytes = reqwest::get(found.assets[0].browser_download_url.clone())
        .await
        .unwrap();
    assert_eq!(bytes.bytes().await.unwrap(), "bytes");
}

#[tokio::test]
async fn a_published_release_of_an_immutable_repository_takes_no_more_files() {
    let mut state = plain();
    state.repositories[0].immutable_releases = true;
    let fake = FakeGitHub::start(state);
    let github = client(&fake, "w");
    let repos = github.repos("o", "r");
    let release = repos
        .releases()
        .create("v1")
        .target_commitish("main")
        .send()
        .await
        .unwrap();
    let upload = repos
        .releases()
        .upload_asset(release.id.0, "a", "x".into())
        .send()
        .await;
    assert_eq!(refusal(upload.unwrap_err()).0, 422);
}

#[tokio::test]
async fn scripted_failures_come_in_order_and_then_end() {
    let fake = FakeGitHub::start(plain());
    let github = client(&fake, "w");
    fake.fault(Fault {
        times: 2,
        ..Fault::status("GET", "/repos/o/r/pulls/7", 502)
    });
    let mut met = Vec::new();
    for _ in 0..3 {
        met.push(github.pulls("o", "r").get(7).await.is_ok());
    }
    assert_eq!(met, [false, false, true]);

    fake.fault(Fault {
        status: None,
        cut: true,
        ..Fault::status("GET", "*/pulls/7", 0)
    });
    assert!(github.pulls("o", "r").get(7).await.is_err());
    github.pulls("o", "r").get(7).await.unwrap();

    // The comment is there, although its writer was told otherwise.
    fake.fault(Fault {
        handled: true,
        ..Fault::status("POST", "*/comments", 502)
    });
    assert!(
        github
            .issues("o", "r")
            .create_comment(7, "x")
            .await
            .is_err()
    );
    assert_eq!(fake.state().repositories[0].comments.len(), 1);
}

#[tokio::test]
async fn a_broken_upload_leaves_an_asset_that_is_only_started() {
    let fake = FakeGitHub::start(plain());
    let github = client(&fake, "w");
    let repos = github.repos("o", "r");
    let draft = repos
        .releases()
        .create("v1")
        .draft(true)
        .send()
        .await
        .unwrap();
    fake.fault(Fault {
        handled: true,
        ..Fault::status("POST", "/uploads/", 502)
    });
    let releases = repos.releases();
    let upload = || releases.upload_asset(draft.id.0, "a", "x".into()).send();
    assert!(upload().await.is_err());
    assert_eq!(refusal(upload().await.unwrap_err()).0, 422);
    assert_eq!(
        fake.state().repositories[0].releases[0].assets[0].state,
        "starter"
    );
}

#[tokio::test]
async fn the_rate_limit_ends_in_403_with_the_time_of_its_reset() {
    let mut state = plain();
    state.rate_limit = 1;
    let fake = FakeGitHub::start(state);
    let github = client(&fake, "w");
    github.pulls("o", "r").get(7).await.unwrap();
    let url = format!("{}/repos/o/r/pulls/7", fake.url());
    let reply = reqwest::Client::new()
        .get(url)
        .bearer_auth("w")
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 403);
    assert_eq!(reply.headers()["x-ratelimit-remaining"], "0");
    assert!(
        reply.headers()["x-ratelimit-reset"]
            .to_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 0
    );
}

#[tokio::test]
async fn a_tree_over_the_limit_says_that_it_is_truncated() {
    let repo = TempRepo::new();
    repo.write("a", "1")
        .write("b", "2")
        .write("c", "3")
        .commit("three");
    let mut state = plain();
    state.tree_limit = 2;
    state.repositories[0].path = Some(repo.path().to_owned());
    let fake = FakeGitHub::start(state);
    let tree: serde_json::Value = client(&fake, "w")
        .get("/repos/o/r/git/trees/main?recursive=1", None::<&()>)
        .await
        .unwrap();
    assert_eq!(tree["truncated"], true);
    assert_eq!(tree["tree"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn the_program_serves_takes_faults_and_ends_on_sigterm() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let folder = tempfile::tempdir().unwrap();
    let (file, port_file) = (folder.path().join("state.json"), folder.path().join("port"));
    std::fs::write(&file, serde_json::to_string(&plain()).unwrap()).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_fake-github"))
        .arg("--state")
        .arg(&file)
        .arg("--port-file")
        .arg(&port_file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    let http = reqwest::Client::new();
    let faults = json!({ "faults": [{ "path": "/rate_limit", "status": 503 }] });
    let reply = http
        .post(format!("{url}/_faults"))
        .json(&faults)
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 204);
    let statuses = async || {
        http.get(format!("{url}/rate_limit"))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!((statuses().await, statuses().await), (503, 200));
    let log: serde_json::Value = http
        .get(format!("{url}/_requests"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        log[0],
        json!({ "method": "GET", "path": "/rate_limit", "token": null, "status": 503 })
    );
    let port = std::fs::read_to_string(port_file).unwrap();
    assert_eq!(url, format!("http://127.0.0.1:{port}"));
    Command::new("kill")
        .arg(program.id().to_string())
        .status()
        .unwrap();
    assert!(program.wait().unwrap().success());
}
