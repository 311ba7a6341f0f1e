//! The HTTP side of the index.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::form::Form;
use super::upload::{Refusal, take};
use super::{Index, Logged, Upload, simple, trusted};
use crate::faults;

/// More than any test sends.
const LARGEST: usize = 2 << 30;

pub(super) fn router(index: Arc<Index>) -> Router {
    Router::new().fallback(answer).with_state(index)
}

async fn answer(Shared(index): Shared<Arc<Index>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.to_string(), head.uri.path().to_owned());
    let reading = axum::body::to_bytes(body, LARGEST);
    let fault = faults::take(&mut index.held().faults, &method, &path);
    if let Some(fault) = &fault {
        tokio::time::sleep(fault.delay()).await;
    }
    let body = tokio::time::timeout(index.options.longest_upload, reading).await;
    let mut response = match (&fault, body) {
        (_, Err(_)) => refused(&head.headers, &Refusal::new(503, "backend read error")),
        // The client went away.
        (_, Ok(Err(_))) => Response::default(),
        (Some(fault), _) if !fault.reaches_server() => Response::default(),
        (_, Ok(Ok(body))) => {
            let work = {
                let (index, method, path) = (Arc::clone(&index), method.clone(), path.clone());
                let headers = head.headers.clone();
                move || handle(&index, &method, &path, &headers, &body)
            };
            // Metadata is checked by a program, which takes its time.
            tokio::task::spawn_blocking(work).await.unwrap_or_default()
        }
    };
    if let Some(fault) = fault {
        response = fault.apply(response, |_| json!({"message": "A scripted fault."}));
    }
    index.held().log.push(Logged {
        method,
        path,
        status: response.status().as_u16(),
    });
    response
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn handle(index: &Index, method: &str, path: &str, headers: &HeaderMap, body: &Bytes) -> Response {
    let accept = header(headers, "accept");
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let parts: Vec<&str> = decoded.split('/').skip(1).collect();
    let found = match (method, parts.as_slice()) {
        ("POST", ["legacy", ""]) => return upload(index, headers, body),
        ("POST", ["legacy"]) => Response::builder()
            .status(308)
            .header("location", "/legacy/")
            .body(Body::empty())
            .ok(),
        ("GET", ["simple", ""]) => Some(simple::list(index, accept)),
        ("GET", ["simple", project, ""]) => simple::project(index, project, accept),
        ("GET", ["files", name]) => simple::file(index, name),
        ("GET", ["_", "oidc", "audience"]) => Some(trusted::audience(index)),
        ("POST", ["_", "oidc", "mint-token"]) => Some(trusted::mint(index, body)),
        ("POST", ["_", "oidc", "burn-token"]) => Some(trusted::burn(index, body)),
        _ => None,
    };
    found.unwrap_or_else(|| refused(headers, &Refusal::new(404, "Not Found")))
}

fn upload(index: &Index, headers: &HeaderMap, body: &Bytes) -> Response {
    let form = Form::parse(header(headers, "content-type"), body);
    let taken = trusted::authenticate(index, header(headers, "authorization")).and_then(|who| {
        match form.first(":action") {
            "file_upload" => take(index, &form, &who),
            _ => Err(Refusal::new(400, "Invalid action.")),
        }
    });
    if let Some(content) = &form.content {
        let mut held = index.held();
        held.uploads.push(Upload {
            file_name: content.file_name.clone(),
            fields: form.fields.clone(),
            sha256: hex::encode(Sha256::digest(&content.bytes)),
            status: taken
                .as_ref()
                .map_or_else(|refusal| refusal.status, |()| 200),
        });
        let surplus = held.uploads.len().saturating_sub(index.options.keeps_forms);
        held.uploads.drain(..surplus);
    }
    match taken {
        Ok(()) => Response::default(),
        Err(refusal) => refused(headers, &refusal),
    }
}

/// PyPI's words are in the page, and in JSON for those who ask for it.
fn refused(headers: &HeaderMap, refusal: &Refusal) -> Response {
    let Refusal { status, message } = refusal;
    let title = axum::http::StatusCode::from_u16(*status).ok();
    let title = title
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default();
    let (kind, body) = match header(headers, "accept").contains("application/json") {
        true => (
            "application/json",
            json!({"message": format!("The server could not comply with the request since it is either malformed or otherwise incorrect.\n\n\n{message}\n\n"), "code": format!("{status} {message}"), "title": title}).to_string(),
        ),
        false => (
            "text/html; charset=UTF-8",
            format!("<html>\n <head>\n  <title>{status} {message}</title>\n </head>\n <body>\n  <h1>{status} {message}</h1>\n  The server could not comply with the request.<br/><br/>\n{message}\n </body>\n</html>"),
        ),
    };
    Response::builder()
        .status(*status)
        .header("content-type", kind)
        .body(Body::from(body))
        .unwrap_or_default()
}
