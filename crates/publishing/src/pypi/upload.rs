//! One upload: sent, judged by the answer, and waited for until the index shows it.

use super::{Credentials, Distribution, Error, Index, LONGEST_UPLOAD, form::Form, pages::Pages};
use crate::{
    Event, endpoints,
    http::{self, Reply, shown},
    outcome::{Conflict, Sent, State},
    retry::Failure,
};
use jiff::Timestamp;
use reqwest::{
    Method, RequestBuilder,
    header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, LOCATION},
};
use secrecy::SecretString;
use serde_json::Value;
use std::time::Duration;

/// What an answer to an upload means.
enum Verdict {
    Taken,
    /// The name exists; whether with our bytes, only the index can tell.
    Exists(String),
    /// Refused for whatever reason; in a race, because another run sent the file a moment ago.
    Refused(Error),
}

/// User and password of one request.
struct Login {
    username: String,
    password: SecretString,
}

impl Index {
    /// Sends what is missing, and waits for none of it to be shown.
    pub(super) async fn send_all<'a>(
        &self,
        files: &[&'a Distribution],
        is_missing: impl Fn(&Distribution) -> bool,
        credentials: &Credentials,
    ) -> Result<Vec<(&'a Distribution, Sent)>, Error> {
        let mut all = Vec::with_capacity(files.len());
        for file in files {
            let sent = match is_missing(file) {
                false => Sent::Unchanged,
                true => self.send(file, credentials).await?,
            };
            if sent == Sent::Unchanged {
                self.say(Event::Unchanged {
                    file: file.file_name.clone(),
                });
            }
            all.push((*file, sent));
        }
        Ok(all)
    }

    /// Sends one file; `Unchanged` when somebody else sent the same bytes meanwhile.
    async fn send(&self, file: &Distribution, credentials: &Credentials) -> Result<Sent, Error> {
        self.say(Event::Sending {
            file: file.file_name.clone(),
            size: file.size,
        });
        let attestations = self.attestations_of(file, credentials);
        let form = Form::new(file, attestations).await?;
        let what = format!("upload {}", file.file_name);
        let verdict = self
            .transport
            .retry(&what)
            .run(|attempt| self.attempt(&what, file, credentials, &form, attempt))
            .await?;
        match verdict {
            Verdict::Taken => {
                self.say(Event::Sent {
                    file: file.file_name.clone(),
                });
                Ok(Sent::Published)
            }
            Verdict::Exists(detail) => self.compare_existing(file, credentials, detail).await,
            Verdict::Refused(error) => match self.state(file, credentials).await {
                Ok(State::Same) => Ok(Sent::Unchanged),
                Ok(State::Other { existing }) => Err(conflict(file, existing)),
                _ => Err(error),
            },
        }
    }

    fn attestations_of<'a>(
        &self,
        file: &'a Distribution,
        credentials: &Credentials,
    ) -> &'a [Value] {
        if file.attestations.is_empty() {
            return &[];
        }
        match self.takes_attestations(Some(credentials)) {
            Ok(()) => &file.attestations,
            Err(why) => {
                let name = &file.file_name;
                self.caution(format!("{name}: its attestations are skipped: {why}"));
                &[]
            }
        }
    }

    async fn attempt(
        &self,
        what: &str,
        file: &Distribution,
        credentials: &Credentials,
        form: &Form<'_>,
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
        let form = form.build().await;
        let request = self
            .post(&login)?
            .timeout(http::timeout_for(file.size))
            .multipart(form.map_err(Failure::last)?);
        let started = self.transport.clock.now();
        let reply = self.deliver(what, request, &login, attempt).await;
        let reply = reply.map_err(|failure| self.too_slow(file, started, failure))?;
        self.judge(file, &reply).map_err(Failure::last)
    }

    /// PyPI cuts what takes too long, and would cut it again.
    fn too_slow(
        &self,
        file: &Distribution,
        started: Timestamp,
        failure: Failure<Error>,
    ) -> Failure<Error> {
        let took = self.transport.clock.now().duration_since(started);
        let after = Duration::try_from(took).unwrap_or_default();
        if !endpoints::is_pypi(&self.upload_url) || after < LONGEST_UPLOAD {
            return failure;
        }
        Failure::last(Error::TooSlow {
            file: file.file_name.clone(),
            size: file.size,
            after,
            cause: failure.error.to_string(),
        })
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
        match self.judge(file, &reply) {
            Ok(Verdict::Refused(denied @ Error::Denied { .. }))
            | Err(denied @ Error::Denied { .. }) => Err(Failure::last(denied)),
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

    fn judge(&self, file: &Distribution, reply: &Reply) -> Result<Verdict, Error> {
        let detail = http::detail(reply);
        let status = reply.status.as_u16();
        let name = file.file_name.clone();
        let words = detail.to_lowercase();
        // PyPI: "File already exists"; others: "… already exists!"; GitLab: "… has already been taken". A deleted file's
        // name says none of them.
        let taken = ["already exist", "already been taken"];
        match status {
            200..300 => Ok(Verdict::Taken),
            409 => Ok(Verdict::Exists(detail)),
            400 | 403 | 422 if taken.iter().any(|taken| words.contains(taken)) => {
                Ok(Verdict::Exists(detail))
            }
            401 | 403 => {
                let denied = Error::Denied {
                    file: name,
                    project: file.project.clone(),
                    status,
                    detail,
                };
                // Artifactory refuses a taken name as it refuses a stranger.
                match status {
                    403 => Ok(Verdict::Refused(denied)),
                    _ => Err(denied),
                }
            }
            300..400 => Err(Error::Redirected {
                file: name,
                from: shown(&self.upload_url),
                to: self.target_of(reply),
            }),
            _ => Ok(Verdict::Refused(Error::Rejected {
                file: name,
                status,
                detail,
            })),
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
        match self.left_unseen(vec![file], credentials).await?.is_empty() {
            true => Ok(Sent::Unchanged),
            false => Err(Error::Hidden {
                file: file.file_name.clone(),
                page: shown(&self.simple_url),
                within: self.transport.policy.visible_within,
                detail,
            }),
        }
    }

    /// Waits until the index shows all files that it took.
    pub(super) async fn see(
        &self,
        taken: Vec<&Distribution>,
        credentials: &Credentials,
    ) -> Result<(), Error> {
        let unseen = self.left_unseen(taken.clone(), credentials).await?;
        if !unseen.is_empty() {
            let names: Vec<&str> = unseen.iter().map(|file| file.file_name.as_str()).collect();
            return Err(Error::Unseen {
                file: names.join(", "),
                page: shown(&self.simple_url),
                within: self.transport.policy.visible_within,
            });
        }
        for file in taken {
            self.say(Event::Published {
                file: file.file_name.clone(),
            });
        }
        Ok(())
    }

    /// Looks until our bytes of all files are there, or the time is up: those that are not. Each look reads the page of a
    /// project once. Other bytes are an error at once.
    async fn left_unseen<'a>(
        &self,
        mut files: Vec<&'a Distribution>,
        credentials: &Credentials,
    ) -> Result<Vec<&'a Distribution>, Error> {
        let mut pace = self.transport.pace();
        loop {
            let mut pages = Pages::new();
            let mut unseen = Vec::new();
            for file in files {
                let page = self.page_of(file, &mut pages, Some(credentials)).await?;
                match self.compare(file, page).await?.state {
                    State::Same => {}
                    State::Other { existing } => return Err(conflict(file, existing)),
                    State::Absent => unseen.push(file),
                }
            }
            files = unseen;
            if files.is_empty() || !pace.wait().await {
                return Ok(files);
            }
        }
    }

    fn say(&self, event: Event) {
        (self.transport.listener)(&event);
    }
}

fn conflict(file: &Distribution, existing: String) -> Error {
    Error::Conflicts(vec![Conflict {
        file: file.file_name.clone(),
        existing,
        ours: file.sha256.clone(),
    }])
}

impl Credentials {
    /// Ends a token that was minted.
    pub(super) async fn end(&self) {
        if let Self::Trusted(publisher) = self {
            publisher.end().await;
        }
    }

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
