//! One upload: sent, judged by the answer, and waited for until the index shows it.

use super::{Credentials, Distribution, Error, Index, form};
use crate::{
    Event,
    http::{self, Reply, redacted, shown},
    outcome::{Conflict, Sent, State},
    retry::Failure,
};
use reqwest::{
    Method, RequestBuilder,
    header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, LOCATION},
};
use secrecy::SecretString;
use serde_json::Value;

/// What an answer to an upload means.
enum Verdict {
    Taken,
    /// The name exists; whether with our bytes, only the index can tell.
    Exists(String),
}

/// User and password of one request.
struct Login {
    username: String,
    password: SecretString,
}

impl Index {
    /// Uploads one file by the legacy API and waits until the index shows it.
    ///
    /// The caller has seen in a plan that the name is free. An attempt that was cut is followed by a look at the index, so
    /// that a file that arrived is not sent again. `attestations` are PEP 740 objects, for trusted publishing only.
    pub async fn upload(
        &self,
        file: &Distribution,
        credentials: &Credentials,
        attestations: Option<&[Value]>,
    ) -> Result<Sent, Error> {
        self.say(Event::Sending {
            file: file.file_name.clone(),
            size: file.size,
        });
        let what = format!("upload {}", file.file_name);
        let attestations = attestations.unwrap_or_default();
        let verdict = self
            .transport
            .retry(&what)
            .run(|attempt| self.attempt(&what, file, credentials, attestations, attempt))
            .await?;
        match verdict {
            Verdict::Taken => {
                self.say(Event::Sent {
                    file: file.file_name.clone(),
                });
                self.wait_visible(file, credentials).await?;
                self.say(Event::Published {
                    file: file.file_name.clone(),
                });
                Ok(Sent::Published)
            }
            Verdict::Exists(detail) => self.compare_existing(file, credentials, detail).await,
        }
    }

    async fn attempt(
        &self,
        what: &str,
        file: &Distribution,
        credentials: &Credentials,
        attestations: &[Value],
        attempt: u32,
    ) -> Result<Verdict, Failure<Error>> {
        if attempt > 1
            && let Ok(State::Same) = self.state(file, credentials).await
        {
            return Ok(Verdict::Taken);
        }
        let login = credentials.login().await.map_err(Failure::last)?;
        if attempt > 1 {
            self.refuse_denied(what, file, &login, attempt).await?;
        }
        let form = form::build(file, attestations).await;
        let request = self
            .post(&login)?
            .timeout(http::timeout_for(file.size))
            .multipart(form.map_err(Failure::last)?);
        let reply = self.deliver(what, request, &login, attempt).await?;
        self.judge(file, &reply, &login.password)
            .map_err(Failure::last)
    }

    /// Some indexes hang up on a wrong password while the file still travels, and their answer is lost with the
    /// connection. An empty upload gets the same answer, and has nothing to lose.
    async fn refuse_denied(
        &self,
        what: &str,
        file: &Distribution,
        login: &Login,
        attempt: u32,
    ) -> Result<(), Failure<Error>> {
        let request = self
            .post(login)?
            .header(CONTENT_LENGTH, 0)
            .timeout(http::timeout_for(0));
        let reply = self.deliver(what, request, login, attempt).await?;
        match self.judge(file, &reply, &login.password) {
            Err(denied @ Error::Denied { .. }) => Err(Failure::last(denied)),
            _ => Ok(()),
        }
    }

    fn post(&self, login: &Login) -> Result<RequestBuilder, Failure<Error>> {
        let basic = http::basic(&login.username, &login.password);
        let basic = basic.map_err(|error| Failure::last(error.into()))?;
        let request = self.transport.request(Method::POST, &self.upload_url);
        let accepted = "application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7";
        Ok(request
            .header(AUTHORIZATION, basic)
            .header(ACCEPT, accepted))
    }

    async fn deliver(
        &self,
        what: &str,
        request: RequestBuilder,
        login: &Login,
        attempt: u32,
    ) -> Result<Reply, Failure<Error>> {
        let url = &self.upload_url;
        let sent = self
            .transport
            .send(what, url, request, &login.password, attempt);
        sent.await.map_err(Failure::map)
    }

    fn judge(
        &self,
        file: &Distribution,
        reply: &Reply,
        password: &SecretString,
    ) -> Result<Verdict, Error> {
        let detail = redacted(http::detail(reply), password);
        let status = reply.status.as_u16();
        let name = file.file_name.clone();
        match status {
            200..300 => Ok(Verdict::Taken),
            409 => Ok(Verdict::Exists(detail)),
            // PyPI: "File already exists"; others: "… already exists!". A deleted file's name says neither.
            400 if detail.to_lowercase().contains("already exist") => Ok(Verdict::Exists(detail)),
            401 | 403 => Err(Error::Denied {
                file: name,
                project: file.project.clone(),
                status,
                detail,
            }),
            300..400 => Err(Error::Redirected {
                file: name,
                from: shown(&self.upload_url),
                to: self.target_of(reply),
            }),
            _ => Err(Error::Rejected {
                file: name,
                status,
                detail,
            }),
        }
    }

    fn target_of(&self, reply: &Reply) -> String {
        reply
            .headers
            .get(LOCATION)
            .and_then(|to| self.upload_url.join(to.to_str().ok()?).ok())
            .map_or_else(|| "nowhere".to_owned(), |to| shown(&to))
    }

    /// The index refused the name as taken: by the same bytes, or by others?
    async fn compare_existing(
        &self,
        file: &Distribution,
        credentials: &Credentials,
        detail: String,
    ) -> Result<Sent, Error> {
        match self.poll(file, credentials).await? {
            true => Ok(self.unchanged(file)),
            false => Err(Error::Hidden {
                file: file.file_name.clone(),
                page: shown(&self.simple_url),
                within: self.transport.policy.visible_within,
                detail,
            }),
        }
    }

    async fn wait_visible(
        &self,
        file: &Distribution,
        credentials: &Credentials,
    ) -> Result<(), Error> {
        match self.poll(file, credentials).await? {
            true => Ok(()),
            false => Err(Error::Unseen {
                file: file.file_name.clone(),
                page: shown(&self.simple_url),
                within: self.transport.policy.visible_within,
            }),
        }
    }

    /// Looks until our bytes are there (`true`) or the time is up (`false`); other bytes are an error at once.
    async fn poll(&self, file: &Distribution, credentials: &Credentials) -> Result<bool, Error> {
        let mut pace = self.transport.pace();
        loop {
            match self.state(file, credentials).await? {
                State::Same => return Ok(true),
                State::Other { existing } => {
                    return Err(Error::Conflicts(vec![Conflict {
                        file: file.file_name.clone(),
                        existing,
                        ours: file.sha256.clone(),
                    }]));
                }
                State::Absent => {}
            }
            if !pace.wait().await {
                return Ok(false);
            }
        }
    }

    fn say(&self, event: Event) {
        (self.transport.listener)(&event);
    }
}

impl Credentials {
    /// User and password for one request; a minted token is renewed here when it is about to end.
    async fn login(&self) -> Result<Login, Error> {
        match self {
            Self::Password { username, password } => Ok(Login {
                username: username.clone(),
                password: password.clone(),
            }),
            Self::Trusted(publisher) => Ok(Login {
                username: "__token__".to_owned(),
                password: publisher.token().await?,
            }),
        }
    }
}
