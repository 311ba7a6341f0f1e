//! What the payloads of all events share: the repository and who did it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The repository that the workflow runs in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// `owner/name`.
    #[serde(deserialize_with = "owner_and_name")]
    pub full_name: String,
    /// Such as `main`, without `refs/heads/`.
    pub default_branch: String,
}

impl Repository {
    /// The user or organisation: what stands before the slash.
    pub fn owner(&self) -> &str {
        self.full_name
            .split_once('/')
            .map_or("", |(owner, _)| owner)
    }

    /// The name alone: what stands behind the slash.
    pub fn name(&self) -> &str {
        self.full_name.split_once('/').map_or("", |(_, name)| name)
    }
}

/// A user, an organisation or a bot.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The name to `@`-mention, such as `octocat` or `dependabot[bot]`.
    pub login: String,
}

fn owner_and_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.split_once('/') {
        Some((owner, name)) if !owner.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok(text)
        }
        _ => Err(D::Error::custom(format!(
            "expected `owner/name`, found {text:?}"
        ))),
    }
}
