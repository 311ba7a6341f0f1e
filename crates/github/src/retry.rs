//! When a request is made again, and after which wait: only what passes by itself, bounded in number and in time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use http_retry::{retry_after, spoken};
use jiff::Timestamp;
use serde::Deserialize;

use crate::limit::{Limit, UNTOLD};
use crate::transport::Broken;
use crate::{Error, Reply};

/// How often and how long.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Attempts of one request, the first one counted.
    pub attempts: u32,
    /// The longest wait after the first failure; it doubles with each one, and the wait is a random part of it.
    pub first_wait: Duration,
    /// The longest wait of our own choice.
    pub longest_wait: Duration,
    /// All waits of one request together; a server that asks for more gets an error instead, because waiting costs minutes of a runner.
    pub longest_total: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(20),
            longest_total: Duration::from_secs(120),
        }
    }
}

/// An attempt that failed, and is followed by another one.
#[derive(Debug, Clone)]
pub struct Retrying {
    /// Such as `GET /repos/o/r/pulls/7`.
    pub what: String,
    /// Which attempt failed, counted from 1.
    pub attempt: u32,
    /// How many there are at most.
    pub of: u32,
    /// How long the next one waits.
    pub wait: Duration,
    /// Why it failed.
    pub cause: String,
}

impl fmt::Display for Retrying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            attempt,
            of,
            cause,
            ..
        } = self;
        write!(
            f,
            "{what}: attempt {attempt} of {of} failed: {cause}; the next one starts in {}",
            spoken(self.wait)
        )
    }
}

/// Who hears of repeated attempts.
pub(crate) type Observer = Arc<dyn Fn(&Retrying) + Send + Sync>;

/// Whether another attempt makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    Never,
    /// After a wait of our own choice.
    Soon,
    /// After the wait that the server asks for.
    After(Duration),
}

/// The waits of one request so far.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// Attempts that were made.
    pub(crate) attempt: u32,
    total: Duration,
}

impl Waits {
    /// The wait before the next attempt; `None` where there is to be none.
    pub(crate) fn next(
        &mut self,
        policy: &Policy,
        repeatable: bool,
        outcome: &Result<Reply, Broken>,
        now: Timestamp,
    ) -> Option<Duration> {
        if self.attempt >= policy.attempts {
            return None;
        }
        let wait = match again(repeatable, outcome, self.attempt, now) {
            Again::Never => return None,
            Again::Soon => self.soon(policy),
            Again::After(asked) => asked,
        };
        self.spend(policy, wait)
    }

    /// A random part of a time that doubles: clients that failed together must not come back together.
    pub(crate) fn soon(&self, policy: &Policy) -> Duration {
        part_of(self.growing(policy))
    }

    /// A time that doubles, for what nobody else waits for.
    pub(crate) fn growing(&self, policy: &Policy) -> Duration {
        let doublings = self.attempt.saturating_sub(1).min(16);
        let longest = policy.first_wait.saturating_mul(1 << doublings);
        longest.min(policy.longest_wait)
    }

    /// Takes a wait out of the time that is left, with a little jitter where there is room.
    pub(crate) fn spend(&mut self, policy: &Policy, wait: Duration) -> Option<Duration> {
        let left = policy.longest_total.checked_sub(self.total)?;
        if wait > left {
            return None;
        }
        let wait = wait + part_of(Duration::from_millis(250).min(left - wait));
        self.total += wait;
        Some(wait)
    }
}

/// Whether a request that is made twice has the effect of one. GitHub's `PATCH` sets what it is given.
pub(crate) fn may_repeat(method: &Method) -> bool {
    *method != Method::POST
}

/// What a server answers on a bad day, to a request that may have reached it.
pub(crate) fn passes(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT
}

fn part_of(longest: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX);
    longest.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

fn again(repeatable: bool, outcome: &Result<Reply, Broken>, attempt: u32, now: Timestamp) -> Again {
    let reply = match outcome {
        Ok(reply) => reply,
        Err(Broken {
            error: Error::NoAnswer { .. },
            sent,
            hopeless: false,
        }) => {
            return match !sent || repeatable {
                true => Again::Soon,
                false => Again::Never,
            };
        }
        Err(_) => return Again::Never,
    };
    if let Some(limit) = limit(reply, now) {
        // A request that a limit refused had no effect, whatever it was.
        let untold = UNTOLD.saturating_mul(1 << attempt.saturating_sub(1).min(16));
        return Again::After(limit.wait.unwrap_or(untold));
    }
    match passes(reply.status) && repeatable {
        true => retry_after(&reply.headers, now).map_or(Again::Soon, Again::After),
        false => Again::Never,
    }
}

fn limit(reply: &Reply, now: Timestamp) -> Option<Limit> {
    #[derive(Default, Deserialize)]
    struct Body {
        message: String,
    }
    let message = || {
        let body: Body = serde_json::from_slice(&reply.body).unwrap_or_default();
        body.message
    };
    match reply.status {
        StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            Limit::of(reply.status, &reply.headers, &message(), now)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_000).unwrap()
    }

    fn answer(status: u16, headers: &[&str]) -> Result<Reply, Broken> {
        Ok(Reply::from_kept(status, headers.iter().copied(), ""))
    }

    fn broken(sent: bool) -> Result<Reply, Broken> {
        Err(Broken {
            error: Error::NoAnswer {
                cause: String::new(),
                outcome_unknown: false,
            },
            sent,
            hopeless: false,
        })
    }

    #[test]
    fn only_what_passes_by_itself_is_asked_again() {
        for status in [408, 500, 502, 503, 504] {
            let again = again(true, &answer(status, &[]), 1, now());
            assert_eq!(again, Again::Soon, "{status}");
        }
        for status in [301, 401, 403, 404, 409, 410, 422] {
            let again = again(true, &answer(status, &[]), 1, now());
            assert_eq!(again, Again::Never, "{status}");
        }
        assert_eq!(again(true, &broken(true), 1, now()), Again::Soon);
    }

    #[test]
    fn what_may_have_taken_effect_is_not_made_again_blindly() {
        for status in [500, 502, 503, 408] {
            let again = again(false, &answer(status, &[]), 1, now());
            assert_eq!(again, Again::Never, "{status}");
        }
        assert_eq!(again(false, &broken(true), 1, now()), Again::Never);
        assert_eq!(again(false, &broken(false), 1, now()), Again::Soon);
        for method in [Method::PATCH, Method::DELETE] {
            let again = again(may_repeat(&method), &answer(502, &[]), 1, now());
            assert_eq!(again, Again::Soon);
        }
        let limited = again(false, &answer(429, &["retry-after: 2"]), 1, now());
        assert_eq!(limited, Again::After(Duration::from_secs(2)));
    }

    #[test]
    fn waits_are_what_the_server_asks_for_and_grow_otherwise_within_the_whole() {
        let policy = Policy::default();
        let asked = |waits: &mut Waits, headers: &[&str]| {
            waits.attempt += 1;
            waits.next(&policy, true, &answer(429, headers), now())
        };
        let told = asked(&mut Waits::default(), &["retry-after: 7"]).unwrap();
        assert!((7_000..=7_250).contains(&told.as_millis()), "{told:?}");
        assert_eq!(asked(&mut Waits::default(), &["retry-after: 121"]), None);
        let endless = u64::MAX.to_string();
        let endless = format!("retry-after: {endless}");
        assert_eq!(asked(&mut Waits::default(), &[&endless]), None);
        // Where no time is named, a minute, and then there is no time left for two.
        let mut untold = Waits::default();
        let first = asked(&mut untold, &[]).unwrap();
        assert!((60..=61).contains(&first.as_secs()), "{first:?}");
        assert_eq!(asked(&mut untold, &[]), None);

        for attempt in 1..4 {
            let waits = Waits {
                attempt,
                ..Waits::default()
            };
            assert!(waits.soon(&policy) <= policy.first_wait * 4);
        }
        let mut all = Waits::default();
        let made = (0..9).filter(|_| {
            all.attempt += 1;
            all.next(&policy, true, &answer(503, &[]), now()).is_some()
        });
        assert_eq!(made.count(), 3);
    }
}
