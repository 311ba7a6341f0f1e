//! One crate sent, judged by the answer and the index, and waited for until dependants can see it.

use super::{
    Credentials, Error, Plan, Registry, body, file_name,
    limits::{is_daily, judge as judge_wait},
    set::Set,
};
use crate::{
    Event,
    http::{self, Reply, authorization, detail},
    outcome::{Conflict, Outcome, Sent, State},
    retry::{Again, Failure},
};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use package_formats::Crate;
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

/// What an answer to an upload means.
enum Verdict {
    Taken,
    /// The version exists; whether with our bytes, only the index can tell.
    Exists(String),
}

/// What is to be sent, and to whom.
pub(super) struct Work<'a> {
    pub(super) registry: &'a Registry,
    pub(super) credentials: &'a Credentials,
    pub(super) set: Set<'a>,
    pub(super) plan: Plan,
}

/// Where each crate of a run is.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) outcome: Outcome,
    /// The registry took them, or has had them.
    pub(super) taken: BTreeSet<usize>,
    /// The index shows them.
    pub(super) seen: BTreeSet<usize>,
}

impl Registry {
    /// Looks and sends what is missing: [`Registry::plan`], then [`Registry::publish_planned`].
    ///
    /// # Errors
    /// Those of both.
    pub async fn publish_all(
        &self,
        crates: &[Crate],
        credentials: &Credentials,
    ) -> Result<Outcome, Error> {
        let result = match self.plan(crates, credentials).await {
            Ok(plan) => self.send_missing(crates, plan, credentials).await,
            Err(error) => Err(error),
        };
        credentials.end().await;
        result
    }

    /// Sends what a plan of these crates found missing, dependencies first. Anything wrong stops the run before the first byte
    /// is sent, see [`Plan::problems`]; what an earlier run sent is passed over. Where the registry has limits, uploads are
    /// paced to them; where it has none, crates that do not need each other travel at once. A minted token is ended after it.
    ///
    /// # Errors
    /// What is published by then stays, and the next run continues.
    pub async fn publish_planned(
        &self,
        crates: &[Crate],
        plan: Plan,
        credentials: &Credentials,
    ) -> Result<Outcome, Error> {
        let result = self.send_missing(crates, plan, credentials).await;
        credentials.end().await;
        result
    }

    async fn send_missing(
        &self,
        crates: &[Crate],
        plan: Plan,
        credentials: &Credentials,
    ) -> Result<Outcome, Error> {
        if !plan.problems.is_empty() {
            return Err(Error::Problems(plan.problems));
        }
        let set = Set::new(crates);
        let mut progress = Progress::default();
        for (position, planned) in plan.crates.iter().enumerate() {
            if planned.state == State::Same {
                progress.done(position, &planned.file, self.unchanged(&planned.file));
            }
        }
        let work = Work {
            registry: self,
            credentials,
            set,
            plan,
        };
        match self.limits_for(credentials) {
            Some(limits) => work.paced(limits, progress).await,
            None => work.at_once(progress).await,
        }
    }

    /// Sends one crate and does not wait until the index shows it. `earlier` attempts were refused for a limit.
    ///
    /// An attempt that was cut is followed by a look at the index, so that a crate that arrived is not sent again.
    pub(super) async fn send(
        &self,
        krate: &Crate,
        credentials: &Credentials,
        earlier: u32,
    ) -> Result<Sent, Error> {
        let file = file_name(krate);
        let body = body::build(krate, &self.index).await?;
        let url = self.api_of("api/v1/crates/new")?;
        if earlier == 0 {
            self.say(Event::Sending {
                file: file.clone(),
                size: krate.digest.size,
            });
        }
        let what = format!("publish {file}");
        let verdict = self
            .transport
            .retry(&what)
            .run(|attempt| self.attempt(&what, &url, krate, &body, credentials, attempt + earlier))
            .await;
        match verdict {
            Ok(Verdict::Taken) => {
                self.say(Event::Sent { file });
                Ok(Sent::Published)
            }
            Ok(Verdict::Exists(detail)) => match self.poll(krate, credentials).await? {
                true => Ok(self.unchanged(&file)),
                false => Err(Error::Hidden {
                    file,
                    within: self.transport.policy.visible_within,
                    detail,
                }),
            },
            Err(Error::Http(http::Error::Stumbled { status, detail, .. }))
                if status == StatusCode::TOO_MANY_REQUESTS && is_daily(&detail) =>
            {
                Err(self.daily(krate, credentials, detail).await)
            }
            Err(error) => Err(error),
        }
    }

    async fn attempt(
        &self,
        what: &str,
        url: &Url,
        krate: &Crate,
        body: &Bytes,
        credentials: &Credentials,
        attempt: u32,
    ) -> Result<Verdict, Failure<Error>> {
        if attempt > 1
            && let Ok(State::Same) = self.state(krate, credentials).await
        {
            return Ok(Verdict::Taken);
        }
        // Asked for each time: waits may be longer than a minted token lives.
        let token = credentials.token().await.map_err(Failure::last)?;
        let authorization = authorization("token", "", &token);
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
            .send(what, url, request, &token, attempt)
            .await;
        let now = self.transport.clock.now();
        let reply = sent.map_err(|failure| self.limited(judge_wait(failure, now), now, attempt))?;
        judge(&file_name(krate), &reply).map_err(Failure::last)
    }

    /// A limit with its time is handed back at once, so that other crates may go meanwhile.
    fn limited(
        &self,
        failure: Failure<http::Error>,
        now: Timestamp,
        attempt: u32,
    ) -> Failure<Error> {
        let policy = &self.transport.policy;
        match (&failure.error, failure.again) {
            (http::Error::Stumbled { status, .. }, Again::After(Some(after)))
                if *status == StatusCode::TOO_MANY_REQUESTS
                    && after <= policy.longest_asked_wait =>
            {
                Failure::last(match attempt < policy.attempts {
                    true => Error::Limited {
                        until: now + after,
                        attempt,
                        cause: Box::new(failure.error),
                    },
                    false => failure.error.into(),
                })
            }
            _ => failure.map(),
        }
    }

    /// The limit of a crate's versions in 24 hours, with the time when it has room again, as far as the index says so.
    async fn daily(&self, krate: &Crate, credentials: &Credentials, detail: String) -> Error {
        let day = SignedDuration::from_hours(24);
        let now = self.transport.clock.now();
        let entries = match self.index_token(credentials).await {
            Ok(token) => self.entries(krate.name(), token.as_ref()).await,
            Err(error) => Err(error),
        };
        let entries = entries.ok().flatten().unwrap_or_default();
        let today = entries.iter().filter_map(|entry| entry.published);
        let oldest = today.filter(|then| now.duration_since(*then) < day).min();
        let resume = oldest.unwrap_or(now) + day + SignedDuration::from_secs(60);
        Error::Daily {
            file: file_name(krate),
            resume,
            detail,
        }
    }

    /// Waits until the index shows the crate with our checksum, so that dependants can be built.
    pub(super) async fn wait_visible(
        &self,
        krate: &Crate,
        credentials: &Credentials,
    ) -> Result<(), Error> {
        let file = file_name(krate);
        match self.poll(krate, credentials).await? {
            true => {
                self.say(Event::Published { file });
                Ok(())
            }
            false => Err(Error::Unseen {
                file,
                within: self.transport.policy.visible_within,
            }),
        }
    }

    /// Looks until our bytes are there (`true`) or the time is up (`false`); other bytes are an error at once.
    async fn poll(&self, krate: &Crate, credentials: &Credentials) -> Result<bool, Error> {
        let mut pace = self.transport.pace();
        loop {
            match self.state(krate, credentials).await? {
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

    async fn state(&self, krate: &Crate, credentials: &Credentials) -> Result<State, Error> {
        let token = self.index_token(credentials).await?;
        Ok(self.compare(krate, token.as_ref()).await?.state)
    }

    fn unchanged(&self, file: &str) -> Sent {
        self.say(Event::Unchanged {
            file: file.to_owned(),
        });
        Sent::Unchanged
    }

    pub(super) fn say(&self, event: Event) {
        (self.transport.listener)(&event);
    }
}

impl Progress {
    /// Taken, and seen where it was there before.
    pub(super) fn done(&mut self, position: usize, file: &str, sent: Sent) {
        self.outcome.note(file, sent);
        self.taken.insert(position);
        if sent == Sent::Unchanged {
            self.seen.insert(position);
        }
    }
}

/// A success may carry errors in its body: older registries answer every publish with 200.
fn judge(file: &str, reply: &Reply) -> Result<Verdict, Error> {
    let status = reply.status.as_u16();
    let failed = !reply.status.is_success() || has_errors(&reply.body);
    if !failed {
        return Ok(Verdict::Taken);
    }
    let detail = detail(reply);
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
