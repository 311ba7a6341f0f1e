//! The client: octocrab over our transport, and the few calls that all programs make.

use std::fmt;

use http::request::Builder;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::{AuthState, OctoBody, Octocrab};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::error::causes;
use crate::transport::{Once, Transport, address};
use crate::{Asked, Error, Options, Pages, Reply};

/// What is left as it is in one part of a path.
const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A part of a path that may hold any character.
pub fn path_part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

/// GitHub's API as one token sees it. Cheap to clone.
#[derive(Clone)]
pub struct GitHub {
    octocrab: Octocrab,
    pub(crate) transport: Transport,
    pub(crate) api: Url,
    pub(crate) token: Option<SecretString>,
}

impl fmt::Debug for GitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHub")
            .field("api", &self.api.as_str())
            .finish_non_exhaustive()
    }
}

impl GitHub {
    /// Makes the client, inside the async runtime; nothing is asked yet.
    ///
    /// # Errors
    /// [`Error::SetUp`].
    pub fn connect(options: Options) -> Result<Self, Error> {
        let api = address(&options.api)?;
        let uri = api.as_str().parse();
        let uri = uri.map_err(|error| Error::SetUp(causes(&error)))?;
        let transport = Transport::new(&options, api.clone())?;
        let auth = match options.token.clone() {
            Some(token) => AuthState::AccessToken { token },
            None => AuthState::None,
        };
        let built = octocrab::OctocrabBuilder::new_empty()
            .with_service(transport.clone())
            .with_layer(&BaseUriLayer::new(uri))
            .with_auth(auth)
            .build();
        let octocrab = match built {
            Ok(octocrab) => octocrab,
            Err(never) => match never {},
        };
        Ok(Self {
            octocrab,
            transport,
            api,
            token: options.token,
        })
    }

    /// The typed calls of octocrab, over the same transport; their errors become an [`Error`] by `from`.
    pub fn octocrab(&self) -> &Octocrab {
        &self.octocrab
    }

    /// What a request is, for judging its answer.
    pub fn asked<'a>(&self, method: &'a Method, path: &'a str) -> Asked<'a> {
        Asked {
            method,
            path,
            with_token: self.token.is_some(),
        }
    }

    /// The answer, whatever its status, at the end of all attempts.
    ///
    /// # Errors
    /// No answer, or one without end.
    pub async fn reply(&self, method: &Method, path: &str) -> Result<Reply, Error> {
        let request = Request::builder().method(method).uri(path);
        self.send(request, None::<&()>).await
    }

    async fn send<B: Serialize + ?Sized>(
        &self,
        request: Builder,
        body: Option<&B>,
    ) -> Result<Reply, Error> {
        let request: Request<OctoBody> = self.octocrab.build_request(request, body)?;
        let response = self.octocrab.execute(request).await?;
        let (parts, body) = response.into_parts();
        Ok(Reply {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await?.to_bytes(),
        })
    }

    async fn ask<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<T, Error> {
        let asked = self.asked(&method, path);
        let request = Request::builder().method(&method).uri(path);
        let reply = self.send(request, body).await?;
        reply.accepted(&asked)?.json(&asked)
    }

    /// The same for what is not made again before somebody has looked whether it took effect.
    pub(crate) async fn ask_once<B: Serialize + ?Sized>(
        &self,
        method: &Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<Reply, Error> {
        let asked = self.asked(method, path);
        let request = Request::builder().method(method).uri(path);
        let reply = self.send(request.extension(Once), body).await?;
        reply.accepted(&asked).map_err(Error::of_once)
    }

    /// Reads what is at a path such as `/repos/o/r/pulls/7`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.ask(Method::GET, path, None::<&()>).await
    }

    /// The same; `None` for what does not exist or is hidden (404), and for nothing else.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Error> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The pages of a list, `most` at most.
    pub fn pages(&self, path: impl Into<String>, most: usize) -> Pages<'_> {
        Pages::new(self, path.into(), most)
    }

    /// Changes what is at a path.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn update<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<T, Error> {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    /// Deletes what is at a path; what is gone already is deleted.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete(&self, path: &str) -> Result<(), Error> {
        let asked = self.asked(&Method::DELETE, path);
        let reply = self.reply(&Method::DELETE, path).await?;
        match reply.accepted(&asked) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}
