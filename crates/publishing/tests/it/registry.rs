//! A registry that does what a test tells it: it holds crates and wheels, and stumbles on request.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post, put},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

/// What the next upload gets.
pub(crate) enum Answer {
    /// A status, headers and a body, and nothing is kept.
    Refuse(u16, Vec<(&'static str, String)>, String),
    /// The connection ends inside the answer; the upload was kept.
    KeepAndCut,
    /// The connection ends inside the answer, and nothing is kept.
    Cut,
    /// The answer never ends; the upload was kept.
    KeepAndHang,
}

#[derive(Default)]
pub(crate) struct Held {
    /// Answers for uploads, before they are taken as usual.
    pub(crate) script: VecDeque<Answer>,
    /// Index lines by crate.
    pub(crate) crates: BTreeMap<String, Vec<Value>>,
    /// Metadata of every upload that arrived, kept or not.
    pub(crate) received: Vec<Value>,
    /// Authorization of every upload.
    pub(crate) tokens: Vec<String>,
    /// That many reads of the index still see nothing of what was published.
    pub(crate) blind_reads: u32,
    /// The index requires a token too.
    pub(crate) auth_required: bool,
    /// Identities that were exchanged.
    pub(crate) identities: Vec<String>,
    pub(crate) revoked: Vec<String>,
    /// The simple page: file name, SHA-256, time of upload.
    pub(crate) wheels: Vec<(String, String, String)>,
    /// Uploads of crates wait here until so many are under way.
    pub(crate) together: Option<Arc<tokio::sync::Barrier>>,
    /// An upload of nothing gets 403 instead of 400.
    pub(crate) denies: bool,
    /// The multipart body of every wheel upload.
    pub(crate) forms: Vec<String>,
}

type Shared = Arc<Mutex<Held>>;

pub(crate) struct Registry {
    pub(crate) url: String,
    held: Shared,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Registry {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let held = Shared::default();
        let api = url.clone();
        let config = move |State(held): State<Shared>, headers: HeaderMap| {
            let auth = held.lock().unwrap().auth_required;
            let config = json!({"dl": format!("{api}/dl"), "api": api, "auth-required": auth});
            async move {
                match auth && !headers.contains_key("authorization") {
                    true => StatusCode::UNAUTHORIZED.into_response(),
                    false => config.to_string().into_response(),
                }
            }
        };
        let tokens = "/api/v1/trusted_publishing/tokens";
        let router = Router::new()
            .route("/index/config.json", get(config))
            .route("/index/{*path}", get(lines))
            .route("/api/v1/crates/new", put(publish))
            .route(tokens, post(exchange).delete(revoke))
            .route(
                "/_/oidc/audience",
                get(|| async { r#"{"audience":"pypi"}"# }),
            )
            .route("/_/oidc/mint-token", post(mint))
            .route("/legacy/", post(upload))
            .route("/simple/", get(|| async { "<title>Simple index</title>" }))
            .route("/simple/{project}/", get(page))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&held));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, held, task }
    }

    pub(crate) fn index(&self) -> String {
        format!("sparse+{}/index/", self.url)
    }

    pub(crate) fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    /// The next uploads get these answers.
    pub(crate) fn script(&self, answers: impl IntoIterator<Item = Answer>) {
        self.held().script.extend(answers);
    }

    /// `name version` of every upload that arrived.
    pub(crate) fn received(&self) -> Vec<String> {
        let text = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
        let held = self.held();
        held.received
            .iter()
            .map(|json| format!("{} {}", text(json, "name"), text(json, "vers")))
            .collect()
    }

    /// Puts a version into the index.
    pub(crate) fn hold(&self, name: &str, version: &str, cksum: &str) {
        let line =
            json!({"name": name, "vers": version, "cksum": cksum, "deps": [], "yanked": false});
        let mut held = self.held();
        held.crates.entry(name.to_owned()).or_default().push(line);
    }
}

async fn lines(
    State(held): State<Shared>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut held = held.lock().unwrap();
    if held.auth_required && !headers.contains_key("authorization") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let name = path.rsplit('/').next().unwrap();
    if held.blind_reads > 0 && !held.received.is_empty() {
        held.blind_reads -= 1;
        return StatusCode::NOT_FOUND.into_response();
    }
    match held.crates.get(name) {
        Some(lines) => lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>()
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn publish(State(held): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let together = held.lock().unwrap().together.clone();
    if let Some(together) = together {
        together.wait().await;
    }
    let mut held = held.lock().unwrap();
    let length = |at: usize| u32::from_le_bytes(body[at..at + 4].try_into().unwrap()) as usize;
    let split = 4 + length(0);
    let json: Value = serde_json::from_slice(&body[4..split]).unwrap();
    let file = &body[split + 4..];
    assert_eq!(file.len(), length(split));
    held.received.push(json.clone());
    held.tokens.push(authorization(&headers));
    let answer = held.script.pop_front();
    if let Some(Answer::Refuse(..) | Answer::Cut) = answer {
        return refusal(answer);
    }
    let name = json["name"].as_str().unwrap().to_owned();
    let lines = held.crates.entry(name).or_default();
    if lines.iter().any(|line| line["vers"] == json["vers"]) {
        let detail = format!(
            "crate version `{}` is already uploaded",
            json["vers"].as_str().unwrap()
        );
        let errors = json!({"errors": [{"detail": detail}]}).to_string();
        return (StatusCode::BAD_REQUEST, errors).into_response();
    }
    lines.push(json!({
        "name": json["name"], "vers": json["vers"], "deps": [], "yanked": false,
        "cksum": hex::encode(Sha256::digest(file)),
    }));
    match answer {
        Some(_) => refusal(answer),
        None => r#"{"warnings":{}}"#.into_response(),
    }
}

fn refusal(answer: Option<Answer>) -> Response {
    match answer {
        Some(Answer::Refuse(status, headers, body)) => {
            let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
            for (name, value) in headers {
                let value = HeaderValue::from_str(&value).unwrap();
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(name), value);
            }
            response
        }
        Some(Answer::KeepAndHang) => Response::new(Body::from_stream(futures::stream::pending::<
            Result<Bytes, std::io::Error>,
        >())),
        _ => Response::new(Body::from_stream(futures::stream::iter([
            Ok(Bytes::from_static(b"{")),
            Err(std::io::Error::other("cut")),
        ]))),
    }
}

fn authorization(headers: &HeaderMap) -> String {
    headers
        .get("authorization")
        .map_or(String::new(), |value| value.to_str().unwrap().to_owned())
}

async fn exchange(State(held): State<Shared>, body: Bytes) -> Response {
    let json: Value = serde_json::from_slice(&body).unwrap();
    identify(&held, &json["jwt"], "cio_tp_")
}

async fn mint(State(held): State<Shared>, body: Bytes) -> Response {
    let json: Value = serde_json::from_slice(&body).unwrap();
    identify(&held, &json["token"], "pypi-minted-")
}

/// An identity is taken once; `nobody` is not known.
fn identify(held: &Shared, jwt: &Value, prefix: &str) -> Response {
    let jwt = jwt.as_str().unwrap().to_owned();
    let mut held = held.lock().unwrap();
    if held.identities.contains(&jwt) || jwt.starts_with("nobody") {
        let errors = json!({"errors": [{"detail": format!("no config found for {jwt}")}]});
        return (StatusCode::BAD_REQUEST, errors.to_string()).into_response();
    }
    held.identities.push(jwt);
    let number = held.identities.len();
    json!({"token": format!("{prefix}{number}")})
        .to_string()
        .into_response()
}

async fn revoke(State(held): State<Shared>, headers: HeaderMap) -> StatusCode {
    held.lock().unwrap().revoked.push(authorization(&headers));
    StatusCode::NO_CONTENT
}

/// The simple page as JSON.
async fn page(State(held): State<Shared>) -> Response {
    let held = held.lock().unwrap();
    let files: Vec<Value> = held
        .wheels
        .iter()
        .map(|(name, sha256, time)| {
            json!({"filename": name, "url": format!("/files/{name}"), "hashes": {"sha256": sha256}, "upload-time": time})
        })
        .collect();
    if files.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let json = json!({"meta": {"api-version": "1.1"}, "name": "hello", "files": files});
    let kind = [("content-type", "application/vnd.pypi.simple.v1+json")];
    (kind, json.to_string()).into_response()
}

/// The legacy upload: what arrives is shown with the digest that its form claims.
async fn upload(State(held): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut held = held.lock().unwrap();
    if body.is_empty() {
        let status = match held.denies {
            true => StatusCode::FORBIDDEN,
            false => StatusCode::BAD_REQUEST,
        };
        return status.into_response();
    }
    let form = String::from_utf8_lossy(&body).into_owned();
    held.tokens.push(authorization(&headers));
    held.forms.push(form.clone());
    let answer = held.script.pop_front();
    if let Some(Answer::Refuse(..) | Answer::Cut) = answer {
        return refusal(answer);
    }
    let between = |from: &str, to: &str| {
        let (_, rest) = form.split_once(from).unwrap();
        rest.split_once(to).unwrap().0.to_owned()
    };
    let name = between("filename=\"", "\"");
    let sha256 = between("name=\"sha256_digest\"\r\n\r\n", "\r\n");
    held.wheels
        .push((name, sha256, "2026-01-01T00:00:00Z".to_owned()));
    match answer {
        Some(_) => refusal(answer),
        None => StatusCode::OK.into_response(),
    }
}
