//! A Cargo registry: what its index holds, and uploads of `.crate` files that were packaged before.

mod ask;
mod body;
mod error;
mod index;
mod inspect;
mod limits;
mod listed;
mod paced;
mod parallel;
mod plan;
mod publish;
mod requirements;
mod rules;
mod set;
mod yank;

pub use ask::{Owner, TokenHolder};
pub use error::Error;
pub use limits::{Estimate, Limits, Rate};
pub use listed::Listed;
pub use plan::{Plan, Planned, Problem};
pub(crate) use rules::everywhere;
pub use yank::Yanked;

use crate::{
    endpoints,
    http::{self, Follow, Reply, Transport, authorization, shown},
    trusted,
};
use index::{Config, Entry};
use package_formats::Crate;
use reqwest::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderValue};
use secrecy::SecretString;
use std::sync::Arc;
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
    /// What it lets the owner of an API token do; `None` where nothing is known.
    limits: Option<Limits>,
    /// Where the dependencies are that name no registry and are not here.
    crates_io: String,
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
            limits: endpoints::is_crates_io(&index).then(Limits::crates_io),
            index,
            api: None,
            auth_required: false,
            crates_io: endpoints::CRATES_IO_INDEX.to_owned(),
        };
        let config = registry.config(token).await?;
        registry.auth_required |= config.auth_required;
        registry.api = config.api.as_deref().map(http::address).transpose()?;
        Ok(registry)
    }

    /// The same registry with the limits of uploads by an API token that it is known to have: uploads are paced to
    /// them. Those of crates.io are known without this.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// The same registry with another sparse index, such as a mirror's, in the place of that of crates.io: there
    /// dependencies are looked up that name no registry and that this one does not have.
    #[must_use]
    pub fn with_crates_io_at(mut self, index: &str) -> Self {
        index.clone_into(&mut self.crates_io);
        self
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

    /// An address of the web API, for example `api/v1/crates/new`.
    fn api_of(&self, path: &str) -> Result<Url, Error> {
        let api = self.api_url()?;
        let base = api.path().trim_end_matches('/');
        let joined = api.join(&format!("{base}/{path}"));
        joined.map_err(|error| self.unusable(&error.to_string()))
    }

    /// The limits that hold for these credentials: trusted publishing has none.
    fn limits_for(&self, credentials: &Credentials) -> Option<Limits> {
        match credentials {
            Credentials::Token(_) => self.limits,
            Credentials::Trusted(_) => None,
        }
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

    /// Ends a token that was minted.
    async fn end(&self) {
        if let Self::Trusted(publisher) = self {
            publisher.end().await;
        }
    }
}

/// `name-version.crate`, as the registry will serve it.
fn file_name(krate: &Crate) -> String {
    format!("{}-{}.crate", krate.name(), krate.version())
}
