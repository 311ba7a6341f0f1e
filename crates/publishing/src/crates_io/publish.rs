//! One crate sent, judged by the answer and the index, and waited for until dependants can see it; and all of them.

use super::{Credentials, Error, Registry, body, file_name, set};
use crate::{
    Event,
    http::{self, Reply, authorization, detail, redacted},
    outcome::{Conflict, Outcome, Sent, State},
    retry::Failure,
};
use bytes::Bytes;
use package_formats::Crate;
use reqwest::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

/// What an answer to an upload means.
enum Verdict {
    Taken,
    /// The version exists; whether with our bytes, only the index can tell.
    Exists(String),
}

impl Registry {
    /// Sends what is missing, dependencies first. One version with other bytes in the index stops the run before anything
    /// is sent; what an earlier run sent is passed over. A minted token is revoked at the end.
    pub async fn publish_all(
        &self,
        crates: &[Crate],
        credentials: &Credentials,
    ) -> Result<Outcome, Error> {
        let result = self.publish_missing(crates, credentials).await;
        if let Credentials::Trusted(publisher) = credentials {
            // The token ends by itself within minutes, so a failure to end it sooner is no failure of the release.
            let _ = publisher.revoke().await;
        }
        result
    }

    async fn publish_missing(
        &self,
        crates: &[Crate],
        credentials: &Credentials,
    ) -> Result<Outcome, Error> {
        let plan = self.plan(crates, credentials).await?;
        self.refuse(&plan, credentials)?;
        let mut outcome = Outcome::default();
        for (krate, planned) in set::ordered(crates, &self.index)?
            .into_iter()
            .zip(&plan.crates)
        {
            let sent = match planned.state {
                State::Same => self.unchanged(&planned.file),
                _ => {
                    let token = credentials.token().await?;
                    self.publish(krate, &token).await?
                }
            };
            outcome.note(&planned.file, sent);
        }
        Ok(outcome)
    }

    /// What a plan shows that must stop a run before its first byte.
    fn refuse(&self, plan: &super::Plan, credentials: &Credentials) -> Result<(), Error> {
        let conflicts = plan.conflicts();
        if !conflicts.is_empty() {
            return Err(Error::Conflicts(conflicts));
        }
        let new: Vec<String> = plan
            .crates
            .iter()
            .filter(|planned| planned.new_crate)
            .map(|planned| planned.name.clone())
            .collect();
        match credentials {
            Credentials::Trusted(_) if !new.is_empty() => Err(Error::NewCrates(new)),
            _ => Ok(()),
        }
    }

    /// Sends one crate and waits until the index shows it. The caller has seen in a plan that the version is free.
    ///
    /// An attempt that was cut is followed by a look at the index, so that a crate that arrived is not sent again.
    pub async fn publish(&self, krate: &Crate, token: &SecretString) -> Result<Sent, Error> {
        set::refuse_unpublishable(krate, &self.index)?;
        let file = file_name(krate);
        let body = body::build(krate, &self.index).await?;
        let api = self.api_url()?;
        let url = publish_url(api).map_err(|error| self.unusable(&error.to_string()))?;
        self.say(Event::Sending {
            file: file.clone(),
            size: krate.digest.size,
        });
        let what = format!("publish {file}");
        let verdict = self
            .transport
            .retry(&what)
            .run(|attempt| self.attempt(&what, &url, krate, &body, token, attempt))
            .await?;
        match verdict {
            Verdict::Taken => {
                self.say(Event::Sent { file: file.clone() });
                self.wait_visible(krate, token).await?;
                self.say(Event::Published { file });
                Ok(Sent::Published)
            }
            Verdict::Exists(detail) => match self.poll(krate, token).await? {
                true => Ok(self.unchanged(&file)),
                false => Err(Error::Hidden {
                    file,
                    within: self.transport.policy.visible_within,
                    detail,
                }),
            },
        }
    }

    async fn attempt(
        &self,
        what: &str,
        url: &Url,
        krate: &Crate,
        body: &Bytes,
        token: &SecretString,
        attempt: u32,
    ) -> Result<Verdict, Failure<Error>> {
        if attempt > 1
            && let Ok(State::Same) = self.state(krate, token).await
        {
            return Ok(Verdict::Taken);
        }
        let authorization = authorization("token", "", token);
        let authorization = authorization.map_err(|error| Failure::last(error.into()))?;
        let request = self
            .transport
            .request(Method::PUT, url)
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/octet-stream")
            .timeout(http::timeout_for(body.len() as u64))
            .body(body.clone());
        let sent = self
            .transport
            .send(what, url, request, token, attempt)
            .await;
        let now = self.transport.clock.now();
        let reply = sent.map_err(|failure| super::limits::judge(failure, now).map())?;
        judge(&file_name(krate), &reply, token).map_err(Failure::last)
    }

    /// Waits until the index shows the crate with our checksum, so that dependants can be built.
    pub async fn wait_visible(&self, krate: &Crate, token: &SecretString) -> Result<(), Error> {
        match self.poll(krate, token).await? {
            true => Ok(()),
            false => Err(Error::Unseen {
                file: file_name(krate),
                within: self.transport.policy.visible_within,
            }),
        }
    }

    /// Looks until our bytes are there (`true`) or the time is up (`false`); other bytes are an error at once.
    async fn poll(&self, krate: &Crate, token: &SecretString) -> Result<bool, Error> {
        let mut pace = self.transport.pace();
        loop {
            match self.state(krate, token).await? {
                State::Same => return Ok(true),
                State::Other { existing } => {
                    return Err(Error::Conflicts(vec![Conflict {
                        file: file_name(krate),
                        existing,
                        ours: krate.digest.sha256.clone(),
                    }]));
                }
                State::Absent => {}
            }
            if !pace.wait().await {
                return Ok(false);
            }
        }
    }

    async fn state(&self, krate: &Crate, token: &SecretString) -> Result<State, Error> {
        Ok(self.compare(krate, Some(token)).await?.state)
    }

    fn unchanged(&self, file: &str) -> Sent {
        self.say(Event::Unchanged {
            file: file.to_owned(),
        });
        Sent::Unchanged
    }

    fn say(&self, event: Event) {
        (self.transport.listener)(&event);
    }
}

fn publish_url(api: &Url) -> Result<Url, url::ParseError> {
    let base = api.path().trim_end_matches('/').to_owned();
    api.join(&format!("{base}/api/v1/crates/new"))
}

/// A success may carry errors in its body: older registries answer every publish with 200.
fn judge(file: &str, reply: &Reply, token: &SecretString) -> Result<Verdict, Error> {
    let status = reply.status.as_u16();
    let failed = !reply.status.is_success() || has_errors(&reply.body);
    if !failed {
        return Ok(Verdict::Taken);
    }
    let detail = redacted(detail(reply), token);
    let lower = detail.to_lowercase();
    let file = file.to_owned();
    match status {
        _ if lower.contains("already uploaded") || lower.contains("already exist") => {
            Ok(Verdict::Exists(detail))
        }
        409 => Ok(Verdict::Exists(detail)),
        401 | 403 => Err(Error::Denied {
            file,
            status,
            detail,
        }),
        _ => Err(Error::Rejected {
            file,
            status,
            detail,
        }),
    }
}

fn has_errors(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|json| {
        json.get("errors")
            .and_then(Value::as_array)
            .is_some_and(|errors| !errors.is_empty())
    })
}
