//! Secrets on their way into a header, and out of every error.

use super::Error;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

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

/// `text` without the secret, for servers that echo what they were sent.
pub(crate) fn redacted(text: String, secret: &SecretString) -> String {
    let secret = secret.expose_secret().trim();
    match secret.is_empty() {
        true => text,
        false => text.replace(secret, "***"),
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
    fn an_echoed_secret_is_struck_out() {
        let secret = SecretString::from("pypi-abc");
        let text = redacted("bad token pypi-abc".to_owned(), &secret);
        assert_eq!(text, "bad token ***");
    }
}
