//! Answers of the fake GitHub, before they become HTTP: statuses and error bodies as GitHub words them.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::Response;
use serde_json::{Value, json};

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Content,
}

/// The body of an answer.
#[derive(Debug)]
pub(super) enum Content {
    Empty,
    Json(Box<Value>),
    Bytes { media_type: String, bytes: Vec<u8> },
}

/// An answer, or the error that takes its place.
pub(super) type Answer = Result<Reply, Reply>;

const DOCUMENTATION: &str = "https://docs.github.com/rest";

fn json_reply(status: u16, value: Value) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: Content::Json(Box::new(value)),
    }
}

pub(super) fn ok(value: Value) -> Answer {
    Ok(json_reply(200, value))
}

pub(super) fn created(value: Value) -> Answer {
    Ok(json_reply(201, value))
}

pub(super) fn no_content() -> Answer {
    Ok(Reply {
        status: 204,
        headers: Vec::new(),
        body: Content::Empty,
    })
}

pub(super) fn bytes(media_type: &str, bytes: Vec<u8>) -> Answer {
    Ok(Reply {
        status: 200,
        headers: Vec::new(),
        body: Content::Bytes {
            media_type: media_type.to_owned(),
            bytes,
        },
    })
}

pub(super) fn redirect(to: String) -> Answer {
    Ok(Reply {
        status: 302,
        headers: vec![(LOCATION.as_str(), to)],
        body: Content::Empty,
    })
}

/// The body of every error.
pub(super) fn error_body(status: u16, message: &str) -> Value {
    json!({ "message": message, "documentation_url": DOCUMENTATION, "status": status.to_string() })
}

pub(super) fn error(status: u16, message: &str) -> Reply {
    json_reply(status, error_body(status, message))
}

pub(super) fn not_found() -> Reply {
    error(404, "Not Found")
}

/// 422 with a sentence of its own.
pub(super) fn unprocessable(message: &str) -> Reply {
    error(422, message)
}

/// 422 `Validation Failed` about one field.
pub(super) fn invalid(resource: &str, field: &str, code: &str) -> Reply {
    let mut body = error_body(422, "Validation Failed");
    if let Some(body) = body.as_object_mut() {
        let detail = json!([{ "resource": resource, "field": field, "code": code }]);
        body.insert("errors".to_owned(), detail);
    }
    json_reply(422, body)
}

/// 422 `Validation Failed` with sentences, each about one field.
pub(super) fn invalid_because(resource: &str, causes: &[(&str, &str)]) -> Reply {
    let mut body = error_body(422, "Validation Failed");
    if let Some(body) = body.as_object_mut() {
        let details = causes.iter().map(|(field, message)| {
            json!({ "resource": resource, "field": field, "code": "custom", "message": message })
        });
        body.insert("errors".to_owned(), details.collect());
    }
    json_reply(422, body)
}

impl Reply {
    pub(super) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Makes it HTTP.
    pub(super) fn into_response(self) -> Response {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let response = match self.body {
            Content::Empty => response.body(Body::empty()),
            Content::Json(value) => response
                .header(CONTENT_TYPE, "application/json; charset=utf-8")
                .body(Body::from(value.to_string())),
            Content::Bytes { media_type, bytes } => response
                .header(CONTENT_TYPE, media_type)
                .body(Body::from(bytes)),
        };
        response.expect("an answer has an impossible header")
    }
}
