//! Google Cloud Storage with what fake-gcs-server lacks: preconditions for every kind of write, each decided at the moment
//! in which the object changes, and access by token.

mod access;
mod conditions;
mod objects;
mod parts;
mod refusal;
mod request;
mod sessions;
mod work;
mod writes;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;

pub use access::Access;

use crate::bucket_server::{self, BucketServer};
use crate::forwarding::Upstream;
use crate::serving::Server;
use access::Gate;
use request::Request;
use work::Storage;

/// A running server with one empty bucket, [`bucket_server::BUCKET`]. Dropping it ends it.
///
/// Writes that it cannot judge (uploads in parts and copies with the XML interface, changes of a bucket) get 501.
#[derive(Debug)]
pub struct GoogleStorage {
    server: Server,
    /// Ends after the server in front of it.
    _behind: BucketServer,
    anonymous: bool,
}

impl GoogleStorage {
    /// A bucket that anybody may read and write.
    ///
    /// # Panics
    /// When fake-gcs-server is not installed, or no port is free.
    pub fn start() -> Self {
        Self::with(None)
    }

    /// A bucket behind `access`, which is asked for each thing that a request does: with the access token that was shown, if
    /// any, and the name of the permission, such as `storage.objects.create`.
    ///
    /// As with Google, replacing an object also takes `storage.objects.delete`, and an object that is not there is forbidden,
    /// not absent, to whoever may not list.
    ///
    /// # Panics
    /// When fake-gcs-server is not installed, or no port is free.
    pub fn requiring_tokens(
        access: impl Fn(Option<&str>, &str) -> Access + Send + Sync + 'static,
    ) -> Self {
        Self::with(Some(Gate::new(access)))
    }

    fn with(gate: Option<Gate>) -> Self {
        let anonymous = gate.is_none();
        let mut behind = None;
        let server = Server::start(0, |url| {
            let host = url.trim_start_matches("http://");
            let started = BucketServer::google_behind(host);
            let upstream = Upstream::new(started.url()).expect("failed to create a client");
            behind = Some(started);
            let storage = Arc::new(Storage::new(upstream, url, gate));
            Router::new().fallback(answer).with_state(storage)
        });
        Self {
            server: server.expect("failed to serve a bucket"),
            _behind: behind.expect("the server was started"),
            anonymous,
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The address of a prefix of its bucket, as actions take it.
    pub fn bucket(&self, prefix: &str) -> String {
        self.bucket_through(self.url(), prefix)
    }

    /// The same, reached through another address that leads here.
    pub fn bucket_through(&self, url: &str, prefix: &str) -> String {
        let anonymous = match self.anonymous {
            true => "&anonymous=true",
            false => "",
        };
        let bucket = bucket_server::BUCKET;
        format!("gs://{bucket}/{prefix}?endpoint={url}{anonymous}")
    }
}

async fn answer(State(storage): State<Arc<Storage>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        // The client went away in the middle.
        return Response::default();
    };
    // A task of its own: what came whole is done, also if the client is gone by then.
    let work = async move { storage.answer(Request::new(parts, body)).await };
    let answer = tokio::spawn(work).await;
    answer.unwrap_or_default().map(Body::from)
}
