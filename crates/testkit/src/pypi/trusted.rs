//! Trusted publishing: a job's identity for a token of a quarter of an hour, which its owner can end sooner.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::upload::{Identity, Refusal};
use super::{Index, Project, normalized};
use crate::token_service::registries;

const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

fn json_answer(status: u16, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap_or_default()
}

/// Who the token must be for.
pub(super) fn audience(index: &Index) -> Response {
    match index.tokens {
        Some(_) => json_answer(200, &json!({"audience": "pypi"})),
        None => json_answer(
            403,
            &json!({"message": "Trusted publishing functionality not enabled"}),
        ),
    }
}

/// Mints a token, and creates the projects of pending publishers.
pub(super) fn mint(index: &Index, body: &[u8]) -> Response {
    let Some(tokens) = &index.tokens else {
        return audience(index);
    };
    if let Err((status, refusal)) = registries::pypi_identity(tokens, body) {
        return json_answer(status.as_u16(), &refusal.0);
    }
    let mut held = index.held();
    for name in &index.options.trusted {
        let project = held.projects.entry(normalized(name));
        project.or_insert_with(|| Project {
            name: name.clone(),
            ..Project::default()
        });
    }
    let number = held.minted.len() + 1;
    let token = format!("pypi-minted-token-{number:03}");
    let expires = held.now + LIFETIME;
    held.minted.insert(token.clone(), expires);
    let expires = expires.as_second();
    json_answer(
        200,
        &json!({"success": true, "token": token, "expires": expires}),
    )
}

/// Ends a token; the answer is the same whether it was one.
pub(super) fn burn(index: &Index, body: &[u8]) -> Response {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(token) = body.get("token").and_then(Value::as_str) else {
        return json_answer(422, &json!({"message": "Token request failed"}));
    };
    let mut held = index.held();
    if held.minted.contains_key(token) {
        held.burnt.push(token.to_owned());
    }
    json_answer(202, &json!({"message": "Accepted"}))
}

/// Who a request comes from.
pub(super) fn authenticate(index: &Index, authorization: &str) -> Result<Identity, Refusal> {
    let denied = || {
        Refusal::new(
            403,
            "Invalid or non-existent authentication information. See https://pypi.org/help/#invalid-auth for more information.",
        )
    };
    let pair = authorization
        .strip_prefix("Basic ")
        .and_then(|text| BASE64_STANDARD.decode(text).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(denied)?;
    let token = pair.strip_prefix("__token__:").ok_or_else(denied)?;
    let held = index.held();
    if let Some(expires) = held.minted.get(token) {
        let burnt = held.burnt.iter().any(|one| one == token);
        return match !burnt && held.now < *expires {
            true => Ok(Identity::Publisher),
            false => Err(denied()),
        };
    }
    let projects = index.options.tokens.get(token).ok_or_else(denied)?;
    Ok(Identity::User(projects.clone()))
}
