//! Sends a request on to the server behind a proxy, and brings back its whole answer.

use std::io;

use axum::http::{HeaderMap, Method, Response, StatusCode};
use bytes::Bytes;

/// Headers that belong to one connection, not to the request.
const OF_A_CONNECTION: [&str; 4] = ["host", "connection", "transfer-encoding", "content-length"];

/// The server behind a proxy.
#[derive(Debug)]
pub(crate) struct Upstream {
    url: String,
    client: reqwest::Client,
}

impl Upstream {
    /// `url` is like `http://127.0.0.1:4443`.
    pub(crate) fn new(url: &str) -> io::Result<Self> {
        // The process may have chosen its provider already; then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            // What the server answers is the client's to follow.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(io::Error::other)?;
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            client,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// `target` is a path with its query, or a whole address of this server. `host` is the name under which the server is asked.
    pub(crate) async fn send(
        &self,
        method: Method,
        target: &str,
        host: Option<&str>,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Response<Bytes> {
        let mut headers = headers.clone();
        for name in OF_A_CONNECTION {
            headers.remove(name);
        }
        if let Some(host) = host.and_then(|host| host.parse().ok()) {
            headers.insert("host", host);
        }
        let url = match target.strip_prefix('/') {
            Some(path) => format!("{}/{path}", self.url),
            None => target.to_owned(),
        };
        let request = self.client.request(method, url).headers(headers).body(body);
        match request.send().await {
            Ok(answer) => whole(answer).await,
            Err(error) => {
                let mut reply = Response::new(Bytes::from(error.to_string()));
                *reply.status_mut() = StatusCode::BAD_GATEWAY;
                reply
            }
        }
    }
}

async fn whole(answer: reqwest::Response) -> Response<Bytes> {
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    for name in ["connection", "transfer-encoding"] {
        headers.remove(name);
    }
    let mut reply = Response::new(answer.bytes().await.unwrap_or_default());
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    reply
}
