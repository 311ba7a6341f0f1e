//! A Cargo registry: what its index holds, and uploads of `.crate` files that were packaged before.

mod body;
mod error;
mod index;
mod limits;
mod publish;
mod set;

pub use error::Error;
pub use limits::Estimate;

use crate::{
    endpoints,
    http::{self, Follow, Reply, Transport, authorization, shown},
    outcome::{Conflict, State},
    trusted,
};
use index::{Config, Entry};
use package_formats::Crate;
use reqwest::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderValue};
use secrecy::SecretString;
use std::{collections::BTreeSet, sync::Arc};
use url::Url;

/// How uploads are paid for.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// An API token.
    Token(SecretString),
    /// Trusted publishing: a token minted from the job's identity. It creates no new crate.
    Trusted(Arc<trusted::Publisher>),
}

/// A registry, by its sparse index.
#[derive(Debug, Clone)]
pub struct Registry {
    transport: Transport,
    /// Ends with a slash.
    index: Url,
    api: Option<Url>,
    auth_required: bool,
}

/// One crate of a run, compared with what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The file's name.
    pub file: String,
    /// The crate.
    pub name: String,
    /// Its version, with build metadata if it has any.
    pub version: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of our bytes, in hex.
    pub sha256: String,
    /// The registry knows no such crate yet: this upload creates it.
    pub new_crate: bool,
    /// What is there.
    pub state: State,
}

/// What a run would do, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Dependencies before their dependants.
    pub crates: Vec<Planned>,
    /// What the registry's limits make of it.
    pub estimate: Estimate,
}

impl Registry {
    /// Opens a registry by its sparse index, `sparse+https://…` or `https://…`, and reads its configuration.
    ///
    /// `token` is for registries that show their index only to those who log in; it is sent when they ask.
    pub async fn open(
        transport: &Transport,
        index: &str,
        token: Option<&SecretString>,
    ) -> Result<Self, Error> {
        let address = index.trim();
        let address = address.strip_prefix("sparse+").unwrap_or(address);
        let mut index = http::address(address)?;
        if !index.path().ends_with('/') {
            index.set_path(&format!("{}/", index.path()));
        }
        let mut registry = Self {
            transport: transport.clone(),
            index,
            api: None,
            auth_required: false,
        };
        let config = registry.config(token).await?;
        registry.auth_required |= config.auth_required;
        registry.api = config.api.as_deref().map(http::address).transpose()?;
        Ok(registry)
    }

    /// The sparse index; ends with a slash.
    pub fn index_url(&self) -> &Url {
        &self.index
    }

    /// Where the registry takes uploads; trusted publishing asks there for tokens.
    ///
    /// # Errors
    /// The registry's configuration names no such address.
    pub fn api_url(&self) -> Result<&Url, Error> {
        let cause = "its `config.json` has no `api`, so nothing can be published there";
        self.api.as_ref().ok_or_else(|| self.unusable(cause))
    }

    /// Compares the crates with the index, in publishing order. Sends nothing.
    ///
    /// # Errors
    /// Everything that is wrong with the set: `publish = false`, a version twice, a `Cargo.lock` that pins other bytes of
    /// a sibling, a circle of dependencies; or the index cannot be read. That other bytes are there is no error yet: see
    /// [`Plan::conflicts`].
    pub async fn plan(&self, crates: &[Crate], credentials: &Credentials) -> Result<Plan, Error> {
        let ordered = set::ordered(crates, &self.index)?;
        let token = self.index_token(credentials).await?;
        let mut planned = Vec::with_capacity(ordered.len());
        for krate in ordered {
            planned.push(self.compare(krate, token.as_ref()).await?);
        }
        let limited =
            matches!(credentials, Credentials::Token(_)) && endpoints::is_crates_io(&self.index);
        Ok(Plan {
            estimate: estimate(&planned, limited),
            crates: planned,
        })
    }

    async fn compare(&self, krate: &Crate, token: Option<&SecretString>) -> Result<Planned, Error> {
        let entries = self.entries(krate.name(), token).await?;
        let known = entries.as_deref().unwrap_or_default();
        let existing = index::find(known, krate.version());
        let sha256 = krate.digest.sha256.clone();
        Ok(Planned {
            file: file_name(krate),
            name: krate.name().to_owned(),
            version: krate.version().to_string(),
            size: krate.digest.size,
            new_crate: entries.is_none(),
            state: State::of(existing.map(|entry| entry.cksum.as_str()), &sha256),
            sha256,
        })
    }

    /// A crate's versions, or `None` when the registry does not know it.
    async fn entries(
        &self,
        name: &str,
        token: Option<&SecretString>,
    ) -> Result<Option<Vec<Entry>>, Error> {
        let what = format!("read the index of {name}");
        let reply = self.read(&what, &index::path_of(name), token).await?;
        match reply.status.as_u16() {
            200..300 => Ok(Some(index::entries(&reply.body))),
            // The Cargo Book: these three say that there is no such crate.
            404 | 410 | 451 => Ok(None),
            status @ (401 | 403) => Err(self.denied(status)),
            _ => Err(reply.refused(&what).into()),
        }
    }

    async fn config(&mut self, token: Option<&SecretString>) -> Result<Config, Error> {
        let what = "read the registry's configuration";
        let mut reply = self.read(what, "config.json", None).await?;
        if reply.status.as_u16() == 401 && token.is_some() {
            self.auth_required = true;
            reply = self.read(what, "config.json", token).await?;
        }
        match reply.status.as_u16() {
            200..300 => serde_json::from_slice(&reply.body)
                .map_err(|error| self.unusable(&format!("its `config.json` is invalid: {error}"))),
            status @ (401 | 403) => Err(self.denied(status)),
            404 => {
                Err(self
                    .unusable("it has no `config.json`: is this the address of a sparse index?"))
            }
            _ => Err(reply.refused(what).into()),
        }
    }

    /// Reads a file of the index past all caches; the token goes along where the registry demands one.
    async fn read(
        &self,
        what: &str,
        path: &str,
        token: Option<&SecretString>,
    ) -> Result<Reply, Error> {
        let url = self.index.join(path);
        let mut url = url.map_err(|error| self.unusable(&error.to_string()))?;
        // A cache in between may ignore the header below, but not another address.
        let fresh = self.transport.clock.now().as_millisecond().to_string();
        url.query_pairs_mut().append_pair("fresh", &fresh);
        let mut headers = HeaderMap::new();
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/json, text/plain, */*"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Some(token) = token.filter(|_| self.auth_required) {
            headers.insert(AUTHORIZATION, authorization("token", "", token)?);
        }
        let reply = self.transport.get(what, &url, &headers, Follow::SameHost);
        Ok(reply.await?)
    }

    async fn index_token(&self, credentials: &Credentials) -> Result<Option<SecretString>, Error> {
        match self.auth_required {
            true => Ok(Some(credentials.token().await?)),
            false => Ok(None),
        }
    }

    fn denied(&self, status: u16) -> Error {
        Error::IndexDenied {
            index: shown(&self.index),
            status,
        }
    }

    fn unusable(&self, cause: &str) -> Error {
        Error::Registry {
            index: shown(&self.index),
            cause: cause.to_owned(),
        }
    }
}

impl Credentials {
    /// The token for one request; a minted one is renewed here when it is about to end.
    async fn token(&self) -> Result<SecretString, Error> {
        match self {
            Self::Token(token) => Ok(token.clone()),
            Self::Trusted(publisher) => Ok(publisher.token().await?),
        }
    }
}

impl Plan {
    /// Every version that is taken by other bytes.
    pub fn conflicts(&self) -> Vec<Conflict> {
        self.crates.iter().filter_map(Planned::conflict).collect()
    }
}

impl Planned {
    /// The conflict, when other bytes are there.
    pub fn conflict(&self) -> Option<Conflict> {
        match &self.state {
            State::Other { existing } => Some(Conflict {
                file: self.file.clone(),
                existing: existing.clone(),
                ours: self.sha256.clone(),
            }),
            _ => None,
        }
    }
}

fn estimate(planned: &[Planned], limited: bool) -> Estimate {
    let mut new_crates = BTreeSet::new();
    let mut new_versions = 0;
    for absent in planned.iter().filter(|one| one.state == State::Absent) {
        // The second version of a crate that this run creates is a version like any other.
        if !absent.new_crate || !new_crates.insert(absent.name.as_str()) {
            new_versions += 1;
        }
    }
    let new_crates = u32::try_from(new_crates.len()).unwrap_or(u32::MAX);
    Estimate::new(new_crates, new_versions, limited)
}

/// `name-version.crate`, as the registry will serve it.
fn file_name(krate: &Crate) -> String {
    format!("{}-{}.crate", krate.name(), krate.version())
}
