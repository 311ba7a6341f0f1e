//! What a registry shows of a version, for those who compare it with what was released.

use super::{Credentials, Error, Registry, index};
use semver::Version;

/// A version that a registry shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The digest of its `.crate`, in lower-case hex.
    pub sha256: String,
    /// Nobody who does not use it yet will get it.
    pub yanked: bool,
}

impl Registry {
    /// What the index shows of a version; `None` for one that it does not have.
    ///
    /// # Errors
    /// The index cannot be read.
    pub async fn listed(
        &self,
        name: &str,
        version: &str,
        credentials: Option<&Credentials>,
    ) -> Result<Option<Listed>, Error> {
        let token = match credentials {
            Some(credentials) => self.index_token(credentials).await?,
            None => None,
        };
        let entries = self.entries(name, token.as_ref()).await?;
        let Ok(version) = version.parse::<Version>() else {
            return Ok(None);
        };
        let found = index::find(entries.as_deref().unwrap_or_default(), &version);
        Ok(found.map(|entry| Listed {
            sha256: entry.cksum.clone(),
            yanked: entry.yanked,
        }))
    }
}
