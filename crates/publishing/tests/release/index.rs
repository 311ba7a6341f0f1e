//! A Python index that can be started with what another one holds: it takes each file once, and judges no metadata.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use testkit::serving::Server;

/// File name to SHA-256.
pub(crate) type Files = BTreeMap<String, String>;

#[derive(Default)]
struct Held {
    files: Files,
    tokens: Vec<String>,
}

type Shared = Arc<Mutex<Held>>;

pub(crate) struct PythonIndex {
    server: Server,
    held: Shared,
}

impl PythonIndex {
    /// Starts an index that holds these files.
    pub(crate) fn start(files: Files) -> Self {
        let tokens = Vec::new();
        let held = Shared::new(Mutex::new(Held { files, tokens }));
        let router = Router::new()
            .route("/_/oidc/audience", get(async || r#"{"audience":"pypi"}"#))
            .route("/_/oidc/mint-token", post(mint))
            .route("/legacy/", post(upload))
            .route("/simple/{project}/", get(page))
            .with_state(Arc::clone(&held));
        Self {
            server: Server::start(0, |_| router).unwrap(),
            held,
        }
    }

    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    pub(crate) fn files(&self) -> Files {
        self.held.lock().unwrap().files.clone()
    }
}

async fn mint(State(held): State<Shared>) -> Response {
    let mut held = held.lock().unwrap();
    let token = format!("pypi-minted-{}", held.tokens.len());
    held.tokens.push(token.clone());
    axum::Json(json!({"success": true, "token": token, "expires": 4_102_444_800_u64}))
        .into_response()
}

async fn upload(State(held): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    if !headers.contains_key("authorization") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let kind = headers["content-type"].to_str().unwrap();
    let (_, boundary) = kind.split_once("boundary=").unwrap();
    let Some((name, bytes)) = content(&body, boundary) else {
        return (
            StatusCode::BAD_REQUEST,
            "Upload payload does not have a file.",
        )
            .into_response();
    };
    let digest = hex::encode(Sha256::digest(bytes));
    let mut held = held.lock().unwrap();
    match held.files.get(&name) {
        Some(there) if *there == digest => StatusCode::OK.into_response(),
        Some(_) => (StatusCode::BAD_REQUEST, "File already exists").into_response(),
        None => {
            held.files.insert(name, digest);
            StatusCode::OK.into_response()
        }
    }
}

/// Name and bytes of the file in a form.
fn content<'a>(body: &'a [u8], boundary: &str) -> Option<(String, &'a [u8])> {
    let find = |text: &[u8], what: &[u8]| {
        let mut windows = text.windows(what.len());
        windows.position(|window| window == what)
    };
    let start = find(body, b"filename=\"")? + 10;
    let rest = &body[start..];
    let name = std::str::from_utf8(&rest[..find(rest, b"\"")?]).ok()?;
    let rest = &rest[find(rest, b"\r\n\r\n")? + 4..];
    let end = find(rest, format!("\r\n--{boundary}").as_bytes())?;
    Some((name.to_owned(), &rest[..end]))
}

async fn page(State(held): State<Shared>, Path(project): Path<String>) -> Response {
    let held = held.lock().unwrap();
    let of_project = |file: &&String| {
        let start = format!("{}-", project.replace('-', "_"));
        file.starts_with(&start)
    };
    let files: Vec<_> = held
        .files
        .keys()
        .filter(of_project)
        .map(|file| json!({"filename": file, "url": format!("/files/{file}"), "hashes": {"sha256": held.files[file]}, "upload-time": "2026-01-01T00:00:00Z"}))
        .collect();
    if files.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let page = json!({"meta": {"api-version": "1.1"}, "name": project, "files": files});
    let kind = [("content-type", "application/vnd.pypi.simple.v1+json")];
    (kind, page.to_string()).into_response()
}
