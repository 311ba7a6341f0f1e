//! One way to talk to a server: who we say we are, how long we wait, what is tried again, and what an error may show.

mod detail;
mod error;
mod options;
mod redirects;
mod secrets;

pub(crate) use detail::detail;
pub use error::Error;
pub(crate) use error::after_colon;
pub use options::{Options, Proxy};
use redirects::{redirect_of, same_host};
pub(crate) use secrets::{Sent, authorization, basic};

use crate::{
    clock::{Clock, spoken},
    events::Listener,
    retry::{Again, Failure, Pace, Policy, Retry, retry_after},
};
use bytes::{Bytes, BytesMut};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header::HeaderMap, redirect};
use secrecy::SecretString;
use std::{sync::Arc, time::Duration};
use url::Url;

const USER_AGENT: &str = concat!(
    "ci-actions/",
    env!("CARGO_PKG_VERSION"),
    " (+",
    env!("CARGO_PKG_REPOSITORY"),
    ")"
);
/// Index pages of the largest projects have some 30 MiB.
pub(crate) const LARGEST_REPLY: usize = 128 << 20;
const MOST_REDIRECTS: usize = 5;
/// A line slower than this is taken for a broken one, in bytes per second.
const SLOWEST_LINE: u64 = 64 << 10;

/// The HTTP client with its patience. Cheap to clone.
#[derive(Clone)]
pub struct Transport {
    client: reqwest::Client,
    /// Every secret that was sent, or must not be shown for another reason.
    secrets: Sent,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) listener: Listener,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Where it came from, after redirects.
    pub(crate) url: Url,
    pub(crate) body: Bytes,
    /// What servers repeat of what they were sent.
    pub(crate) secrets: Sent,
}

/// Which redirects a read follows. What carries a secret or a file never follows any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    /// Inside one host; a redirect elsewhere is handed back as it is.
    SameHost,
    Anywhere,
}

impl Transport {
    /// Builds the client.
    pub fn new(options: Options) -> Result<Self, Error> {
        // The error says that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(Duration::from_secs(20))
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy();
        let secrets = Sent::default();
        if let Some(Proxy { url, except }) = options.proxy {
            secrets.add_of_address(&url);
            let proxy = reqwest::Proxy::all(url).map_err(|error| Error::SetUp(chain(error)))?;
            builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_string(&except)));
        }
        Ok(Self {
            client: builder
                .build()
                .map_err(|error| Error::SetUp(chain(error)))?,
            secrets,
            policy: options.policy,
            clock: options.clock,
            listener: options.listener,
        })
    }

    pub(crate) fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.client.request(method, url.clone())
    }

    /// From now on no error repeats this secret.
    pub(crate) fn learn(&self, secret: &SecretString) {
        self.secrets.add(secret);
    }

    pub(crate) fn retry<'a>(&'a self, what: &'a str) -> Retry<'a> {
        Retry {
            policy: &self.policy,
            clock: &self.clock,
            listener: &self.listener,
            what,
        }
    }

    pub(crate) fn pace(&self) -> Pace<'_> {
        Pace::new(&self.policy, self.clock.as_ref())
    }

    /// A GET that is retried, with `headers` on every hop that stays on the host of `url`.
    pub(crate) async fn get(
        &self,
        what: &str,
        url: &Url,
        headers: &HeaderMap,
        follow: Follow,
    ) -> Result<Reply, Error> {
        self.retry(what)
            .run(|attempt| self.get_once(what, url, headers, follow, attempt))
            .await
    }

    async fn get_once(
        &self,
        what: &str,
        url: &Url,
        headers: &HeaderMap,
        follow: Follow,
        attempt: u32,
    ) -> Result<Reply, Failure<Error>> {
        let response = self.open(what, url, headers, follow, attempt).await?;
        self.read(what, response, attempt).await
    }

    /// Sends a GET and follows redirects, without reading the body.
    pub(crate) async fn open(
        &self,
        what: &str,
        url: &Url,
        headers: &HeaderMap,
        follow: Follow,
        attempt: u32,
    ) -> Result<Response, Failure<Error>> {
        self.secrets.add_of_headers(headers);
        let mut at = url.clone();
        let mut hops = 0;
        loop {
            let mut request = self.request(Method::GET, &at);
            if same_host(&at, url) {
                request = request.headers(headers.clone());
            }
            let response = self.begin(what, &at, request, attempt);
            let response = self.heard(what, &at, attempt, response).await?;
            let next = redirect_of(&response).filter(|next| {
                hops < MOST_REDIRECTS && (follow == Follow::Anywhere || same_host(next, url))
            });
            match next {
                Some(next) => at = next,
                None => return Ok(response),
            }
            hops += 1;
        }
    }

    /// One attempt of a request that changes something: no redirect is followed, and no error repeats the secret.
    pub(crate) async fn send(
        &self,
        what: &str,
        url: &Url,
        request: RequestBuilder,
        secret: &SecretString,
        attempt: u32,
    ) -> Result<Reply, Failure<Error>> {
        self.learn(secret);
        let response = self.begin(what, url, request, attempt).await?;
        self.read(what, response, attempt).await
    }

    /// The next piece of an answer, which may be as long as it likes while it does not fall silent.
    pub(crate) async fn next_chunk(
        &self,
        what: &str,
        response: &mut Response,
        attempt: u32,
    ) -> Result<Option<Bytes>, Failure<Error>> {
        let url = response.url().clone();
        let chunk = async {
            let chunk = response.chunk().await;
            chunk.map_err(|error| self.no_answer(what, &url, attempt, error))
        };
        self.heard(what, &url, attempt, chunk).await
    }

    /// What a server says, unless it says nothing for too long.
    async fn heard<T>(
        &self,
        what: &str,
        url: &Url,
        attempt: u32,
        said: impl Future<Output = Result<T, Failure<Error>>>,
    ) -> Result<T, Failure<Error>> {
        let longest = self.policy.longest_silence;
        let said = tokio::time::timeout(longest, said).await;
        said.unwrap_or_else(|_| {
            Err(Failure {
                error: Error::NoAnswer {
                    what: what.to_owned(),
                    url: shown(url),
                    attempt,
                    cause: format!("timed out, no data for {}", spoken(longest)),
                },
                again: Again::After(None),
            })
        })
    }

    async fn begin(
        &self,
        what: &str,
        url: &Url,
        request: RequestBuilder,
        attempt: u32,
    ) -> Result<Response, Failure<Error>> {
        request
            .send()
            .await
            .map_err(|error| self.no_answer(what, url, attempt, error))
    }

    pub(crate) async fn read(
        &self,
        what: &str,
        mut response: Response,
        attempt: u32,
    ) -> Result<Reply, Failure<Error>> {
        let (status, url) = (response.status(), response.url().clone());
        let headers = response.headers().clone();
        let mut body = BytesMut::new();
        while let Some(chunk) = self.next_chunk(what, &mut response, attempt).await? {
            if body.len() + chunk.len() > LARGEST_REPLY {
                let (what, url) = (what.to_owned(), shown(&url));
                return Err(Failure::last(Error::TooLarge { what, url }));
            }
            body.extend_from_slice(&chunk);
        }
        let reply = Reply {
            status,
            headers,
            url,
            body: body.freeze(),
            secrets: self.secrets.clone(),
        };
        match stumbles(status) {
            true => Err(self.stumbled(what, &reply, attempt)),
            false => Ok(reply),
        }
    }

    fn stumbled(&self, what: &str, reply: &Reply, attempt: u32) -> Failure<Error> {
        let error = Error::Stumbled {
            what: what.to_owned(),
            url: shown(&reply.url),
            status: reply.status,
            attempt,
            detail: detail(reply),
        };
        let wait = retry_after(&reply.headers, self.clock.now());
        Failure {
            error,
            again: Again::After(wait),
        }
    }
}

impl Reply {
    /// The error for an answer that nobody expected.
    pub(crate) fn refused(&self, what: &str) -> Error {
        Error::Refused {
            what: what.to_owned(),
            url: shown(&self.url),
            status: self.status,
            detail: detail(self),
        }
    }
}

/// Answers that may be others a moment later.
pub(crate) fn stumbles(status: StatusCode) -> bool {
    status.is_server_error()
        || status == StatusCode::REQUEST_TIMEOUT
        || status == StatusCode::TOO_MANY_REQUESTS
}

/// Time for a request with a body of `bytes`: two minutes, and what the slowest line needs.
pub(crate) fn timeout_for(bytes: u64) -> Duration {
    Duration::from_secs(120 + bytes / SLOWEST_LINE)
}

impl Transport {
    pub(crate) fn no_answer(
        &self,
        what: &str,
        url: &Url,
        attempt: u32,
        error: reqwest::Error,
    ) -> Failure<Error> {
        let passing = !error.is_builder();
        let late = error.is_timeout();
        let cause = self.secrets.redacted(&chain(error));
        let error = Error::NoAnswer {
            what: what.to_owned(),
            url: shown(url),
            attempt,
            cause: match late {
                true => format!("timed out ({cause})"),
                false => cause,
            },
        };
        let again = match passing {
            true => Again::After(None),
            false => Again::Never,
        };
        Failure { error, again }
    }
}

/// An address without what must not be shown.
pub(crate) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

/// An address that a person typed; a password belongs elsewhere, because addresses are logged.
pub(crate) fn address(text: &str) -> Result<Url, Error> {
    let hidden = untrusted_input::address::redacted(text.trim()).into_owned();
    let carries = hidden != text.trim();
    let wrong = |why: &str| Error::Address(hidden.clone(), why.to_owned());
    let url = Url::parse(text.trim()).map_err(|error| wrong(&error.to_string()))?;
    if carries || !url.username().is_empty() || url.password().is_some() {
        let why = "it contains credentials; pass them as a secret instead";
        return Err(Error::Address(shown(&url), why.to_owned()));
    }
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(wrong("it must start with https:// (or http://)")),
    }
}

/// All causes of an error in one line, without its address, which may carry a password.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
