//! Secrets on their way into a header, and out of every error.

use super::Error;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::{Arc, Mutex, PoisonError};
use untrusted_input::Secrets;
use url::Url;

/// A header's value that no log of the client shows. Space around the secret is dropped: secrets are pasted with line ends.
pub(crate) fn authorization(
    name: &'static str,
    prefix: &str,
    secret: &SecretString,
) -> Result<HeaderValue, Error> {
    let value = format!("{prefix}{}", secret.expose_secret().trim());
    let mut value = HeaderValue::from_str(&value).map_err(|_| Error::Secret(name))?;
    value.set_sensitive(true);
    Ok(value)
}

/// `Basic …` for a user and a password.
pub(crate) fn basic(username: &str, password: &SecretString) -> Result<HeaderValue, Error> {
    let pair = format!("{}:{}", username.trim(), password.expose_secret().trim());
    let pair = SecretString::from(BASE64_STANDARD.encode(pair));
    authorization("password", "Basic ", &pair)
}

/// Every secret that a transport has sent: servers echo what they were sent, in their own spelling.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent(Arc<Mutex<Secrets>>);

impl Sent {
    pub(crate) fn add(&self, secret: &SecretString) {
        self.add_text(secret.expose_secret());
    }

    /// What headers carry that no log may show: the secret itself, and a password in its basic form.
    pub(crate) fn add_of_headers(&self, headers: &HeaderMap) {
        for value in headers.values().filter(|value| value.is_sensitive()) {
            let value = String::from_utf8_lossy(value.as_bytes());
            let credentials = value.split_once(' ').map_or(&*value, |(_, rest)| rest);
            self.add_text(credentials);
            let pair = BASE64_STANDARD.decode(credentials).ok();
            let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
            if let Some((_, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
                self.add_text(password);
            }
        }
    }

    /// What an address carries.
    pub(crate) fn add_of_address(&self, url: &Url) {
        for secret in untrusted_input::address::secrets(url.as_str()) {
            self.add_text(&secret);
        }
    }

    fn add_text(&self, secret: &str) {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.add(secret);
    }

    /// The text without any of them, in whatever form they stand there.
    pub(crate) fn redacted(&self, text: &str) -> String {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        untrusted_input::address::redacted(&secrets.redacted(text)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_line_end_does_no_harm_and_one_inside_is_named() {
        let secret = SecretString::from("abc\n");
        let value = authorization("token", "", &secret).unwrap();
        assert_eq!(value.as_bytes(), b"abc");
        assert!(!format!("{value:?}").contains("abc"));
        let broken = authorization("token", "", &SecretString::from("a\nb"));
        assert!(
            broken
                .unwrap_err()
                .to_string()
                .contains("failed to use the token")
        );
    }

    #[test]
    fn an_echoed_secret_is_struck_out_in_every_form() {
        let sent = Sent::default();
        let password = SecretString::from("pypi-a/b+c");
        sent.add(&password);
        let header = basic("__token__", &password).unwrap();
        let echo = String::from_utf8_lossy(header.as_bytes()).into_owned();
        for echo in ["bad token pypi-a/b+c", "?token=pypi-a%2Fb%2bc", &echo] {
            let shown = sent.redacted(echo);
            assert!(shown.ends_with("***") || shown.contains("***"), "{shown}");
            assert!(
                !shown.contains("pypi-a") && !shown.contains("cHlwaS"),
                "{shown}"
            );
        }
    }

    #[test]
    fn what_headers_carry_is_learnt_from_them() {
        let sent = Sent::default();
        let mut headers = HeaderMap::new();
        let password = SecretString::from("hunter2-again");
        headers.insert("authorization", basic("user", &password).unwrap());
        sent.add_of_headers(&headers);
        assert_eq!(sent.redacted("got hunter2-again"), "got ***");
        let proxy = Url::parse("http://user:proxy-pw@proxy.example:8080").unwrap();
        sent.add_of_address(&proxy);
        assert_eq!(sent.redacted("proxy-pw"), "***");
    }
}
