//! `cargo xtask test`: every step in order, whatever fails, then a table and one line with the counts.

mod count;
mod dependencies;
mod skipped;
mod steps;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::term::{self, Progress};
use count::Cases;
use skipped::Skipped;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Run only the steps whose name contains one of these words.
    #[arg(value_name = "WORD")]
    only: Vec<String>,
}

/// How a step ended.
#[derive(Debug, Default)]
struct Outcome {
    /// Test cases inside the step; a step without any counts as one itself.
    cases: Cases,
    /// A few words for the table.
    note: String,
    /// Test cases that could not look, or the step itself.
    skipped: Vec<Skipped>,
    /// Why it failed, as the tool that judged it tells; nothing when it held.
    failure: Option<String>,
}

impl Outcome {
    fn held(note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..Self::default()
        }
    }

    /// A step that cannot look: skipped on a laptop, failed in continuous integration.
    fn missing(step: &str, missing: &str, install: &str) -> Self {
        let told = format!("{missing}; install {install}");
        if skipped::in_ci() {
            return Self {
                failure: Some(told),
                ..Self::default()
            };
        }
        Self {
            note: missing.to_owned(),
            skipped: vec![Skipped {
                test: step.to_owned(),
                missing: missing.to_owned(),
                install: install.to_owned(),
            }],
            ..Self::default()
        }
    }

    /// Passed, failed and skipped cases; one of them is never zero.
    fn counts(&self) -> (u64, u64, u64) {
        let Cases { passed, failed } = self.cases;
        let skipped = self.skipped.len() as u64;
        match (&self.failure, passed, failed) {
            (None, 0, 0) if skipped == 0 => (1, 0, 0),
            (Some(_), _, 0) => (passed, 1, skipped),
            _ => (passed, failed, skipped),
        }
    }

    fn verdict(&self) -> &'static str {
        match (&self.failure, self.counts()) {
            (Some(_), _) => "failed",
            (None, (0, _, _)) => "skipped",
            (None, _) => "passed",
        }
    }
}

/// One line of the final table.
#[derive(Debug)]
struct Row {
    name: &'static str,
    outcome: Outcome,
    elapsed: Duration,
}

/// Exits with 1 when anything failed: the last line is the count in both cases, so this prints no error.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let chosen = steps::ALL.iter().filter(|step| {
        options.only.is_empty() || options.only.iter().any(|word| step.name.contains(word))
    });
    term::heading("Test");
    let rows: Vec<Row> = chosen.map(play).collect();
    if rows.is_empty() {
        let names: Vec<&str> = steps::ALL.iter().map(|step| step.name).collect();
        bail!("there is no such step: the steps are {}", names.join(", "));
    }
    Ok(report(&rows))
}

fn play(step: &steps::Step) -> Row {
    let progress = Progress::start(step.name);
    let outcome = (step.work)().unwrap_or_else(|error| Outcome {
        failure: Some(format!("{error:#}")),
        ..Outcome::default()
    });
    let elapsed = match &outcome.failure {
        None => progress.passed(&outcome.note),
        Some(cause) => {
            let elapsed = progress.failed(&outcome.note);
            term::info(cause);
            elapsed
        }
    };
    Row {
        name: step.name,
        outcome,
        elapsed,
    }
}

fn report(rows: &[Row]) -> ExitCode {
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    term::heading("Steps");
    term::table(&["step", "verdict", "time", ""], &cells);
    let skipped: Vec<Vec<String>> = rows
        .iter()
        .flat_map(|row| &row.outcome.skipped)
        .map(|one| vec![one.test.clone(), one.missing.clone(), one.install.clone()])
        .collect();
    if !skipped.is_empty() {
        term::heading("Skipped");
        term::table(&["test", "because", "install"], &skipped);
    }
    let counts = rows.iter().map(|row| row.outcome.counts());
    let (passed, failed, skipped) = counts.fold((0, 0, 0), |sum, one| {
        (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2)
    });
    term::last_line(&format!(
        "{passed} passed, {failed} failed, {skipped} skipped"
    ));
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn cells(row: &Row) -> Vec<String> {
    vec![
        row.name.to_owned(),
        row.outcome.verdict().to_owned(),
        term::duration(row.elapsed),
        row.outcome.note.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(passed: u64, failed: u64, failure: Option<&str>) -> Outcome {
        Outcome {
            cases: Cases { passed, failed },
            failure: failure.map(str::to_owned),
            ..Outcome::default()
        }
    }

    fn skipping(passed: u64, tests: usize) -> Outcome {
        let one = Skipped {
            test: "it".to_owned(),
            missing: "a browser".to_owned(),
            install: "one".to_owned(),
        };
        Outcome {
            skipped: vec![one; tests],
            ..outcome(passed, 0, None)
        }
    }

    #[test]
    fn a_step_counts_its_cases_or_itself() {
        assert_eq!(outcome(0, 0, None).counts(), (1, 0, 0));
        assert_eq!(outcome(12, 0, None).counts(), (12, 0, 0));
        assert_eq!(outcome(12, 2, Some("two failed")).counts(), (12, 2, 0));
    }

    #[test]
    fn a_step_that_failed_is_counted_even_when_every_case_passed() {
        assert_eq!(outcome(0, 0, Some("did not build")).counts(), (0, 1, 0));
        assert_eq!(outcome(12, 0, Some("killed")).counts(), (12, 1, 0));
    }

    #[test]
    fn what_was_skipped_has_not_passed() {
        for (skipping, counts, verdict) in [
            (skipping(12, 2), (12, 0, 2), "passed"),
            (skipping(0, 1), (0, 0, 1), "skipped"),
        ] {
            assert_eq!((skipping.counts(), skipping.verdict()), (counts, verdict));
        }
    }
}
