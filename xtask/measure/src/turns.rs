//! Programs that do the same to a server, in turns: each run has a server of its own, so that none pays for what another one
//! left there.

use std::fmt;

use anyhow::{Context as _, Result};

use super::report;
use super::timed::{self, Timed};
use crate::process::Cmd;
use crate::term;

/// A command for a server.
type Make<S> = Box<dyn Fn(&S) -> Result<Cmd>>;

/// A way to bring something to a server.
pub(super) struct Program<S> {
    name: String,
    first: Make<S>,
    /// For programs that can tell that all is there.
    again: Option<Make<S>>,
}

impl<S> fmt::Debug for Program<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(&self.name).finish()
    }
}

impl<S> Program<S> {
    pub(super) fn new(name: &str, first: impl Fn(&S) -> Result<Cmd> + 'static) -> Self {
        Self {
            name: name.to_owned(),
            first: Box::new(first),
            again: None,
        }
    }

    /// Run a second time on the same server, by another command than the first time.
    pub(super) fn then(self, again: impl Fn(&S) -> Result<Cmd> + 'static) -> Self {
        Self {
            again: Some(Box::new(again)),
            ..self
        }
    }

    /// Run a second time on the same server, by the same command.
    pub(super) fn twice(name: &str, run: impl Fn(&S) -> Result<Cmd> + Clone + 'static) -> Self {
        Self::new(name, run.clone()).then(run)
    }
}

/// What a program took, in the middle of its runs.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) first: Timed,
    /// The same again on the same server, where the program can tell that all is there.
    pub(super) again: Option<Timed>,
}

/// Runs every program once a round, each on what `start` makes new; `check` looks whether all arrived there.
pub(super) fn run<S>(
    label: &str,
    programs: &[Program<S>],
    rounds: u32,
    start: impl Fn() -> Result<S>,
    check: impl Fn(&S) -> Result<()>,
) -> Result<Vec<Row>> {
    let mut times = vec![(Vec::new(), Vec::new()); programs.len()];
    for round in 1..=rounds {
        for (program, (first, again)) in programs.iter().zip(&mut times) {
            let label = format!("{label}, round {round}, {}", program.name);
            let progress = term::Progress::start(&label);
            let server = start()?;
            let time = timed::time(&(program.first)(&server)?)?;
            check(&server).with_context(|| format!("{} did not do its work", program.name))?;
            first.push(time);
            if let Some(make) = &program.again {
                again.push(timed::time(&make(&server)?)?);
            }
            progress.passed(&format!(
                "{}, {} CPU",
                report::millis(time.wall),
                report::millis(time.cpu)
            ));
        }
    }
    let rows = programs.iter().zip(times).map(|(program, (first, again))| {
        Ok(Row {
            name: program.name.clone(),
            first: timed::median(&first).context("failed to measure anything")?,
            again: timed::median(&again),
        })
    });
    rows.collect()
}

/// The rows, compared with the first one, which is `ours`.
pub(super) fn table(what: &str, ours: &str, rows: &[Row]) -> String {
    let times_ours = format!("times `{ours}`");
    let header = [what, "time", &times_ours, "client's CPU", "second run"];
    let first = rows.first();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let ratio = first.map_or(1.0, |first| slower(row, first));
            vec![
                row.name.clone(),
                report::millis(row.first.wall),
                format!("{ratio:.2}"),
                report::millis(row.first.cpu),
                row.again
                    .map_or_else(String::new, |again| report::millis(again.wall)),
            ]
        })
        .collect();
    report::markdown(&header, &rows)
}

/// How many times as long as the other one takes.
pub(super) fn slower(one: &Row, other: &Row) -> f64 {
    one.first.wall.as_secs_f64() / other.first.wall.as_secs_f64()
}

pub(super) fn find<'a>(rows: &'a [Row], name: &str) -> Result<&'a Row> {
    let found = rows.iter().find(|row| row.name == name);
    found.with_context(|| format!("failed to find what was measured of {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn each_run_has_its_own_server_and_a_second_run_the_same_one() {
        let started = Cell::new(0);
        let start = || {
            started.set(started.get() + 1);
            Ok(tempfile::tempdir()?)
        };
        let mark = |folder: &tempfile::TempDir| {
            let script = "test ! -e first && touch first || touch second";
            Ok(Cmd::new("sh").args(["-c", script]).dir(folder.path()))
        };
        let programs = [Program::twice("ours", mark), Program::new("theirs", mark)];
        let check = |folder: &tempfile::TempDir| {
            anyhow::ensure!(folder.path().join("first").exists());
            anyhow::ensure!(!folder.path().join("second").exists());
            Ok(())
        };
        let rows = run("marks", &programs, 3, start, check).unwrap();
        assert_eq!(started.get(), 6);
        assert!(find(&rows, "ours").unwrap().again.is_some());
        assert!(find(&rows, "theirs").unwrap().again.is_none());
        let table = table("marks", "ours", &rows);
        assert!(
            table.starts_with("| marks | time | times `ours` |"),
            "{table}"
        );
    }

    #[test]
    fn a_program_that_did_nothing_is_not_measured() {
        let programs = [Program::new("idle", |(): &()| Ok(Cmd::new("true")))];
        let missing = |(): &()| anyhow::bail!("2 files are missing");
        let error = run("marks", &programs, 1, || Ok(()), missing).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "idle did not do its work: 2 files are missing"
        );
    }
}
