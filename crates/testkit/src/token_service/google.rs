//! Google: a job's identity for a token of the pool, that for one of a service account, a signature for a token.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;

use super::{Answer, Shared, header, pairs};

const FEDERATED: &str = "federated-token";
const OF_ACCOUNT: &str = "account-token";

/// The identity for a token of the pool (RFC 8693).
pub(super) async fn exchange(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let is_json =
        header(&headers, "content-type").is_some_and(|it| it.starts_with("application/json"));
    let fields: BTreeMap<String, String> = match is_json {
        true => serde_json::from_slice::<BTreeMap<String, String>>(&body)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (snake(&name), value))
            .collect(),
        false => pairs(&body),
    };
    let field = |name: &str| fields.get(name).cloned();
    let audience = format!("//iam.googleapis.com/{}", shared.provider);
    let checked = shared.check(
        &[
            ("grant_type", field("grant_type"), "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token_type", field("subject_token_type"), "urn:ietf:params:oauth:token-type:jwt"),
            ("audience", field("audience"), &audience),
        ],
        json!({"access_token": FEDERATED, "expires_in": 600, "token_type": "Bearer", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}),
    );
    if checked.0 != StatusCode::OK {
        return checked;
    }
    if let Err((error, told)) = believes(&shared, &field("subject_token").unwrap_or_default()) {
        let body = json!({"error": error, "error_description": told});
        return shared.refuse(StatusCode::BAD_REQUEST, told, body);
    }
    shared.held().access.insert(FEDERATED.to_owned());
    checked
}

/// Whether the provider takes an identity: issued by GitHub, for this provider, with the claims of its condition.
/// <https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines>
fn believes(shared: &Shared, identity: &str) -> Result<(), (&'static str, String)> {
    let held = shared.held();
    let Some((audience, claims)) = held.issued.get(identity) else {
        return Err((
            "invalid_grant",
            "Error connecting to the given credential's issuer.".to_owned(),
        ));
    };
    let provider = &shared.provider;
    let allowed = [
        format!("https://iam.googleapis.com/{provider}"),
        format!("//iam.googleapis.com/{provider}"),
    ];
    if !allowed.contains(audience) {
        let told = format!(
            "The audience in ID Token [{audience}] does not match the expected audience {}.",
            allowed[0]
        );
        return Err(("invalid_grant", told));
    }
    if held
        .condition
        .iter()
        .any(|(name, value)| claims.get(name) != Some(value))
    {
        let told = "The given credential is rejected by the attribute condition.";
        return Err(("unauthorized_client", told.to_owned()));
    }
    Ok(())
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// The pool's token for one of a service account.
pub(super) async fn impersonate(
    State(shared): State<Arc<Shared>>,
    axum::extract::Path(account): axum::extract::Path<String>,
    headers: HeaderMap,
) -> Answer {
    let expected = format!("Bearer {FEDERATED}");
    let checked = shared.check(
        &[
            (
                "the pool's token",
                header(&headers, "authorization"),
                &expected,
            ),
            (
                "the account",
                Some(account),
                "publisher@acme.iam.gserviceaccount.com:generateAccessToken",
            ),
        ],
        json!({"accessToken": OF_ACCOUNT, "expireTime": "2099-01-01T00:00:00Z"}),
    );
    if checked.0 == StatusCode::OK {
        shared.held().access.insert(OF_ACCOUNT.to_owned());
    }
    checked
}

/// What a service account has signed for a token (RFC 7523).
pub(super) async fn sign_in(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let mut fields = pairs(&body);
    shared.held().assertions.extend(fields.remove("assertion"));
    shared.check(
        &[(
            "grant_type",
            fields.remove("grant_type"),
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        )],
        json!({"access_token": "key-token", "expires_in": 600, "token_type": "Bearer"}),
    )
}
