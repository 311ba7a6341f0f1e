//! An answer of the API, read to its end, so that it can be kept and judged later.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::de::DeserializeOwned;

use crate::{Error, Refusal};

/// The headers that say something about an answer, beside its body.
const TELLING: [&str; 13] = [
    "date",
    "link",
    "location",
    "retry-after",
    "x-accepted-github-permissions",
    "x-accepted-oauth-scopes",
    "x-github-request-id",
    "x-github-sso",
    "x-oauth-scopes",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-ratelimit-resource",
];

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What was asked, and by whom: it decides what an answer means.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Of the request.
    pub method: &'a Method,
    /// From the API's address on, such as `/repos/o/r/pulls/7`.
    pub path: &'a str,
    /// Whether the request was made with a token.
    pub with_token: bool,
}

impl Reply {
    /// An answer that was kept: its status, lines such as `retry-after: 5`, and its body.
    pub fn from_kept<'a>(
        status: u16,
        headers: impl IntoIterator<Item = &'a str>,
        body: impl Into<Bytes>,
    ) -> Self {
        let headers = headers.into_iter().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value.trim()).ok()?))
        });
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: headers.collect(),
            body: body.into(),
        }
    }

    /// Its status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The headers that say something, as lines such as `retry-after: 5`.
    pub fn telling_headers(&self) -> Vec<String> {
        let line = |name: &&str| {
            let value = self.headers.get(*name)?.to_str().ok()?;
            Some(format!("{name}: {value}"))
        };
        TELLING.iter().filter_map(line).collect()
    }

    /// Its body as it came.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Itself, or the error that its status means.
    ///
    /// # Errors
    /// [`Error::Refused`] for every status but 2xx.
    pub fn accepted(self, asked: &Asked<'_>) -> Result<Self, Error> {
        match self.status.is_success() {
            true => Ok(self),
            false => Err(Refusal::of_reply(&self, asked).into()),
        }
    }

    /// Reads the body.
    ///
    /// # Errors
    /// A body of another shape.
    pub fn json<T: DeserializeOwned>(&self, asked: &Asked<'_>) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Unreadable {
            path: asked.path.to_owned(),
            cause: error.to_string(),
        })
    }
}
