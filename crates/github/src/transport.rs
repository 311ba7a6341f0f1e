//! Carries octocrab's requests: through proxies, again after a wait where that may help, and never without end.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use http_retry::Clock;
use octocrab::OctoBody;
use tower_service::Service;
use untrusted_input::Secrets;
use url::Url;

use crate::error::causes;
use crate::retry::{Observer, Policy, Retrying, Waits, may_repeat};
use crate::{Asked, Error, Options, Refusal, Reply};

const USER_AGENT: &str = concat!(
    "ci-actions/",
    env!("CARGO_PKG_VERSION"),
    " (+",
    env!("CARGO_PKG_REPOSITORY"),
    ")"
);
/// GitHub serves blobs of 100 MB, a third longer as base64.
const LARGEST: usize = 160 << 20;
/// Of an answer that is not the wanted one.
const LARGEST_REFUSAL: usize = 1 << 20;
const MOST_REDIRECTS: usize = 5;
const TO_CONNECT: Duration = Duration::from_secs(10);
/// For the next bytes of an answer.
const TO_READ: Duration = Duration::from_secs(60);
/// For one attempt as a whole.
const TO_ANSWER: Duration = Duration::from_secs(300);

/// Marks a request that the transport does not repeat where it may have taken effect: its caller looks first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Once;

/// An attempt without an answer.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) error: Error,
    /// Whether the request may have reached the server.
    pub(crate) sent: bool,
    /// Whether another attempt ends the same.
    pub(crate) hopeless: bool,
}

impl Broken {
    pub(crate) fn hopeless(error: Error) -> Self {
        Self {
            error,
            sent: false,
            hopeless: true,
        }
    }
}

/// The service below octocrab.
#[derive(Clone)]
pub(crate) struct Transport {
    http: reqwest::Client,
    /// For files, which take longer than answers.
    pub(crate) files: reqwest::Client,
    pub(crate) policy: Policy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observer: Observer,
    /// The part of the API's address that is the same in all requests, which the log leaves out.
    base: Url,
    graphql: Option<Url>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

impl Transport {
    pub(crate) fn new(options: &Options, base: Url) -> Result<Self, Error> {
        // The error says that a provider is installed already, which is as good.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        let accept = HeaderValue::from_static("application/vnd.github+json");
        headers.insert(header::ACCEPT, accept);
        let builder = || -> Result<_, Error> {
            let mut builder = reqwest::Client::builder()
                .user_agent(USER_AGENT)
                .connect_timeout(TO_CONNECT)
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .no_proxy();
            for proxy in options.proxies.to_reqwest()? {
                builder = builder.proxy(proxy);
            }
            Ok(builder)
        };
        let build = |builder: reqwest::ClientBuilder| {
            let built = builder.build();
            built.map_err(|error| Error::SetUp(causes(&error.without_url())))
        };
        let http = builder()?
            .default_headers(headers)
            .read_timeout(TO_READ)
            .timeout(TO_ANSWER);
        let http = build(http)?;
        let files = build(builder()?)?;
        let graphql = options.graphql.as_deref().map(address).transpose()?;
        Ok(Self {
            http,
            files,
            policy: options.policy,
            clock: Arc::clone(&options.clock),
            observer: Arc::clone(&options.observer),
            base,
            graphql,
        })
    }

    async fn carry(self, request: Request<OctoBody>) -> Result<Reply, Error> {
        let (mut parts, body) = request.into_parts();
        let body = body.collect().await;
        let body = body
            .map_err(|error| Error::Request(causes(&error)))?
            .to_bytes();
        let path = self.path(&parts);
        if let (Some(graphql), "/graphql") = (&self.graphql, path.as_str()) {
            let uri = graphql.as_str().parse();
            parts.uri = uri.map_err(|error| Error::Request(causes(&error)))?;
        }
        let asked = Asked {
            method: &parts.method,
            path: &path,
            with_token: parts.headers.contains_key(header::AUTHORIZATION),
        };
        let mut waits = Waits::default();
        loop {
            waits.attempt += 1;
            let outcome = self.attempt(&parts, &body, &path).await;
            let now = self.clock.now();
            let Some(wait) = waits.next(&self.policy, repeatable(&parts), &outcome, now) else {
                return outcome.map_err(|broken| broken.error);
            };
            let cause = match &outcome {
                Ok(reply) => Refusal::of_reply(reply, &asked).said(),
                Err(broken) => broken.error.to_string(),
            };
            (self.observer)(&Retrying {
                what: format!("{} {path}", parts.method),
                attempt: waits.attempt,
                of: self.policy.attempts,
                wait,
                cause,
            });
            self.clock.sleep(wait).await;
        }
    }

    /// What follows the API's address.
    fn path(&self, parts: &Parts) -> String {
        let path = parts.uri.path_and_query().map_or("/", |it| it.as_str());
        let base = self.base.path().trim_end_matches('/');
        path.strip_prefix(base).unwrap_or(path).to_owned()
    }

    /// One attempt, redirects included: what reads follows them on its own server.
    async fn attempt(&self, parts: &Parts, body: &Bytes, path: &str) -> Result<Reply, Broken> {
        let uri = parts.uri.to_string();
        let unusable = |cause: String| Broken::hopeless(Error::Request(cause));
        let mut url = Url::parse(&uri).map_err(|error| unusable(error.to_string()))?;
        for _ in 0..=MOST_REDIRECTS {
            let request = self
                .http
                .request(parts.method.clone(), url.clone())
                .headers(parts.headers.clone())
                .body(body.clone());
            let response = request
                .send()
                .await
                .map_err(|error| no_answer(parts, error))?;
            let location = response.headers().get(header::LOCATION);
            let next = location.and_then(|to| url.join(to.to_str().ok()?).ok());
            let next = next.filter(|next| {
                let moved = response.status().is_redirection() && parts.method.is_safe();
                moved && next.origin() == url.origin()
            });
            match next {
                Some(next) => url = next,
                None => return read(parts, path, response).await,
            }
        }
        Err(unusable(format!(
            "`{path}` redirects more than {MOST_REDIRECTS} times"
        )))
    }
}

/// The whole answer, as far as it has an end.
pub(crate) async fn read(
    parts: &Parts,
    path: &str,
    mut response: reqwest::Response,
) -> Result<Reply, Broken> {
    let status = response.status();
    let headers = response.headers().clone();
    let most = match status.is_success() {
        true => LARGEST,
        false => LARGEST_REFUSAL,
    };
    let mut body = BytesMut::new();
    let chunk = |error| no_answer(parts, error);
    while let Some(chunk) = response.chunk().await.map_err(chunk)? {
        if body.len() + chunk.len() > most {
            return Err(Broken::hopeless(Error::TooLarge {
                path: path.to_owned(),
                most,
            }));
        }
        body.extend_from_slice(&chunk);
    }
    let reply = Reply {
        status,
        headers,
        body: body.freeze(),
    };
    match status.is_success() {
        true => Ok(reply),
        false => Ok(without_token(reply, parts)),
    }
}

/// A refusal without the token that it was asked with: some proxies repeat what they were sent. It is struck out of the whole
/// answer, before any of it is cut: half a token is one, too.
fn without_token(mut reply: Reply, parts: &Parts) -> Reply {
    let sent = parts.headers.get(header::AUTHORIZATION);
    let sent = sent.and_then(|value| value.to_str().ok());
    let Some((_, token)) = sent.and_then(|value| value.split_once(' ')) else {
        return reply;
    };
    let secrets = Secrets::of(token);
    let text = String::from_utf8_lossy(&reply.body);
    if let Cow::Owned(clean) = secrets.redacted(&text) {
        reply.body = clean.into();
    }
    for value in reply.headers.values_mut() {
        let clean = match value.to_str().map(|text| secrets.redacted(text)) {
            Ok(Cow::Owned(clean)) => HeaderValue::from_str(&clean).ok(),
            _ => None,
        };
        if let Some(clean) = clean {
            *value = clean;
        }
    }
    reply
}

/// Whether the transport may make a request again that may have taken effect.
fn repeatable(parts: &Parts) -> bool {
    may_repeat(&parts.method) && parts.extensions.get::<Once>().is_none()
}

pub(crate) fn no_answer(parts: &Parts, error: reqwest::Error) -> Broken {
    let sent = !error.is_connect() && !error.is_builder();
    let late = error.is_timeout();
    let builder = error.is_builder();
    // The address of a proxy carries its password.
    let mut cause = causes(&error.without_url());
    if late {
        cause = format!("it does not answer in time: {cause}");
    }
    let refused_by_proxy = cause.contains("proxy authorization required");
    if refused_by_proxy {
        cause += ": write user and password into the variable of the proxy, such as `http://user:password@host:port`";
    }
    Broken {
        error: Error::NoAnswer {
            cause,
            outcome_unknown: sent && !repeatable(parts),
        },
        sent,
        hopeless: builder || refused_by_proxy,
    }
}

/// The address of an API.
pub(crate) fn address(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| {
        Error::SetUp(format!(
            "\"{text}\" is not the address of an API: it must start with https:// (or http://)"
        ))
    })
}

impl Service<Request<OctoBody>> for Transport {
    type Response = Response<Full<Bytes>>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<OctoBody>) -> Self::Future {
        let transport = self.clone();
        Box::pin(async move {
            let reply = transport.carry(request).await?;
            let mut response = Response::new(Full::new(reply.body));
            *response.status_mut() = reply.status;
            *response.headers_mut() = reply.headers;
            Ok(response)
        })
    }
}
