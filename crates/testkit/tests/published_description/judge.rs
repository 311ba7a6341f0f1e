//! Prism between a client and the fake, with GitHub's published description in its hand.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

/// How long Prism may take to start before the test gives up.
const START: Duration = Duration::from_secs(120);

/// The paths that the fake answers.
const PATHS: &[&str] = &[
    "/rate_limit",
    "/user",
    "/repos/{owner}/{repo}",
    "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs",
    "/repos/{owner}/{repo}/attestations",
    "/repos/{owner}/{repo}/attestations/{subject_digest}",
    "/repos/{owner}/{repo}/check-runs",
    "/repos/{owner}/{repo}/check-runs/{check_run_id}",
    "/repos/{owner}/{repo}/commits/{commit_sha}/pulls",
    "/repos/{owner}/{repo}/commits/{ref}",
    "/repos/{owner}/{repo}/commits/{ref}/check-runs",
    "/repos/{owner}/{repo}/commits/{ref}/status",
    "/repos/{owner}/{repo}/commits/{ref}/statuses",
    "/repos/{owner}/{repo}/compare/{basehead}",
    "/repos/{owner}/{repo}/contents/{path}",
    "/repos/{owner}/{repo}/git/blobs/{file_sha}",
    "/repos/{owner}/{repo}/git/commits/{commit_sha}",
    "/repos/{owner}/{repo}/git/matching-refs/{ref}",
    "/repos/{owner}/{repo}/git/ref/{ref}",
    "/repos/{owner}/{repo}/git/refs",
    "/repos/{owner}/{repo}/git/refs/{ref}",
    "/repos/{owner}/{repo}/git/tags",
    "/repos/{owner}/{repo}/git/tags/{tag_sha}",
    "/repos/{owner}/{repo}/git/trees/{tree_sha}",
    "/repos/{owner}/{repo}/issues/comments/{comment_id}",
    "/repos/{owner}/{repo}/issues/{issue_number}",
    "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    "/repos/{owner}/{repo}/issues/{issue_number}/labels",
    "/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}",
    "/repos/{owner}/{repo}/labels",
    "/repos/{owner}/{repo}/pulls",
    "/repos/{owner}/{repo}/pulls/{pull_number}",
    "/repos/{owner}/{repo}/pulls/{pull_number}/commits",
    "/repos/{owner}/{repo}/pulls/{pull_number}/files",
    "/repos/{owner}/{repo}/releases",
    "/repos/{owner}/{repo}/releases/assets/{asset_id}",
    "/repos/{owner}/{repo}/releases/latest",
    "/repos/{owner}/{repo}/releases/tags/{tag}",
    "/repos/{owner}/{repo}/releases/{release_id}",
    "/repos/{owner}/{repo}/releases/{release_id}/assets",
    "/repos/{owner}/{repo}/statuses/{sha}",
];

/// A client that talks through Prism. Dropping it ends Prism.
pub(crate) struct Judge {
    prism: Child,
    url: String,
    client: Client,
    _description: tempfile::TempDir,
}

impl Judge {
    /// Starts Prism in front of `upstream`.
    pub(crate) fn start(upstream: &str) -> Self {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let folder = tempfile::tempdir().unwrap();
        let description = folder.path().join("description.json");
        describe(&description);
        let mut prism = Command::new("node")
            .arg(tool("node_modules/@stoplight/prism-cli/dist/index.js"))
            .args(["proxy", "--errors", "--host", "127.0.0.1", "--port", "0"])
            .arg(&description)
            .arg(upstream)
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("failed to start node");
        let lines = BufReader::new(prism.stdout.take().unwrap()).lines();
        let (found, url) = mpsc::channel();
        // Prism stops when nobody reads what it prints, so this goes on until it ends.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("listening on ") {
                    found.send(url.trim().to_owned()).ok();
                }
            }
        });
        let mut judge = Self {
            prism,
            url: String::new(),
            client: Client::new(),
            _description: folder,
        };
        judge.url = url.recv_timeout(START).expect("Prism does not listen");
        judge
    }

    async fn reply(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Body,
    ) -> (u16, bool, String) {
        let method: Method = method.parse().unwrap();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(token)
            .header("accept", "application/vnd.github+json")
            .header("user-agent", "testkit");
        request = match body {
            Body::Json(Value::Null) => request,
            Body::Json(value) => request.json(&value),
            Body::Bytes(bytes) => request
                .header("content-type", "application/octet-stream")
                .body(bytes),
        };
        let reply = request.send().await.unwrap();
        let status = reply.status().as_u16();
        let header = |name: &str| reply.headers().get(name).cloned();
        let problem =
            header("content-type").is_some_and(|it| it.to_str().unwrap().contains("problem+json"));
        let violated = header("sl-violations").is_some();
        (status, problem || violated, reply.text().await.unwrap())
    }

    async fn expect(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Body,
        expected: u16,
    ) -> Value {
        let (status, violated, text) = self.reply(token, method, path, body).await;
        assert!(
            !violated,
            "{method} {path} does not fit the description: {text}"
        );
        assert_eq!(status, expected, "{method} {path}: {text}");
        if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap()
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.send("GET", path, Value::Null, 200).await
    }

    /// Sends a request, and fails unless it and its answer fit the description and the status is the expected one.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Value, status: u16) -> Value {
        self.expect("t0ken", method, path, Body::Json(body), status)
            .await
    }

    pub(crate) async fn send_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        status: u16,
    ) -> Value {
        self.expect(token, method, path, Body::Json(Value::Null), status)
            .await
    }

    pub(crate) async fn upload(&self, path: &str, bytes: &[u8], status: u16) -> Value {
        self.expect("t0ken", "POST", path, Body::Bytes(bytes.to_vec()), status)
            .await
    }

    /// What Prism says of an answer that does not fit.
    pub(crate) async fn complaint(&self, method: &str, path: &str) -> String {
        let (_, violated, text) = self
            .reply("t0ken", method, path, Body::Json(Value::Null))
            .await;
        assert!(violated, "{method} {path} fits the description: {text}");
        text
    }
}

enum Body {
    Json(Value),
    Bytes(Vec<u8>),
}

impl Drop for Judge {
    fn drop(&mut self) {
        self.prism.kill().ok();
        self.prism.wait().ok();
    }
}

fn tool(path: &str) -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools");
    let found = tools.join(path);
    assert!(
        found.exists(),
        "{path} is missing: run `cargo xtask test`, which installs it"
    );
    found
}

fn describe(output: &Path) {
    let status = Command::new("node")
        .arg(tool("patch-openapi.mjs"))
        .arg(tool(
            "node_modules/@octokit/openapi/generated/api.github.com.json",
        ))
        .arg(output)
        .args(PATHS)
        .status()
        .expect("failed to start node");
    assert!(status.success(), "failed to prepare the description");
}
