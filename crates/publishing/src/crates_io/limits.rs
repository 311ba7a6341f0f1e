//! How long the rate limits of crates.io will make a run, and what its refusals mean.

use crate::{
    http,
    retry::{Again, Failure, http_date, until},
};
use jiff::Timestamp;
use reqwest::StatusCode;
use std::time::Duration;

/// A bucket: so many at once, then one per interval.
struct Bucket {
    burst: u32,
    refill: Duration,
}

/// A user's limits on crates.io (its `rate_limiter.rs`). Trusted publishing has none.
const NEW_CRATES: Bucket = Bucket {
    burst: 5,
    refill: Duration::from_secs(600),
};
const NEW_VERSIONS: Bucket = Bucket {
    burst: 30,
    refill: Duration::from_secs(60),
};

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
    pub(super) fn new(new_crates: u32, new_versions: u32, limited: bool) -> Self {
        let at_least = match limited {
            // The buckets fill side by side.
            true => NEW_CRATES
                .wait_for(new_crates)
                .max(NEW_VERSIONS.wait_for(new_versions)),
            false => Duration::ZERO,
        };
        Self {
            new_crates,
            new_versions,
            at_least,
        }
    }
}

impl Bucket {
    fn wait_for(&self, wanted: u32) -> Duration {
        self.refill * wanted.saturating_sub(self.burst)
    }
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
        None if detail.contains("in the last 24 hours") => Again::Never,
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
        let wait = |new, versions| Estimate::new(new, versions, true).at_least.as_secs();
        assert_eq!((wait(5, 30), wait(7, 30), wait(6, 45)), (0, 1200, 900));
        assert_eq!(Estimate::new(100, 100, false).at_least, Duration::ZERO);
    }
}
