//! Bodies of several parts: an object with its metadata, and several requests in one.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use bytes::Bytes;
use memchr::memmem;

use super::refusal::Refusal;
use super::request::Request;

/// One part of a body.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Takes a body apart at the boundary that its type names.
pub(super) fn split(kind: Option<&str>, body: &Bytes) -> Result<Vec<Part>, Refusal> {
    let malformed = || Refusal::invalid("Malformed multipart body.");
    let boundary = kind
        .and_then(|kind| kind.split_once("boundary="))
        .map(|(_, rest)| rest.split(';').next().unwrap_or_default())
        .map(|boundary| format!("--{}", boundary.trim().trim_matches(['"', '\''])))
        .ok_or_else(malformed)?;
    let boundary = boundary.as_bytes();
    let mut starts = Vec::new();
    let mut from = 0;
    while let Some(at) = find(body, boundary, from) {
        // A boundary begins a line.
        if at == 0 || body.get(at - 1) == Some(&b'\n') {
            starts.push(at);
        }
        from = at + boundary.len();
    }
    let mut parts = Vec::new();
    for pair in starts.windows(2) {
        let [start, end] = *pair else { continue };
        let line = find(body, b"\n", start).ok_or_else(malformed)? + 1;
        let mut whole = body.slice(line..end);
        for ending in [&b"\n"[..], b"\r"] {
            if whole.ends_with(ending) {
                whole.truncate(whole.len() - 1);
            }
        }
        let (headers, body) = head(&whole);
        parts.push(Part { headers, body });
    }
    match parts.is_empty() {
        true => Err(malformed()),
        false => Ok(parts),
    }
}

fn find(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    memmem::find(body.get(from..)?, wanted).map(|at| from + at)
}

/// Headers up to the first empty line, and what follows it.
fn head(whole: &Bytes) -> (HeaderMap, Bytes) {
    let mut headers = HeaderMap::new();
    let mut at = 0;
    while let Some(end) = find(whole, b"\n", at) {
        let line = String::from_utf8_lossy(&whole.slice(at..end)).into_owned();
        at = end + 1;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let pair = line.split_once(':').and_then(|(name, value)| {
            let name: HeaderName = name.trim().parse().ok()?;
            Some((name, HeaderValue::from_str(value.trim()).ok()?))
        });
        if let Some((name, value)) = pair {
            headers.append(name, value);
        }
    }
    (headers, whole.slice(at..))
}

/// The request inside of a part; what the outer one shows of who asks counts for it too.
pub(super) fn request(part: &Part, outer: &HeaderMap) -> Result<Request, Refusal> {
    let malformed = || Refusal::invalid("Malformed request in a batch.");
    let end = find(&part.body, b"\n", 0).ok_or_else(malformed)?;
    let line = String::from_utf8_lossy(&part.body.slice(..end)).into_owned();
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(malformed());
    };
    let method: Method = method.parse().map_err(|_| malformed())?;
    // Some clients write the whole address.
    let target = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => target,
    };
    let (mut headers, body) = head(&part.body.slice(end + 1..));
    if let (None, Some(token)) = (headers.get("authorization"), outer.get("authorization")) {
        headers.insert("authorization", token.clone());
    }
    Ok(Request::read(method, target.to_owned(), headers, body))
}

/// Puts the answers to the parts of a batch together.
pub(super) fn join(answers: &[(Option<HeaderValue>, Response<Bytes>)]) -> Response<Bytes> {
    const BOUNDARY: &str = "batch_of_answers";
    let mut body = Vec::new();
    for (id, answer) in answers {
        let id = id.as_ref().and_then(|id| id.to_str().ok());
        let id = id.unwrap_or_default().trim_matches(['<', '>']);
        let status = answer.status();
        let mut head = format!(
            "--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <response-{id}>\r\n\r\nHTTP/1.1 {} {}\r\nContent-Length: {}\r\n",
            status.as_u16(),
            status.canonical_reason().unwrap_or_default(),
            answer.body().len(),
        );
        if let Some(kind) = answer.headers().get("content-type") {
            let kind = String::from_utf8_lossy(kind.as_bytes());
            head.push_str(&format!("Content-Type: {kind}\r\n"));
        }
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(answer.body());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let mut answer = Response::new(Bytes::from(body));
    let kind = format!("multipart/mixed; boundary={BOUNDARY}");
    if let Ok(kind) = kind.parse() {
        answer.headers_mut().insert("content-type", kind);
    }
    answer
}
