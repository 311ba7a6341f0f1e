//! A commit id that is always whole, because an abbreviated one stops being unique as a repository grows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Hex digits of a full commit id.
const FULL: usize = 40;
/// Hex digits of the form that addresses show to people; the shortest that git prints.
pub(crate) const SHORT: usize = 7;

/// A full commit id: exactly 40 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Commit(String);

/// What was given instead of a full commit id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a full commit id: it has 40 lowercase hex digits, but this is {found}")]
pub struct InvalidCommit {
    given: String,
    found: String,
}

impl Commit {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 7 hex digits: for eyes and for the public short address, never to tell commits apart.
    pub fn short(&self) -> &str {
        self.0.get(..SHORT).unwrap_or(&self.0)
    }
}

/// Whether a text is made of lower-case hex digits only.
pub(crate) fn is_hex(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Whether a text has the form of a short id.
pub(crate) fn is_short(text: &str) -> bool {
    text.len() == SHORT && is_hex(text)
}

impl FromStr for Commit {
    type Err = InvalidCommit;

    fn from_str(text: &str) -> Result<Self, InvalidCommit> {
        if text.len() == FULL && is_hex(text) {
            return Ok(Self(text.to_owned()));
        }
        let found = if text.is_empty() {
            "empty".to_owned()
        } else if text.len() == FULL && is_hex(&text.to_ascii_lowercase()) {
            "upper case".to_owned()
        } else if is_hex(text) {
            format!("{} digits", text.len())
        } else {
            "no hex".to_owned()
        };
        Err(InvalidCommit {
            given: text.chars().take(80).collect(),
            found,
        })
    }
}

impl TryFrom<String> for Commit {
    type Error = InvalidCommit;

    fn try_from(text: String) -> Result<Self, InvalidCommit> {
        text.parse()
    }
}

impl From<Commit> for String {
    fn from(commit: Commit) -> Self {
        commit.0
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";

    #[test]
    fn a_full_id_is_taken_and_shortens_to_seven_digits() {
        let commit: Commit = ID.parse().unwrap();
        assert_eq!(commit.to_string(), ID);
        assert_eq!(commit.short(), "6e4ddaf");
    }

    #[test]
    fn anything_else_is_refused_with_what_it_is() {
        for (given, found) in [
            ("6e4ddaf", "7 digits"),
            ("", "empty"),
            ("6E4DDAF0123456789ABCDEF0123456789ABCDEF0", "upper case"),
            ("refs/heads/main", "no hex"),
            ("../6e4ddaf0123456789abcdef0123456789abcd", "no hex"),
        ] {
            let error = given.parse::<Commit>().unwrap_err().to_string();
            assert!(error.contains(found), "{given}: {error}");
        }
    }

    #[test]
    fn json_holds_no_abbreviated_id() {
        assert!(serde_json::from_str::<Commit>("\"6e4ddaf\"").is_err());
        assert_eq!(
            serde_json::from_str::<Commit>(&format!("\"{ID}\""))
                .unwrap()
                .as_str(),
            ID
        );
    }
}
