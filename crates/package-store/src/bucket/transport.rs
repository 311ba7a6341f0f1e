//! Honours `Retry-After`, which the retry layer above does not see, notes what a server says it received, and asks a stand-in
//! for Google's token service where there is one.

use std::time::Duration;

use http::{Request, Response, StatusCode, Uri, header::RETRY_AFTER};
use opendal::raw::Operation;
use opendal::{Buffer, HttpBody, HttpTransport, Result};

use super::{minted::Minted, reported};
use crate::options::SecretHook;

/// Longest pause that a server may ask for; asked for more, the usual pauses apply.
const LONGEST: Duration = Duration::from_secs(60);

/// A transport that sleeps as long as a refusing server asked, before it hands the refusal on.
pub(crate) struct Patient<T> {
    inner: T,
    tokens: Option<Uri>,
    minted: Minted,
}

impl<T> Patient<T> {
    /// `tokens` is asked in place of Google's token service, whose address for service accounts is fixed.
    pub(crate) fn new(inner: T, tokens: Option<Uri>, on_secret: Option<SecretHook>) -> Self {
        Self {
            inner,
            tokens,
            minted: Minted::new(on_secret),
        }
    }
}

/// Where a service account shows what it has signed.
const TOKENS: &str = "oauth2.googleapis.com";

/// The same request to another server, if it is one for a service account's token.
fn led_to(tokens: Option<&Uri>, request: &mut Request<Buffer>) {
    let Some(tokens) = tokens.filter(|_| request.uri().host() == Some(TOKENS)) else {
        return;
    };
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = tokens.scheme().cloned();
    parts.authority = tokens.authority().cloned();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

impl<T: HttpTransport> HttpTransport for Patient<T> {
    async fn fetch(&self, mut request: Request<Buffer>) -> Result<Response<HttpBody>> {
        led_to(self.tokens.as_ref(), &mut request);
        let operation = request.extensions().get::<Operation>().copied();
        self.minted.in_request(request.headers());
        let mut response = self.inner.fetch(request).await?;
        if response.status() == StatusCode::REQUEST_TIMEOUT {
            // The backends take it for a refusal that stays, and it is one that passes.
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        if let Some(pause) = asked_pause(&response) {
            tokio::time::sleep(pause).await;
        }
        match operation {
            Some(Operation::Write) => reported::note(response).await,
            Some(_) => Ok(response),
            // Only what signs requests asks for something else than a file.
            None => self.minted.in_answer(response).await,
        }
    }
}

/// The pause in seconds that a 429 or 503 asks for. The form with a date is not used by object stores.
fn asked_pause<B>(response: &Response<B>) -> Option<Duration> {
    if !matches!(
        response.status(),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        return None;
    }
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let pause = Duration::from_secs(seconds.trim().parse().ok()?);
    (pause <= LONGEST).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, retry_after: &str) -> Response<()> {
        Response::builder()
            .status(status)
            .header(RETRY_AFTER, retry_after)
            .body(())
            .unwrap()
    }

    #[test]
    fn only_a_refusal_that_asks_for_a_short_pause_gets_one() {
        assert_eq!(
            asked_pause(&response(429, "7")),
            Some(Duration::from_secs(7))
        );
        assert_eq!(
            asked_pause(&response(503, "1")),
            Some(Duration::from_secs(1))
        );
        assert_eq!(asked_pause(&response(503, "86400")), None);
        assert_eq!(asked_pause(&response(200, "7")), None);
        assert_eq!(asked_pause(&response(429, "soon")), None);
    }
}
