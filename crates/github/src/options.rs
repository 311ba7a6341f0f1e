//! How a client behaves: where the API is, who asks, through which proxies, and how patiently. All of it is the caller's.

use std::fmt;
use std::sync::Arc;

use http_retry::{Clock, SystemClock};
use secrecy::SecretString;

use crate::proxies::Proxies;
use crate::retry::{Observer, Policy, Retrying};

/// The API of github.com; `GITHUB_API_URL` names another one on GitHub Enterprise.
const API: &str = "https://api.github.com";

/// How a client behaves.
#[derive(Clone)]
pub struct Options {
    pub(crate) api: String,
    pub(crate) graphql: Option<String>,
    pub(crate) proxies: Proxies,
    pub(crate) token: Option<SecretString>,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observer: Observer,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api: API.to_owned(),
            graphql: None,
            proxies: Proxies::default(),
            token: None,
            policy: Policy::default(),
            clock: Arc::new(SystemClock),
            observer: Arc::new(|_| {}),
        }
    }
}

impl Options {
    /// Takes the addresses of the API (`GITHUB_API_URL`, `GITHUB_GRAPHQL_URL`) and the proxies (`HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY`, `NO_PROXY`, in either case) from variables. An empty variable counts as absent.
    #[must_use]
    pub fn environment<'a>(mut self, var: impl Fn(&str) -> Option<&'a str>) -> Self {
        let var = |name: &str| var(name).filter(|value| !value.is_empty());
        if let Some(api) = var("GITHUB_API_URL") {
            self.api = api.trim_end_matches('/').to_owned();
        }
        self.graphql = var("GITHUB_GRAPHQL_URL").map(str::to_owned);
        self.proxies = Proxies::from_variables(var);
        self
    }

    /// Asks as whoever the token belongs to; without one, as anybody.
    #[must_use]
    pub fn token(mut self, token: Option<&str>) -> Self {
        self.token = token.map(SecretString::from);
        self
    }

    /// Attempts and waits.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The clock that waits are measured by.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Hears of each attempt that is followed by another one.
    #[must_use]
    pub fn on_retry(mut self, observer: impl Fn(&Retrying) + Send + Sync + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }
}

/// Shows no secret: neither the token nor the password of a proxy.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("api", &self.api)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
