//! The rate limits of a registry: how long they make a run, when the next upload fits, and what a refusal means.

use crate::{
    http,
    retry::{Again, Failure, http_date, until},
};
use jiff::Timestamp;
use reqwest::StatusCode;
use std::time::Duration;

/// A token bucket: so many uploads at once, then one per interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Uploads that are taken at once.
    pub burst: u32,
    /// The time after which one more is taken.
    pub refill: Duration,
}

/// What a registry lets the owner of an API token publish. The two are counted side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Crates that it does not know yet.
    pub new_crates: Rate,
    /// New versions of crates that it knows.
    pub new_versions: Rate,
}

impl Limits {
    /// A user's limits on crates.io (its `rate_limiter.rs`). Trusted publishing has none.
    pub fn crates_io() -> Self {
        Self {
            new_crates: Rate {
                burst: 5,
                refill: Duration::from_secs(600),
            },
            new_versions: Rate {
                burst: 30,
                refill: Duration::from_secs(60),
            },
        }
    }
}

/// What a run would send, and the waits that the registry's limits add at the least.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Crates that the registry does not know yet.
    pub new_crates: u32,
    /// New versions of crates that it knows.
    pub new_versions: u32,
    /// Zero where no limit is known. More if the account published a short while ago.
    pub at_least: Duration,
}

impl Estimate {
    pub(super) fn new(new_crates: u32, new_versions: u32, limits: Option<Limits>) -> Self {
        // The buckets fill side by side.
        let at_least = limits.map_or(Duration::ZERO, |limits| {
            let new = limits.new_crates.wait_for(new_crates);
            new.max(limits.new_versions.wait_for(new_versions))
        });
        Self {
            new_crates,
            new_versions,
            at_least,
        }
    }
}

impl Rate {
    fn wait_for(self, wanted: u32) -> Duration {
        self.refill * wanted.saturating_sub(self.burst)
    }
}

/// Which of the two limits an upload falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    NewCrate,
    NewVersion,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::NewCrate, Self::NewVersion];
}

/// Our picture of one of the registry's buckets. It is never fuller than the registry's, unless another run of the same
/// account takes from it too; what the registry then says puts it right.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    /// `None` where the registry's limit is not known until it says so.
    rate: Option<Rate>,
    tokens: u32,
    /// When the last token was added; the first upload starts the clock.
    refilled: Option<Timestamp>,
    /// Not before then, as the registry said.
    blocked: Option<Timestamp>,
}

impl Bucket {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self {
            rate,
            tokens: rate.map_or(u32::MAX, |rate| rate.burst),
            refilled: None,
            blocked: None,
        }
    }

    /// The earliest moment at which an upload fits.
    pub(super) fn free_at(&self, now: Timestamp) -> Timestamp {
        let mut bucket = self.clone();
        bucket.refill(now);
        let by_rate = match (bucket.rate, bucket.refilled) {
            (Some(rate), Some(refilled)) if bucket.tokens == 0 => refilled + rate.refill,
            _ => now,
        };
        by_rate.max(bucket.blocked.unwrap_or(now)).max(now)
    }

    /// When `wanted` uploads will have fitted, at the earliest.
    pub(super) fn done_at(&self, wanted: u32, now: Timestamp) -> Timestamp {
        let mut bucket = self.clone();
        bucket.refill(now);
        let beyond = wanted.saturating_sub(bucket.tokens);
        match (bucket.rate, bucket.refilled) {
            _ if wanted == 0 => now,
            (Some(rate), refilled) if beyond > 0 => {
                (refilled.unwrap_or(now) + rate.refill * beyond).max(now)
            }
            _ => bucket.free_at(now),
        }
    }

    /// An upload was judged at `now`, well or not: a registry counts before it looks.
    pub(super) fn take(&mut self, now: Timestamp) {
        self.refill(now);
        if self.rate.is_some() {
            self.refilled.get_or_insert(now);
            self.tokens = self.tokens.saturating_sub(1);
        }
    }

    /// The registry refused for want of a token until `then`.
    pub(super) fn block(&mut self, then: Timestamp) {
        // Several refusals may be told at once, in whatever order.
        let then = self.blocked.map_or(then, |before| before.max(then));
        self.blocked = Some(then);
        if let Some(rate) = self.rate {
            self.tokens = 0;
            self.refilled = Some(then - rate.refill);
        }
    }

    fn refill(&mut self, now: Timestamp) {
        let (Some(rate), Some(refilled)) = (self.rate, self.refilled) else {
            return;
        };
        let passed = u128::try_from(now.duration_since(refilled).as_nanos()).unwrap_or(0);
        let added = u32::try_from(passed / rate.refill.as_nanos().max(1)).unwrap_or(u32::MAX);
        self.tokens = self.tokens.saturating_add(added).min(rate.burst);
        self.refilled = Some(refilled + rate.refill.saturating_mul(added));
    }
}

/// What stops a crate for the rest of the day: "… in the last 24 hours".
pub(super) fn is_daily(detail: &str) -> bool {
    detail.contains("in the last 24 hours")
}

/// Reads a 429's words where it has no `Retry-After`: "… Please try again after <date> …" is a wait; "… in the last 24
/// hours" is none, because no wait that a job can afford helps.
pub(super) fn judge(failure: Failure<http::Error>, now: Timestamp) -> Failure<http::Error> {
    let http::Error::Stumbled { status, detail, .. } = &failure.error else {
        return failure;
    };
    if *status != StatusCode::TOO_MANY_REQUESTS || failure.again != Again::After(None) {
        return failure;
    }
    let again = match named_date(detail) {
        Some(then) => Again::After(until(then, now)),
        None if is_daily(detail) => Again::Never,
        None => failure.again,
    };
    Failure {
        error: failure.error,
        again,
    }
}

fn named_date(detail: &str) -> Option<Timestamp> {
    let (_, rest) = detail.split_once("try again after ")?;
    let (date, _) = rest.split_once(" GMT")?;
    http_date(&format!("{date} GMT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(detail: &str) -> Again {
        let error = http::Error::Stumbled {
            what: "publish a".to_owned(),
            url: "https://host.example/".to_owned(),
            status: StatusCode::TOO_MANY_REQUESTS,
            attempt: 1,
            detail: detail.to_owned(),
        };
        let again = Again::After(None);
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        judge(Failure { error, again }, now).again
    }

    #[test]
    fn a_date_in_the_words_is_a_wait() {
        let words = "You have published too many new crates in a short period of time. Please try again after \
            Thu, 01 Jan 2026 00:09:59 GMT and see the rate limits page for more details.";
        assert_eq!(refusal(words), Again::After(Some(Duration::from_secs(600))));
    }

    #[test]
    fn a_daily_limit_is_no_wait() {
        let words = "You have published too many versions of this crate in the last 24 hours";
        assert_eq!(refusal(words), Again::Never);
        assert_eq!(refusal("slow down"), Again::After(None));
    }

    #[test]
    fn the_estimate_counts_what_exceeds_the_burst() {
        let limits = Some(Limits::crates_io());
        let wait = |new, versions| Estimate::new(new, versions, limits).at_least.as_secs();
        assert_eq!((wait(5, 30), wait(7, 30), wait(6, 45)), (0, 1200, 900));
        assert_eq!(Estimate::new(100, 100, None).at_least, Duration::ZERO);
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_one_per_interval() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut bucket = Bucket::new(Some(Limits::crates_io().new_crates));
        for _ in 0..5 {
            assert_eq!(bucket.free_at(start), start);
            bucket.take(start);
        }
        assert_eq!(bucket.free_at(start), at(600));
        assert_eq!(bucket.done_at(3, at(10)), at(1800));
        // Late by a little, the next one is not late as well.
        bucket.take(at(650));
        assert_eq!(bucket.free_at(at(650)), at(1200));
        bucket.block(at(1300));
        assert_eq!(bucket.free_at(at(700)), at(1300));
    }

    #[test]
    fn a_limit_that_is_not_known_is_kept_when_the_registry_names_it() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut bucket = Bucket::new(None);
        bucket.take(start);
        assert_eq!(bucket.free_at(start), start);
        let then = start + Duration::from_secs(30);
        bucket.block(then);
        assert_eq!(bucket.free_at(start), then);
        assert_eq!(bucket.free_at(then), then);
    }
}
