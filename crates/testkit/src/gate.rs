//! Counts the requests to several servers of this process in one sequence, and stops their client, or has one server fail, at a chosen one.

mod failure;
mod repeats;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;

use crate::serving;
pub use failure::Failure;
use failure::failed;
pub use repeats::{sent_again, taken_again};

/// What a server adds to its answer when a successful request left everything as it was.
#[derive(Clone, Copy, Debug)]
pub struct Unchanged;

/// When a client is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The server never sees the request.
    Before,
    /// The server has answered, and the client never sees the answer.
    After,
}

/// What happens at a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Stop(Stop),
    Fail(Failure),
    /// The request waits until [`Gate::release`].
    Hold,
}

/// A request that a server answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Counted from 1 in each run of the client.
    pub number: usize,
    /// The server's name.
    pub server: &'static str,
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: axum::http::HeaderMap,
    pub body: Bytes,
    /// What the server answered, whatever the client got; `None` when the server saw nothing.
    pub status: Option<u16>,
    /// Whether the server has something that it did not have before.
    pub changed: bool,
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            number,
            server,
            method,
            target,
            status,
            ..
        } = self;
        let status = status.map_or("no answer".to_owned(), |status| status.to_string());
        write!(f, "{number}: {server} {method} {target}: {status}")
    }
}

impl Exchange {
    /// Method, path and a digest of the body, in which the random boundary of a form counts for nothing.
    pub fn identity(&self) -> String {
        let kind = self.headers.get("content-type");
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary = kind.split_once("boundary=").map(|(_, boundary)| boundary);
        let digest = match boundary.map(|boundary| boundary.trim_matches('"')) {
            None => Sha256::digest(&self.body),
            Some(boundary) => {
                let mut hasher = Sha256::new();
                let mut rest: &[u8] = &self.body;
                while let Some(at) = memchr::memmem::find(rest, boundary.as_bytes()) {
                    let (part, after) = rest.split_at(at);
                    hasher.update(part);
                    rest = after.get(boundary.len()..).unwrap_or_default();
                }
                hasher.update(rest);
                hasher.finalize()
            }
        };
        let digest = hex::encode(digest);
        format!("{} {} {} {digest}", self.server, self.method, self.target)
    }
}

#[derive(Default)]
struct Chosen(Vec<(Choice, Event)>);

impl fmt::Debug for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} choices", self.0.len())
    }
}

/// In front of every server of a world. Clones share it.
#[derive(Clone, Default)]
pub struct Gate(Arc<Shared>);

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

type Hook = Arc<dyn Fn(usize) + Send + Sync>;

/// Chooses a request by server, method, and path with query.
type Choice = Box<dyn Fn(&str, &str, &str) -> bool + Send + Sync>;

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    on_change: Mutex<Option<Hook>>,
    stopped: Notify,
    released: Notify,
    quiet: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Requests of this run.
    count: usize,
    under_way: usize,
    script: BTreeMap<usize, Event>,
    chosen: Chosen,
    is_stopped: bool,
    is_released: bool,
    /// Each request waits for a part of this, by the random numbers.
    longest_delay: Duration,
    random: u64,
    exchanges: Vec<Exchange>,
}

impl Gate {
    /// Starts a server with this gate in front of it.
    pub fn before<T>(&self, server: &'static str, start: impl FnOnce() -> T) -> T {
        let gate = self.clone();
        serving::wrapped(
            move |router: Router| {
                let gate = gate.clone();
                router.layer(middleware::from_fn(move |request, next| {
                    let gate = gate.clone();
                    async move { gate.pass(server, request, next).await }
                }))
            },
            start,
        )
    }

    /// A new run of the client begins, in which this happens. Requests are counted from 1 again; what was seen stays.
    pub fn begin(&self, script: impl IntoIterator<Item = (usize, Event)>) {
        let mut state = self.state();
        state.count = 0;
        state.is_stopped = false;
        state.is_released = false;
        state.script = script.into_iter().collect();
        state.chosen = Chosen::default();
    }

    /// In this run, this happens at the first request that is chosen, by server, method, and path with query.
    pub fn at_first(
        &self,
        choice: impl Fn(&str, &str, &str) -> bool + Send + Sync + 'static,
        event: Event,
    ) {
        self.state().chosen.0.push((Box::new(choice), event));
    }

    /// From now on each request waits for a random part of `longest`.
    pub fn delay(&self, longest: Duration, seed: u64) {
        let mut state = self.state();
        state.longest_delay = longest;
        state.random = seed;
    }

    /// Called with the number of each request that changed something, before the client sees the answer.
    pub fn on_change(&self, call: impl Fn(usize) + Send + Sync + 'static) {
        *self.hook() = Some(Arc::new(call));
    }

    fn hook(&self) -> MutexGuard<'_, Option<Hook>> {
        let hook = self.0.on_change.lock();
        hook.unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go what is held.
    pub fn release(&self) {
        self.state().is_released = true;
        self.0.released.notify_waiters();
    }

    /// Resolves when the client is to be stopped.
    pub async fn stopped(&self) {
        let notified = self.0.stopped.notified();
        let mut notified = std::pin::pin!(notified);
        notified.as_mut().enable();
        if !self.state().is_stopped {
            notified.await;
        }
    }

    /// Resolves when no server is at work.
    pub async fn quiet(&self) {
        loop {
            let notified = self.0.quiet.notified();
            let mut notified = std::pin::pin!(notified);
            notified.as_mut().enable();
            if self.state().under_way == 0 {
                return;
            }
            notified.await;
        }
    }

    /// Requests of this run so far.
    pub fn count(&self) -> usize {
        self.state().count
    }

    /// Everything that was answered, or would have been, over all runs.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.state().exchanges.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pass(self, server: &'static str, request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
            // The client went away in the middle.
            return Response::default();
        };
        let (method, target) = (parts.method.to_string(), parts.uri.to_string());
        let Some((number, event, delay)) = self.number(server, &method, &target) else {
            // Nothing that a stopped client sent reaches a server.
            return std::future::pending().await;
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if event == Some(Event::Hold) {
            self.held().await;
        }
        let reaches = match event {
            Some(Event::Stop(stop)) => stop == Stop::After,
            Some(Event::Fail(failure)) => failure.is_done(),
            Some(Event::Hold) | None => true,
        };
        let mut exchange = Exchange {
            number,
            server,
            method,
            target,
            headers: parts.headers.clone(),
            body,
            status: None,
            changed: false,
        };
        let repeated = format!(
            "{:?}\n{}",
            exchange.headers,
            String::from_utf8_lossy(&exchange.body)
        );
        let mut response = Response::default();
        if reaches {
            self.state().under_way += 1;
            let gate = self.clone();
            let request = Request::from_parts(parts, Body::from(exchange.body.clone()));
            let work = async move {
                let response = next.run(request).await;
                exchange.status = Some(response.status().as_u16());
                exchange.changed = response.status().is_success()
                    && !matches!(exchange.method.as_str(), "GET" | "HEAD")
                    && response.extensions().get::<Unchanged>().is_none();
                let changed = exchange.changed.then_some(exchange.number);
                gate.state().exchanges.push(exchange);
                let hook = gate.hook().clone();
                if let (Some(number), Some(hook)) = (changed, hook) {
                    hook(number);
                }
                gate.state().under_way -= 1;
                gate.0.quiet.notify_waiters();
                response
            };
            // A task of its own: what came whole is done, also if the client is gone by then.
            response = tokio::spawn(work).await.unwrap_or_default();
        } else {
            self.state().exchanges.push(exchange);
        }
        match event {
            Some(Event::Stop(_)) => {
                self.state().is_stopped = true;
                self.0.stopped.notify_waiters();
                std::future::pending().await
            }
            Some(Event::Fail(failure)) => failed(failure, response, repeated).await,
            Some(Event::Hold) | None => response,
        }
    }

    /// The number of a request that just came, what happens at it, and how long it waits; `None` when the client is stopped.
    fn number(
        &self,
        server: &str,
        method: &str,
        target: &str,
    ) -> Option<(usize, Option<Event>, Duration)> {
        let mut state = self.state();
        if state.is_stopped {
            return None;
        }
        state.count += 1;
        let mut event = state.script.get(&state.count).copied();
        let chosen = &mut state.chosen.0;
        if let Some(at) = chosen
            .iter()
            .position(|(choice, _)| choice(server, method, target))
        {
            event = Some(chosen.remove(at).1);
        }
        Some((state.count, event, state.next_delay()))
    }

    async fn held(&self) {
        let notified = self.0.released.notified();
        let mut notified = std::pin::pin!(notified);
        notified.as_mut().enable();
        if !self.state().is_released {
            notified.await;
        }
    }
}

impl State {
    /// SplitMix64.
    fn next_delay(&mut self) -> Duration {
        if self.longest_delay.is_zero() {
            return Duration::ZERO;
        }
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.longest_delay * u32::from((mixed >> 48) as u16) / u32::from(u16::MAX)
    }
}
