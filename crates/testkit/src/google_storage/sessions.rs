//! Uploads in parts: under which conditions each was begun, what arrived of it, and how it ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{Method, Response, StatusCode};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::conditions::Conditions;
use super::refusal::{Form, Refusal};
use super::request::{Object, Request, encoded};
use super::work::{Answer, Storage};
use super::writes::Write;

/// What is kept of a part that is not the last is a multiple of this.
const GRAIN: usize = 256 * 1024;

/// An upload in parts.
#[derive(Debug)]
struct Session {
    object: Object,
    conditions: Conditions,
    /// Who began it: what its last part does is done in this name.
    token: Option<String>,
    metadata: Value,
    received: Vec<u8>,
    /// The answer to its last part, which whoever asks again gets again.
    answer: Option<Response<Bytes>>,
}

/// fake-gcs-server has such uploads too, but takes a question on how far one is for its end.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Session>>>>);

impl Sessions {
    /// Keeps a session, and returns its name.
    fn keep(&self, session: Session) -> String {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("session-{}", sessions.len() + 1);
        sessions.insert(name.clone(), Arc::new(tokio::sync::Mutex::new(session)));
        name
    }

    fn get(&self, name: &str) -> Option<Arc<tokio::sync::Mutex<Session>>> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(name).cloned()
    }
}

impl Storage {
    /// Google looks at the conditions here too, so that nobody sends bytes for nothing; what counts is the last part.
    pub(super) async fn begin(&self, request: &Request, object: Object) -> Answer {
        let write = Write::new(request, &object)?;
        self.create(&write, || async { Response::default() })
            .await?;
        self.bucket(&object).await?;
        let metadata: Value = match request.body.is_empty() {
            true => json!({}),
            false => serde_json::from_slice(&request.body)
                .map_err(|error| Refusal::invalid(format!("Parse Error: {error}")))?,
        };
        let mut metadata: Map<String, Value> = metadata.as_object().cloned().unwrap_or_default();
        if let Some(kind) = request.header("x-upload-content-type") {
            metadata.entry("contentType").or_insert_with(|| json!(kind));
        }
        let (own, query) = (&self.own, "uploadType=resumable");
        let (bucket, name) = (encoded(&object.bucket), encoded(&object.name));
        let session = self.sessions.keep(Session {
            conditions: request.conditions()?,
            token: request.token().map(str::to_owned),
            metadata: Value::Object(metadata),
            received: Vec::new(),
            answer: None,
            object,
        });
        let location =
            format!("{own}/upload/storage/v1/b/{bucket}/o?{query}&name={name}&upload_id={session}");
        let mut answer = Response::new(Bytes::new());
        if let Ok(location) = location.parse() {
            answer.headers_mut().insert("location", location);
        }
        Ok(answer)
    }

    pub(super) async fn part(&self, request: &Request, name: &str) -> Answer {
        let session = self.sessions.get(name).ok_or_else(Refusal::not_found)?;
        let mut session = session.lock().await;
        if let Some(answer) = &session.answer {
            return Ok(answer.clone());
        }
        if request.method == Method::DELETE {
            let answer = cancelled();
            session.answer = Some(answer.clone());
            return Ok(answer);
        }
        let range = Range::of(request, session.received.len())?;
        let Some(start) = range.start.filter(|start| *start <= session.received.len()) else {
            return match range.start {
                Some(_) => Err(Refusal::invalid("A part of the upload is missing.")),
                None if range.total == Some(session.received.len()) => {
                    Ok(self.finish(&mut session).await)
                }
                None => Ok(session.so_far()),
            };
        };
        // What is here already came before, and stays as it is.
        let known = session.received.len() - start;
        let new = request.body.slice(known.min(request.body.len())..);
        session.received.extend_from_slice(&new);
        if range.total == Some(session.received.len()) {
            return Ok(self.finish(&mut session).await);
        }
        let kept = session.received.len() / GRAIN * GRAIN;
        session.received.truncate(kept);
        Ok(session.so_far())
    }

    /// The end of an upload: whether the object may be made is decided now.
    async fn finish(&self, session: &mut Session) -> Response<Bytes> {
        let write = Write {
            to: &session.object,
            conditions: session.conditions.clone(),
            sources: Vec::new(),
            token: session.token.as_deref(),
        };
        let work = || self.store(&session.object, &session.metadata, &session.received);
        let answer = self.create(&write, work).await;
        let answer = answer.unwrap_or_else(|refusal| refusal.answer(Form::Json));
        session.received = Vec::new();
        session.answer = Some(answer.clone());
        answer
    }
}

impl Session {
    fn so_far(&self) -> Response<Bytes> {
        let mut answer = Response::new(Bytes::new());
        *answer.status_mut() = StatusCode::PERMANENT_REDIRECT;
        let last = self.received.len().checked_sub(1);
        let range = last.and_then(|last| format!("bytes=0-{last}").parse().ok());
        if let Some(range) = range {
            answer.headers_mut().insert("range", range);
        }
        answer
    }
}

/// Google's own number for "the client closed the request".
fn cancelled() -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::from_u16(499).unwrap_or(StatusCode::GONE);
    answer
}

/// What `Content-Range` says of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    /// Where its bytes begin; nothing for a part without bytes.
    start: Option<usize>,
    /// How long the whole is; nothing while that is open.
    total: Option<usize>,
}

impl Range {
    /// `bytes 0-9/*`, `bytes 10-19/20`, `bytes */20`, `bytes */*`, or no header: then the body is all that is left.
    fn of(request: &Request, received: usize) -> Result<Self, Refusal> {
        let length = request.body.len();
        let Some(range) = request.header("content-range") else {
            return Ok(Self {
                start: Some(received),
                total: Some(received + length),
            });
        };
        let refusal = || Refusal::invalid(format!("Failed to parse Content-Range header: {range}"));
        let (part, total) = range
            .strip_prefix("bytes")
            .and_then(|range| range.trim().split_once('/'))
            .ok_or_else(refusal)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| refusal());
        let open = |text: &str| (text != "*").then(|| number(text)).transpose();
        let start = match part.split_once('-') {
            Some((first, last)) => {
                let (first, last) = (number(first)?, number(last)?);
                if last + 1 != first + length {
                    return Err(refusal());
                }
                Some(first)
            }
            None => open(part)?,
        };
        Ok(Self {
            start,
            total: open(total)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    #[test]
    fn a_range_is_read_or_refused() {
        for (header, expected) in [
            (None, Some((Some(3), Some(7)))),
            (Some("bytes 0-3/*"), Some((Some(0), None))),
            (Some("bytes 4-7/8"), Some((Some(4), Some(8)))),
            (Some("bytes */8"), Some((None, Some(8)))),
            (Some("bytes */*"), Some((None, None))),
            (Some("bytes 0-7/8"), None),
            (Some("0-3/8"), None),
            (Some("bytes 0-3"), None),
            (Some("bytes a-b/c"), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert("content-range", header.parse().unwrap());
            }
            let request = Request::read(Method::PUT, "/".to_owned(), headers, "four".into());
            let range = Range::of(&request, 3).ok();
            let found = range.map(|range| (range.start, range.total));
            assert_eq!(found, expected, "{header:?}");
        }
    }
}
