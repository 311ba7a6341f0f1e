//! The HTTP side of the registry.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::publish::{Refusal, publish};
use super::{Logged, Registry, index, lock};
use crate::faults::{self, Fault};

pub(super) fn router(registry: Arc<Registry>) -> Router {
    Router::new().fallback(answer).with_state(registry)
}

async fn answer(
    Shared(registry): Shared<Arc<Registry>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path().starts_with("/_") {
        return control(&registry, &method, uri.path(), &body).unwrap_or_else(refused);
    }
    let fault = faults::take(&mut lock(&registry.faults), method.as_str(), uri.path());
    if let Some(fault) = &fault {
        tokio::time::sleep(fault.delay()).await;
    }
    let mut response = match &fault {
        Some(fault) if !fault.reaches_server() => Response::default(),
        _ => handle(&registry, method.as_str(), &uri, &headers, &body).unwrap_or_else(refused),
    };
    if let Some(fault) = fault {
        response = fault.apply(response, |_| errors("A scripted fault."));
    }
    lock(&registry.log).push(Logged {
        method: method.to_string(),
        path: uri.to_string(),
        status: response.status().as_u16(),
    });
    response
}

/// The registry's own pages, for those who start it as a program.
fn control(
    registry: &Registry,
    method: &Method,
    path: &str,
    body: &[u8],
) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Faults {
        faults: Vec<Fault>,
    }
    match (method.as_str(), path) {
        ("GET", "/_requests") => Ok(json_response(200, &json!(*lock(&registry.log)))),
        ("POST", "/_faults") => {
            let Faults { faults } =
                serde_json::from_slice(body).map_err(|err| Refusal::new(400, err.to_string()))?;
            lock(&registry.faults).extend(faults);
            Ok(json_response(200, &json!({ "ok": true })))
        }
        _ => Err(Refusal::new(404, "Not Found")),
    }
}

fn handle(
    registry: &Registry,
    method: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Refusal> {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    if header("user-agent").is_empty() {
        let text = "We require that all requests include a `User-Agent` header.";
        return Err(Refusal::new(403, text));
    }
    let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (method, parts.as_slice()) {
        ("GET", ["index", "config.json"]) => {
            let dl = format!(
                "{}/crates/{{crate}}/{{crate}}-{{version}}.crate",
                registry.url
            );
            Ok(json_response(
                200,
                &json!({ "dl": dl, "api": registry.url }),
            ))
        }
        ("GET", ["index", page @ ..]) => index_page(registry, page, header("if-none-match")),
        ("GET", ["crates", name, file]) => download(registry, name, file),
        ("PUT", ["api", "v1", "crates", "new"]) => {
            authenticate(registry, header("authorization"))?;
            publish(registry, body)?;
            let warnings = json!({ "invalid_categories": [], "invalid_badges": [], "other": [] });
            Ok(json_response(200, &json!({ "warnings": warnings })))
        }
        ("DELETE", ["api", "v1", "crates", name, version, "yank"]) => {
            authenticate(registry, header("authorization"))?;
            yank(registry, name, version, true)
        }
        ("PUT", ["api", "v1", "crates", name, version, "unyank"]) => {
            authenticate(registry, header("authorization"))?;
            yank(registry, name, version, false)
        }
        _ => Err(Refusal::new(404, "Not Found")),
    }
}

fn authenticate(registry: &Registry, header: &str) -> Result<(), Refusal> {
    let token = header.strip_prefix("Bearer ").unwrap_or(header);
    if token.is_empty() {
        return Err(Refusal::new(403, "this action requires authentication"));
    }
    let tokens = &registry.options.tokens;
    match tokens.is_empty() || tokens.iter().any(|known| known == token) {
        true => Ok(()),
        false => Err(Refusal::new(403, "authentication failed")),
    }
}

fn index_page(registry: &Registry, page: &[&str], known: &str) -> Result<Response, Refusal> {
    let name = page.last().copied().unwrap_or_default();
    let no_such_page = || Refusal::new(404, "Not Found");
    // A client that does not follow the rules of the index must not find anything.
    if index::page(name) != page.join("/") {
        return Err(no_such_page());
    }
    let text = lock(&registry.store).shown(name).ok_or_else(no_such_page)?;
    let etag = format!("\"{}\"", hex::encode(Sha256::digest(&text)));
    let response = Response::builder().header("etag", &etag);
    let response = match known == etag {
        true => response.status(304).body(Body::empty()),
        false => response
            .header("content-type", "text/plain")
            .body(Body::from(text)),
    };
    response.map_err(|err| Refusal::new(500, err.to_string()))
}

fn download(registry: &Registry, name: &str, file: &str) -> Result<Response, Refusal> {
    let missing = || Refusal::new(404, "Not Found");
    let version = file
        .strip_prefix(&format!("{name}-"))
        .and_then(|rest| rest.strip_suffix(".crate"));
    let version = version.ok_or_else(missing)?;
    let path = {
        let store = lock(&registry.store);
        let known = store
            .versions(name)
            .iter()
            .any(|entry| entry.name == name && entry.vers == version);
        known
            .then(|| store.file(name, version))
            .ok_or_else(missing)?
    };
    let bytes = std::fs::read(path).map_err(|err| Refusal::new(500, err.to_string()))?;
    let response = Response::builder().header("content-type", "application/gzip");
    response
        .body(Body::from(bytes))
        .map_err(|err| Refusal::new(500, err.to_string()))
}

fn yank(registry: &Registry, name: &str, version: &str, yanked: bool) -> Result<Response, Refusal> {
    match lock(&registry.store).yank(name, version, yanked) {
        Ok(true) => Ok(json_response(200, &json!({ "ok": true }))),
        Ok(false) => Err(Refusal::new(
            404,
            format!("crate `{name}` does not have a version `{version}`"),
        )),
        Err(err) => Err(Refusal::new(500, err.to_string())),
    }
}

fn errors(detail: &str) -> Value {
    json!({ "errors": [{ "detail": detail }] })
}

fn refused(refusal: Refusal) -> Response {
    json_response(refusal.status, &errors(&refusal.detail))
}

fn json_response(status: u16, value: &Value) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(value.to_string()))
        .expect("an answer has an impossible status")
}
