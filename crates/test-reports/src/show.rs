//! What a person reads of a report: annotations and tables.

use actions_core::{Annotation, Level, Summary, Table};

use crate::{Case, End, Report};

/// How many lines of a failure an annotation repeats.
const LINES: usize = 20;
/// How many of the slowest tests are named.
const SLOWEST: usize = 5;
/// How many failures are shown with their output, and how much of each, in lines.
const SHOWN: usize = 20;
const SHOWN_LINES: usize = 200;

/// An error for each failure, at its line.
pub fn annotations(report: &Report) -> Vec<Annotation> {
    report
        .failures()
        .map(|case| Annotation {
            level: Level::Error,
            title: Some(case.full_name()),
            file: case.file.clone(),
            line: case.line,
            message: first_lines(from_the_panic(case.text()), LINES),
        })
        .collect()
}

fn first_lines(text: &str, count: usize) -> String {
    text.lines().take(count).collect::<Vec<_>>().join("\n")
}

/// Adds tables of failures, of tests that passed on retry and of the slowest, and the output of the failures.
pub fn summary(report: &Report, summary: &mut Summary) {
    let mut failures = Table::new(&["failed test", "where", "why"]);
    for case in report.failures() {
        failures.row([case.full_name(), place(case), why(case)]);
    }
    let mut flaky = Table::new(&["flaky test: passed on retry", "where", "first failure"]);
    for case in &report.cases {
        if matches!(case.end, End::Flaky(_)) {
            flaky.row([case.full_name(), place(case), why(case)]);
        }
    }
    let mut slow = Table::new(&["slowest tests", "seconds"]);
    for case in report.slowest(SLOWEST) {
        let seconds = case.seconds.unwrap_or_default();
        slow.row([case.full_name(), format!("{seconds:.2}")]);
    }
    summary.table(&failures).table(&flaky).table(&slow);
    for case in report.failures().take(SHOWN) {
        let text = first_lines(case.text(), SHOWN_LINES);
        if text.lines().nth(1).is_some() {
            summary.folded(&case.full_name(), &text);
        }
    }
}

fn place(case: &Case) -> String {
    match (&case.file, case.line) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        (Some(file), None) => file.clone(),
        (None, _) => String::new(),
    }
}

/// In one line: of a panic, what follows its place.
fn why(case: &Case) -> String {
    let lines = from_the_panic(case.text()).lines().map(str::trim);
    let mut lines = lines.filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let why = if is_panic(first) { lines.next() } else { None };
    why.unwrap_or(first).to_owned()
}

/// The text without what a test printed before it panicked.
fn from_the_panic(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if is_panic(line.trim_end()) {
            return text.get(at..).unwrap_or(text);
        }
        at += line.len();
    }
    text
}

fn is_panic(line: &str) -> bool {
    line.contains(" panicked at ") && line.ends_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str, end: End) -> Case {
        Case {
            class: "a".to_owned(),
            name: name.to_owned(),
            seconds: None,
            file: Some("src/lib.rs".to_owned()),
            line: Some(7),
            end,
        }
    }

    #[test]
    fn a_panic_is_told_by_what_it_says() {
        let panicked =
            "thread 'x' (7) panicked at src/lib.rs:7:9:\nassertion failed: a == b\nnote: run";
        let report = Report {
            cases: vec![
                case("bad", End::Failed(panicked.to_owned())),
                case("late", End::Flaky("timed out".to_owned())),
            ],
            ..Report::default()
        };
        let mut shown = Summary::new();
        summary(&report, &mut shown);
        let shown = shown.render(100_000);
        for row in [
            "| a::bad | src/lib.rs:7 | assertion failed: a == b |",
            "| a::late | src/lib.rs:7 | timed out |",
            "<details><summary>a::bad</summary>",
        ] {
            assert!(shown.contains(row), "{row}: {shown}");
        }
        assert!(!shown.contains("slowest"), "{shown}");
        let [one] = annotations(&report).try_into().unwrap();
        assert!(
            one.message.starts_with("thread 'x' (7) panicked at"),
            "{}",
            one.message
        );
    }
}
