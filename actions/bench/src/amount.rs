//! Percentages and durations as people write them in inputs: `2%`, `10m`.

use std::{fmt, str::FromStr, time::Duration};

/// A part of 1, written as a percentage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percent(pub f64);

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim().strip_suffix('%').map(str::trim_end);
        let number = number.and_then(|number| number.parse::<f64>().ok());
        match number.filter(|number| (0.0..=100.0).contains(number)) {
            Some(number) => Ok(Self(number / 100.0)),
            None => Err("expected a percentage such as `2%`".to_owned()),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 0.07 * 100 is not 7.
        let text = format!("{:.6}", self.0 * 100.0);
        let short = text.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{short}%")
    }
}

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget(pub Duration);

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span: Option<jiff::SignedDuration> = text.trim().parse().ok();
        let span = span.and_then(|span| Duration::try_from(span).ok());
        match span.filter(|span| !span.is_zero()) {
            Some(span) => Ok(Self(span)),
            None => Err("expected a duration such as `90s`, `10m` or `1h 30m`".to_owned()),
        }
    }
}

/// `45 s`, `2 min 10 s`, `1 h 5 min`.
pub(crate) fn shown(span: Duration) -> String {
    let seconds = span.as_secs_f64().round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a duration is not negative, and too large a one is shown as the largest"
    )]
    let seconds = seconds as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_and_shown() {
        for text in ["2%", "0.5%", "100%", "7%", "0%"] {
            assert_eq!(text.parse::<Percent>().unwrap().to_string(), text);
        }
        assert_eq!("2 %".parse(), Ok(Percent(0.02)));
        for text in ["2", "-1%", "101%", "NaN%", "%", "two%"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_read_and_shown() {
        for (text, seconds, expected) in [
            ("90s", 90, "1 min 30 s"),
            ("10m", 600, "10 min 0 s"),
            ("1h 30m", 5400, "1 h 30 min"),
            ("5s", 5, "5 s"),
        ] {
            let budget: Budget = text.parse().unwrap();
            assert_eq!(budget.0.as_secs(), seconds, "{text}");
            assert_eq!(shown(budget.0), expected);
        }
        for text in ["", "10", "-5s", "0s", "soon"] {
            assert!(text.parse::<Budget>().is_err(), "{text}");
        }
    }
}
