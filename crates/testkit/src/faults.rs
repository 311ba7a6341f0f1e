//! Scripted failures of the servers: the answers that a real service gives on a bad day, at a chosen request.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One failure: which requests it meets, and what they get.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// `GET`, `POST`, …; any method when left out.
    pub method: Option<String>,
    /// The path without the query: a prefix, or a pattern in which `*` stands for any text.
    pub path: String,
    /// The first matching request that fails, counted from 1.
    pub nth: u32,
    /// How many matching requests fail in a row.
    pub times: u32,
    /// The status of the failure; without one, the request is only delayed or its reply cut.
    pub status: Option<u16>,
    /// A value `http-date+5` is the time five seconds after the reply, as `Retry-After` may have it.
    pub headers: BTreeMap<String, String>,
    pub body: Option<Value>,
    /// The connection ends in the middle of the reply.
    pub cut: bool,
    /// The request takes effect; only its reply is lost.
    pub handled: bool,
    pub delay_ms: u64,
    /// The request is made twice, as by a network that repeats it; the second reply counts.
    pub twice: bool,
    /// How many matching requests have been met.
    pub seen: u32,
}

impl Default for Fault {
    fn default() -> Self {
        Self {
            method: None,
            path: "*".to_owned(),
            nth: 1,
            times: 1,
            status: None,
            headers: BTreeMap::new(),
            body: None,
            cut: false,
            handled: false,
            delay_ms: 0,
            twice: false,
            seen: 0,
        }
    }
}

impl Fault {
    /// The next matching request gets `status`.
    pub fn status(method: &str, path: &str, status: u16) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: path.to_owned(),
            status: Some(status),
            ..Self::default()
        }
    }

    /// How long the reply waits.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    /// Whether the request reaches the server's own rules at all.
    pub(crate) fn reaches_server(&self) -> bool {
        self.handled || self.status.is_none()
    }

    /// Turns the server's own reply into the failure; `error` makes the body of a status that has none of its own.
    pub(crate) fn apply(&self, reply: Response, error: impl FnOnce(u16) -> Value) -> Response {
        let mut reply = match self.status {
            None => reply,
            Some(status) => {
                let body = self.body.clone().unwrap_or_else(|| error(status));
                let text = match body {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                let mut reply = Response::builder().status(status);
                if !self
                    .headers
                    .keys()
                    .any(|name| name.eq_ignore_ascii_case("content-type"))
                {
                    reply = reply.header("content-type", "application/json; charset=utf-8");
                }
                for (name, value) in &self.headers {
                    reply = reply.header(name, header_value(value));
                }
                reply
                    .body(Body::from(text))
                    .expect("a fault has an impossible status or header")
            }
        };
        if self.cut {
            let head: Result<Bytes, std::io::Error> = Ok(Bytes::from_static(b"{"));
            let broken = Err(std::io::Error::other("cut by a scripted fault"));
            // A length that is never reached makes the cut visible to every client.
            reply.headers_mut().insert("content-length", 100_000.into());
            *reply.body_mut() = Body::from_stream(futures::stream::iter([head, broken]));
        }
        reply
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let method_fits = self
            .method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        method_fits && path_fits(&self.path, path)
    }
}

fn header_value(value: &str) -> String {
    let seconds = value
        .strip_prefix("http-date+")
        .and_then(|seconds| seconds.parse().ok());
    let Some(seconds) = seconds else {
        return value.to_owned();
    };
    let time = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Finds the first fault that this request meets, and counts the request.
pub(crate) fn take(faults: &mut [Fault], method: &str, path: &str) -> Option<Fault> {
    for fault in faults {
        if !fault.matches(method, path) || fault.seen >= fault.nth + fault.times - 1 {
            continue;
        }
        fault.seen += 1;
        if fault.seen >= fault.nth {
            return Some(fault.clone());
        }
    }
    None
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return true;
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_prefixes_choose_paths() {
        for (pattern, path, fits) in [
            ("/repos/", "/repos/a/b", true),
            ("/repos/*/pulls", "/repos/a/b/pulls", true),
            ("/repos/*/pulls", "/repos/a/b/pulls/1", false),
            ("/repos/*/pulls/*", "/repos/a/b/pulls/1", true),
            ("*", "/x", true),
            ("/y", "/x", false),
        ] {
            assert_eq!(path_fits(pattern, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn the_second_and_third_request_fail_and_then_no_more() {
        let fault = Fault {
            nth: 2,
            times: 2,
            ..Fault::status("GET", "/a", 502)
        };
        let mut faults = [fault];
        let met: Vec<bool> = (0..5)
            .map(|_| take(&mut faults, "GET", "/a").is_some())
            .collect();
        assert_eq!(met, [false, true, true, false, false]);
        assert!(take(&mut faults, "POST", "/a").is_none());
    }
}
