//! The names of channels, so that a typing error never makes a new one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that moves: what `latest` is today is another version tomorrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Channel {
    /// The newest release.
    Latest,
    /// The newest release or prerelease.
    Prerelease,
    /// The last nightly build.
    Nightly,
    /// The last commit of `main`.
    Main,
    /// The last commit of a pull request.
    Pr(u64),
}

/// What was given instead of a channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown channel `{0}`: the channels are `latest`, `prerelease`, `nightly`, `main`, `pr/<number>`"
)]
pub struct InvalidChannel(String);

impl FromStr for Channel {
    type Err = InvalidChannel;

    fn from_str(text: &str) -> Result<Self, InvalidChannel> {
        let channel = match text {
            "latest" => Self::Latest,
            "prerelease" => Self::Prerelease,
            "nightly" => Self::Nightly,
            "main" => Self::Main,
            _ => {
                let number = text.strip_prefix("pr/").and_then(|n| n.parse().ok());
                Self::Pr(number.filter(|n| *n > 0).unwrap_or_default())
            }
        };
        // `pr/007` and `pr/+7` would be second spellings of one channel.
        if channel.to_string() == text && channel != Self::Pr(0) {
            Ok(channel)
        } else {
            Err(InvalidChannel(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for Channel {
    type Error = InvalidChannel;

    fn try_from(text: String) -> Result<Self, InvalidChannel> {
        text.parse()
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.to_string()
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Prerelease => f.write_str("prerelease"),
            Self::Nightly => f.write_str("nightly"),
            Self::Main => f.write_str("main"),
            Self::Pr(number) => write!(f, "pr/{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_is_read_as_it_is_written() {
        for text in ["latest", "prerelease", "nightly", "main", "pr/1704"] {
            assert_eq!(text.parse::<Channel>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_answered_with_the_channels_there_are() {
        for text in [
            "", "lastest", "pr/", "pr/0", "pr/007", "pr/+7", "pr/7/x", "../main",
        ] {
            let error = text.parse::<Channel>().unwrap_err().to_string();
            assert!(error.contains("`nightly`"), "{error}");
        }
    }
}
