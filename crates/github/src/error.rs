//! The one error of everything that talks to GitHub's API.

use http::{Method, StatusCode};

use crate::retry::passes;
use crate::{Asked, Cause, Refusal, Reply};

/// What went wrong. No text of it holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API's address or a proxy's is not one, or the certificates of the machine cannot be read.
    #[error("failed to set up the client for GitHub's API: {0}")]
    SetUp(String),
    /// An answer with another status than 2xx.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// No answer, or half of one.
    #[error("the API cannot be reached: {cause}")]
    NoAnswer {
        /// The chain of causes.
        cause: String,
        /// Whether it may have taken effect all the same: sent, and not to be sent twice.
        outcome_unknown: bool,
    },
    /// An answer beyond all reason.
    #[error("the API's answer to `{path}` has more than {most} bytes")]
    TooLarge {
        /// What was asked.
        path: String,
        /// The most that is read.
        most: usize,
    },
    /// An answer of another shape than GitHub's.
    #[error("failed to understand the API's answer to `{path}`: {cause}")]
    Unreadable {
        /// What was asked.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A list that goes on further than any that makes sense.
    #[error("the API's list `{path}` has more than {most} pages")]
    TooManyPages {
        /// The first page.
        path: String,
        /// The most pages that are read.
        most: usize,
    },
    /// A page of a list that is said to be on another server.
    #[error("the API's list `{path}` continues on another server, {host}, which is not followed")]
    ForeignPage {
        /// The first page.
        path: String,
        /// The other server.
        host: String,
    },
    /// A request that cannot be made.
    #[error("failed to create a request: {0}")]
    Request(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Error {
    /// What the API said, where it said something.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// 404 or 410: not there, or hidden from the token. Never a server's error.
    pub fn is_not_found(&self) -> bool {
        matches!(self.status(), Some(404 | 410))
    }

    /// What was to be made is there already.
    pub fn is_already_exists(&self) -> bool {
        self.refusal().is_some_and(|refusal| {
            let said = refusal.message.to_lowercase();
            let said = said.contains("already exists") || refusal.has_code("already_exists");
            refusal.status == 422 && said
        })
    }

    /// 409, or a 422 that says that something else is there.
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409) || self.is_already_exists()
    }

    /// The token lacks a permission, as the API itself says: no 404, and no limit of requests.
    pub fn is_missing_permission(&self) -> bool {
        self.refusal().is_some_and(|refusal| {
            matches!(
                refusal.cause,
                Cause::Permission(_)
                    | Cause::PersonalPermission(_)
                    | Cause::Scopes(_)
                    | Cause::SingleSignOn(_)
                    | Cause::Workflows { .. }
            ) && refusal.status == 403
        })
    }

    /// A limit of requests is reached.
    pub fn is_rate_limited(&self) -> bool {
        self.refusal()
            .is_some_and(|refusal| matches!(refusal.cause, Cause::Limit { .. }))
    }

    /// Whether the request may have taken effect although there is no good answer: look before it is made again.
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.outcome_unknown,
            Self::NoAnswer {
                outcome_unknown, ..
            } => *outcome_unknown,
            _ => false,
        }
    }

    /// The same error of a request that is made once: any server's error leaves open whether it took effect.
    pub(crate) fn of_once(mut self) -> Self {
        if let Self::Refused(refusal) = &mut self {
            let status = StatusCode::from_u16(refusal.status);
            refusal.outcome_unknown = status.is_ok_and(passes);
        }
        self
    }

    /// Whether GitHub's own words or those of a detail contain this text, in any case.
    pub fn says(&self, text: &str) -> bool {
        self.refusal().is_some_and(|refusal| {
            let details = refusal.errors.iter().filter_map(|it| it.message.as_deref());
            let mut said = std::iter::once(refusal.message.as_str()).chain(details);
            said.any(|it| it.to_lowercase().contains(&text.to_lowercase()))
        })
    }

    /// What went wrong, without advice.
    pub(crate) fn said(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.said(),
            other => other.to_string(),
        }
    }
}

/// For the typed calls of octocrab, which reads.
impl From<octocrab::Error> for Error {
    fn from(error: octocrab::Error) -> Self {
        match error {
            octocrab::Error::GitHub { source, .. } => {
                let body = serde_json::json!({
                    "message": source.message,
                    "errors": source.errors,
                    "documentation_url": source.documentation_url,
                });
                let reply = Reply {
                    status: source.status_code,
                    headers: source.headers.unwrap_or_default(),
                    body: body.to_string().into(),
                };
                let asked = Asked {
                    method: &Method::GET,
                    path: "",
                    with_token: true,
                };
                Refusal::of_reply(&reply, &asked).into()
            }
            octocrab::Error::Service { source, .. } => match source.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::Request(causes(other.as_ref())),
            },
            octocrab::Error::Json { source, .. } => Self::Unreadable {
                path: source.path().to_string(),
                cause: source.inner().to_string(),
            },
            other => Self::Request(causes(&other)),
        }
    }
}

/// The chain of causes, each said once.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
        next = error.source();
    }
    said.join(": ")
}
