//! A server whose answers have no end: a client must stop to read by itself.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::Response;
use futures::StreamExt as _;

use crate::serving::Server;

/// Where a client that reads on is left alone, in bytes: it has failed the test by then.
const LAST: usize = 1 << 30;
const PIECE: usize = 64 << 10;

/// A running server. Dropping it closes its port.
#[derive(Debug)]
pub struct Endless {
    server: Server,
    sent: Arc<AtomicUsize>,
}

impl Endless {
    /// Answers everything with this status, and with letters until nobody reads them any more.
    ///
    /// # Panics
    /// When no port can be listened on.
    pub fn start(status: u16) -> Self {
        let sent = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&sent);
        let answer = move || {
            let count = Arc::clone(&count);
            let pieces = futures::stream::repeat_with(move || {
                count.fetch_add(PIECE, Ordering::Relaxed);
                Ok::<_, io::Error>(Bytes::from_static(&[b'a'; PIECE]))
            });
            let mut response = Response::new(Body::from_stream(pieces.take(LAST / PIECE)));
            *response.status_mut() = StatusCode::from_u16(status).expect("not a status");
            async move { response }
        };
        let server = Server::start(0, |_| Router::new().fallback(answer));
        Self {
            server: server.expect("failed to listen"),
            sent,
        }
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Whether every client stopped reading before a gibibyte had been sent.
    pub fn was_left(&self) -> bool {
        let sent = self.sent.load(Ordering::Relaxed);
        (1..LAST).contains(&sent)
    }
}
