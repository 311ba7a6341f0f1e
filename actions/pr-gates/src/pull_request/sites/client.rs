//! One request to a stranger's address: no token, no cookie, no body, and no step into a private network on any way.

use std::{
    error::Error,
    future::Future,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
};

use anyhow::Context as _;
use http::{Method, Request, StatusCode, header};
use http_body_util::Empty;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        self,
        connect::{
            HttpConnector,
            dns::{GaiResolver, Name},
        },
    },
    rt::TokioExecutor,
};
use tokio::sync::OnceCell;
use tower_service::Service;
use url::{Host as UrlHost, Url};

use super::{Host, PRIVATE, address, no_answer};
use crate::pull_request::reads::Answer;

const MOST_REDIRECTS: usize = 10;
/// Some sites refuse programs that do not say who they are.
const USER_AGENT: &str = concat!("ci-actions-pr-gates/", env!("CARGO_PKG_VERSION"));

type Connector = HttpsConnector<HttpConnector<Resolver>>;
type Inner = legacy::Client<Connector, Empty<&'static [u8]>>;

/// Follows links.
pub(super) struct Client<'a> {
    private_hosts: &'a [Host],
    /// Made for the first link: a replay follows none.
    public: OnceCell<Inner>,
    /// Asks any address.
    any: OnceCell<Inner>,
}

impl<'a> Client<'a> {
    pub(super) fn new(private_hosts: &'a [Host]) -> Self {
        Self {
            private_hosts,
            public: OnceCell::new(),
            any: OnceCell::new(),
        }
    }

    /// The status at the end of all redirects, or why there is none.
    pub(super) async fn follow(&self, link: &str) -> Answer {
        let answer = match self.ask(link, &Method::HEAD).await {
            // Many sites answer HEAD in another way, or not at all.
            Ok(status) if !status.is_success() => self.ask(link, &Method::GET).await,
            answer => answer,
        };
        match answer {
            Ok(status) => Answer {
                code: Some(i32::from(status.as_u16())),
                ..Answer::default()
            },
            Err(err) if is_private(err.as_ref()) => no_answer(PRIVATE),
            // What a client wraps around it says nothing to whoever reads.
            Err(err) => no_answer(&err.root_cause().to_string()),
        }
    }

    async fn ask(&self, link: &str, method: &Method) -> anyhow::Result<StatusCode> {
        let mut url = Url::parse(link).context("it is not a URL")?;
        for _ in 0..=MOST_REDIRECTS {
            let request = Request::builder()
                .method(method)
                .uri(url.as_str())
                .header(header::USER_AGENT, USER_AGENT)
                .header(header::ACCEPT, "*/*")
                .body(Empty::new())?;
            let reply = self.client(&url).await?.request(request).await?;
            let location = reply.headers().get(header::LOCATION);
            let next = match (reply.status().is_redirection(), location) {
                (true, Some(location)) => location.to_str().ok().and_then(|to| url.join(to).ok()),
                _ => return Ok(reply.status()),
            };
            url = next
                .filter(|next| matches!(next.scheme(), "http" | "https"))
                .context("it redirects to something that is not a URL")?;
        }
        anyhow::bail!("it redirects more than {MOST_REDIRECTS} times")
    }

    /// The client that may ask this host.
    async fn client(&self, url: &Url) -> anyhow::Result<&Inner> {
        if self.private_hosts.iter().any(|host| host.is_of(url)) {
            return self.any.get_or_try_init(|| async { make(true) }).await;
        }
        // No resolver sees a host that is an address.
        let literal = match url.host() {
            Some(UrlHost::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(UrlHost::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        if literal.is_some_and(|literal| !address::is_public(literal)) {
            return Err(Private.into());
        }
        self.public.get_or_try_init(|| async { make(false) }).await
    }
}

fn make(any: bool) -> anyhow::Result<Inner> {
    let mut http = HttpConnector::new_with_resolver(Resolver {
        names: GaiResolver::new(),
        any,
    });
    http.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .context("failed to read the certificates of this machine")?
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    Ok(legacy::Client::builder(TokioExecutor::new()).build(connector))
}

/// The host has no address that anybody else could ask.
#[derive(Debug, thiserror::Error)]
#[error("{PRIVATE}")]
struct Private;

fn is_private(err: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(err);
    while let Some(err) = cause {
        if err.is::<Private>() {
            return true;
        }
        cause = err.source();
    }
    false
}

/// Looks up names, and leaves out the addresses that are not for strangers: the connection is made to one of those that
/// were looked at, so that a name cannot change its mind in between.
#[derive(Clone)]
struct Resolver {
    names: GaiResolver,
    any: bool,
}

type Failure = Box<dyn Error + Send + Sync>;

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.names.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (asked, any) = (self.names.call(name), self.any);
        Box::pin(async move {
            let addresses = asked.await?;
            let addresses: Vec<SocketAddr> = addresses
                .filter(|one| any || address::is_public(one.ip()))
                .collect();
            match addresses.is_empty() {
                true => Err(Private.into()),
                false => Ok(addresses.into_iter()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_home_is_no_way_around() {
        for any in [false, true] {
            let names = GaiResolver::new();
            let found = Resolver { names, any }
                .call("localhost".parse().unwrap())
                .await;
            match any {
                true => assert!(found.unwrap().all(|address| address.ip().is_loopback())),
                false => assert!(found.unwrap_err().is::<Private>()),
            }
        }
    }
}
