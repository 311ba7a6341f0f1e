//! The HTTP side of the registry.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::admission::{authenticate, limit};
use super::limits::Action;
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
    // Dates in an answer are measured by this one, so it must be of the same clock.
    let date = registry.options.now.get();
    if let Ok(date) = date.strftime("%a, %d %b %Y %T GMT").to_string().parse() {
        response.headers_mut().entry("date").or_insert(date);
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
        let text = "We require that all requests include a `User-Agent` header.  To allow us to determine the impact your bot has on our service, we ask that your user agent actually identify your bot, and not just report the HTTP client library you're using.";
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
            publish(registry, &all(headers), body)?;
            let warnings = json!({ "invalid_categories": [], "invalid_badges": [], "other": [] });
            Ok(json_response(200, &json!({ "warnings": warnings })))
        }
        ("DELETE", ["api", "v1", "crates", name, version, "yank"]) => {
            yank(registry, name, version, header("authorization"), true)
        }
        ("PUT", ["api", "v1", "crates", name, version, "unyank"]) => {
            yank(registry, name, version, header("authorization"), false)
        }
        ("GET", ["api", "v1", "crates", name, "owners"]) => owners(registry, name),
        ("GET", ["api", "v1", "me"]) => {
            authenticate(registry, header("authorization"))?;
            let told = "this action can only be performed on the crates.io website";
            Err(Refusal::new(403, told))
        }
        ("POST", ["api", "v1", "trusted_publishing", "tokens"]) => exchange(registry, body),
        ("DELETE", ["api", "v1", "trusted_publishing", "tokens"]) => {
            revoke(registry, header("authorization"))
        }
        _ => Err(Refusal::new(404, "Not Found")),
    }
}

/// The headers that a client chose.
fn all(headers: &HeaderMap) -> BTreeMap<String, String> {
    let of_connection = ["host", "connection", "content-length", "accept-encoding"];
    headers
        .iter()
        .filter(|(name, _)| !of_connection.contains(&name.as_str()))
        .map(|(name, value)| {
            let value = value.to_str().unwrap_or_default();
            (name.as_str().to_owned(), value.to_owned())
        })
        .collect()
}

fn exchange(registry: &Registry, body: &[u8]) -> Result<Response, Refusal> {
    let trust = registry.options.trust.as_ref();
    let trust = trust.ok_or_else(|| Refusal::new(404, "Not Found"))?;
    let (status, answer) = trust.exchange(body, registry.options.now.get());
    Ok(json_response(status, &answer))
}

fn revoke(registry: &Registry, authorization: &str) -> Result<Response, Refusal> {
    let trust = registry.options.trust.as_ref();
    let trust = trust.ok_or_else(|| Refusal::new(404, "Not Found"))?;
    let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
    match token.starts_with("cio_tp_") {
        true => {
            trust.revoke(token);
            Ok(json_response(204, &Value::Null))
        }
        false => Err(Refusal::new(
            401,
            "Invalid `Authorization` header: Failed to parse token",
        )),
    }
}

/// Everything belongs to one account and one team.
fn owners(registry: &Registry, name: &str) -> Result<Response, Refusal> {
    if lock(&registry.store).versions(name).is_empty() {
        return Err(Refusal::new(404, format!("crate `{name}` does not exist")));
    }
    let users = json!([
        { "id": 1, "login": "acme-bot", "kind": "user", "name": "Acme's robot", "avatar": null, "url": null },
        { "id": 2, "login": "github:acme:release", "kind": "team", "name": "release", "avatar": null, "url": null },
    ]);
    Ok(json_response(200, &json!({ "users": users })))
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

fn yank(
    registry: &Registry,
    name: &str,
    version: &str,
    authorization: &str,
    yanked: bool,
) -> Result<Response, Refusal> {
    let known: Vec<String> = {
        let store = lock(&registry.store);
        let entries = store.versions(name).iter();
        entries.map(|entry| entry.vers.clone()).collect()
    };
    if known.is_empty() {
        return Err(Refusal::new(404, format!("crate `{name}` does not exist")));
    }
    if !known.iter().any(|one| one == version) {
        let told = format!("crate `{name}` does not have a version `{version}`");
        return Err(Refusal::new(404, told));
    }
    authenticate(registry, authorization)?;
    limit(registry, authorization, Action::Yank)?;
    match lock(&registry.store).yank(name, version, yanked) {
        Ok(_) => Ok(json_response(200, &json!({ "ok": true }))),
        Err(err) => Err(Refusal::new(500, err.to_string())),
    }
}

fn errors(detail: &str) -> Value {
    json!({ "errors": [{ "detail": detail }] })
}

fn refused(refusal: Refusal) -> Response {
    let mut response = json_response(refusal.status, &errors(&refusal.detail));
    if let Some(date) = refusal.retry_after.and_then(|date| date.parse().ok()) {
        response.headers_mut().insert("retry-after", date);
    }
    response
}

fn json_response(status: u16, value: &Value) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(match value {
            Value::Null => Body::empty(),
            value => Body::from(value.to_string()),
        })
        .expect("an answer has an impossible status")
}
