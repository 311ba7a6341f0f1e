//! Addresses with a secret in them: which part it is, and the address without it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What is written in place of a secret.
pub const HIDDEN: &str = "***";

/// Keys of a query whose value lets somebody in: tokens, and the signatures of Azure, Amazon and Google.
const KEYS: &[&str] = &[
    "access_key",
    "access_token",
    "accesskey",
    "account_key",
    "api_key",
    "apikey",
    "auth",
    "auth_token",
    "authorization",
    "client_secret",
    "credential",
    "credentials",
    "id_token",
    "jwt",
    "key",
    "passwd",
    "password",
    "private_token",
    "pwd",
    "sas",
    "sas_token",
    "secret",
    "secret_access_key",
    "secret_key",
    "session_token",
    "sig",
    "signature",
    "token",
    "x_amz_credential",
    "x_amz_security_token",
    "x_amz_signature",
    "x_goog_credential",
    "x_goog_signature",
];

/// Where the secrets of all addresses in a text lie, as ranges of bytes, in their order.
fn ranges(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("://")) {
        let start = from + at + 3;
        let rest = text.get(start..).unwrap_or_default();
        let end = start + rest.find(ends_address).unwrap_or(rest.len());
        of_address(text, start, end, &mut found);
        from = start;
    }
    found.sort_by_key(|range| range.start);
    found.dedup();
    found
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '`')
}

fn of_address(text: &str, start: usize, end: usize, found: &mut Vec<std::ops::Range<usize>>) {
    let address = text.get(start..end).unwrap_or_default();
    let authority = address.find(['/', '?', '#']).unwrap_or(address.len());
    // The last `@` ends the user info: a password that was not escaped may hold one, or a slash.
    let user_info = match address.get(..authority).and_then(|part| part.rfind('@')) {
        Some(at) => Some(at),
        None => unescaped_user_info(address),
    };
    if let Some(at) = user_info {
        let info = address.get(..at).unwrap_or_default();
        // A name alone may be a token.
        let secret = match info.find(':') {
            Some(colon) if colon > 0 && colon + 1 < at => colon + 1,
            _ => 0,
        };
        if at > secret {
            found.push(start + secret..start + at);
        }
    }
    let Some(query) = address.find(['?', '#']) else {
        return;
    };
    let mut at = query + 1;
    for pair in address
        .get(at..)
        .unwrap_or_default()
        .split(['&', ';', '#', '?'])
    {
        if let Some((key, value)) = pair.split_once('=')
            && is_secret_key(key)
            && !value.is_empty()
        {
            let from = start + at + key.len() + 1;
            found.push(from..from + value.len());
        }
        at += pair.len() + 1;
    }
}

/// `user:pass/word@host`: a password with a slash that was not escaped.
fn unescaped_user_info(address: &str) -> Option<usize> {
    let at = address.find('@')?;
    let before = address.get(..at)?;
    let (user, password) = before.split_once(':')?;
    let is_port = password
        .split('/')
        .next()
        .is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    (!user.is_empty() && !user.contains(['/', '?', '#']) && !is_port).then_some(at)
}

fn is_secret_key(key: &str) -> bool {
    let key = percent_decode_str(key).decode_utf8_lossy().to_lowercase();
    let key = key.replace(['-', '.'], "_");
    KEYS.contains(&key.as_str())
        || ["_token", "_secret", "_password", "_signature", "_key"]
            .iter()
            .any(|end| key.ends_with(end))
}

/// The secrets in all addresses of a text, as they are written and without percent signs.
pub fn secrets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for range in ranges(text) {
        let written = text.get(range).unwrap_or_default();
        found.push(written.to_owned());
        let decoded = percent_decode_str(written).decode_utf8_lossy();
        if decoded != written {
            found.push(decoded.into_owned());
        }
    }
    found
}

/// The text with `***` in place of each secret of an address.
pub fn redacted(text: &str) -> Cow<'_, str> {
    let ranges = ranges(text);
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    let mut from = 0;
    for range in ranges {
        if range.start < from {
            continue;
        }
        shown.push_str(text.get(from..range.start).unwrap_or_default());
        shown.push_str(HIDDEN);
        from = range.end;
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_an_address_that_lets_somebody_in_is_hidden() {
        for (given, shown) in [
            (
                "https://user:PW@host/simple",
                "https://user:***@host/simple",
            ),
            (
                "https://ghp_abc@github.com/a/b",
                "https://***@github.com/a/b",
            ),
            ("https://ghp_abc:@github.com/a", "https://***@github.com/a"),
            ("https://u:p@ss@host/", "https://u:***@host/"),
            ("https://u:p/w@host/", "https://u:***@host/"),
            (
                "az://c/p?account=me&sig=a%2Bb&se=1",
                "az://c/p?account=me&sig=***&se=1",
            ),
            ("gs://b?token=abc", "gs://b?token=***"),
            (
                "https://h/x?X-Amz-Signature=00ff&X-Amz-Date=1",
                "https://h/x?X-Amz-Signature=***&X-Amz-Date=1",
            ),
            (
                "--a=https://u:p@h/ --b=s3://b?secret_access_key=k",
                "--a=https://u:***@h/ --b=s3://b?secret_access_key=***",
            ),
            (
                "s3://bucket/x?endpoint=http://user:hunter2@host",
                "s3://bucket/x?endpoint=http://user:***@host",
            ),
        ] {
            assert_eq!(redacted(given), shown);
        }
    }

    #[test]
    fn an_address_without_a_secret_stays_as_it_is() {
        for text in [
            "https://host:8080/a@b",
            "https://github.com/a/b?ref=main",
            "gs://bucket/prefix?endpoint=http://127.0.0.1:4443&anonymous=true",
            "me@example.com",
            "https://npm/@scope/name",
        ] {
            assert_eq!(redacted(text), text);
            assert!(secrets(text).is_empty());
        }
    }

    #[test]
    fn a_secret_is_known_with_and_without_percent_signs() {
        assert_eq!(secrets("https://u:a%2Fb@h/"), ["a%2Fb", "a/b"]);
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn what_was_found_is_not_shown_and_nothing_else_is_lost() {
        let seeds = [
            "https://user:PW@host/simple?token=abc#sig=1",
            "az://c/p?sig=a%2Bb&se=1 gs://x",
        ];
        let words = ["://", "@", "?token=", "&sig=", "https://u:p@", "%2F", ";"];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let shown = redacted(text);
            assert_eq!(shown.is_empty(), text.is_empty());
            assert!(redacted(&shown).len() <= shown.len() + 3 * shown.matches("://").count() * 8);
            assert_eq!(
                secrets(text).is_empty(),
                shown == text || text.contains(HIDDEN)
            );
        });
    }
}
