//! How a server fails at a chosen request: by a status, by a page of somebody else, or by a connection that ends.

use axum::body::{Body, Bytes};
use axum::response::Response;

/// What one request gets instead of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A status of a server that did nothing.
    Status(u16),
    /// 429 with `Retry-After: 1`.
    AskedToWait,
    /// A status although the server did what it was asked for.
    DoneAnd(u16),
    /// The connection ends; the server saw nothing.
    CutBefore,
    /// The connection ends without an answer; the server did what it was asked for.
    CutAfter,
    /// The connection ends inside of the answer; the server did what it was asked for.
    CutInside,
    /// A refusal for good that repeats all that was sent, as a proxy may do that helps people to find mistakes.
    Repeated(u16),
    /// A page for people, as a proxy sends it that wants a login.
    Html,
}

impl Failure {
    /// All kinds that pass.
    pub const ALL: [Self; 11] = [
        Self::CutAfter,
        Self::Status(503),
        Self::AskedToWait,
        Self::CutBefore,
        Self::Status(429),
        Self::DoneAnd(502),
        Self::Status(500),
        Self::CutInside,
        Self::Status(408),
        Self::DoneAnd(504),
        Self::Status(502),
    ];

    pub(super) fn is_done(self) -> bool {
        matches!(self, Self::DoneAnd(_) | Self::CutAfter | Self::CutInside)
    }
}

/// What the client gets in place of the server's answer.
pub(super) async fn failed(failure: Failure, response: Response, repeated: String) -> Response {
    match failure {
        Failure::Repeated(status) => {
            let mut response = status_reply(status);
            *response.body_mut() = Body::from(repeated);
            response
        }
        Failure::Html => {
            let mut response = status_reply(200);
            let kind = "text/html".parse().expect("a content type");
            response.headers_mut().insert("content-type", kind);
            *response.body_mut() = Body::from("<!DOCTYPE html><title>Please log in</title>");
            response
        }
        Failure::Status(status) | Failure::DoneAnd(status) => status_reply(status),
        Failure::AskedToWait => {
            let mut response = status_reply(429);
            response.headers_mut().insert("retry-after", 1.into());
            response
        }
        // The server's task for this connection ends with it.
        Failure::CutBefore | Failure::CutAfter => std::panic::resume_unwind(Box::new(())),
        Failure::CutInside => half(response).await,
    }
}

/// An answer whose connection ends in the middle of its body; one without a body is cut as a whole.
async fn half(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await;
    let body = body.unwrap_or_default();
    if body.len() < 2 {
        std::panic::resume_unwind(Box::new(()));
    }
    parts.headers.insert("content-length", body.len().into());
    let head: Result<Bytes, std::io::Error> = Ok(body.slice(..body.len() / 2));
    let broken = Err(std::io::Error::other("cut by a scripted failure"));
    let body = Body::from_stream(futures::stream::iter([head, broken]));
    Response::from_parts(parts, body)
}

fn status_reply(status: u16) -> Response {
    Response::builder()
        .status(status)
        .body(Body::from("the server is not at its best"))
        .expect("a status")
}
