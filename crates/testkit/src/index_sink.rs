//! A Python index that keeps nothing of a file but its name and the digest that its form states: it takes uploads as fast as
//! it can, so that a client's own cost is seen.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::StreamExt as _;
use serde_json::json;

use crate::serving::Server;

/// The fields of a form are a wheel's metadata with its readme.
const LARGEST_FIELDS: usize = 4 << 20;
const JSON: &str = "application/vnd.pypi.simple.v1+json";

/// A running sink. Dropping it closes its port.
#[derive(Debug)]
pub struct IndexSink {
    server: Server,
    files: Arc<Files>,
}

/// The SHA-256 of each file, by name.
#[derive(Debug, Default)]
struct Files(Mutex<BTreeMap<String, String>>);

impl Files {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IndexSink {
    /// Serves on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port or thread is to be had.
    pub fn start() -> io::Result<Self> {
        let files = Arc::new(Files::default());
        let state = Arc::clone(&files);
        let server = Server::start(0, |_| {
            Router::new()
                .route("/legacy/", post(upload))
                .route("/simple/{project}/", get(page))
                .with_state(state)
        })?;
        Ok(Self { server, files })
    }

    /// Where files are sent.
    pub fn upload_url(&self) -> String {
        format!("{}/legacy/", self.server.url())
    }

    /// Where files are seen.
    pub fn simple_url(&self) -> String {
        format!("{}/simple/", self.server.url())
    }

    /// Names of the files that were uploaded whole.
    pub fn files(&self) -> Vec<String> {
        self.files.lock().keys().cloned().collect()
    }
}

/// Answers when the whole file is here, as PyPI does.
async fn upload(State(files): State<Arc<Files>>, headers: HeaderMap, body: Body) -> Response {
    let Some(boundary) = boundary(&headers) else {
        return refuse("the body is not a form");
    };
    let mut body = body.into_data_stream();
    let (mut head, mut form) = (Vec::new(), None);
    while let Some(bytes) = body.next().await {
        let Ok(bytes) = bytes else {
            return refuse("the connection was cut");
        };
        if form.is_some() {
            continue;
        }
        head.extend_from_slice(&bytes);
        form = Form::parse(&head, &boundary);
        if form.is_none() && head.len() > LARGEST_FIELDS {
            return refuse("there is no file after the fields");
        }
    }
    let Some(Form { file, sha256 }) = form else {
        return refuse("the form holds no file");
    };
    let mut files = files.lock();
    match files.get(&file) {
        Some(known) if *known != sha256 => refuse("File already exists"),
        _ => {
            files.insert(file, sha256);
            StatusCode::OK.into_response()
        }
    }
}

/// The project's page as JSON, which uv and we ask for.
async fn page(State(files): State<Arc<Files>>, Path(project): Path<String>) -> Response {
    let start = format!("{}-", project.replace('-', "_"));
    let listed: Vec<_> = files
        .lock()
        .iter()
        .filter(|(name, _)| name.starts_with(&start))
        .map(|(name, sha256)| {
            json!({ "filename": name, "url": format!("/files/{name}"), "hashes": { "sha256": sha256 } })
        })
        .collect();
    if listed.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let page = json!({ "meta": { "api-version": "1.1" }, "name": project, "files": listed });
    ([(header::CONTENT_TYPE, JSON)], page.to_string()).into_response()
}

fn refuse(text: &'static str) -> Response {
    (StatusCode::BAD_REQUEST, text).into_response()
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (_, boundary) = kind
        .strip_prefix("multipart/form-data")?
        .split_once("boundary=")?;
    Some(format!("--{}", boundary.trim_matches('"')))
}

/// What a form says before the first byte of its file.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    file: String,
    sha256: String,
}

impl Form {
    /// Nothing while the headers of the file are not all there.
    fn parse(head: &[u8], boundary: &str) -> Option<Self> {
        let head = String::from_utf8_lossy(head);
        let mut sha256 = None;
        for part in head.split(&format!("{boundary}\r\n")).skip(1) {
            let (headers, value) = part.split_once("\r\n\r\n")?;
            if let Some((_, file)) = headers.split_once("filename=\"") {
                let (file, _) = file.split_once('"')?;
                return Some(Self {
                    file: file.to_owned(),
                    sha256: sha256?,
                });
            }
            if headers.contains("name=\"sha256_digest\"") {
                sha256 = Some(value.trim_end().to_owned());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> reqwest::Client {
        // The only error says that another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::new()
    }

    fn form(name: &str, sha256: &str, size: usize) -> reqwest::multipart::Form {
        let file = reqwest::multipart::Part::bytes(vec![7; size]).file_name(name.to_owned());
        reqwest::multipart::Form::new()
            .text(":action", "file_upload")
            .text("sha256_digest", sha256.to_owned())
            .part("content", file)
    }

    #[tokio::test]
    async fn a_file_is_listed_once_it_is_here_and_its_name_is_taken() {
        let sink = IndexSink::start().unwrap();
        let client = client();
        let page = format!("{}hello-sdk/", sink.simple_url());
        let status = client.get(&page).send().await.unwrap().status();
        assert_eq!(status, 404);

        let name = "hello_sdk-1.0.0-py3-none-any.whl";
        let upload = async |sha256| {
            let form = form(name, sha256, 3_000_000);
            let sent = client.post(sink.upload_url()).multipart(form).send().await;
            let reply = sent.unwrap();
            (reply.status().as_u16(), reply.text().await.unwrap())
        };
        assert_eq!(upload("aa").await.0, 200);
        assert_eq!(upload("aa").await.0, 200);
        assert_eq!(upload("bb").await, (400, "File already exists".to_owned()));
        assert_eq!(sink.files(), [name]);

        let page: serde_json::Value = client.get(page).send().await.unwrap().json().await.unwrap();
        assert_eq!(page["files"][0]["filename"], name);
        assert_eq!(page["files"][0]["hashes"]["sha256"], "aa");
    }

    #[tokio::test]
    async fn a_form_without_a_file_or_without_a_digest_before_it_is_refused() {
        let sink = IndexSink::start().unwrap();
        let file = reqwest::multipart::Part::bytes(vec![7]).file_name("x-1-py3-none-any.whl");
        let forms = [
            reqwest::multipart::Form::new().text("sha256_digest", "aa"),
            reqwest::multipart::Form::new()
                .part("content", file)
                .text("sha256_digest", "aa"),
        ];
        for form in forms {
            let client = client();
            let sent = client.post(sink.upload_url()).multipart(form).send().await;
            assert_eq!(sent.unwrap().status(), 400);
        }
        assert_eq!(sink.files(), Vec::<String>::new());
    }
}
