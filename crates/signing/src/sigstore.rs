//! Signatures by a job's own identity: a certificate that lives minutes, and an entry in a public log.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use package_store::SignatureKind;
use secrecy::{ExposeSecret as _, SecretString};
use sigstore_sign::oidc::IdentityToken;
use sigstore_sign::types::{Bundle, Sha256Hash};
use sigstore_sign::{SigningContext, SigningServices};
use tokio::sync::Mutex;

use crate::endpoints::AUDIENCE;
use crate::error::IdentityError;
use crate::signer::failed;
use crate::{Error, File, Signer, Statement, Trust};

/// Gets a fresh OIDC token for an audience.
pub type Identity = Arc<
    dyn Fn(&'static str) -> BoxFuture<'static, Result<SecretString, IdentityError>> + Send + Sync,
>;

/// Hears why a signature is tried again, and after which wait.
pub type OnRetry = Arc<dyn Fn(&str) + Send + Sync>;

/// An [`Identity`] from an async function that gives the OIDC token for an audience.
pub fn identity<Answer, E>(ask: impl Fn(&'static str) -> Answer + Send + Sync + 'static) -> Identity
where
    Answer: Future<Output = Result<String, E>> + Send + 'static,
    E: Into<IdentityError>,
{
    Arc::new(move |audience| {
        let answer = ask(audience);
        Box::pin(async move { answer.await.map(SecretString::from).map_err(Into::into) })
    })
}

/// Attempts of one signature; the services limit requests, and are back soon.
const TRIES: usize = 5;
/// The longest that one request may take; the log answers after it has written.
const TIMEOUT: Duration = Duration::from_secs(60);
/// A token is asked for again when it has less than this left.
const SPARE: SignedDuration = SignedDuration::from_secs(90);

/// Signs with a job's own identity.
pub struct Sigstore {
    context: SigningContext,
    identity: Identity,
    on_retry: OnRetry,
    token: Mutex<Option<IdentityToken>>,
}

impl fmt::Debug for Sigstore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sigstore").finish_non_exhaustive()
    }
}

impl Sigstore {
    /// Signs at the services of an instance; nothing is asked yet.
    ///
    /// # Errors
    /// [`Error::TrustConfig`].
    pub fn new(trust: &Trust, identity: Identity, on_retry: OnRetry) -> Result<Self, Error> {
        let mut services = SigningServices::new(&trust.fulcio, &trust.rekor);
        if let Some(url) = &trust.timestamps {
            services = services.with_tsa_url(url);
        }
        let client = reqwest::Client::builder().timeout(TIMEOUT).build();
        let client = client.map_err(|error| Error::TrustConfig(error.to_string()))?;
        Ok(Self {
            context: SigningContext::new(services).with_http_client(client),
            identity,
            on_retry,
            token: Mutex::new(None),
        })
    }

    /// A token with some time left; many signatures share one.
    async fn token(&self) -> Result<IdentityToken, Error> {
        let mut held = self.token.lock().await;
        if let Some(token) = held.as_ref()
            && token.expiration().duration_since(Timestamp::now()) > SPARE
        {
            return Ok(token.clone());
        }
        let failed = |cause: IdentityError| Error::Identity {
            audience: AUDIENCE,
            cause,
        };
        let token = (self.identity)(AUDIENCE).await.map_err(failed)?;
        let token = IdentityToken::from_jwt(token.expose_secret()).map_err(|_| {
            failed("it is not a JSON web token with an issuer and a subject".into())
        })?;
        *held = Some(token.clone());
        Ok(token)
    }

    /// Signs, and again where a service fails for a reason that passes. Each attempt has a key and an entry of its own.
    async fn bundle<Work>(
        &self,
        name: &str,
        sign: impl Fn(sigstore_sign::Signer) -> Work,
    ) -> Result<Bytes, Error>
    where
        Work: Future<Output = sigstore_sign::Result<Bundle>>,
    {
        let attempt = || async {
            let token = self.token().await.map_err(Attempt::Last)?;
            sign(self.context.signer(token))
                .await
                .map_err(Attempt::Failed)
        };
        let policy = ExponentialBuilder::default()
            .with_jitter()
            .with_max_times(TRIES - 1);
        let signed = attempt
            .retry(policy)
            .when(|error| matches!(error, Attempt::Failed(cause) if is_transient(cause)))
            .notify(|error, wait| {
                (self.on_retry)(&format!(
                    "failed to sign {name}: {error}; the next attempt starts in {:.1} s",
                    wait.as_secs_f64()
                ));
            });
        let bundle = signed.await.map_err(|error| match error {
            Attempt::Last(error) => error,
            Attempt::Failed(cause) => failed(name, advice(&cause)),
        })?;
        let json = bundle.to_json().map_err(|error| failed(name, error))?;
        Ok(Bytes::from(json))
    }
}

enum Attempt {
    /// Not to be tried again.
    Last(Error),
    Failed(sigstore_sign::Error),
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(error) => error.fmt(f),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl Signer for Sigstore {
    fn kind(&self) -> SignatureKind {
        SignatureKind::Sigstore
    }

    fn needs_content(&self) -> bool {
        false
    }

    fn sign<'a>(&'a self, file: &'a File) -> BoxFuture<'a, Result<Bytes, Error>> {
        Box::pin(async move {
            let name = &file.subject.name;
            let digest = Sha256Hash::from_hex(&file.subject.sha256.to_string())
                .map_err(|error| failed(name, error))?;
            let sign = |signer: sigstore_sign::Signer| async move { signer.sign(digest).await };
            self.bundle(name, sign).await
        })
    }

    fn attest<'a>(&'a self, statement: &'a Statement) -> BoxFuture<'a, Result<Bytes, Error>> {
        Box::pin(async move {
            let name = &statement.subject().name;
            let json = statement.to_json();
            let json = &json;
            let sign = |signer: sigstore_sign::Signer| async move {
                signer.sign_raw_statement(json).await
            };
            self.bundle(name, sign).await
        })
    }
}

/// The status of a service's answer.
fn status(error: &sigstore_sign::Error) -> Option<u16> {
    match error {
        sigstore_sign::Error::Fulcio(sigstore_sign::fulcio::Error::Status { status, .. })
        | sigstore_sign::Error::Rekor(sigstore_sign::rekor::Error::Status { status, .. }) => {
            Some(*status)
        }
        _ => None,
    }
}

/// No answer, or one that asks to come back.
fn is_transient(error: &sigstore_sign::Error) -> bool {
    match error {
        sigstore_sign::Error::Fulcio(sigstore_sign::fulcio::Error::Http(_))
        | sigstore_sign::Error::Rekor(sigstore_sign::rekor::Error::Http(_)) => true,
        sigstore_sign::Error::Tsa(_) => true,
        other => status(other).is_some_and(|status| status >= 500 || matches!(status, 408 | 429)),
    }
}

fn advice(error: &sigstore_sign::Error) -> String {
    match (error, status(error)) {
        (sigstore_sign::Error::Fulcio(_), Some(400..=403)) => format!(
            "{error}: does the service of `trust-config` trust the identities of this server's jobs?"
        ),
        _ => error.to_string(),
    }
}
