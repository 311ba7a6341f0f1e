//! How a transport behaves: patience, clock, listener and proxy, all of them the caller's.

use std::sync::Arc;

use url::Url;

use crate::{
    clock::{Clock, SystemClock},
    events::{Listener, silent},
    retry::Policy,
};

/// A proxy, which the caller names: no variable of the environment is read here.
#[derive(Clone)]
pub struct Proxy {
    /// Where it listens.
    pub url: Url,
    /// Hosts that are reached directly, as in `NO_PROXY`.
    pub except: String,
}

/// Shows no password.
impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy")
            .field("url", &super::shown(&self.url))
            .field("except", &self.except)
            .finish()
    }
}

impl Proxy {
    /// The proxy that the usual variables name (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), looked up by the caller.
    ///
    /// # Errors
    /// A value that is no address.
    pub fn from_vars<'a>(
        var: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Option<Self>, url::ParseError> {
        let either = |name: &str| var(name).or_else(|| var(&name.to_lowercase()));
        let Some(url) = either("HTTPS_PROXY").or_else(|| either("ALL_PROXY")) else {
            return Ok(None);
        };
        Ok(Some(Self {
            url: url.parse()?,
            except: either("NO_PROXY").unwrap_or_default().to_owned(),
        }))
    }
}

/// How a [`Transport`] behaves.
#[derive(Clone)]
pub struct Options {
    /// Attempts and waits.
    pub policy: Policy,
    /// The clock that waits are measured by.
    pub clock: Arc<dyn Clock>,
    /// Who hears what happens.
    pub listener: Listener,
    /// None: every server is reached directly.
    pub proxy: Option<Proxy>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("policy", &self.policy)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            clock: Arc::new(SystemClock),
            listener: silent(),
            proxy: None,
        }
    }
}

impl Options {
    /// For a caller with a log, which gets a line for each [`crate::Event`], and with variables that may name a proxy.
    ///
    /// # Errors
    /// A proxy that is no address.
    pub fn for_log<'a>(
        log: impl Fn(String) + Send + Sync + 'static,
        var: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, url::ParseError> {
        Ok(Self {
            listener: Arc::new(move |event| log(event.to_string())),
            proxy: Proxy::from_vars(var)?,
            ..Self::default()
        })
    }
}
