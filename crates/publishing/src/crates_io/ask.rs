//! Who owns a crate, and whose token it is: as far as a registry tells, and said where it does not.

use super::{Error, Registry};
use crate::http::{Follow, authorization, detail};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;

/// Somebody who may publish versions of a crate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Owner {
    /// The account, or a team as `github:organization:team`.
    pub login: String,
    /// `user` or `team`, where the registry says so.
    pub kind: Option<String>,
    /// The name for people.
    pub name: Option<String>,
}

/// What a registry says about an API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenHolder {
    /// The token is good, and this is whose it is.
    Known(String),
    /// The token is good; the registry tells nobody whose it is. crates.io does so.
    Good,
    /// The registry does not know the token.
    Refused(String),
    /// The registry has no such question, so nothing is known about the token before an upload.
    CannotBeAsked(String),
}

impl Registry {
    /// The owners of a crate, or `None` when the registry does not know it.
    ///
    /// # Errors
    /// The registry takes no such question, or refuses the token.
    pub async fn owners(
        &self,
        name: &str,
        token: Option<&SecretString>,
    ) -> Result<Option<Vec<Owner>>, Error> {
        #[derive(Deserialize)]
        struct Owners {
            users: Vec<Owner>,
        }
        let what = format!("ask for the owners of {name}");
        let url = self.api_of(&format!("api/v1/crates/{name}/owners"))?;
        let headers = headers(token)?;
        let reply = self.transport.get(&what, &url, &headers, Follow::SameHost);
        let reply = reply.await?;
        match reply.status.as_u16() {
            200..300 => serde_json::from_slice::<Owners>(&reply.body)
                .map(|owners| Some(owners.users))
                .map_err(|_| reply.refused(&what).into()),
            404 => Ok(None),
            status @ (401 | 403) => Err(Error::Refused {
                detail: detail(&reply),
                what,
                status,
            }),
            _ => Err(reply.refused(&what).into()),
        }
    }

    /// Whose token it is. crates.io answers only its own website, but in other words to a token that it does not know.
    ///
    /// # Errors
    /// The registry does not answer.
    pub async fn token_holder(&self, token: &SecretString) -> Result<TokenHolder, Error> {
        let what = "ask whose token it is";
        let url = self.api_of("api/v1/me")?;
        let headers = headers(Some(token))?;
        let reply = self.transport.get(what, &url, &headers, Follow::SameHost);
        let reply = reply.await?;
        let words = detail(&reply);
        Ok(match reply.status.as_u16() {
            200..300 => match login(&reply.body) {
                Some(login) => TokenHolder::Known(login),
                None => TokenHolder::CannotBeAsked("its answer names no owner".to_owned()),
            },
            403 if words.contains("can only be performed on") => TokenHolder::Good,
            401 | 403 => TokenHolder::Refused(words),
            status => TokenHolder::CannotBeAsked(format!("it answered {status}")),
        })
    }
}

fn login(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Me {
        user: User,
    }
    #[derive(Deserialize)]
    struct User {
        login: String,
    }
    let me: Me = serde_json::from_slice(body).ok()?;
    Some(me.user.login)
}

fn headers(token: Option<&SecretString>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = token {
        headers.insert(AUTHORIZATION, authorization("token", "", token)?);
    }
    Ok(headers)
}
