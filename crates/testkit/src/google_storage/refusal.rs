//! How Google says no: in JSON, in XML, and to whom which permission is missing.

use axum::http::{HeaderValue, Response, StatusCode};
use bytes::Bytes;
use serde_json::json;

/// Which of Google's two interfaces was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Xml,
}

/// An answer that nothing was done.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    reason: &'static str,
    /// The code in XML.
    code: &'static str,
    message: String,
    /// Where in the request the cause is, as Google names it.
    location: Option<&'static str>,
}

impl Refusal {
    fn new(
        status: StatusCode,
        reason: &'static str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            reason,
            code,
            message: message.into(),
            location: None,
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid",
            "InvalidArgument",
            message,
        )
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "notFound", "NoSuchKey", "Not Found")
    }

    /// What this stand-in cannot judge, it does not do.
    pub(super) fn not_implemented(what: &str) -> Self {
        let message = format!("This stand-in for Google Cloud Storage does not implement {what}.");
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            "notImplemented",
            "NotImplemented",
            message,
        )
    }

    pub(super) fn condition_not_met() -> Self {
        let message = "At least one of the pre-conditions you specified did not hold.";
        Self {
            location: Some("If-Match"),
            ..Self::new(
                StatusCode::PRECONDITION_FAILED,
                "conditionNotMet",
                "PreconditionFailed",
                message,
            )
        }
    }

    pub(super) fn not_modified() -> Self {
        Self::new(StatusCode::NOT_MODIFIED, "notModified", "NotModified", "")
    }

    /// Nobody has shown who asks.
    pub(super) fn anonymous(permission: &str) -> Self {
        let message = lacks("Anonymous caller", permission);
        Self {
            location: Some("Authorization"),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "required",
                "AuthenticationRequired",
                message,
            )
        }
    }

    /// What was shown is no token of anybody.
    pub(super) fn invalid_token() -> Self {
        Self {
            location: Some("Authorization"),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "authError",
                "AuthenticationRequired",
                "Invalid Credentials",
            )
        }
    }

    pub(super) fn forbidden(who: &str, permission: &str) -> Self {
        let message = lacks(who, permission);
        Self::new(StatusCode::FORBIDDEN, "forbidden", "AccessDenied", message)
    }

    pub(super) fn answer(&self, form: Form) -> Response<Bytes> {
        let (kind, body) = match form {
            _ if self.status == StatusCode::NOT_MODIFIED => ("", String::new()),
            Form::Json => ("application/json; charset=UTF-8", self.json()),
            Form::Xml => ("application/xml; charset=UTF-8", self.xml()),
        };
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = self.status;
        let headers = answer.headers_mut();
        if !kind.is_empty() {
            headers.insert("content-type", HeaderValue::from_static(kind));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let realm = r#"Bearer realm="https://accounts.google.com/""#;
            headers.insert("www-authenticate", HeaderValue::from_static(realm));
        }
        answer
    }

    fn json(&self) -> String {
        let mut detail = json!({
            "message": self.message,
            "domain": "global",
            "reason": self.reason,
        });
        if let (Some(location), Some(detail)) = (self.location, detail.as_object_mut()) {
            detail.insert("locationType".to_owned(), json!("header"));
            detail.insert("location".to_owned(), json!(location));
        }
        let error = json!({
            "code": self.status.as_u16(),
            "message": self.message,
            "errors": [detail],
        });
        json!({ "error": error }).to_string()
    }

    fn xml(&self) -> String {
        let message = self.message.replace('&', "&amp;").replace('<', "&lt;");
        format!(
            "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{}</Code><Message>{message}</Message></Error>",
            self.code
        )
    }
}

fn lacks(who: &str, permission: &str) -> String {
    let on = match permission.starts_with("storage.buckets.") || permission.ends_with(".list") {
        true => "bucket",
        false => "object",
    };
    format!(
        "{who} does not have {permission} access to the Google Cloud Storage {on}. \
         Permission '{permission}' denied on resource (or it may not exist)."
    )
}
