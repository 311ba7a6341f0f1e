//! Questions to GitHub's API: all pages, repeated where it may help, and an error that says what to type.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actions_core::{Context, Log, Secret, text};
use anyhow::{Context as _, bail};
use octocrab::Octocrab;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::OnceCell;

use crate::pull_request::reads::{Answer, Reads};

/// How often a question is asked at most.
const ATTEMPTS: u32 = 4;
/// Before the second attempt, doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
/// A limit that lasts longer than this ends the run: waiting costs minutes of a runner.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
pub(super) const PER_PAGE: usize = 100;

/// What is left as it is in one part of a path.
const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The API as one token sees it.
pub(crate) struct Client<'a> {
    log: Log,
    reads: &'a Reads,
    cx: &'a Context,
    token: Option<&'a Secret>,
    /// Made for the first question: a run that asks none need not read all certificates of the machine.
    octocrab: OnceCell<Octocrab>,
}

/// What the API says instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("{cause}{hint}")]
pub(crate) struct Refusal {
    cause: String,
    hint: &'static str,
    status: Option<i32>,
    limited: bool,
}

impl Refusal {
    /// Not there, or not for this token: GitHub tells the two apart for nobody.
    pub(super) fn is_hidden(err: &anyhow::Error) -> bool {
        err.downcast_ref::<Self>().is_some_and(|refusal| {
            matches!(refusal.status, Some(403 | 404 | 410)) && !refusal.limited
        })
    }

    pub(super) fn is_not_found(err: &anyhow::Error) -> bool {
        err.downcast_ref::<Self>()
            .is_some_and(|refusal| refusal.status == Some(404))
    }
}

/// A part of a path that may hold any character.
pub(super) fn part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

impl<'a> Client<'a> {
    pub(crate) fn new(cx: &'a Context, reads: &'a Reads, token: Option<&'a Secret>) -> Self {
        Self {
            log: cx.log.clone(),
            reads,
            cx,
            token,
            octocrab: OnceCell::new(),
        }
    }

    /// Asks until there is an answer, a few times at most.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self.answer(path).await?;
        serde_json::from_slice(&answer.body)
            .with_context(|| format!("failed to understand the API's answer to `{path}`"))
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

    async fn answer(&self, path: &str) -> anyhow::Result<Answer> {
        let question = format!("GET {path}");
        let mut attempt = 1;
        loop {
            let answer = self.reads.ask(&question, self.ask(path)).await?;
            let Some(why) = refusal(&answer, self.token.is_some()) else {
                return Ok(answer);
            };
            let pause = pause(&answer, attempt);
            match pause {
                Some(pause) if attempt < ATTEMPTS => {
                    attempt += 1;
                    self.log.info(format!(
                        "{question}: {}: attempt {attempt} of {ATTEMPTS} follows",
                        why.cause
                    ));
                    if !self.reads.is_replay() {
                        tokio::time::sleep(pause).await;
                    }
                }
                _ => return Err(why.into()),
            }
        }
    }

    async fn ask(&self, path: &str) -> anyhow::Result<Answer> {
        let octocrab = self.octocrab.get_or_try_init(|| async {
            actions_core::github::client_without_retries(&self.cx.env, self.token)
        });
        let octocrab = octocrab.await?;
        let reply = match octocrab._get(path).await {
            Ok(reply) => reply,
            Err(err) => return Ok(no_answer(&err)),
        };
        let notes = ["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"]
            .iter()
            .filter_map(|name| {
                let value = reply.headers().get(*name)?.to_str().ok()?;
                Some(format!("{name}: {value}"))
            })
            .collect();
        let code = Some(i32::from(reply.status().as_u16()));
        match octocrab.body_to_string(reply).await {
            Ok(body) => Ok(Answer {
                code,
                notes,
                body: body.into_bytes(),
            }),
            Err(err) => Ok(no_answer(&err)),
        }
    }
}

/// The cause, and what to type where it is a missing right.
fn refusal(answer: &Answer, has_token: bool) -> Option<Refusal> {
    #[derive(Deserialize)]
    struct Body {
        message: String,
    }
    let status = match answer.code {
        Some(200..=299) => return None,
        Some(status) => status,
        None => {
            return Some(Refusal {
                cause: answer.notes.join(": "),
                hint: "",
                status: None,
                limited: false,
            });
        }
    };
    let body: Option<Body> = serde_json::from_slice(&answer.body).ok();
    let message = body.map_or_else(String::new, |body| {
        format!(" \"{}\"", text::one_line(&body.message))
    });
    let hint = match status {
        _ if is_limited(answer) && !has_token => ": give a `token`, without one the limit is low",
        _ if is_limited(answer) => ": run it again when the limit of requests has passed",
        401 => ": is the `token` still valid?",
        403 | 404 => {
            ": give the job `permissions:` with `pull-requests: read` and `contents: read`"
        }
        500.. => ": GitHub has a problem, run it again later",
        _ => "",
    };
    Some(Refusal {
        cause: format!("the API answers {status}{message}"),
        hint,
        status: Some(status),
        limited: is_limited(answer),
    })
}

/// The same path with its page.
pub(super) fn page_of(path: &str, page: usize) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}per_page={PER_PAGE}&page={page}")
}

fn no_answer(err: &octocrab::Error) -> Answer {
    Answer {
        code: None,
        notes: causes(err),
        body: Vec::new(),
    }
}

/// What a client says that repeats requests itself.
pub(crate) fn explain(err: &octocrab::Error) -> anyhow::Error {
    let octocrab::Error::GitHub { source, .. } = err else {
        return anyhow::anyhow!("{}", causes(err).join(": "));
    };
    let answer = Answer {
        code: Some(i32::from(source.status_code.as_u16())),
        notes: Vec::new(),
        body: serde_json::json!({ "message": source.message })
            .to_string()
            .into(),
    };
    anyhow::anyhow!(
        "{}",
        refusal(&answer, true).map_or_else(|| causes(err).join(": "), |it| it.to_string())
    )
}

/// The chain of causes, each said once.
fn causes(err: &octocrab::Error) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let mut next: Option<&dyn std::error::Error> = Some(err);
    while let Some(err) = next {
        let text = text::one_line(&err.to_string()).into_owned();
        if !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
        next = err.source();
    }
    said
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer
        .notes
        .iter()
        .find_map(|note| note.strip_prefix(name)?.strip_prefix(": "))
}

/// Whether it is the number of requests that GitHub refuses, not this one.
fn is_limited(answer: &Answer) -> bool {
    let said = || String::from_utf8_lossy(&answer.body).to_lowercase();
    match answer.code {
        Some(429) => true,
        Some(403) => {
            header(answer, "x-ratelimit-remaining") == Some("0")
                || header(answer, "retry-after").is_some()
                || said().contains("rate limit")
        }
        _ => false,
    }
}

/// How long to wait before the same question may get an answer; `None` where it never will, or not soon.
fn pause(answer: &Answer, attempt: u32) -> Option<Duration> {
    let seconds = |name| header(answer, name).and_then(|value| value.parse::<u64>().ok());
    let grown = FIRST_PAUSE * 2_u32.saturating_pow(attempt.saturating_sub(1));
    let wait = match answer.code {
        _ if is_limited(answer) => {
            let told = seconds("retry-after").or_else(|| {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
                let spent = header(answer, "x-ratelimit-remaining") == Some("0");
                seconds("x-ratelimit-reset")
                    .filter(|_| spent)
                    .map(|reset| reset.saturating_sub(now.as_secs()))
            });
            told.map_or(grown, Duration::from_secs)
        }
        None | Some(408 | 500..) => seconds("retry-after").map_or(grown, Duration::from_secs),
        _ => return None,
    };
    // Runs that failed together must not come back together.
    let jitter = getrandom::u32().unwrap_or_default() % 250;
    let wait = wait + Duration::from_millis(u64::from(jitter));
    (wait <= LONGEST_PAUSE + Duration::from_millis(250)).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: i32, notes: &[&str], body: &str) -> Answer {
        Answer {
            code: Some(code),
            notes: notes.iter().map(|&note| note.to_owned()).collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn only_what_passes_by_itself_is_asked_again() {
        for code in [500, 502, 503, 429, 408] {
            assert!(pause(&answer(code, &[], ""), 1).is_some(), "{code}");
        }
        for code in [301, 401, 403, 404, 422] {
            assert!(pause(&answer(code, &[], ""), 1).is_none(), "{code}");
        }
        assert!(pause(&Answer::default(), 1).is_some());
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept_and_a_long_one_is_not_waited_for() {
        let told = pause(&answer(429, &["retry-after: 7"], ""), 1).unwrap();
        assert_eq!(told.as_secs(), 7);
        assert!(pause(&answer(403, &["retry-after: 3600"], ""), 1).is_none());
        let later = ["x-ratelimit-remaining: 0", "x-ratelimit-reset: 99999999999"];
        assert!(pause(&answer(403, &later, ""), 1).is_none());
        let past = ["x-ratelimit-remaining: 0", "x-ratelimit-reset: 1"];
        assert!(pause(&answer(403, &past, ""), 1).is_some());
    }

    #[test]
    fn pauses_grow() {
        let third = pause(&answer(503, &[], ""), 3).unwrap();
        assert!(third >= FIRST_PAUSE * 4, "{third:?}");
    }

    #[test]
    fn a_part_of_a_path_holds_no_slash() {
        assert_eq!(part("a/b?c#d.rs"), "a%2Fb%3Fc%23d.rs");
    }
}
