//! What a person reads of the run.

use std::time::{Duration, Instant};

use actions_core::{Context, Diagnostic, Summary, Table, text};
use test_reports::Report;

use crate::part::Part;

/// How many of the slowest test programs are named.
const SLOWEST: usize = 5;

/// The shard, how the tests were split, and how well that was foreseen.
pub(crate) fn shard(part: &Part, ran: usize, took: Duration) -> Table {
    let columns = ["shard", "tests", "split by", "expected seconds", "seconds"];
    let mut table = Table::new(&columns);
    let seconds = |time: Duration| format!("{:.1}", time.as_secs_f64());
    let row = match part {
        Part::Whole => return table,
        Part::ByName(shard, why) => [
            shard.to_string(),
            ran.to_string(),
            format!("name: {why}"),
            "–".to_owned(),
            seconds(took),
        ],
        Part::ByDurations(own) => [
            own.shard.to_string(),
            format!("{ran} of {}", own.all.len()),
            format!("durations of commit {}", own.run.commit().short()),
            seconds(Duration::from_millis(own.expected)),
            seconds(took),
        ],
    };
    table.row(row);
    table
}

/// Shows a run. Tests by cargo have no times of their own, but their programs have.
pub(crate) fn tests(
    cx: &Context,
    runner: &str,
    report: &Report,
    programs: &[(String, f64)],
    shard: &Table,
    started: Instant,
) -> anyhow::Result<()> {
    let seconds = started.elapsed().as_secs_f64();
    let mut counts = Table::new(&["runner", "passed", "failed", "flaky", "skipped", "seconds"]);
    counts.row([
        runner.to_owned(),
        report.passed().to_string(),
        report.failed().to_string(),
        report.flaky().to_string(),
        report.skipped().to_string(),
        format!("{seconds:.1}"),
    ]);
    let mut programs: Vec<&(String, f64)> = programs.iter().collect();
    programs.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut slow = Table::new(&["slowest test programs", "seconds"]);
    for (name, seconds) in programs.into_iter().take(SLOWEST) {
        slow.row([name.clone(), format!("{seconds:.2}")]);
    }
    let mut summary = Summary::new();
    summary.heading("Test Rust").table(&counts).table(shard);
    test_reports::summary(report, &mut summary);
    summary.table(&slow);
    cx.write_summary(&summary)?;
    cx.log.annotate(test_reports::annotations(report));
    cx.log.info(format!(
        "tested with {runner}: {} passed ({} flaky), {} failed, {} skipped, in {seconds:.1} s",
        report.passed(),
        report.flaky(),
        report.failed(),
        report.skipped(),
    ));
    Ok(())
}

/// Shows what does not compile.
pub(crate) fn broken(cx: &Context, errors: &[Diagnostic]) -> anyhow::Result<()> {
    let mut table = Table::new(&["compiler error", "where"]);
    for error in errors {
        let whole = error.text();
        table.row([whole.lines().next().unwrap_or_default(), &error.at_place()]);
    }
    let mut summary = Summary::new();
    summary.heading("Test Rust").table(&table);
    cx.write_summary(&summary)?;
    let annotations = errors
        .iter()
        .map(|error| error.annotation("rustc"))
        .collect();
    cx.log.annotate(annotations);
    let count = text::counted(errors.len(), "error");
    cx.log.info(format!("the tests do not compile: {count}"));
    Ok(())
}
