//! Points in time as records and logs spell them: RFC 3339, UTC, whole seconds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A point in time in whole seconds; its text form is `2026-11-21T08:15:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Time(jiff::Timestamp);

/// What was given instead of an RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a time: write it like `2026-11-21T08:15:00Z`")]
pub struct InvalidTime {
    given: String,
}

impl Time {
    /// The clock's time.
    pub fn now() -> Self {
        Self::whole(jiff::Timestamp::now())
    }

    /// The time so long before this one; `None` before the calendar begins.
    pub fn before(self, span: std::time::Duration) -> Option<Self> {
        self.0.checked_sub(span).ok().map(Self::whole)
    }

    /// `2026-11-21`.
    pub(crate) fn day(self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }

    /// `081500`.
    pub(crate) fn clock(self) -> String {
        self.0.strftime("%H%M%S").to_string()
    }

    /// `20261121T081500Z`, for names of objects.
    pub(crate) fn compact(self) -> String {
        self.0.strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    /// Seconds from another time to this one; 0 if that one is later.
    pub fn seconds_since(self, earlier: Self) -> u64 {
        let seconds = self.0.as_second().saturating_sub(earlier.0.as_second());
        u64::try_from(seconds).unwrap_or(0)
    }

    /// How long ago a time was, for people: `3 minutes ago`.
    pub(crate) fn ago(self, earlier: Self) -> String {
        let seconds = self.seconds_since(earlier);
        let (number, unit) = match seconds {
            0..60 => (seconds, "second"),
            60..3600 => (seconds / 60, "minute"),
            3600..172_800 => (seconds / 3600, "hour"),
            _ => (seconds / 86_400, "day"),
        };
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {unit}{plural} ago")
    }

    /// For eyes: `2026-11-21 08:15 UTC`.
    pub(crate) fn minute(self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }

    /// A time as git and POSIX count it; `None` where it is out of range.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        jiff::Timestamp::from_second(seconds).ok().map(Self)
    }

    fn whole(time: jiff::Timestamp) -> Self {
        // A timestamp's own seconds are always in range; the fallback only avoids a panic path.
        Self(jiff::Timestamp::from_second(time.as_second()).unwrap_or(time))
    }
}

impl FromStr for Time {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let time = text.parse().map_err(|_| InvalidTime {
            given: text.chars().take(80).collect(),
        })?;
        Ok(Self::whole(time))
    }
}

impl TryFrom<String> for Time {
    type Error = InvalidTime;

    fn try_from(text: String) -> Result<Self, InvalidTime> {
        text.parse()
    }
}

impl From<Time> for String {
    fn from(time: Time) -> Self {
        time.to_string()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_utc_in_whole_seconds() {
        let time: Time = "2026-11-21T09:15:00.75+01:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-21T08:15:00Z");
        assert_eq!(time.day(), "2026-11-21");
        assert_eq!(time.clock(), "081500");
        assert_eq!(time.minute(), "2026-11-21 08:15 UTC");
        assert_eq!(time.compact(), "20261121T081500Z");
        assert_eq!(time.compact().parse(), Ok(time));
        let later: Time = "2026-11-21T10:14:59Z".parse().unwrap();
        assert_eq!(later.ago(time), "1 hour ago");
        assert_eq!(time.ago(later), "0 seconds ago");
        assert!(!Time::now().to_string().contains('.'));
        assert!("yesterday".parse::<Time>().is_err());
    }
}
