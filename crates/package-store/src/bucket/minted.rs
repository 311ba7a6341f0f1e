//! Tokens that exist while a bucket is used: what servers mint and what requests carry is told, so that it can be masked before
//! anything repeats it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, Response, header::AUTHORIZATION};
use opendal::{HttpBody, Result};
use serde_json::Value;

use crate::options::SecretHook;

/// Longest answer of a token service, in bytes.
const LONGEST: u64 = 1 << 20;
/// What token services call a secret in JSON: GitHub's, Google's, Amazon's and Azure's.
const KEYS: &[&str] = &[
    "accessToken",
    "access_token",
    "id_token",
    "refresh_token",
    "SecretAccessKey",
    "SessionToken",
    "Token",
    "token",
    "value",
];
/// The same in Amazon's XML.
const TAGS: &[&str] = &["SecretAccessKey", "SessionToken"];

/// Tells of each secret once.
#[derive(Clone, Default)]
pub(super) struct Minted {
    hook: Option<SecretHook>,
    told: Arc<Mutex<BTreeSet<String>>>,
}

impl Minted {
    pub(super) fn new(hook: Option<SecretHook>) -> Self {
        Self {
            hook,
            told: Arc::default(),
        }
    }

    /// What a request carries.
    pub(super) fn in_request(&self, headers: &HeaderMap) {
        for name in [AUTHORIZATION.as_str(), "x-amz-security-token"] {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            let parts = value.map(|value| value.split_once(' ').unwrap_or(("", value)));
            // Other schemes carry a signature, which nobody can use again.
            if let Some(("" | "Bearer", token)) = parts {
                self.tell(token);
            }
        }
    }

    /// What a token service answers; gives the answer back whole.
    pub(super) async fn in_answer(
        &self,
        response: Response<HttpBody>,
    ) -> Result<Response<HttpBody>> {
        let length = response.headers().get(http::header::CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if self.hook.is_none() || !response.status().is_success() || length > Some(LONGEST) {
            return Ok(response);
        }
        let (parts, mut body) = response.into_parts();
        let bytes = body.to_buffer().await?;
        self.in_text(&String::from_utf8_lossy(&bytes.to_bytes()));
        let size = bytes.len() as u64;
        let again = futures::stream::iter([Ok(bytes)]);
        Ok(Response::from_parts(
            parts,
            HttpBody::new(again, Some(size)),
        ))
    }

    fn in_text(&self, text: &str) {
        if let Ok(json) = serde_json::from_str(text) {
            self.in_json(&json);
        }
        for tag in TAGS {
            let after = text.split_once(&format!("<{tag}>"));
            let inner = after.and_then(|(_, after)| after.split_once(&format!("</{tag}>")));
            if let Some((secret, _)) = inner {
                self.tell(secret);
            }
        }
    }

    fn in_json(&self, json: &Value) {
        match json {
            Value::Object(fields) => {
                for (key, value) in fields {
                    match value {
                        Value::String(secret) if KEYS.contains(&key.as_str()) => self.tell(secret),
                        other => self.in_json(other),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.in_json(item)),
            _ => {}
        }
    }

    fn tell(&self, secret: &str) {
        let Some(hook) = &self.hook else { return };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !secret.is_empty() && told.insert(secret.to_owned()) {
            hook(secret);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(look: impl Fn(&Minted)) -> Vec<String> {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        let hook: SecretHook =
            Arc::new(move |secret: &str| ears.lock().unwrap().push(secret.to_owned()));
        look(&Minted::new(Some(hook)));
        heard.lock().unwrap().clone()
    }

    #[test]
    fn every_token_that_is_minted_or_sent_is_told_once() {
        let said = heard(|minted| {
            minted.in_text(r#"{"value": "jwt"}"#);
            minted
                .in_text(r#"{"access_token": "sts", "token_type": "Bearer", "expires_in": 3600}"#);
            minted.in_text(r#"{"accessToken": "account", "expireTime": "soon"}"#);
            minted.in_text("<Credentials><SessionToken>session</SessionToken><SecretAccessKey>key</SecretAccessKey></Credentials>");
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, "Bearer account".parse().unwrap());
            minted.in_request(&headers);
            headers.insert(
                AUTHORIZATION,
                "AWS4-HMAC-SHA256 Signature=x".parse().unwrap(),
            );
            headers.insert("x-amz-security-token", "other".parse().unwrap());
            minted.in_request(&headers);
        });
        assert_eq!(said, ["jwt", "sts", "account", "key", "session", "other"]);
    }
}
