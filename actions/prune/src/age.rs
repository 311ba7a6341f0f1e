//! Ages as a workflow author writes them: `90d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// An age in whole days, at least one: nobody means to delete what is being uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    days: u32,
}

/// What was given instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidAge(String);

impl Age {
    /// As a span of time.
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.days) * 24 * 60 * 60)
    }
}

impl FromStr for Age {
    type Err = InvalidAge;

    fn from_str(text: &str) -> Result<Self, InvalidAge> {
        let unit = |unit: char, days: u32| {
            let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
            number.checked_mul(days).filter(|days| *days > 0)
        };
        let days = unit('d', 1).or_else(|| unit('w', 7));
        // A time so long ago that no clock shows it is a slip too.
        let days = days.filter(|days| *days <= 36_500);
        days.map(|days| Self { days })
            .ok_or_else(|| InvalidAge(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d", self.days)
    }
}

impl fmt::Display for InvalidAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not an age: write it in days or weeks, like `90d` or `12w`",
            self.0
        )
    }
}

impl std::error::Error for InvalidAge {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_days_or_weeks() {
        assert_eq!("2w".parse::<Age>().unwrap().to_string(), "14d");
        assert_eq!("1d".parse::<Age>().unwrap().duration().as_secs(), 86_400);
        for bad in ["", "90", "0d", "-1d", "1h", "999999d", "d"] {
            let error = bad.parse::<Age>().unwrap_err().to_string();
            assert!(error.contains("`90d`"), "{error}");
        }
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn an_age_can_be_taken_from_today_and_comes_back_as_it_is_written() {
        let seeds = ["90d", "12w", "36500d", "99999999999999999999d"];
        testkit::fuzz::texts(&seeds, &["d", "w", "٣", "+"], |text| {
            match text.parse::<Age>() {
                Ok(age) => {
                    assert!(package_store::Time::now().before(age.duration()).is_some());
                    assert_eq!(age.to_string().parse(), Ok(age));
                }
                Err(error) => assert!(error.to_string().chars().count() < 200),
            }
        });
    }
}
