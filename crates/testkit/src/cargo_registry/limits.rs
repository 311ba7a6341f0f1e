//! The limits of crates.io: buckets of tokens that refill by the clock, counted before anything else of an upload is looked at.
//!
//! Source: `src/rate_limiter.rs` and `src/util/errors/json.rs` of rust-lang/crates.io.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::publish::Refusal;

/// A clock; the system's by default.
#[derive(Clone)]
pub struct Now(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Now {
    /// A clock of the caller's.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(super) fn get(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for Now {
    fn default() -> Self {
        Self::new(Timestamp::now)
    }
}

impl std::fmt::Debug for Now {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Now")
    }
}

/// So many at once, then one per interval.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub burst: u32,
    pub refill: Duration,
}

/// What one account may do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub new_crates: Rate,
    pub new_versions: Rate,
    pub yanks: Rate,
}

impl Limits {
    /// Those of crates.io.
    pub fn crates_io() -> Self {
        let rate = |burst, minutes: u64| Rate {
            burst,
            refill: Duration::from_secs(60 * minutes),
        };
        Self {
            new_crates: rate(5, 10),
            new_versions: rate(30, 1),
            yanks: rate(100, 1),
        }
    }
}

/// What an account wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    NewCrate,
    NewVersion,
    Yank,
}

/// The buckets, by the account's token.
#[derive(Debug, Default)]
pub(super) struct Limiter(BTreeMap<(String, Action), Bucket>);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: u32,
    refilled: Timestamp,
}

impl Limiter {
    /// Takes a token of the account, or says when to come again.
    pub(super) fn take(
        &mut self,
        limits: &Limits,
        account: &str,
        action: Action,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let (rate, words) = match action {
            Action::NewCrate => (limits.new_crates, "published too many new crates"),
            Action::NewVersion => (
                limits.new_versions,
                "published too many updates to existing crates",
            ),
            Action::Yank => (limits.yanks, "yanked or unyanked too many versions"),
        };
        let full = Bucket {
            tokens: rate.burst,
            refilled: now,
        };
        let bucket = match self.0.get(&(account.to_owned(), action)) {
            None => full,
            Some(held) => {
                let passed = now.duration_since(held.refilled).as_millis();
                let added = u128::try_from(passed).unwrap_or(0) / rate.refill.as_millis();
                let added = u32::try_from(added).unwrap_or(u32::MAX);
                Bucket {
                    tokens: (held.tokens.saturating_sub(1).saturating_add(added)).min(rate.burst),
                    refilled: held.refilled + rate.refill.saturating_mul(added),
                }
            }
        };
        self.0.insert((account.to_owned(), action), bucket);
        if bucket.tokens >= 1 {
            return Ok(());
        }
        let then = bucket.refilled + rate.refill;
        let date = then.strftime("%a, %d %b %Y %T GMT").to_string();
        let detail = format!(
            "You have {words} in a short period of time. Please try again after {date} and see https://crates.io/docs/rate-limits for more details."
        );
        Err(Refusal {
            retry_after: Some(date),
            ..Refusal::new(429, detail)
        })
    }
}
