//! PyPI and crates.io: a job's identity for a token that publishes, if a project trusts the job's workflow.
//!
//! The two look at different claims: PyPI at the file that holds the job, crates.io at the file that was started.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Answer, Claims, Shared};

pub(super) async fn pypi_audience() -> Json<Value> {
    Json(json!({"audience": "pypi"}))
}

pub(super) async fn pypi_mint(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    match pypi_identity(&shared, &body) {
        Ok(()) => (
            StatusCode::OK,
            Json(json!({"success": true, "token": "pypi-minted", "expires": 4_102_444_800_u64})),
        ),
        Err(answer) => answer,
    }
}

/// PyPI's page "Trusted Publishers: Internals and Technical Details", and `warehouse/oidc` for the words.
pub(crate) fn pypi_identity(shared: &Shared, body: &[u8]) -> Result<(), Answer> {
    let refuse = |code: &str, told: &str| {
        let body = json!({"message": "Token request failed", "errors": [{"code": code, "description": told}]});
        Err(shared.refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("PyPI: {code}: {told}"),
            body,
        ))
    };
    let Some(identity) = text_of(body, "token") else {
        return refuse("invalid-payload", "body is not valid JSON");
    };
    let claims = match redeem(shared, &identity, "pypi", "pypi") {
        Ok(claims) => claims,
        Err(Refusal::NotGenuine | Refusal::Audience) => {
            return refuse("invalid-token", "malformed or invalid token");
        }
        Err(Refusal::Used) => return refuse("invalid-reuse-token", "invalid token: already used"),
    };
    let event = claim(&claims, "event_name");
    let trusted =
        event != "pull_request_target" && fits(shared, &claims, "job_workflow_ref").is_ok();
    if !trusted {
        let told = "valid token, but no corresponding publisher (Publisher with matching claims was not found)";
        return refuse("invalid-publisher", told);
    }
    Ok(())
}

/// Of the service's own address.
pub(super) async fn crates_io(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    exchange(&shared, &body, Timestamp::now())
}

/// How long a token of crates.io lives.
const LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// `src/controllers/trustpub/tokens/exchange` of crates.io.
pub(super) fn exchange(shared: &Shared, body: &[u8], now: Timestamp) -> Answer {
    let refuse = |told: &str| {
        let body = json!({"errors": [{"detail": told}]});
        shared.refuse(StatusCode::BAD_REQUEST, format!("crates.io: {told}"), body)
    };
    let identity = text_of(body, "jwt").unwrap_or_default();
    let host = shared.host.clone();
    let claims = match redeem(shared, &identity, "crates.io", &host) {
        Ok(claims) => claims,
        Err(Refusal::NotGenuine) => return refuse("Failed to decode JWT"),
        Err(Refusal::Audience) => return refuse("Failed to decode JWT"),
        Err(Refusal::Used) => return refuse("JWT has already been used"),
    };
    let event = claim(&claims, "event_name");
    if ["pull_request_target", "workflow_run"].contains(&event) {
        return refuse(&format!(
            "Trusted Publishing does not support the `{event}` event trigger due to security concerns. Please use a different trigger such as `push`, `release`, or `workflow_dispatch`."
        ));
    }
    if let Err(told) = fits(shared, &claims, "workflow_ref") {
        return refuse(&told);
    }
    let mut held = shared.held();
    let number = held.minted.len() + held.revoked.len() + 1;
    let token = format!("cio_tp_minted-{number}");
    held.minted.insert(token.clone(), now + LIFETIME);
    (StatusCode::OK, Json(json!({"token": token})))
}

enum Refusal {
    NotGenuine,
    Audience,
    Used,
}

/// The claims of an identity that a registry sees for the first time.
fn redeem(
    shared: &Shared,
    identity: &str,
    registry: &str,
    audience: &str,
) -> Result<Claims, Refusal> {
    let mut held = shared.held();
    let (meant, claims) = held
        .issued
        .get(identity)
        .cloned()
        .ok_or(Refusal::NotGenuine)?;
    if meant != audience {
        return Err(Refusal::Audience);
    }
    match held.used.insert(format!("{registry} {identity}")) {
        true => Ok(claims),
        false => Err(Refusal::Used),
    }
}

/// Whether a publisher is the workflow of these claims, in the words of crates.io if not.
fn fits(shared: &Shared, claims: &Claims, workflow_claim: &str) -> Result<(), String> {
    let held = shared.held();
    let repository = claim(claims, "repository");
    let mut known = held
        .publishers
        .iter()
        .filter(|it| it.repository.eq_ignore_ascii_case(repository))
        .peekable();
    if known.peek().is_none() {
        return Err(format!(
            "No Trusted Publishing config found for repository `{repository}`."
        ));
    }
    // `owner/name/.github/workflows/file@ref`, of the same repository.
    let path = claim(claims, workflow_claim)
        .split('@')
        .next()
        .unwrap_or_default();
    let file = path
        .strip_prefix(&format!("{repository}/.github/workflows/"))
        .unwrap_or_default();
    let of_file: Vec<_> = known.filter(|it| it.workflow == file).collect();
    if of_file.is_empty() {
        return Err(format!(
            "The Trusted Publishing config for repository `{repository}` does not match the workflow filename `{file}` in the JWT."
        ));
    }
    let environment = claims.get("environment");
    let fits = |wanted: &Option<String>| match (wanted, environment) {
        (None, _) => true,
        (Some(wanted), Some(given)) => wanted.eq_ignore_ascii_case(given),
        (Some(_), None) => false,
    };
    match (of_file.iter().any(|it| fits(&it.environment)), environment) {
        (true, _) => Ok(()),
        (false, None) => Err(format!(
            "The Trusted Publishing config for repository `{repository}` requires an environment, but the JWT does not specify one."
        )),
        (false, Some(given)) => Err(format!(
            "The Trusted Publishing config for repository `{repository}` does not match the environment `{given}` in the JWT."
        )),
    }
}

fn claim<'a>(claims: &'a Claims, name: &str) -> &'a str {
    claims.get(name).map_or("", String::as_str)
}

fn text_of(body: &[u8], key: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    Some(value.get(key)?.as_str()?.to_owned())
}
