//! GitHub: a job asks for a token that says who it is.
//! <https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token>

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::{Answer, Claims, Shared, header, pairs};

/// Who signs the tokens.
const ISSUER: &str = "https://token.actions.githubusercontent.com";

pub(super) async fn identity(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let query = pairs(query.unwrap_or_default().as_bytes());
    let shown = header(&headers, "authorization").unwrap_or_default();
    let secret = shown
        .strip_prefix("Bearer ")
        .or_else(|| shown.strip_prefix("bearer "));
    let claims = shared.held().jobs.get(secret.unwrap_or_default()).cloned();
    let Some(claims) = claims else {
        let complaint = "no job asks for an identity with this secret".to_owned();
        return shared.refuse(
            StatusCode::UNAUTHORIZED,
            complaint,
            json!({"message": "Bad credentials"}),
        );
    };
    let version = query.get("api-version").map(String::as_str);
    if !matches!(version, Some("2" | "2.0")) {
        let complaint = format!("the version of the API is {version:?} instead of 2");
        return shared.refuse(
            StatusCode::BAD_REQUEST,
            complaint,
            json!({"message": "Bad Request"}),
        );
    }
    // Without an audience it is the owner's page.
    let owner = claims.get("repository_owner").map_or("", String::as_str);
    let audience = match query.get("audience") {
        Some(audience) => audience.clone(),
        None => format!("https://github.com/{owner}"),
    };
    let mut held = shared.held();
    let token = token(&claims, &audience, held.issued.len());
    held.issued.insert(token.clone(), (audience, claims));
    (
        StatusCode::OK,
        Json(json!({"value": token, "count": token.len()})),
    )
}

/// Whether a token is genuine, for whoever would verify its signature.
pub(super) async fn issued(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> StatusCode {
    let shown = header(&headers, "authorization").unwrap_or_default();
    let token = shown.strip_prefix("Bearer ").unwrap_or_default();
    match shared.held().issued.contains_key(token) {
        true => StatusCode::OK,
        false => StatusCode::UNAUTHORIZED,
    }
}

/// In the form of a signed token, which lives five minutes.
fn token(claims: &Claims, audience: &str, number: usize) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let mut all: Map<String, Value> = claims
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    all.entry("iss").or_insert(json!(ISSUER));
    let subject = subject(claims);
    all.entry("sub").or_insert(json!(subject));
    all.insert("aud".to_owned(), json!(audience));
    all.insert("jti".to_owned(), json!(format!("identity-{number}")));
    for (name, time) in [("nbf", now), ("iat", now), ("exp", now + 300)] {
        all.insert(name.to_owned(), json!(time));
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = json!({"typ": "JWT", "alg": "RS256", "kid": "stand-in"});
    let signature = URL_SAFE_NO_PAD.encode(format!("signature {number} of {audience}"));
    format!("{}.{}.{signature}", part(&head), part(&Value::Object(all)))
}

/// Whose the token is, as in `repo:acme/project:ref:refs/heads/main`.
fn subject(claims: &Claims) -> String {
    let claim = |name: &str| claims.get(name).map_or("", String::as_str);
    format!("repo:{}:ref:{}", claim("repository"), claim("ref"))
}
