//! Trusted publishing, against a server that plays the runner's token endpoint and PyPI's: what is masked, when, and what travels.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome};
use testkit::serving::Server;

use super::{action, assert_hidden, refusal, wheel};

const BEARER: &str = "bearer-of-the-runner";
const JWT: &str = "jwt.of.the-job";
const MINTED: &str = "pypi-minted-for-minutes";

#[derive(Default)]
struct Held {
    /// The log of the step, which the server reads as the runner does.
    log: OnceLock<PathBuf>,
    /// What arrived, in order, each with whether its secret was masked by then.
    seen: Mutex<Vec<(String, bool)>>,
    /// File names and digests of the uploads.
    files: Mutex<Vec<(String, String)>>,
    /// The project does not know this workflow.
    stranger: bool,
}

type Shared = State<Arc<Held>>;

impl Held {
    /// Notes an arrival. `secret` must be masked in the log before whoever sent it used it.
    async fn note(&self, what: String, secret: &str) {
        let mask = format!("::add-mask::{secret}\n");
        let mut masked = false;
        // The test learns where the log is a moment after the step has started.
        for _ in 0..1000 {
            if let Some(log) = self.log.get() {
                masked = std::fs::read_to_string(log).unwrap().contains(&mask);
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.seen.lock().unwrap().push((what, masked));
    }
}

struct Index {
    server: Server,
    held: Arc<Held>,
}

impl Index {
    fn start(stranger: bool) -> Self {
        let held = Arc::new(Held {
            stranger,
            ..Held::default()
        });
        let router = Router::new()
            .route("/token", get(token))
            .route(
                "/_/oidc/audience",
                get(|| async { r#"{"audience":"pypi"}"# }),
            )
            .route("/_/oidc/mint-token", post(mint))
            .route("/legacy/", post(upload))
            .route("/_/oidc/burn-token", post(burn))
            .route("/simple/", get(|| async { "<title>Simple index</title>" }))
            .route("/simple/hello-sdk/", get(page))
            .with_state(Arc::clone(&held));
        let server = Server::start(0, |_| router).unwrap();
        Self { server, held }
    }

    fn job(&self, files: &Path) -> Run {
        let url = self.server.url();
        action(files, &format!("{url}/legacy/"))
            .env(
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                format!("{url}/token?api-version=2"),
            )
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER)
    }

    fn run(&self, files: &Path) -> Outcome {
        let running = self.job(files).start();
        let log = running.folder().join("stdout");
        self.held.log.set(log).unwrap();
        running.wait()
    }

    fn seen(&self) -> Vec<(String, bool)> {
        self.held.seen.lock().unwrap().clone()
    }
}

async fn token(State(held): Shared, uri: Uri, headers: HeaderMap) -> Response {
    held.seen.lock().unwrap().push((format!("{uri}"), true));
    match authorization(&headers) == format!("Bearer {BEARER}") {
        true => json!({"value": JWT}).to_string().into_response(),
        false => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn mint(State(held): Shared, body: Bytes) -> Response {
    let json: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json["token"], JWT);
    held.note("mint".to_owned(), JWT).await;
    if held.stranger {
        // A server that echoes what it was sent must not give it away.
        let errors = json!({"errors": [{"code": "invalid-publisher", "description": JWT}]});
        return (StatusCode::UNPROCESSABLE_ENTITY, errors.to_string()).into_response();
    }
    json!({"success": true, "token": MINTED})
        .to_string()
        .into_response()
}

async fn burn(State(held): Shared, body: Bytes) -> StatusCode {
    let json: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json, json!({"token": MINTED}));
    held.note("burn".to_owned(), MINTED).await;
    StatusCode::ACCEPTED
}

async fn upload(State(held): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let form = String::from_utf8_lossy(&body).into_owned();
    let between = |from: &str, to: &str| {
        let (_, rest) = form.split_once(from).unwrap();
        rest.split_once(to).unwrap().0.to_owned()
    };
    let file = between("filename=\"", "\"");
    let digest = between("name=\"sha256_digest\"\r\n\r\n", "\r\n");
    let what = format!("upload with {}", authorization(&headers));
    held.note(what, MINTED).await;
    held.files.lock().unwrap().push((file, digest));
    StatusCode::OK.into_response()
}

async fn page(State(held): Shared) -> Response {
    let files = held.files.lock().unwrap();
    let listed: Vec<Value> = files
        .iter()
        .map(|(name, sha256)| {
            json!({"filename": name, "url": format!("/files/{name}"), "hashes": {"sha256": sha256}})
        })
        .collect();
    if listed.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let json = json!({"meta": {"api-version": "1.1"}, "name": "hello-sdk", "files": listed});
    let kind = [("content-type", "application/vnd.pypi.simple.v1+json")];
    (kind, json.to_string()).into_response()
}

fn authorization(headers: &HeaderMap) -> String {
    headers
        .get("authorization")
        .map_or(String::new(), |value| value.to_str().unwrap().to_owned())
}

#[test]
fn each_secret_is_masked_before_it_is_used_and_shown_nowhere() {
    let (index, folder) = (Index::start(false), tempfile::tempdir().unwrap());
    wheel(folder.path(), "0.2.0", "one");
    wheel(folder.path(), "0.3.0", "one");
    let outcome = index.run(folder.path());
    outcome.assert_code(0);
    // base64 of `__token__:pypi-minted-for-minutes`
    let upload = "upload with Basic X190b2tlbl9fOnB5cGktbWludGVkLWZvci1taW51dGVz";
    let expected = [
        "/token?api-version=2&audience=pypi",
        "mint",
        // One token carries both.
        upload,
        upload,
        "burn",
    ];
    assert_eq!(index.seen(), expected.map(|what| (what.to_owned(), true)));
    assert_eq!(outcome.masks, [JWT, MINTED]);
    for secret in [BEARER, JWT, MINTED, "X190b2tlbl9fOnB5cGkt"] {
        assert_hidden(&outcome, secret);
    }
}

#[test]
fn a_second_run_asks_for_no_token_at_all() {
    let (index, folder) = (Index::start(false), tempfile::tempdir().unwrap());
    wheel(folder.path(), "0.2.0", "one");
    index.run(folder.path()).assert_code(0);
    let before = index.seen().len();
    let again = index.job(folder.path()).run();
    again.assert_code(0);
    assert_eq!(again.output("published"), "[]");
    assert_eq!(index.seen().len(), before);
}

#[test]
fn a_dry_run_mints_nothing() {
    let (index, folder) = (Index::start(false), tempfile::tempdir().unwrap());
    wheel(folder.path(), "0.2.0", "one");
    let outcome = index.job(folder.path()).input("dry-run", "true").run();
    outcome.assert_code(0);
    assert_eq!(index.seen(), []);
}

#[test]
fn a_workflow_that_the_project_does_not_know_is_told_where_to_look() {
    let (index, folder) = (Index::start(true), tempfile::tempdir().unwrap());
    wheel(folder.path(), "0.2.0", "one");
    let outcome = index.run(folder.path());
    let message = refusal(&outcome);
    assert!(
        message.contains("registered as a trusted publisher"),
        "{message}"
    );
    assert_hidden(&outcome, JWT);
    assert_eq!(index.held.files.lock().unwrap().len(), 0);
}
