//! What goes wrong between us and a server, in words that hold no secret.

use super::LARGEST_REPLY;
use crate::retry::AskedToWait;
use reqwest::StatusCode;

/// What goes wrong between us and a server. No text of it holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The TLS roots of the machine could not be read, or the proxy's address is no address.
    #[error("failed to set up HTTPS: {0}")]
    SetUp(String),
    /// No answer: refused, reset, timed out.
    #[error("failed to {what}: no answer from {url} at attempt {attempt}: {cause}")]
    NoAnswer {
        /// What was tried.
        what: String,
        /// Where, without credentials.
        url: String,
        /// Which attempt it was.
        attempt: u32,
        /// The chain of causes.
        cause: String,
    },
    /// 408, 429 or 5xx, until the attempts were used up.
    #[error(
        "failed to {what}: {url} answered {status} at attempt {attempt}{}",
        after_colon(detail)
    )]
    Stumbled {
        /// What was tried.
        what: String,
        /// Where, without credentials.
        url: String,
        /// The answer.
        status: StatusCode,
        /// Which attempt it was.
        attempt: u32,
        /// The server's words.
        detail: String,
    },
    /// Any other answer that is not the expected one.
    #[error("failed to {what}: {url} answered {status}{}", after_colon(detail))]
    Refused {
        /// What was tried.
        what: String,
        /// Where, without credentials.
        url: String,
        /// The answer.
        status: StatusCode,
        /// The server's words.
        detail: String,
    },
    /// See [`AskedToWait`].
    #[error(transparent)]
    AskedToWait(#[from] AskedToWait),
    /// A page beyond all reason.
    #[error("failed to {what}: {url} sent more than {LARGEST_REPLY} bytes")]
    TooLarge {
        /// What was tried.
        what: String,
        /// Where, without credentials.
        url: String,
    },
    /// An address that is none, or one with a password in it.
    #[error("failed to read the address {0:?}: {1}")]
    Address(String, String),
    /// A secret that no header can carry.
    #[error(
        "failed to use the {0}: it contains characters that are not allowed in a header; was a line break or a quote pasted with it?"
    )]
    Secret(&'static str),
}

/// `: text`, or nothing.
pub(crate) fn after_colon(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(": {text}")
    }
}
