//! What one run of an executable measured; numbers that cannot be measurements are refused.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;

/// One number that a run printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The benchmark.
    pub name: String,
    /// Greater than 0.
    pub value: f64,
    /// Such as `ns` or `MB/s`.
    pub unit: String,
    /// Which direction is good.
    pub good: Good,
}

/// Which direction is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Good {
    /// Times, sizes, counts.
    #[default]
    Lower,
    /// Rates, such as `MB/s`.
    Higher,
}

impl Good {
    /// Rates are better if they are higher: `MB/s`, `ops/sec`, `fps`.
    #[must_use]
    pub fn of_unit(unit: &str) -> Self {
        let unit = unit.trim().to_ascii_lowercase();
        let per_second = ["/s", "/sec", "/second", " per second", " per sec"];
        let named = [
            "bps", "fps", "gbps", "hz", "kbps", "khz", "mbps", "mhz", "qps", "rps", "tps",
        ];
        let rate = per_second.iter().any(|ending| unit.ends_with(ending));
        if rate || named.contains(&unit.as_str()) {
            Self::Higher
        } else {
            Self::Lower
        }
    }
}

impl Measurement {
    fn check(&self) -> Result<(), Error> {
        if self.name.trim().is_empty() {
            return Err(Error::Unnamed {
                value: self.value,
                unit: self.unit.clone(),
            });
        }
        if !(self.value.is_finite() && self.value > 0.0) {
            return Err(Error::NotPositive {
                name: self.name.clone(),
                value: self.value,
            });
        }
        Ok(())
    }
}

/// Everything that one run of an executable measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    by_name: BTreeMap<String, Measurement>,
}

impl Run {
    /// # Errors
    /// If there are no measurements, or if one has no name, a value that is not positive, or the name of another.
    pub fn new(measurements: impl IntoIterator<Item = Measurement>) -> Result<Self, Error> {
        let mut by_name = BTreeMap::new();
        for one in measurements {
            one.check()?;
            if let Some(first) = by_name.insert(one.name.clone(), one) {
                return Err(Error::Twice { name: first.name });
            }
        }
        if by_name.is_empty() {
            return Err(Error::Empty);
        }
        Ok(Self { by_name })
    }

    /// The measurements, sorted by name.
    pub fn measurements(&self) -> impl Iterator<Item = &Measurement> {
        self.by_name.values()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Measurement> {
        self.by_name.get(name)
    }

    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.by_name.keys().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(name: &str, value: f64, unit: &str) -> Measurement {
        Measurement {
            name: name.to_owned(),
            value,
            unit: unit.to_owned(),
            good: Good::of_unit(unit),
        }
    }

    fn refused(measurements: &[Measurement]) -> String {
        Run::new(measurements.to_vec()).unwrap_err().to_string()
    }

    #[test]
    fn values_that_cannot_be_measured_are_refused() {
        for (value, shown) in [
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
            (0.0, "0"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(
                refused(&[measurement("parse", value, "ms")]),
                format!(
                    "benchmark `parse`: {shown} is not a measurement: values are finite and greater than 0"
                )
            );
        }
    }

    #[test]
    fn runs_without_results_or_names_are_refused() {
        let empty = refused(&[]);
        assert_eq!(
            empty,
            "the run has no measurements: a program that measures nothing did not pass"
        );
        let unnamed = refused(&[measurement(" ", 3.0, "ms")]);
        assert_eq!(unnamed, "a measurement of 3 ms has no name");
        let twice = refused(&[measurement("a", 1.0, "ms"), measurement("a", 2.0, "ms")]);
        assert_eq!(
            twice,
            "benchmark `a` is measured twice in one run: give each benchmark its own name"
        );
    }

    #[test]
    fn rates_are_better_if_they_are_higher() {
        for unit in ["MB/s", "ops/sec", "fps", "elements per second", " GiB/s "] {
            assert_eq!(Good::of_unit(unit), Good::Higher, "{unit}");
        }
        for unit in ["ns", "s", "ns/iter", "bytes", "instructions", "ms", "s/op"] {
            assert_eq!(Good::of_unit(unit), Good::Lower, "{unit}");
        }
    }
}
