//! Questions to GitHub's API whose answers can be recorded, and come from a recording.

use std::sync::{Arc, Mutex, PoisonError};

use actions_core::{Context, Secret};
use anyhow::bail;
use github::{Asked, Error, GitHub, Options, Reply, Retrying};
use http::Method;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use crate::pull_request::reads::{Answer, Reads};

pub(super) const PER_PAGE: usize = 100;

/// The API as one token sees it.
pub(crate) struct Client<'a> {
    reads: &'a Reads,
    cx: &'a Context,
    token: Option<&'a Secret>,
    /// Made for the first question: a run that asks none need not read all certificates of the machine.
    github: OnceCell<GitHub>,
    /// Attempts that failed before the answers which are not here yet.
    retries: Arc<Mutex<Vec<Retrying>>>,
}

/// What a note says of an attempt that failed before the answer.
const RETRIED: &str = "retried: ";

/// GitHub as this token sees it; each repeated attempt gets a line in the log.
pub(crate) fn connect(cx: &Context, token: Option<&Secret>) -> anyhow::Result<GitHub> {
    connect_and(cx, token, |_| {})
}

fn connect_and(
    cx: &Context,
    token: Option<&Secret>,
    hear: impl Fn(&Retrying) + Send + Sync + 'static,
) -> anyhow::Result<GitHub> {
    let log = cx.log.clone();
    let options = Options::default()
        .environment(|name| cx.env.get(name))
        .token(token.map(Secret::expose))
        .on_retry(move |retry| {
            log.info(retry.to_string());
            hear(retry);
        });
    Ok(GitHub::connect(options)?)
}

/// What the API said, behind what it was asked for.
pub(super) fn error_in(err: &anyhow::Error) -> Option<&Error> {
    err.downcast_ref()
}

pub(super) fn is_not_found(err: &anyhow::Error) -> bool {
    error_in(err).is_some_and(Error::is_not_found)
}

impl<'a> Client<'a> {
    pub(crate) fn new(cx: &'a Context, reads: &'a Reads, token: Option<&'a Secret>) -> Self {
        Self {
            reads,
            cx,
            token,
            github: OnceCell::new(),
            retries: Arc::default(),
        }
    }

    /// Reads what is at a path.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let asked = Asked {
            method: &Method::GET,
            path,
            with_token: self.token.is_some(),
        };
        let question = format!("GET {path}");
        let mut answer = self.reads.ask(&question, self.ask(&question, path)).await?;
        let retries = answer
            .notes
            .extract_if(.., |note| note.starts_with(RETRIED));
        for retry in retries {
            if self.reads.is_replay() {
                self.cx.log.info(retry.trim_start_matches(RETRIED));
            }
        }
        let Some(status) = answer.code.and_then(|code| u16::try_from(code).ok()) else {
            let error = Error::NoAnswer {
                cause: answer.notes.join(": "),
                outcome_unknown: false,
            };
            return Err(error.into());
        };
        let headers = answer.notes.iter().map(String::as_str);
        let reply = Reply::from_kept(status, headers, answer.body);
        Ok(reply.accepted(&asked)?.json(&asked)?)
    }

    /// All items of a list, and how many pages it has.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        most_pages: usize,
    ) -> anyhow::Result<(Vec<T>, usize)> {
        let mut items = Vec::new();
        for page in 1..=most_pages {
            let mut next: Vec<T> = self.get(&page_of(path, page)).await?;
            let last = next.len() < PER_PAGE;
            items.append(&mut next);
            if last {
                return Ok((items, page));
            }
        }
        bail!("there are more than {}", most_pages * PER_PAGE)
    }

    async fn ask(&self, question: &str, path: &str) -> anyhow::Result<Answer> {
        let mut answer = self.ask_github(path).await?;
        let mut retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
        let own = retries.extract_if(.., |retry| retry.what == question);
        answer
            .notes
            .extend(own.map(|retry| format!("{RETRIED}{retry}")));
        Ok(answer)
    }

    async fn ask_github(&self, path: &str) -> anyhow::Result<Answer> {
        let github = self.github.get_or_try_init(|| async {
            let retries = Arc::clone(&self.retries);
            connect_and(self.cx, self.token, move |retry| {
                let mut retries = retries.lock().unwrap_or_else(PoisonError::into_inner);
                retries.push(retry.clone());
            })
        });
        Ok(match github.await?.reply(&Method::GET, path).await {
            Ok(reply) => Answer {
                code: Some(i32::from(reply.status())),
                notes: reply.telling_headers(),
                body: reply.body().to_vec(),
            },
            Err(Error::NoAnswer { cause, .. }) => Answer {
                notes: vec![cause],
                ..Answer::default()
            },
            Err(error) => return Err(error.into()),
        })
    }
}

/// The same path with its page.
pub(super) fn page_of(path: &str, page: usize) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}per_page={PER_PAGE}&page={page}")
}
