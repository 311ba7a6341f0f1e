//! A request to the fake GitHub, taken apart.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use serde::de::DeserializeOwned;

use super::Host;
use super::reply::{Reply, error, unprocessable};
use super::state::Token;

/// What the handlers need to know of a request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// The path, cut at its slashes, each part decoded.
    pub(super) path: Vec<String>,
    /// As it was sent.
    pub(super) raw_path: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) accept: String,
    pub(super) content_type: String,
    pub(super) body: Bytes,
    /// The address of the fake.
    pub(super) url: String,
    /// The address of the host for files.
    pub(super) files_url: String,
    pub(super) host: Host,
    pub(super) authorized: bool,
    pub(super) token: Option<Token>,
    /// A scripted fault breaks the upload of an asset off.
    pub(super) broken_upload: bool,
}

impl Request {
    pub(super) fn new(
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
        url: &str,
    ) -> Self {
        let header = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let query = uri.query().unwrap_or_default();
        Self {
            method,
            path: uri.path().split('/').skip(1).map(decode).collect(),
            raw_path: uri.path().to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            accept: header("accept"),
            content_type: header("content-type"),
            body,
            url: url.to_owned(),
            files_url: String::new(),
            host: Host::Api,
            authorized: headers.contains_key("authorization"),
            token: None,
            broken_upload: false,
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// Who acts.
    pub(super) fn login(&self) -> String {
        match &self.token {
            Some(token) if !token.login.is_empty() => token.login.clone(),
            _ => "github-actions[bot]".to_owned(),
        }
    }

    /// Reads the body.
    ///
    /// # Errors
    /// 400 when it is no JSON, 422 when it is not what the endpoint takes; both say what GitHub says.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Reply> {
        let value: serde_json::Value =
            serde_json::from_slice(&self.body).map_err(|_| error(400, "Problems parsing JSON"))?;
        serde_json::from_value(value)
            .map_err(|err| unprocessable(&format!("Invalid request.\n\n{err}.")))
    }
}

fn decode(part: &str) -> String {
    percent_encoding::percent_decode_str(part)
        .decode_utf8_lossy()
        .into_owned()
}
