//! `Retry-After` and the dates of HTTP, read in one way by every client of ours.

use std::time::Duration;

use http::header::{DATE, HeaderMap, RETRY_AFTER};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimeParser};

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which is measured by the server's own `Date` where it
/// sends one, because a runner's clock may be off.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = asked.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    until(http_date(asked)?, sent_at(headers).unwrap_or(now))
}

/// When an answer was sent, by the server's own clock.
pub fn sent_at(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

/// The wait until `then`, one second longer because such dates have no fraction.
pub fn until(then: Timestamp, now: Timestamp) -> Option<Duration> {
    let wait = then.duration_since(now).max(SignedDuration::ZERO) + SignedDuration::from_secs(1);
    wait.try_into().ok()
}

/// A date as HTTP spells it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let now = "1994-11-06T08:49:00Z".parse().unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        retry_after(&map, now)
    }

    #[test]
    fn seconds_and_dates_are_both_understood() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(
            asked(&[("retry-after", "120")]),
            Some(Duration::from_secs(120))
        );
        assert_eq!(
            asked(&[("retry-after", date)]),
            Some(Duration::from_secs(38))
        );
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn a_date_is_measured_by_the_servers_own_clock() {
        let headers = [
            ("retry-after", "Sun, 06 Nov 1994 10:00:30 GMT"),
            ("date", "Sun, 06 Nov 1994 10:00:00 GMT"),
        ];
        assert_eq!(asked(&headers), Some(Duration::from_secs(31)));
    }

    #[test]
    fn a_date_in_the_past_means_at_once() {
        let past = "Sun, 06 Nov 1994 08:00:00 GMT";
        assert_eq!(
            asked(&[("retry-after", past)]),
            Some(Duration::from_secs(1))
        );
    }
}
