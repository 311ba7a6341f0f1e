//! `cargo xtask test`: every step in order, whatever fails, then a table and one line with the counts.

mod count;
mod steps;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::term::{self, Progress};
use count::Cases;

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

    /// Passed and failed cases; one of both is never zero.
    fn counts(&self) -> (u64, u64) {
        let Cases { passed, failed } = self.cases;
        match (&self.failure, passed, failed) {
            (None, 0, 0) => (1, 0),
            (Some(_), _, 0) => (passed, 1),
            _ => (passed, failed),
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
        bail!(
            "no step has such a name: the steps are {}",
            names.join(", ")
        );
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
    let counts = rows.iter().map(|row| row.outcome.counts());
    let (passed, failed) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    term::last_line(&format!("{passed} passed, {failed} failed"));
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn cells(row: &Row) -> Vec<String> {
    let verdict = match row.outcome.failure {
        None => "passed",
        Some(_) => "failed",
    };
    vec![
        row.name.to_owned(),
        verdict.to_owned(),
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

    #[test]
    fn a_step_counts_its_cases_or_itself() {
        assert_eq!(outcome(0, 0, None).counts(), (1, 0));
        assert_eq!(outcome(12, 0, None).counts(), (12, 0));
        assert_eq!(outcome(12, 2, Some("two failed")).counts(), (12, 2));
    }

    #[test]
    fn a_step_that_failed_is_counted_even_when_every_case_passed() {
        assert_eq!(outcome(0, 0, Some("did not build")).counts(), (0, 1));
        assert_eq!(outcome(12, 0, Some("killed")).counts(), (12, 1));
    }
}
