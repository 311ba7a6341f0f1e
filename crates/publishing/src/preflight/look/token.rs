//! What a token of PyPI says of itself: it is a macaroon, whose restrictions anybody can read, though nobody can lift them.

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use package_formats::wheel::normalized_name;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use std::collections::BTreeSet;

/// What each token begins with.
const PREFIX: &str = "pypi-";

/// Why the credentials cannot publish these projects on PyPI, as far as they tell.
pub(super) fn wrong_for_pypi(
    username: &str,
    password: &SecretString,
    projects: &BTreeSet<&str>,
) -> Option<String> {
    let token = password.expose_secret().trim();
    if username.trim() != "__token__" {
        return Some(format!(
            "PyPI only accepts API tokens with the user name `__token__`, but it is `{username}`"
        ));
    }
    let Some(body) = token.strip_prefix(PREFIX) else {
        return Some(format!(
            "the password is not an API token of PyPI: it does not start with `{PREFIX}`"
        ));
    };
    let allowed = allowed(body)?;
    let others: Vec<&str> = projects
        .iter()
        .copied()
        .filter(|project| !allowed.contains(&normalized_name(project)))
        .collect();
    let allowed = Vec::from_iter(allowed).join(", ");
    (!others.is_empty()).then(|| {
        format!(
            "the token is only for {allowed}, but {} is to be published",
            others.join(", ")
        )
    })
}

/// The projects that a token is restricted to by name; `None` where it is not, or where it cannot be read.
fn allowed(body: &str) -> Option<BTreeSet<String>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let decode = |alphabet| GeneralPurpose::new(alphabet, config).decode(body).ok();
    let macaroon = decode(&URL_SAFE).or_else(|| decode(&STANDARD))?;
    let mut allowed: Option<BTreeSet<String>> = None;
    for caveat in fields(&macaroon) {
        let Some(names) = names(&caveat) else {
            continue;
        };
        // Each restriction holds beside the others.
        allowed = Some(match allowed {
            None => names,
            Some(before) => before.intersection(&names).cloned().collect(),
        });
    }
    allowed
}

/// The names in a restriction: `[1, ["a"]]`, or as older tokens have it, `{"permissions": {"projects": ["a"]}}`.
fn names(caveat: &Value) -> Option<BTreeSet<String>> {
    let names = match caveat {
        Value::Array(parts) => match parts.as_slice() {
            [tag, names] if tag.as_u64() == Some(1) => names,
            _ => return None,
        },
        _ => caveat.get("permissions")?.get("projects")?,
    };
    let names = names.as_array()?.iter();
    Some(
        names
            .filter_map(Value::as_str)
            .map(normalized_name)
            .collect(),
    )
}

/// The fields of a macaroon in its second binary format that are JSON: a type, a length of seven bits a byte, the data.
fn fields(macaroon: &[u8]) -> Vec<Value> {
    let mut found = Vec::new();
    let mut rest = match macaroon {
        [2, rest @ ..] => rest,
        _ => return found,
    };
    while let [kind, after @ ..] = rest {
        rest = after;
        if *kind == 0 {
            continue;
        }
        let Some((length, after)) = length(rest) else {
            break;
        };
        let (Some(data), Some(after)) = (after.get(..length), after.get(length..)) else {
            break;
        };
        found.extend(serde_json::from_slice::<Value>(data).ok());
        rest = after;
    }
    found
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0_usize;
    for (at, byte) in bytes.iter().enumerate().take(4) {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((length, bytes.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    /// A macaroon as PyPI writes it: location, identifier, caveats, signature.
    fn token(caveats: &[&str]) -> String {
        let mut bytes = vec![2];
        let mut field = |kind: u8, data: &[u8]| {
            bytes.push(kind);
            let length = data.len();
            if length > 127 {
                bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            }
            bytes.push(u8::try_from(if length > 127 { length >> 7 } else { length }).unwrap());
            bytes.extend(data);
        };
        field(1, crate::endpoints::PYPI_HOST.as_bytes());
        field(2, b"0b1c7f8e-0000-4000-8000-000000000000");
        let ends = [0_u8];
        let mut all: Vec<u8> = bytes.clone();
        all.extend(ends);
        for caveat in caveats {
            bytes = Vec::new();
            let mut field = |data: &[u8]| {
                bytes.push(2);
                let length = data.len();
                if length > 127 {
                    bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
                    bytes.push(u8::try_from(length >> 7).unwrap());
                } else {
                    bytes.push(u8::try_from(length).unwrap());
                }
                bytes.extend(data);
            };
            field(caveat.as_bytes());
            all.extend(&bytes);
            all.extend(ends);
        }
        all.extend(ends);
        all.extend([6, 4, 1, 2, 3, 4]);
        format!("pypi-{}", BASE64_URL_SAFE_NO_PAD.encode(all))
    }

    fn wrong(username: &str, token: &str, project: &str) -> Option<String> {
        let projects = BTreeSet::from([project]);
        wrong_for_pypi(username, &SecretString::from(token), &projects)
    }

    #[test]
    fn a_token_for_other_projects_is_found_before_the_upload() {
        let long = format!(r#"[1, ["hello-sdk", "{}"]]"#, "x".repeat(150));
        for caveat in [
            r#"[1, ["hello-sdk"]]"#,
            r#"{"version": 1, "permissions": {"projects": ["hello-sdk"]}}"#,
            &long,
        ] {
            let token = token(&[caveat]);
            assert_eq!(wrong("__token__", &token, "Hello_SDK"), None, "{caveat}");
            let told = wrong("__token__", &token, "other").unwrap();
            assert!(
                told.contains("hello-sdk") && told.contains("other"),
                "{told}"
            );
            assert!(!told.contains(&token), "{told}");
        }
        let both = token(&[r#"[1, ["a", "b"]]"#, r#"[1, ["b"]]"#]);
        assert!(wrong("__token__", &both, "a").is_some());
        assert_eq!(wrong("__token__", &both, "b"), None);
    }

    #[test]
    fn a_token_of_the_whole_account_and_one_that_cannot_be_read_may_publish() {
        for token in [
            token(&[r#"{"version": 1, "permissions": "user"}"#]),
            token(&[r#"[3, "user-id"]"#, "[0, 1, 2]"]),
            token(&[]),
            "pypi-abc".to_owned(),
            "pypi-AgL/".to_owned(),
        ] {
            assert_eq!(wrong("__token__", &token, "a"), None, "{token}");
        }
    }

    #[test]
    fn what_is_not_a_token_is_said_without_showing_it() {
        let told = wrong("__token__", "hunter2-hunter2", "a").unwrap();
        assert!(
            told.contains("`pypi-`") && !told.contains("hunter2"),
            "{told}"
        );
        let told = wrong("ada", "pypi-x", "a").unwrap();
        assert!(told.contains("`__token__`"), "{told}");
    }
}
