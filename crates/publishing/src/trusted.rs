//! Trusted publishing: a job's identity is exchanged for a token that lives minutes and is never stored.

use crate::{
    Event,
    http::{self, Reply, Transport, authorization, shown},
    retry::{Failure, Policy, Retry},
};
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;
use url::Url;

/// Why the caller could not get an identity.
pub type IdentityError = Box<dyn std::error::Error + Send + Sync>;

/// Gets a fresh OIDC token for an audience. It is asked again for every exchange, because registries take each one once.
pub type Identity =
    Arc<dyn Fn(String) -> BoxFuture<'static, Result<SecretString, IdentityError>> + Send + Sync>;

/// Hears every minted token at once, before it is used, so that it can be masked.
pub type OnMinted = Arc<dyn Fn(&SecretString) + Send + Sync>;

/// An [`Identity`] from an async function that gives the OIDC token for an audience.
pub fn identity<Answer, E>(ask: impl Fn(String) -> Answer + Send + Sync + 'static) -> Identity
where
    Answer: Future<Output = Result<String, E>> + Send + 'static,
    E: Into<IdentityError>,
{
    Arc::new(move |audience| {
        let answer = ask(audience);
        Box::pin(async move { answer.await.map(SecretString::from).map_err(Into::into) })
    })
}

/// An [`OnMinted`] from a function that masks.
pub fn on_minted(mask: impl Fn(&str) + Send + Sync + 'static) -> OnMinted {
    Arc::new(move |token| mask(token.expose_secret()))
}

/// A token is renewed when it has less than this left: longer than any single upload we wait for.
const SPARE: SignedDuration = SignedDuration::from_mins(5);
/// Lifetime that crates.io documents; its answer does not carry it.
const CRATES_IO_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
/// Lifetime that PyPI documents, for an index whose answer does not carry it.
const PYPI_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// What ends by itself is worth some seconds, and no more.
const ENDING: Policy = Policy {
    attempts: 3,
    first_wait: Duration::from_millis(500),
    longest_wait: Duration::from_secs(2),
    longest_asked_wait: Duration::from_secs(5),
    longest_silence: Duration::from_secs(5),
    visible_within: Duration::ZERO,
};

/// What goes wrong in an exchange.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller's identity provider failed.
    #[error("failed to get an OIDC token for the audience {audience:?}: {cause}")]
    Identity {
        /// Who the token is for.
        audience: String,
        /// The provider's words.
        cause: IdentityError,
    },
    /// The registry does not know this workflow.
    #[error(
        "failed to get a publishing token from {url}: {status}{}; is this repository, workflow file and environment registered as a trusted publisher of the project?",
        http::after_colon(detail)
    )]
    Refused {
        /// Where, without credentials.
        url: String,
        /// The answer.
        status: u16,
        /// The registry's words.
        detail: String,
    },
    /// The registry answered something else than its protocol.
    #[error("failed to read the answer of {url}: {cause}")]
    Answer {
        /// Where, without credentials.
        url: String,
        /// What is wrong with it.
        cause: String,
    },
    /// See [`http::Error`].
    #[error(transparent)]
    Http(#[from] http::Error),
}

impl From<crate::AskedToWait> for Error {
    fn from(asked: crate::AskedToWait) -> Self {
        Self::Http(asked.into())
    }
}

/// Which protocol the registry speaks.
#[derive(Debug, Clone)]
enum Protocol {
    /// `GET /_/oidc/audience`, `POST /_/oidc/mint-token` at this origin.
    Pypi(Url),
    /// `POST`/`DELETE /api/v1/trusted_publishing/tokens` at this API address.
    CratesIo(Url),
}

struct Minted {
    token: SecretString,
    until: Timestamp,
}

#[derive(Default)]
struct Held {
    minted: Option<Minted>,
    /// Tokens that were renewed; an upload may still be under way with one.
    renewed: Vec<SecretString>,
}

/// A source of short-lived tokens for one registry: mints when needed, renews before they end, revokes what it can.
pub struct Publisher {
    transport: Transport,
    protocol: Protocol,
    identity: Identity,
    on_minted: OnMinted,
    held: Mutex<Held>,
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher")
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

impl Publisher {
    /// For the Python index that takes uploads at `upload_url`.
    pub fn pypi(
        transport: &Transport,
        upload_url: &Url,
        identity: Identity,
        on_minted: OnMinted,
    ) -> Self {
        let origin = crate::endpoints::minting_origin(upload_url);
        Self::new(transport, Protocol::Pypi(origin), identity, on_minted)
    }

    /// For the Cargo registry whose configuration names `api`.
    pub fn crates_io(
        transport: &Transport,
        api: &Url,
        identity: Identity,
        on_minted: OnMinted,
    ) -> Self {
        let api = api.clone();
        Self::new(transport, Protocol::CratesIo(api), identity, on_minted)
    }

    fn new(
        transport: &Transport,
        protocol: Protocol,
        identity: Identity,
        on_minted: OnMinted,
    ) -> Self {
        Self {
            transport: transport.clone(),
            protocol,
            identity,
            on_minted,
            held: Mutex::default(),
        }
    }

    /// A token with at least five minutes left.
    pub async fn token(&self) -> Result<SecretString, Error> {
        let mut held = self.held.lock().await;
        let now = self.transport.clock.now();
        if let Some(minted) = &held.minted
            && minted.until.duration_since(now) > SPARE
        {
            return Ok(minted.token.clone());
        }
        let minted = match &self.protocol {
            Protocol::Pypi(origin) => self.mint_pypi(origin).await?,
            Protocol::CratesIo(api) => self.mint_crates_io(api).await?,
        };
        let token = minted.token.clone();
        let old = held.minted.replace(minted);
        held.renewed.extend(old.map(|old| old.token));
        Ok(token)
    }

    /// Ends every token of this run early, where the registry offers that: with few attempts and short ones, because each
    /// token ends by itself. To be called at the end, also of a run that failed or was cancelled; a second call does nothing.
    /// A call that is cut keeps the tokens for the next one.
    ///
    /// # Errors
    /// What the registry answered for the first token that it did not end. No run fails by that: see [`Self::end`].
    pub async fn revoke(&self) -> Result<(), Error> {
        let mut held = self.held.lock().await;
        let last = held.minted.take().map(|minted| minted.token);
        held.renewed.extend(last);
        let ended = held.renewed.iter().map(|token| self.revoke_token(token));
        let ended = futures::future::join_all(ended).await;
        held.renewed.clear();
        ended.into_iter().collect()
    }

    /// [`Self::revoke`] for a run that has a result of its own, which this never changes.
    pub async fn end(&self) {
        if let Err(error) = self.revoke().await {
            let text =
                format!("a publishing token was not revoked early; it expires by itself: {error}");
            (self.transport.listener)(&Event::Caution { text });
        }
    }

    async fn mint_pypi(&self, origin: &Url) -> Result<Minted, Error> {
        #[derive(Deserialize)]
        struct Audience {
            audience: String,
        }
        let url = joined(origin, "/_/oidc/audience")?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let follow = http::Follow::SameHost;
        let what = "ask the index for its OIDC audience";
        let reply = self.transport.get(what, &url, &headers, follow);
        let Audience { audience } = answer(&reply.await?)?;
        let url = joined(origin, "/_/oidc/mint-token")?;
        self.exchange(&url, &audience, "token", PYPI_LIFETIME).await
    }

    async fn mint_crates_io(&self, api: &Url) -> Result<Minted, Error> {
        let audience = api.host_str().unwrap_or_default();
        self.exchange(&tokens_of(api)?, audience, "jwt", CRATES_IO_LIFETIME)
            .await
    }

    /// Each attempt takes a fresh identity: a registry that got one and was cut off takes it no second time.
    async fn exchange(
        &self,
        url: &Url,
        audience: &str,
        field: &str,
        lifetime: SignedDuration,
    ) -> Result<Minted, Error> {
        #[derive(Deserialize)]
        struct Answer {
            token: String,
            expires: Option<i64>,
        }
        let what = "exchange the job's identity for a publishing token";
        let attempt = |attempt| async move {
            let identity = (self.identity)(audience.to_owned()).await;
            let jwt = identity.map_err(|cause| {
                let audience = audience.to_owned();
                Failure::last(Error::Identity { audience, cause })
            })?;
            let request = self
                .transport
                .request(Method::POST, url)
                .header(ACCEPT, "application/json")
                .json(&json!({ field: jwt.expose_secret() }))
                .timeout(http::timeout_for(0));
            let sent = self.transport.send(what, url, request, &jwt, attempt).await;
            let reply = sent.map_err(Failure::map)?;
            answer::<Answer>(&reply).map_err(Failure::last)
        };
        let Answer { token, expires } = self.transport.retry(what).run(attempt).await?;
        let token = SecretString::from(token);
        (self.on_minted)(&token);
        self.transport.learn(&token);
        let until = expires.and_then(|at| Timestamp::from_second(at).ok());
        let until = until.unwrap_or(self.transport.clock.now() + lifetime);
        Ok(Minted { token, until })
    }

    /// PyPI answers 202 whatever it was sent, and an index that only mints refuses what it does not know.
    async fn revoke_token(&self, token: &SecretString) -> Result<(), Error> {
        let (url, bearer) = match &self.protocol {
            Protocol::CratesIo(api) => {
                let bearer = authorization("publishing token", "Bearer ", token)?;
                (tokens_of(api)?, Some(bearer))
            }
            Protocol::Pypi(origin) => (joined(origin, "/_/oidc/burn-token")?, None),
        };
        let what = "revoke the publishing token";
        let attempt = |attempt| {
            let request = match &bearer {
                Some(bearer) => self
                    .transport
                    .request(Method::DELETE, &url)
                    .header(AUTHORIZATION, bearer.clone()),
                None => self
                    .transport
                    .request(Method::POST, &url)
                    .json(&json!({ "token": token.expose_secret() })),
            };
            let request = request.timeout(ENDING.longest_silence);
            self.transport.send(what, &url, request, token, attempt)
        };
        let retry = Retry {
            policy: &ENDING,
            ..self.transport.retry(what)
        };
        let reply = retry.run(attempt).await?;
        let is_not_offered = bearer.is_none() && reply.status.is_client_error();
        match reply.status.is_success() || is_not_offered {
            true => Ok(()),
            false => Err(refused(&reply)),
        }
    }
}

fn joined(origin: &Url, path: &str) -> Result<Url, Error> {
    origin.join(path).map_err(|error| Error::Answer {
        url: shown(origin),
        cause: error.to_string(),
    })
}

fn tokens_of(api: &Url) -> Result<Url, Error> {
    let base = api.path().trim_end_matches('/').to_owned();
    joined(api, &format!("{base}/api/v1/trusted_publishing/tokens"))
}

/// Reads a JSON answer; a refusal keeps the registry's words.
fn answer<T: DeserializeOwned>(reply: &Reply) -> Result<T, Error> {
    if !reply.status.is_success() {
        return Err(refused(reply));
    }
    // The cause of a failed read could quote the token: only its place is told.
    serde_json::from_slice(&reply.body).map_err(|error| Error::Answer {
        url: shown(&reply.url),
        cause: format!(
            "unexpected JSON at line {}, column {}",
            error.line(),
            error.column()
        ),
    })
}

fn refused(reply: &Reply) -> Error {
    Error::Refused {
        url: shown(&reply.url),
        status: reply.status.as_u16(),
        detail: http::detail(reply),
    }
}
