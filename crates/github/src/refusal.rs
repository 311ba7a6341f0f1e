//! What the API says instead of an answer: its words, why it says so, and what to type.

use std::fmt;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::retry::{may_repeat, passes};
use crate::{Asked, Limit, Permissions, Reply};

/// The longest message that is repeated, in characters.
const LONGEST: usize = 600;
/// The most details of a 422 that are repeated.
const MOST_DETAILS: usize = 20;

/// An answer with another status than 2xx.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Its status.
    pub status: u16,
    /// What GitHub says, in one line.
    pub message: String,
    /// What is wrong with which field, of a 422.
    pub errors: Vec<FieldError>,
    /// Where GitHub describes the endpoint.
    pub documentation_url: Option<String>,
    /// What GitHub's support asks for.
    pub request_id: Option<String>,
    /// What is behind it.
    pub cause: Cause,
    /// Whether it may have taken effect all the same: a server's error in answer to what must not be sent twice.
    pub(crate) outcome_unknown: bool,
}

/// One detail of a 422.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldError {
    /// Such as `Release`.
    pub resource: Option<String>,
    /// Such as `tag_name`.
    pub field: Option<String>,
    /// Such as `already_exists`.
    pub code: Option<String>,
    /// A sentence.
    pub message: Option<String>,
}

/// What is behind a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A limit of requests.
    Limit { limit: Limit, with_token: bool },
    /// 401.
    Credentials { with_token: bool },
    /// The token lacks a permission.
    Permission(Option<Permissions>),
    /// The same for a personal access token, which no job grants anything.
    PersonalPermission(Option<Permissions>),
    /// The token lacks the scopes of a classic personal access token.
    Scopes(String),
    /// The token may not bring in files of workflows.
    Workflows {
        certain: bool,
        needed: Option<Permissions>,
    },
    /// The token is not authorized for the organization, at this address.
    SingleSignOn(Option<String>),
    /// 404 or 410: not there, or hidden from the token.
    Hidden { needed: Option<Permissions> },
    /// The proxy on the way wants to know who asks.
    Proxy,
    /// 3xx: it is elsewhere now.
    Moved,
    /// 5xx.
    Server,
    /// Anything else.
    Other,
}

impl Refusal {
    pub(crate) fn of_reply(reply: &Reply, asked: &Asked<'_>) -> Self {
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(in_one_line);
        let message = text("message").unwrap_or_else(|| words_of_a_page(&reply.body));
        let errors = body.get("errors").map(details).unwrap_or_default();
        let header = |name: &str| header(&reply.headers, name).map(in_one_line);
        Self {
            status: reply.status(),
            cause: cause(reply, asked, &message, &errors),
            message,
            errors,
            documentation_url: text("documentation_url"),
            request_id: header("x-github-request-id"),
            outcome_unknown: passes(reply.status) && !may_repeat(asked.method),
        }
    }

    /// Whether one of the details has this code.
    pub(crate) fn has_code(&self, code: &str) -> bool {
        let mut codes = self.errors.iter().filter_map(|it| it.code.as_deref());
        codes.any(|it| it == code)
    }

    /// Status and words, without advice.
    pub(crate) fn said(&self) -> String {
        let mut said = format!("the API answers {}", self.status);
        if !self.message.is_empty() {
            said += &format!(" \"{}\"", self.message);
        }
        let details: Vec<String> = self.errors.iter().map(FieldError::to_string).collect();
        if !details.is_empty() {
            said += &format!(" ({})", details.join("; "));
        }
        if let (Cause::Server, Some(id)) = (&self.cause, &self.request_id) {
            said += &format!(" (request {id})");
        }
        said
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn cause(reply: &Reply, asked: &Asked<'_>, message: &str, errors: &[FieldError]) -> Cause {
    let (status, headers, with_token) = (reply.status, &reply.headers, asked.with_token);
    if let Some(limit) = Limit::of(status, headers, message, Timestamp::now()) {
        return Cause::Limit { limit, with_token };
    }
    let needed = || {
        Permissions::accepted(headers).or_else(|| Permissions::of_request(asked.method, asked.path))
    };
    match status {
        StatusCode::UNAUTHORIZED => Cause::Credentials { with_token },
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Cause::Proxy,
        _ if speaks_of_workflows(message, errors) => Cause::Workflows {
            certain: true,
            needed: needed(),
        },
        StatusCode::FORBIDDEN => forbidden(headers, asked, message, needed()),
        StatusCode::NOT_FOUND | StatusCode::GONE => match missing_scopes(headers) {
            Some(scopes) => Cause::Scopes(scopes),
            None => Cause::Hidden { needed: needed() },
        },
        _ if status.is_redirection() => Cause::Moved,
        _ if status.is_server_error() => Cause::Server,
        _ => Cause::Other,
    }
}

fn forbidden(
    headers: &HeaderMap,
    asked: &Asked<'_>,
    message: &str,
    needed: Option<Permissions>,
) -> Cause {
    if let Some(sso) = header(headers, "x-github-sso") {
        let url = sso.split("url=").nth(1).map(in_one_line);
        return Cause::SingleSignOn(url);
    }
    if let Some(scopes) = missing_scopes(headers) {
        return Cause::Scopes(scopes);
    }
    let lacks = |whose: &str| message.starts_with(&format!("Resource not accessible by {whose}"));
    if lacks("personal access token") {
        return Cause::PersonalPermission(needed);
    }
    let lacks = lacks("integration") || message.starts_with("Must have ");
    let workflows = needed.as_ref().is_some_and(Permissions::know_workflows);
    match lacks {
        true if workflows && !asked.method.is_safe() => Cause::Workflows {
            certain: false,
            needed,
        },
        true => Cause::Permission(needed),
        false => Cause::Other,
    }
}

/// As in "refusing to allow a GitHub App to create or update workflow `.github/workflows/a.yml` without `workflows` permission".
fn speaks_of_workflows(message: &str, errors: &[FieldError]) -> bool {
    let details = errors.iter().filter_map(|it| it.message.as_deref());
    let mut said = std::iter::once(message).chain(details);
    said.any(|text| text.contains("create or update workflow"))
}

/// The scopes that would do, where a classic personal access token has none of them.
fn missing_scopes(headers: &HeaderMap) -> Option<String> {
    let list = |name: &str| {
        let text = header(headers, name)?;
        let scopes = text.split(',').map(str::trim);
        Some(scopes.filter(|it| !it.is_empty()).collect::<Vec<_>>())
    };
    let (has, needed) = (list("x-oauth-scopes")?, list("x-accepted-oauth-scopes")?);
    let lacks = !needed.is_empty() && !needed.iter().any(|scope| has.contains(scope));
    lacks.then(|| in_one_line(&needed.join(" or ")))
}

fn details(errors: &Value) -> Vec<FieldError> {
    let one = |error: &Value| {
        let text = |key: &str| error.get(key).and_then(Value::as_str).map(in_one_line);
        FieldError {
            resource: text("resource"),
            field: text("field"),
            code: text("code"),
            message: text("message").or_else(|| error.as_str().map(in_one_line)),
        }
    };
    let found: Vec<FieldError> = match errors {
        Value::Array(all) => all.iter().take(MOST_DETAILS).map(one).collect(),
        other => vec![one(other)],
    };
    let empty = FieldError::default();
    found.into_iter().filter(|it| *it != empty).collect()
}

/// The words of a page, as a proxy or a load balancer sends it instead of JSON.
fn words_of_a_page(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match text.trim_start().starts_with(['<', '{', '[']) {
        true => String::new(),
        false => in_one_line(&text),
    }
}

/// Without line breaks, and not without end.
fn in_one_line(text: &str) -> String {
    let words = text.split_whitespace().flat_map(|word| [" ", word]).skip(1);
    let mut line = String::new();
    for word in words {
        line.push_str(word);
        if let Some((end, _)) = line.char_indices().nth(LONGEST) {
            line.truncate(end);
            line.push('…');
            return line;
        }
    }
    line
}

impl std::error::Error for Refusal {}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = match (&self.resource, &self.field) {
            (Some(resource), Some(field)) => Some(format!("{resource}.{field}")),
            (resource, field) => field.clone().or_else(|| resource.clone()),
        };
        // `custom` says nothing beside its message.
        let code = self
            .code
            .clone()
            .filter(|it| it != "custom" || self.message.is_none());
        let parts: Vec<String> = [field, code, self.message.clone()]
            .into_iter()
            .flatten()
            .collect();
        f.write_str(&parts.join(": "))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said())?;
        let advice = self.cause.to_string();
        match (advice.as_str(), &self.documentation_url) {
            ("", Some(url)) => write!(f, ": see {url}"),
            ("", None) => Ok(()),
            (advice, _) => write!(f, ": {advice}"),
        }
    }
}

/// What to do about it; empty where nobody can tell.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit { limit, with_token: true } => limit.fmt(f),
            Self::Limit { limit, .. } => write!(f, "{limit}, or set the input `token`: without one the limit is low"),
            Self::Credentials { with_token: true } => f.write_str(
                "the input `token` is wrong, has expired or was revoked: check the secret that it comes from",
            ),
            Self::Credentials { .. } => f.write_str("give a `token`"),
            Self::Permission(Some(needed)) => f.write_str(&for_job(needed)),
            Self::Permission(None) => f.write_str("the token lacks a permission: compare the job's `permissions:` with the README"),
            Self::PersonalPermission(Some(needed)) => write!(f, "give the personal access token the permission {needed}"),
            Self::PersonalPermission(None) => f.write_str("the personal access token lacks a permission"),
            Self::Scopes(scopes) => write!(f, "give the personal access token the scope {scopes}"),
            Self::Workflows { certain: true, .. } => f.write_str(WORKFLOWS),
            Self::Workflows { needed, .. } => {
                let needed = needed.as_ref().map(for_job).unwrap_or_default();
                write!(f, "{needed}; if the job has it already, {WORKFLOWS}")
            }
            Self::SingleSignOn(Some(url)) => write!(f, "authorize the token for the single sign-on of the organization: {url}"),
            Self::SingleSignOn(None) => f.write_str("authorize the token for the single sign-on of the organization"),
            Self::Hidden { needed: Some(needed) } => write!(f, "it does not exist, or the token may not see it: does the job's `permissions:` have {needed}?"),
            Self::Hidden { needed: None } => f.write_str("it does not exist, or the token may not see it"),
            Self::Proxy => f.write_str("the proxy requires authentication: write user and password into its variable, such as `http://user:password@host:port`"),
            Self::Moved => f.write_str("it has moved: use its new name"),
            Self::Server => f.write_str("GitHub returned a server error, retry later"),
            Self::Other => Ok(()),
        }
    }
}

const WORKFLOWS: &str = "the commit changes files under `.github/workflows`, which the job's own token may never push: push the tag by hand, or set the input `token` to that of a GitHub App with `contents: write` and `workflows: write`";

fn for_job(needed: &Permissions) -> String {
    match needed.of_jobs() {
        Some(needed) => format!("add {needed} to the job's `permissions:`"),
        None => format!(
            "a job's own token can never have {needed}: use the `token` of a GitHub App that has it"
        ),
    }
}
