//! What is wrong with measurements, in sentences that name the benchmark.

/// Why measurements are refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A run without measurements.
    #[error("the run has no measurements: a program that measures nothing did not pass")]
    Empty,
    /// A measurement without a name.
    #[error("a measurement of {value} {unit} has no name")]
    Unnamed {
        /// What was measured.
        value: f64,
        /// Its unit.
        unit: String,
    },
    /// Neither a time nor a count nor a size.
    #[error(
        "benchmark `{name}`: {value} is not a measurement: values are finite and greater than 0"
    )]
    NotPositive {
        /// The benchmark.
        name: String,
        /// What was measured.
        value: f64,
    },
    /// Two results under one name.
    #[error("benchmark `{name}` is measured twice in one run: give each benchmark its own name")]
    Twice {
        /// The benchmark.
        name: String,
    },
    /// Numbers that cannot be compared.
    #[error("benchmark `{name}` is measured in {units}: base and head must use one unit")]
    Units {
        /// The benchmark.
        name: String,
        /// The units, such as `"ms" and "s"`.
        units: String,
    },
    /// A benchmark that did not run each time.
    #[error("benchmark `{name}` is missing from one run of {side}, but not from the others")]
    Sometimes {
        /// The benchmark.
        name: String,
        /// `base` or `head`.
        side: &'static str,
    },
    /// A block that is not two runs of each.
    #[error("a block has two runs of base and two of head")]
    Unbalanced,
    /// More than the exact distribution is computed for.
    #[error("a comparison has at most {most} blocks")]
    TooMany {
        /// The limit.
        most: usize,
    },
    /// A rule that means nothing.
    #[error("{what} must be between {low} and {high}, not {value}")]
    OutOfRange {
        /// Which number of the rule.
        what: &'static str,
        /// What was given.
        value: f64,
        /// The lower bound, excluded.
        low: f64,
        /// The upper bound, excluded.
        high: f64,
    },
}
