//! Retries: a registry that stumbles is asked again, a few times and ever more slowly, and as late as it wishes.

use crate::{
    Event,
    clock::{Clock, spoken},
    events::Listener,
};
use backon::{ExponentialBuilder, Retryable as _};
pub(crate) use http_retry::{http_date, retry_after, until};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// How often and how long.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Attempts of one request, the first one counted.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each one, and jitter adds up to as much again.
    pub first_wait: Duration,
    /// No wait of our own choice grows beyond this, jitter not counted.
    pub longest_wait: Duration,
    /// A server that asks for more than this gets an error instead. The slowest limit of crates.io, one new crate
    /// in ten minutes, stays below the default.
    pub longest_asked_wait: Duration,
    /// A server that says nothing for longer is taken for gone. What it sends may take longer, as long as it sends.
    pub longest_silence: Duration,
    /// How long a published file may take to appear in the index.
    pub visible_within: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 6,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(30),
            longest_asked_wait: Duration::from_secs(15 * 60),
            longest_silence: Duration::from_secs(120),
            visible_within: Duration::from_secs(5 * 60),
        }
    }
}

/// The server asked for a wait beyond [`Policy::longest_asked_wait`].
#[derive(Debug, thiserror::Error)]
#[error(
    "failed to {what}: the server asks to wait {}, over the limit of {}; rerun later; packages already published are skipped ({cause})",
    spoken(*asked),
    spoken(*limit)
)]
pub struct AskedToWait {
    /// What was tried.
    pub what: String,
    /// What the server asked for.
    pub asked: Duration,
    /// What we would have waited.
    pub limit: Duration,
    /// The server's words.
    pub cause: String,
}

/// One attempt that failed.
#[derive(Debug)]
pub(crate) struct Failure<E> {
    pub(crate) error: E,
    pub(crate) again: Again,
}

/// Whether another attempt makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    /// It may pass; the server may have said when.
    After(Option<Duration>),
}

impl<E> Failure<E> {
    pub(crate) fn last(error: E) -> Self {
        Self {
            error,
            again: Again::Never,
        }
    }

    pub(crate) fn map<F: From<E>>(self) -> Failure<F> {
        Failure {
            error: self.error.into(),
            again: self.again,
        }
    }
}

/// Everything that one retried operation needs to know.
#[derive(Clone, Copy)]
pub(crate) struct Retry<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) listener: &'a Listener,
    pub(crate) what: &'a str,
}

impl Retry<'_> {
    /// Runs `attempt` (its argument counts from 1) until it succeeds, fails for good, or the policy is used up.
    pub(crate) async fn run<T, E, F, Fut>(self, mut attempt: F) -> Result<T, E>
    where
        E: std::fmt::Display + From<AskedToWait>,
        F: FnMut(u32) -> Fut,
        Fut: Future<Output = Result<T, Failure<E>>>,
    {
        let made = AtomicU32::new(0);
        let limit = self.policy.longest_asked_wait;
        let clock = Arc::clone(self.clock);
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.policy.first_wait)
            .with_max_delay(self.policy.longest_wait)
            .with_max_times(self.policy.attempts.saturating_sub(1) as usize)
            .with_jitter();
        let result = (|| attempt(made.fetch_add(1, Ordering::Relaxed) + 1))
            .retry(backoff)
            .sleep(move |wait| clock.sleep(wait))
            .when(|failure: &Failure<E>| failure.again != Again::Never)
            .adjust(|failure, own| match (failure.again, own) {
                (Again::After(Some(asked)), Some(_)) => (asked <= limit).then_some(asked),
                (_, own) => own,
            })
            .notify(|failure, wait| self.announce(made.load(Ordering::Relaxed), failure, wait))
            .await;
        result.map_err(|failure| match failure.again {
            Again::After(Some(asked)) if asked > limit => AskedToWait {
                what: self.what.to_owned(),
                asked,
                limit,
                cause: failure.error.to_string(),
            }
            .into(),
            _ => failure.error,
        })
    }

    fn announce<E: std::fmt::Display>(self, attempt: u32, failure: &Failure<E>, wait: Duration) {
        (self.listener)(&Event::Retrying {
            what: self.what.to_owned(),
            attempt,
            of: self.policy.attempts,
            wait,
            cause: failure.error.to_string(),
        });
    }
}

/// Waits between two looks at an index: short at first, and never longer in total than [`Policy::visible_within`].
pub(crate) struct Pace<'a> {
    clock: &'a dyn Clock,
    next: Duration,
    longest: Duration,
    left: Duration,
}

impl<'a> Pace<'a> {
    pub(crate) fn new(policy: &Policy, clock: &'a dyn Clock) -> Self {
        Self {
            clock,
            next: policy.first_wait,
            longest: policy.longest_wait / 3,
            left: policy.visible_within,
        }
    }

    /// Waits for the next look; `false` when the time is up.
    pub(crate) async fn wait(&mut self) -> bool {
        if self.left.is_zero() {
            return false;
        }
        let wait = self.next.min(self.left);
        self.left -= wait;
        self.next = (self.next * 3 / 2).min(self.longest.max(self.next));
        self.clock.sleep(wait).await;
        true
    }
}
