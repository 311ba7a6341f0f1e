//! What the fake GitHub refuses of releases, as the real one does: each rule has a test that meets it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy knows the tests themselves, but not the functions that they share"
)]

use reqwest::{Client, Method, redirect};
use serde_json::{Value, json};
use testkit::github::{FakeGitHub, State};

const COMMIT: &str = "1111111111111111111111111111111111111111";

/// A repository without git, with a token that may write and one that may only read.
struct Place {
    fake: FakeGitHub,
    client: Client,
}

impl Place {
    fn new(repository: &Value) -> Self {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let mut state = json!({
            "tokens": [
                { "name": "writer", "value": "w", "permissions": { "contents": "write" } },
                { "name": "reader", "value": "r", "permissions": { "contents": "read" } },
            ],
            "repositories": [{ "owner": "o", "name": "r", "refs": { "refs/tags/v1": COMMIT } }],
        });
        for (key, value) in repository.as_object().unwrap() {
            state["repositories"][0][key] = value.clone();
        }
        let state: State = serde_json::from_value(state).unwrap();
        Self {
            fake: FakeGitHub::start(state),
            client: Client::builder()
                .redirect(redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    async fn ask(&self, token: &str, method: Method, url: &str, body: Vec<u8>) -> (u16, Value) {
        let request = self.client.request(method, url).bearer_auth(token);
        let reply = request.body(body).send().await.unwrap();
        let status = reply.status().as_u16();
        let text = reply.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/repos/o/r{path}", self.fake.url());
        self.ask("w", method, &url, body.to_string().into_bytes())
            .await
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, Value::Null).await
    }

    async fn draft(&self) -> Value {
        let body = json!({ "tag_name": "v1", "target_commitish": COMMIT, "draft": true });
        let (status, draft) = self.send(Method::POST, "/releases", body).await;
        assert_eq!(status, 201, "{draft}");
        draft
    }

    async fn publish(&self, release: &Value) -> (u16, Value) {
        let path = format!("/releases/{}", release["id"]);
        let body = json!({ "draft": false, "make_latest": "true" });
        self.send(Method::PATCH, &path, body).await
    }

    async fn upload(&self, release: &Value, name: &str, bytes: &str) -> (u16, Value) {
        let url = release["upload_url"].as_str().unwrap();
        let url = format!("{}?name={name}", url.split('{').next().unwrap());
        self.ask("w", Method::POST, &url, bytes.into()).await
    }

    async fn listed(&self, path: &str) -> usize {
        self.get(path).await.1.as_array().unwrap().len()
    }
}

#[tokio::test]
async fn files_go_to_another_host_and_come_from_there_without_a_token() {
    let place = Place::new(&json!({}));
    let draft = place.draft().await;
    let url = draft["upload_url"].as_str().unwrap();
    assert!(url.starts_with(place.fake.files_url()), "{url}");
    assert_ne!(place.fake.files_url(), place.fake.url());
    let here = url.replace(place.fake.files_url(), place.fake.url());
    let here = here.replace("{?name,label}", "?name=a");
    assert_eq!(
        place.ask("w", Method::POST, &here, b"x".into()).await.0,
        404
    );
    let there = format!("{}/repos/o/r", place.fake.files_url());
    assert_eq!(place.ask("w", Method::GET, &there, Vec::new()).await.0, 404);

    let (_, asset) = place.upload(&draft, "a", "x").await;
    let reply = place
        .client
        .get(asset["url"].as_str().unwrap())
        .bearer_auth("w")
        .header("accept", "application/octet-stream")
        .send()
        .await
        .unwrap();
    let storage = reply.headers()["location"].to_str().unwrap().to_owned();
    assert!(storage.starts_with(place.fake.files_url()), "{storage}");
    assert_eq!(
        place.ask("w", Method::GET, &storage, Vec::new()).await.0,
        400
    );
    let bytes = place.client.get(storage).send().await.unwrap();
    assert_eq!(bytes.text().await.unwrap(), "x");
}

#[tokio::test]
async fn names_are_rewritten_taken_once_and_nothing_is_empty() {
    let place = Place::new(&json!({}));
    let draft = place.draft().await;
    for (name, kept) in [("a%20b~", "a.b"), (".x", "default.x"), ("a%2Bb", "a+b")] {
        let (status, asset) = place.upload(&draft, name, "x").await;
        assert_eq!((status, &asset["name"]), (201, &json!(kept)));
    }
    let (status, refused) = place.upload(&draft, "a.b", "other").await;
    assert_eq!(
        (status, &refused["errors"][0]["code"]),
        (422, &json!("already_exists"))
    );
    assert_eq!(place.upload(&draft, "empty", "").await.0, 400);
    let (_, refused) = place.upload(&draft, "", "x").await;
    assert_eq!(refused["errors"][0]["code"], "missing_field");
}

#[tokio::test]
async fn an_upload_that_is_cut_leaves_a_file_that_is_only_started() {
    use tokio::io::AsyncWriteExt as _;
    let place = Place::new(&json!({}));
    let draft = place.draft().await;
    let address = place.fake.files_url().replace("http://", "");
    let mut line = tokio::net::TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /uploads/repos/o/r/releases/{}/assets?name=a HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer w\r\ncontent-length: 1000\r\n\r\nhalf of it",
        draft["id"]
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line.flush().await.unwrap();
    drop(line);
    let assets = format!("/releases/{}/assets", draft["id"]);
    for _ in 0..200 {
        if place.listed(&assets).await > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let asset = place.get(&assets).await.1[0].clone();
    assert_eq!(
        (&asset["state"], &asset["digest"]),
        (&json!("starter"), &Value::Null)
    );
    assert_eq!(place.upload(&draft, "a", "x").await.0, 422);
    let path = format!("/releases/assets/{}", asset["id"]);
    assert_eq!(place.send(Method::DELETE, &path, Value::Null).await.0, 204);
    let (status, asset) = place.upload(&draft, "a", "x").await;
    assert_eq!((status, &asset["state"]), (201, &json!("uploaded")));
}

#[tokio::test]
async fn drafts_share_a_tag_hide_from_readers_and_are_never_the_latest() {
    let place = Place::new(&json!({}));
    let draft = place.draft().await;
    place.draft().await;
    assert_eq!(place.listed("/releases").await, 2);
    let url = format!("{}/repos/o/r/releases", place.fake.url());
    let (_, seen) = place.ask("r", Method::GET, &url, Vec::new()).await;
    assert_eq!(seen, json!([]));
    assert_eq!(
        place.ask("r", Method::POST, &url, b"{}".into()).await.0,
        403
    );
    assert_eq!(place.get("/releases/tags/v1").await.0, 404);

    let path = format!("/releases/{}", draft["id"]);
    for body in [
        json!({ "make_latest": "true" }),
        json!({ "draft": false, "prerelease": true, "make_latest": "true" }),
        json!({ "draft": false, "make_latest": "maybe" }),
    ] {
        let (status, refused) = place.send(Method::PATCH, &path, body).await;
        assert_eq!(
            (status, &refused["errors"][0]["field"]),
            (422, &json!("make_latest"))
        );
    }
    assert_eq!(place.publish(&draft).await.0, 200);
    // The second draft cannot be published under the same tag.
    let second = place.get("/releases").await.1[0].clone();
    let (status, refused) = place.publish(&second).await;
    assert_eq!(
        (status, &refused["errors"][0]["code"]),
        (422, &json!("already_exists"))
    );
}

#[tokio::test]
async fn what_is_only_edited_does_not_become_the_latest() {
    let place = Place::new(&json!({ "refs": { "refs/tags/v1": COMMIT, "refs/tags/v2": COMMIT } }));
    let draft = place.draft().await;
    place.publish(&draft).await;
    let body = json!({ "tag_name": "v2", "make_latest": "false" });
    let (_, second) = place.send(Method::POST, "/releases", body).await;
    let latest = async || place.get("/releases/latest").await.1["id"].clone();
    assert_eq!(latest().await, draft["id"]);
    let path = format!("/releases/{}", second["id"]);
    place
        .send(Method::PATCH, &path, json!({ "body": "edited" }))
        .await;
    assert_eq!(latest().await, draft["id"]);
    // A prerelease is not the latest any more; the newest other one is.
    let path = format!("/releases/{}", draft["id"]);
    place
        .send(Method::PATCH, &path, json!({ "prerelease": true }))
        .await;
    assert_eq!(latest().await, second["id"]);
}

#[tokio::test]
async fn listings_show_what_is_new_as_late_as_the_state_says() {
    let place = Place::new(&json!({ "list_lag": 2 }));
    let draft = place.draft().await;
    let path = format!("/releases/{}", draft["id"]);
    assert_eq!(place.get(&path).await.0, 200);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(place.listed("/releases").await);
    }
    assert_eq!(seen, [0, 0, 1]);
    place.upload(&draft, "a", "x").await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(place.listed(&format!("{path}/assets")).await);
    }
    assert_eq!(seen, [0, 0, 1]);
}

#[tokio::test]
async fn a_server_of_an_older_version_tells_no_digests() {
    let place = Place::new(&json!({ "no_digests": true }));
    let draft = place.draft().await;
    assert_eq!(
        place.upload(&draft, "a", "x").await.1["digest"],
        Value::Null
    );
}

#[tokio::test]
async fn an_immutable_release_locks_its_files_and_its_tag_and_uses_the_name_up() {
    let place = Place::new(&json!({ "immutable_releases": true }));
    let draft = place.draft().await;
    let (_, asset) = place.upload(&draft, "a", "x").await;
    let (_, release) = place.publish(&draft).await;
    assert_eq!(release["immutable"], true);
    let (status, refused) = place.upload(&draft, "b", "x").await;
    let late = "Cannot upload assets to an immutable release.";
    assert_eq!((status, &refused["message"]), (422, &json!(late)));
    let asset = format!("/releases/assets/{}", asset["id"]);
    assert_eq!(place.send(Method::DELETE, &asset, Value::Null).await.0, 422);
    let label = json!({ "label": "x" });
    assert_eq!(place.send(Method::PATCH, &asset, label).await.0, 422);

    let path = format!("/releases/{}", release["id"]);
    for refused in [json!({ "tag_name": "v2" }), json!({ "draft": true })] {
        assert_eq!(place.send(Method::PATCH, &path, refused).await.0, 422);
    }
    let edit = json!({ "body": "x", "prerelease": true });
    assert_eq!(place.send(Method::PATCH, &path, edit).await.0, 200);
    let tag = "/git/refs/tags/v1";
    let moved = json!({ "sha": "2".repeat(40), "force": true });
    let (status, refused) = place.send(Method::PATCH, tag, moved).await;
    assert_eq!(status, 422);
    let rule = refused["message"].as_str().unwrap();
    assert!(
        rule.starts_with("Repository rule violations found"),
        "{rule}"
    );
    assert_eq!(place.send(Method::DELETE, tag, Value::Null).await.0, 422);

    // The name stays used up when release and tag are gone.
    assert_eq!(place.send(Method::DELETE, &path, Value::Null).await.0, 204);
    let again = place.draft().await;
    let (status, refused) = place.publish(&again).await;
    let used = "tag_name was used by an immutable release";
    assert_eq!(
        (status, &refused["errors"][0]["message"]),
        (422, &json!(used))
    );
    assert_eq!(place.send(Method::DELETE, tag, Value::Null).await.0, 204);
    let (_, refused) = place.publish(&again).await;
    assert_eq!(refused["errors"][1]["message"], used);
    let tag = json!({ "ref": "refs/tags/v1", "sha": COMMIT });
    assert_eq!(place.send(Method::POST, "/git/refs", tag).await.0, 422);
}
