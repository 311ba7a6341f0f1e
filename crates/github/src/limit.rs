//! Limits of requests: how an answer says that one is reached, and for how long.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use http_retry::{retry_after, sent_at, spoken, until};
use jiff::Timestamp;

/// GitHub asks for at least a minute where it names no time.
pub(crate) const UNTOLD: Duration = Duration::from_secs(60);

/// A limit of requests that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How long the server wants to be left alone; `None` where it does not say.
    pub wait: Option<Duration>,
    /// When the limit ends, where the server names the moment.
    pub ends: Option<Timestamp>,
}

impl Limit {
    /// The limit that an answer speaks of: a 429, or a 403 with one of the signs of a limit.
    pub(crate) fn of(
        status: StatusCode,
        headers: &HeaderMap,
        message: &str,
        now: Timestamp,
    ) -> Option<Self> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let spent = header("x-ratelimit-remaining") == Some("0");
        let asked = retry_after(headers, now);
        let said = || {
            let message = message.to_lowercase();
            message.contains("rate limit") || message.contains("abuse detection")
        };
        let is_limit = match status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::FORBIDDEN => spent || asked.is_some() || said(),
            _ => false,
        };
        if !is_limit {
            return None;
        }
        let reset = header("x-ratelimit-reset").filter(|_| spent);
        let reset = reset.and_then(|text| text.trim().parse().ok());
        let ends = reset.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let now = sent_at(headers).unwrap_or(now);
        let left = || ends.and_then(|ends| until(ends, now));
        Some(Self {
            wait: asked.or_else(left),
            ends: ends.filter(|_| asked.is_none()),
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reached = "the rate limit is reached";
        match (self.ends, self.wait) {
            (Some(ends), _) => write!(f, "{reached} until {ends}: retry after that"),
            (None, Some(wait)) => write!(f, "{reached}: retry in {}", spoken(wait)),
            (None, None) => write!(f, "{reached}: retry in some minutes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(status: u16, headers: &[(&'static str, &str)], message: &str) -> Option<Limit> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let now = Timestamp::from_second(1_000).unwrap();
        Limit::of(
            StatusCode::from_u16(status).unwrap(),
            &headers,
            message,
            now,
        )
    }

    #[test]
    fn a_limit_is_told_from_a_missing_permission() {
        assert!(limit(429, &[], "").is_some());
        assert!(limit(403, &[("x-ratelimit-remaining", "0")], "").is_some());
        assert!(limit(403, &[("retry-after", "2")], "").is_some());
        assert!(limit(403, &[], "You have exceeded a secondary rate limit.").is_some());
        let headers = [
            ("x-ratelimit-remaining", "12"),
            ("x-ratelimit-reset", "2000"),
        ];
        assert_eq!(
            limit(403, &headers, "Resource not accessible by integration"),
            None
        );
        assert_eq!(limit(500, &[("retry-after", "2")], "rate limit"), None);
    }

    #[test]
    fn the_wait_is_what_the_server_says() {
        let told = limit(429, &[("retry-after", "2")], "").unwrap();
        assert_eq!(told.wait, Some(Duration::from_secs(2)));
        let spent = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1060"),
        ];
        let told = limit(403, &spent, "").unwrap();
        assert_eq!(told.wait, Some(Duration::from_secs(61)));
        assert!(
            told.to_string().contains("until 1970-01-01T00:17:40Z"),
            "{told}"
        );
        // A runner's clock may be off: the server's own counts.
        let dated = [
            spent[0],
            spent[1],
            ("date", "Thu, 01 Jan 1970 00:17:30 GMT"),
        ];
        assert_eq!(
            limit(403, &dated, "").unwrap().wait,
            Some(Duration::from_secs(11))
        );
        assert_eq!(limit(429, &[], "").unwrap().wait, None);
    }
}
