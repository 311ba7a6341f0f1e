//! The HTTP side of the fake GitHub: who calls, what the script has for them, and the headers that every answer has.

use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::reply::{Answer, Reply, error, error_body, no_content, not_found, ok};
use super::request::Request;
use super::state::{State, Token};
use super::{Host, Logged, World, routes};
use crate::faults::{self, Fault};

/// Serves one host of the world, as soon as there is one.
pub(super) fn router(world: Arc<OnceLock<Arc<World>>>, host: Host) -> Router {
    let serve = move |method: Method, uri: Uri, headers: HeaderMap, body: Body| async move {
        let Some(world) = world.get() else {
            return error(503, "The fake is not ready.").into_response();
        };
        let answer = answer(Arc::clone(world), host, method, uri, headers, body);
        // A client that goes away in the middle of an upload leaves what GitHub keeps of it.
        let answer = tokio::spawn(answer).await;
        answer.unwrap_or_else(|panic| {
            error(500, &format!("the fake failed: {panic}")).into_response()
        })
    };
    Router::new().fallback(serve)
}

async fn answer(
    world: Arc<World>,
    host: Host,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = axum::body::to_bytes(body, usize::MAX).await;
    let cut = body.is_err();
    let body = body.unwrap_or_default();
    let mut request = Request::new(method.clone(), &uri, &headers, body, &world.url);
    request.files_url.clone_from(&world.files_url);
    request.host = host;
    if uri.path().starts_with("/_") {
        let reply = control(&world, &request).unwrap_or_else(|reply| reply);
        return reply.into_response();
    }
    let fault = faults::take(&mut world.state().faults, method.as_str(), uri.path());
    if let Some(fault) = &fault {
        tokio::time::sleep(fault.delay()).await;
        request.broken_upload = fault.handled && fault.status.is_some_and(|status| status >= 500);
    }
    if cut {
        request.broken_upload = true;
    }
    let is_upload = host == Host::Files && method == Method::POST;
    let reached = fault.as_ref().is_none_or(Fault::reaches_server) && (!cut || is_upload);
    let token = authenticate(&world.state(), &headers);
    let name = token
        .as_ref()
        .ok()
        .cloned()
        .flatten()
        .map(|token| token.name);
    let mut response = if reached {
        // The handlers run git, which must not hold up the other requests of this runtime.
        let shared = Arc::clone(&world);
        tokio::task::spawn_blocking(move || handle(&shared, request, token))
            .await
            .unwrap_or_else(|panic| error(500, &format!("the fake failed: {panic}")))
            .into_response()
    } else {
        Response::default()
    };
    if let Some(fault) = fault {
        response = fault.apply(response, |status| error_body(status, "A scripted fault."));
    }
    world.log().push(Logged {
        method: method.to_string(),
        path: uri.to_string(),
        token: name,
        status: response.status().as_u16(),
    });
    add_rate_headers(&world.state(), &mut response);
    response
}

/// The fake's own pages, for those who start it as a program.
fn control(world: &World, request: &Request) -> Answer {
    #[derive(Deserialize)]
    struct Faults {
        faults: Vec<Fault>,
    }
    match (request.method.as_str(), request.raw_path.as_str()) {
        ("GET", "/_state") => ok(json!(*world.state())),
        ("GET", "/_requests") => ok(json!(*world.log())),
        ("POST", "/_faults") => {
            let Faults { faults } = request.json()?;
            world.state().faults.extend(faults);
            no_content()
        }
        _ => Err(not_found()),
    }
}

/// Finds the token of a request; `None` for one without.
fn authenticate(state: &State, headers: &HeaderMap) -> Result<Option<Token>, Reply> {
    let Some(header) = headers.get("authorization") else {
        return Ok(None);
    };
    let value = header
        .to_str()
        .ok()
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| ["bearer", "token"].contains(&scheme.to_lowercase().as_str()))
        .map(|(_, value)| value.trim());
    let token = state
        .tokens
        .iter()
        .find(|token| Some(token.value.as_str()) == value);
    match token {
        Some(token) => Ok(Some(token.clone())),
        None => Err(error(401, "Bad credentials")),
    }
}

fn handle(world: &World, mut request: Request, token: Result<Option<Token>, Reply>) -> Reply {
    let mut state = world.state();
    request.token = match token {
        Ok(token) => token,
        Err(reply) => return reply,
    };
    // Asking for the limits costs nothing.
    if request.raw_path != "/rate_limit" {
        if state.rate_used >= state.rate_limit {
            return error(403, "API rate limit exceeded for installation.");
        }
        state.rate_used += 1;
    }
    let reply = routes::answer(&mut state, &request).unwrap_or_else(|reply| reply);
    state.complete();
    reply
}

/// When the limits start again: at the next full hour of the real clock, because clients wait for it.
pub(super) fn rate_reset() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    (now.as_secs() / 3600 + 1) * 3600
}

fn add_rate_headers(state: &State, response: &mut Response) {
    let remaining = state.rate_limit.saturating_sub(state.rate_used);
    for (name, value) in [
        ("x-ratelimit-limit", state.rate_limit.to_string()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-used", state.rate_used.to_string()),
        ("x-ratelimit-reset", rate_reset().to_string()),
        ("x-ratelimit-resource", "core".to_owned()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            // What a scripted fault says about the limits stays.
            response
                .headers_mut()
                .entry(HeaderName::from_static(name))
                .or_insert(value);
        }
    }
}
