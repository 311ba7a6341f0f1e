//! Files of releases: sent to, and read from, the hosts that the API names, piece by piece.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{Stream, stream};
use http::request::Parts;
use http::{HeaderValue, Method, Request, header};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use url::Url;

use crate::error::causes;
use crate::retry::{Retrying, Waits};
use crate::transport::{Broken, Once, no_answer, read};
use crate::{Error, GitHub, Reply};

/// Read and sent at once.
const PIECE: usize = 256 << 10;
/// After so many silent seconds a line is taken for broken.
const SILENCE: u64 = 300;
const MOST_REDIRECTS: usize = 5;

/// A file to send.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Where to, as the API says (`upload_url`), with its query.
    pub url: String,
    /// Where the file is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type.
    pub content_type: String,
}

impl GitHub {
    /// Sends a file, once, in pieces: as for [`GitHub::create`], `look` is asked before it is sent again.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn upload<T: DeserializeOwned, E: From<Error>>(
        &self,
        upload: &Upload,
        look: impl AsyncFn() -> Result<Option<T>, E>,
    ) -> Result<T, E> {
        let url = self.trusted(&upload.url)?;
        let make = async || {
            let reply = self.upload_patiently(upload, &url).await?;
            let asked = self.asked(&Method::POST, url.path());
            reply.accepted(&asked).map_err(Error::of_once)?.json(&asked)
        };
        let what = format!("POST {}", url.path());
        self.once(&what, make, look).await
    }

    /// An address that the API names, to which a token may go: nobody takes it off TLS.
    fn trusted(&self, address: &str) -> Result<Url, Error> {
        let url = Url::parse(address).ok().filter(Url::has_host);
        let url = url.filter(|url| url.scheme() == "https" || url.scheme() == self.api.scheme());
        url.ok_or_else(|| {
            Error::Request(format!(
                "the API names `{address}` as the address for files, which must start with https://"
            ))
        })
    }

    /// Sends it, and again where a limit of requests has refused it.
    async fn upload_patiently(&self, upload: &Upload, url: &Url) -> Result<Reply, Error> {
        let (policy, clock) = (&self.transport.policy, &self.transport.clock);
        let parts = self.parts(&Method::POST, url)?;
        let mut waits = Waits::default();
        loop {
            waits.attempt += 1;
            let outcome = self.upload_attempt(upload, url, &parts).await;
            let Some(wait) = waits.next(policy, false, &outcome, clock.now()) else {
                return outcome.map_err(|broken| broken.error);
            };
            let cause = match outcome {
                Err(broken) => broken.error.to_string(),
                Ok(reply) => match reply.accepted(&self.asked(&Method::POST, url.path())) {
                    Err(error) => error.said(),
                    Ok(_) => String::new(),
                },
            };
            self.tell(&Retrying {
                what: format!("POST {}", url.path()),
                attempt: waits.attempt,
                of: policy.attempts,
                wait,
                cause,
            });
            clock.sleep(wait).await;
        }
    }

    /// What the transport knows of a request.
    fn parts(&self, method: &Method, url: &Url) -> Result<Parts, Error> {
        let mut request = Request::builder().method(method).uri(url.as_str());
        if let Some(token) = &self.token {
            let value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()));
            let mut value = value.map_err(|error| Error::Request(causes(&error)))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let request = request.extension(Once).body(());
        let request = request.map_err(|error| Error::Request(causes(&error)))?;
        Ok(request.into_parts().0)
    }

    async fn upload_attempt(
        &self,
        upload: &Upload,
        url: &Url,
        parts: &Parts,
    ) -> Result<Reply, Broken> {
        let file = File::open(&upload.path).await;
        let file = file.map_err(|error| {
            let path = upload.path.display();
            Broken::hopeless(Error::Request(format!("failed to read `{path}`: {error}")))
        })?;
        let moved = Arc::new(AtomicU64::new(0));
        let request = self
            .transport
            .files
            .request(Method::POST, url.clone())
            .headers(parts.headers.clone())
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(header::CONTENT_TYPE, &upload.content_type)
            .header(header::CONTENT_LENGTH, upload.size)
            .body(reqwest::Body::wrap_stream(pieces(file, Arc::clone(&moved))));
        let sent = async {
            let response = request.send().await;
            let response = response.map_err(|error| no_answer(parts, error))?;
            read(parts, url.path(), response).await
        };
        tokio::select! {
            sent = sent => sent,
            () = silence(&moved) => Err(silent()),
        }
    }

    /// Reads the bytes of an asset by its path (`/repos/…/releases/assets/7`), in one attempt: `on_piece` gets each piece.
    /// They are on another host, which is not shown the token.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn download(&self, path: &str, mut on_piece: impl FnMut(&[u8])) -> Result<(), Error> {
        let moved = AtomicU64::new(0);
        let reading = async {
            let (parts, mut response) = self.open(path, &moved).await?;
            if !response.status().is_success() {
                let reply = read(&parts, path, response).await;
                let reply = reply.map_err(|broken| broken.error)?;
                let accepted = reply.accepted(&self.asked(&Method::GET, path));
                return accepted.map(|_| ());
            }
            let broken = |error| no_answer(&parts, error).error;
            while let Some(piece) = response.chunk().await.map_err(broken)? {
                moved.fetch_add(1, Ordering::Relaxed);
                on_piece(&piece);
            }
            Ok(())
        };
        tokio::select! {
            read = reading => read,
            () = silence(&moved) => Err(silent().error),
        }
    }

    /// Follows the redirects to where the bytes are.
    async fn open(
        &self,
        path: &str,
        moved: &AtomicU64,
    ) -> Result<(Parts, reqwest::Response), Error> {
        let base = self.api.as_str().trim_end_matches('/');
        let mut url = self.trusted(&format!("{base}{path}"))?;
        let parts = self.parts(&Method::GET, &url)?;
        for hop in 0..=MOST_REDIRECTS {
            let request = self.transport.files.get(url.clone());
            let mut request = request.header(header::ACCEPT, "application/octet-stream");
            if hop == 0 {
                request = request.headers(parts.headers.clone());
            }
            let response = request.send().await;
            let response = response.map_err(|error| no_answer(&parts, error).error)?;
            moved.fetch_add(1, Ordering::Relaxed);
            if !response.status().is_redirection() {
                return Ok((parts, response));
            }
            let to = response.headers().get(header::LOCATION);
            let to = to.and_then(|to| url.join(to.to_str().ok()?).ok());
            url = self.trusted(to.as_ref().map_or("", Url::as_str))?;
        }
        Err(Error::Request(format!(
            "`{path}` redirects more than {MOST_REDIRECTS} times"
        )))
    }
}

/// The pieces of a file; `moved` counts them.
fn pieces(file: File, moved: Arc<AtomicU64>) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold((file, moved), |(mut file, moved)| async move {
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        moved.fetch_add(1, Ordering::Relaxed);
        Ok((read > 0).then(|| (piece.freeze(), (file, moved))))
    })
}

/// Ends when nothing has moved for a long time.
async fn silence(moved: &AtomicU64) {
    let mut before = moved.load(Ordering::Relaxed);
    let mut silent = 0;
    while silent < SILENCE {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = moved.load(Ordering::Relaxed);
        silent = if now == before { silent + 1 } else { 0 };
        before = now;
    }
}

fn silent() -> Broken {
    Broken {
        error: Error::NoAnswer {
            cause: format!("no data for {SILENCE} seconds"),
            outcome_unknown: true,
        },
        sent: true,
        hopeless: false,
    }
}
