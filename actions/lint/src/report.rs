//! What a person reads of the run: annotations, the summary, and the tables of the log.

use std::time::Instant;

use actions_core::{
    Annotation, Context, Level, Summary, Table,
    annotation::{PER_STEP, within_the_limit},
    text,
};

use crate::{jobs::Jobs, run::Ran};

/// Shows everything. `problems` are what could not look.
pub(crate) fn report(
    cx: &Context,
    jobs: &Jobs,
    ran: &[Ran],
    problems: &[String],
    started: Instant,
) -> anyhow::Result<()> {
    let table = table(ran);
    let mut not_run = Table::new(&["not run", "why"]);
    for (what, why) in &jobs.not_run {
        not_run.row([what, why]);
    }
    let mut could_not = Table::new(&["could not run"]);
    for problem in problems {
        could_not.row([problem]);
    }
    for table in [&not_run, &table] {
        if !table.is_empty() {
            cx.log.info(table.to_text().trim_end());
        }
    }
    let mut summary = Summary::new();
    summary
        .heading("Lint")
        .table(&table)
        .table(&could_not)
        .table(&findings(ran))
        .table(&not_run);
    cx.write_summary(&summary)?;
    annotate(cx, ran, !problems.is_empty());
    let count: usize = ran.iter().map(|ran| ran.findings.len()).sum();
    let by = ran.iter().filter(|ran| !ran.findings.is_empty()).count();
    cx.log.info(format!(
        "linted in {:.1} s: {}",
        started.elapsed().as_secs_f64(),
        match count {
            0 => "no findings".to_owned(),
            count => format!(
                "{} in {by} of {}",
                text::counted(count, "finding"),
                text::counted(ran.len(), "run")
            ),
        }
    ));
    Ok(())
}

fn table(ran: &[Ran]) -> Table {
    let mut table = Table::new(&["linter", "folder", "version", "result", "seconds"]);
    for ran in ran {
        table.row([
            ran.id.clone(),
            ran.folder.clone(),
            ran.version.clone(),
            ran.result(),
            format!("{:.1}", ran.seconds),
        ]);
    }
    table
}

fn findings(ran: &[Ran]) -> Table {
    let mut table = Table::new(&["linter", "where", "finding"]);
    for ran in ran {
        for found in &ran.findings {
            let text = found.text();
            let first = text.lines().next().unwrap_or_default();
            table.row([ran.id.as_str(), &found.at_place(), first]);
        }
    }
    table
}

/// On a terminal the findings stand above already, under their linter.
fn annotate(cx: &Context, ran: &[Ran], leave_room: bool) {
    if !cx.env.on_runner() {
        return;
    }
    let all = ran
        .iter()
        .flat_map(|ran| ran.findings.iter().map(|found| found.annotation(&ran.id)));
    let (errors, others): (Vec<Annotation>, Vec<Annotation>) =
        all.partition(|one| one.level == Level::Error);
    // The last error of a step says why it could not do its work.
    let room = PER_STEP - usize::from(leave_room);
    let mut shown = within_the_limit(Level::Error, errors, room);
    shown.extend(others);
    cx.log.annotate(shown);
}
