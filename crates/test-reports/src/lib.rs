//! Reports of test runs, in JUnit's format: every action that runs tests reads, writes and shows them in the same way.

mod limit;
mod read;
mod show;
mod write;

pub use limit::limit;
pub use show::{annotations, summary};
pub use write::forget;

/// All tests of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// In the order in which they were reported.
    pub cases: Vec<Case>,
    /// Skipped tests without a case: nextest only counts them.
    pub also_skipped: usize,
}

/// One test.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The module or program that it belongs to.
    pub class: String,
    pub name: String,
    /// `None` where nobody measured.
    pub seconds: Option<f64>,
    /// The file of the test, or in which it failed.
    pub file: Option<String>,
    /// Counted from 1.
    pub line: Option<u32>,
    pub end: End,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Passed,
    /// It passed when it was tried again; with its first failure.
    Flaky(String),
    Skipped,
    /// With what was written about it.
    Failed(String),
}

impl Report {
    /// How many passed, those included that passed on retry.
    pub fn passed(&self) -> usize {
        self.count(|end| matches!(end, End::Passed | End::Flaky(_)))
    }

    pub fn skipped(&self) -> usize {
        self.count(|end| *end == End::Skipped) + self.also_skipped
    }

    pub fn failed(&self) -> usize {
        self.count(|end| matches!(end, End::Failed(_)))
    }

    pub fn flaky(&self) -> usize {
        self.count(|end| matches!(end, End::Flaky(_)))
    }

    fn count(&self, is: impl Fn(&End) -> bool) -> usize {
        self.cases.iter().filter(|case| is(&case.end)).count()
    }

    pub fn failures(&self) -> impl Iterator<Item = &Case> {
        let failed = |case: &&Case| matches!(case.end, End::Failed(_));
        self.cases.iter().filter(failed)
    }

    /// The slowest of those that were measured, slowest first.
    pub fn slowest(&self, count: usize) -> Vec<&Case> {
        let measured = self.cases.iter().filter(|case| case.seconds.is_some());
        let mut cases: Vec<&Case> = measured.collect();
        cases.sort_by(|a, b| {
            let seconds = |case: &Case| case.seconds.unwrap_or_default();
            seconds(b).total_cmp(&seconds(a))
        });
        cases.truncate(count);
        cases
    }
}

impl Case {
    /// The name with the module or program before it.
    pub fn full_name(&self) -> String {
        match self.class.as_str() {
            "" => self.name.clone(),
            class => format!("{class}::{}", self.name),
        }
    }

    /// What was written about its failure, or about its first one.
    pub fn text(&self) -> &str {
        match &self.end {
            End::Failed(text) | End::Flaky(text) => text,
            End::Passed | End::Skipped => "",
        }
    }
}
