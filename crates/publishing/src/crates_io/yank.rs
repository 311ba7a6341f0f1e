//! Versions taken back from those who do not use them yet: looked at first, done, looked at again.

use super::{Error, Registry, index};
use crate::http::{self, authorization, detail};
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION},
};
use secrecy::SecretString;
use semver::Version;

/// What became of a wish to yank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yanked {
    /// This run did it, and the index shows it.
    Done,
    /// It was so already; nothing was sent.
    Already,
    /// A dry run would do it.
    Would,
}

impl Registry {
    /// Yanks a version: who does not use it yet gets it no more. Its owners can undo it with `cargo yank --undo`.
    ///
    /// Needs an API token with the right to yank; a minted token has none.
    ///
    /// # Errors
    /// The index has no such version, the registry refuses the token, or the index does not show it in time.
    pub async fn yank(
        &self,
        name: &str,
        version: &Version,
        token: Option<&SecretString>,
        dry_run: bool,
    ) -> Result<Yanked, Error> {
        let what = format!("yank {name} {version}");
        // The registry finds a version by its exact spelling, which may differ from ours in build metadata.
        let spelled = match self.is_yanked(name, version, token).await? {
            None => return Err(Error::NoSuchVersion { what }),
            Some((_, true)) => return Ok(Yanked::Already),
            Some(_) if dry_run => return Ok(Yanked::Would),
            Some((spelled, _)) => spelled,
        };
        let secret = token.cloned().unwrap_or_default();
        // A `+` in a path is sometimes read as a space.
        let version_part = spelled.to_string().replace('+', "%2B");
        let url = self.api_of(&format!("api/v1/crates/{name}/{version_part}/yank"))?;
        let header = authorization("token", "", &secret)?;
        let attempt = |attempt| {
            let request = self
                .transport
                .request(Method::DELETE, &url)
                .header(AUTHORIZATION, header.clone())
                .header(ACCEPT, "application/json")
                .timeout(http::timeout_for(0));
            let sent = self.transport.send(&what, &url, request, &secret, attempt);
            async move {
                let now = self.transport.clock.now();
                sent.await
                    .map_err(|failure| super::limits::judge(failure, now))
            }
        };
        let reply = self.transport.retry(&what).run(attempt).await?;
        match reply.status.as_u16() {
            200..300 => {}
            status @ (401 | 403) => {
                let detail = detail(&reply);
                return Err(Error::Refused {
                    what,
                    status,
                    detail,
                });
            }
            _ => return Err(reply.refused(&what).into()),
        }
        let mut pace = self.transport.pace();
        loop {
            match self.is_yanked(name, version, token).await? {
                Some((_, true)) => return Ok(Yanked::Done),
                _ if !pace.wait().await => {
                    let within = self.transport.policy.visible_within;
                    return Err(Error::NotShown { what, within });
                }
                _ => {}
            }
        }
    }

    /// Whether a version is yanked, with its spelling in the index; `None` when it is not there.
    async fn is_yanked(
        &self,
        name: &str,
        version: &Version,
        token: Option<&SecretString>,
    ) -> Result<Option<(Version, bool)>, Error> {
        let entries = self.entries(name, token).await?.unwrap_or_default();
        let entry = index::find(&entries, version);
        Ok(entry.map(|entry| (entry.version.clone(), entry.yanked)))
    }
}
