//! Stands between a client and a real server: writes down each request, and refuses, delays, cuts or repeats those that a test names.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use crate::faults::{self, Fault};
use crate::forwarding::Upstream;
use crate::serving::Server;

/// One request as it came, and what it got.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: axum::http::HeaderMap,
    pub body: Bytes,
    /// The status that the client got.
    pub status: u16,
    /// Whether the server behind saw it.
    pub forwarded: bool,
}

impl Recorded {
    /// The first value of a name in the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        let found = pairs.find(|(found, _)| found == name);
        found.map(|(_, value)| value.into_owned())
    }
}

/// A running proxy. Dropping it closes its port.
#[derive(Debug)]
pub struct RecordingProxy {
    server: Server,
    shared: Arc<Shared>,
}

type Hook = Box<dyn Fn(&str, &str) + Send + Sync>;

struct Shared {
    upstream: Upstream,
    own: Mutex<String>,
    seen: Mutex<Seen>,
    hook: Mutex<Option<Hook>>,
}

#[derive(Default)]
struct Seen {
    recorded: Vec<Recorded>,
    faults: Vec<Fault>,
    begun: usize,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("upstream", &self.upstream)
            .finish_non_exhaustive()
    }
}

impl RecordingProxy {
    /// Forwards everything to `upstream`, an address like `http://127.0.0.1:4443`.
    ///
    /// # Errors
    /// When no port is free, or the client cannot be made.
    pub fn start(upstream: &str) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            upstream: Upstream::new(upstream)?,
            own: Mutex::default(),
            seen: Mutex::default(),
            hook: Mutex::default(),
        });
        let state = shared.clone();
        let server = Server::start(0, |url| {
            url.clone_into(&mut lock(&state.own));
            Router::new().fallback(pass).with_state(state.clone())
        })?;
        Ok(Self { server, shared })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Adds a failure for the requests to come.
    pub fn fault(&self, fault: Fault) {
        lock(&self.shared.seen).faults.push(fault);
    }

    /// Forgets all failures and all requests.
    pub fn reset(&self) {
        *lock(&self.shared.seen) = Seen::default();
        *lock(&self.shared.hook) = None;
    }

    /// Called with method and path of each request before it is forwarded.
    pub fn on_request(&self, hook: impl Fn(&str, &str) + Send + Sync + 'static) {
        *lock(&self.shared.hook) = Some(Box::new(hook));
    }

    /// Requests that came and are not answered yet.
    pub fn under_way(&self) -> usize {
        let seen = lock(&self.shared.seen);
        seen.begun - seen.recorded.len()
    }

    /// All requests that were answered, in that order.
    pub fn recorded(&self) -> Vec<Recorded> {
        lock(&self.shared.seen).recorded.clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn pass(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        // The client went away in the middle.
        return Response::default();
    };
    // A task of its own: what came whole reaches the server, also if the client is gone by then.
    tokio::spawn(answer(shared, parts, body))
        .await
        .unwrap_or_default()
}

async fn answer(shared: Arc<Shared>, parts: Parts, body: Bytes) -> Response {
    let method = parts.method.to_string();
    let path = parts.uri.path().to_owned();
    let fault = {
        let mut seen = lock(&shared.seen);
        seen.begun += 1;
        faults::take(&mut seen.faults, &method, &path)
    };
    if let Some(hook) = lock(&shared.hook).as_ref() {
        hook(&method, &path);
    }
    if let Some(fault) = &fault {
        tokio::time::sleep(fault.delay()).await;
    }
    let forwarded = fault.as_ref().is_none_or(Fault::reaches_server);
    let mut reply = Response::default();
    if forwarded {
        let times = 1 + u32::from(fault.as_ref().is_some_and(|fault| fault.twice));
        for _ in 0..times {
            reply = forward(&shared, &parts, &body).await;
        }
    }
    if let Some(fault) = &fault {
        reply = fault.apply(reply, |status| {
            Value::String(format!("{{\"error\": {{\"code\": {status}}}}}"))
        });
    }
    lock(&shared.seen).recorded.push(Recorded {
        method,
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.clone(),
        body,
        status: reply.status().as_u16(),
        forwarded,
    });
    reply
}

async fn forward(shared: &Shared, parts: &Parts, body: &Bytes) -> Response {
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let sent = shared.upstream.send(
        parts.method.clone(),
        target,
        None,
        &parts.headers,
        body.clone(),
    );
    let mut reply = sent.await.map(Body::from);
    // A resumable upload goes on at this address, which must lead through the proxy too.
    let location = reply.headers().get("location");
    let location = location.and_then(|location| location.to_str().ok());
    let here = location.map(|location| location.replace(shared.upstream.url(), &lock(&shared.own)));
    if let Some(here) = here.and_then(|here| here.parse().ok()) {
        reply.headers_mut().insert("location", here);
    }
    reply
}
