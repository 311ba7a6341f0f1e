//! What people read: everything at once, in the log, as annotations and in the summary.

use actions_core::{
    Annotation, Context, Level, Summary, Table,
    text::{self, counted},
};
use publishing::preflight::{Note, Report};

use crate::ACTION;

pub(crate) fn show(cx: &Context, version: &str, report: &Report) -> anyhow::Result<()> {
    let mut rows = Table::new(&["check", "subject", "found"]);
    for row in &report.rows {
        rows.row([row.check, &row.subject, &row.found]);
    }
    cx.log.info(rows.to_text().trim_end());
    cx.log.info(format!("time: {}", report.estimate));
    let problems = notes(Level::Error, &report.problems);
    let cautions = notes(Level::Warning, &report.cautions);
    cx.log
        .annotate(problems.into_iter().chain(cautions).collect());
    let verdict = verdict(version, report);
    cx.log.info(&verdict);

    let mut summary = Summary::new();
    summary
        .heading(ACTION.name)
        .paragraph(&text::markdown(&verdict))
        .table(&table("problem", &report.problems))
        .table(&unseen(report))
        .table(&table("caution", &report.cautions))
        .table(&rows)
        .paragraph(&format!("Time: {}", report.estimate));
    cx.write_summary(&summary)
}

fn verdict(version: &str, report: &Report) -> String {
    let (problems, cautions) = (report.problems.len(), report.cautions.len());
    let counts = format!(
        "{}, {}",
        counted(problems, "problem"),
        counted(cautions, "caution")
    );
    match (report.unseen.is_empty(), problems) {
        (false, _) => format!("{version} could not be checked completely: {counts}"),
        (true, 0) => format!("{version} can be released: {counts}"),
        (true, _) => format!("{version} cannot be released yet: {counts}"),
    }
}

fn notes(level: Level, notes: &[Note]) -> Vec<Annotation> {
    let annotation = |note: &Note| Annotation {
        level,
        title: Some(note.check.to_owned()),
        file: None,
        line: None,
        message: format!("{}: {}\n{}", note.place, note.what, note.fix),
    };
    notes.iter().map(annotation).collect()
}

fn table(title: &str, notes: &[Note]) -> Table {
    let mut table = Table::new(&["check", "where", title, "what to do"]);
    for note in notes {
        table.row([note.check, &note.place, &note.what, &note.fix]);
    }
    table
}

fn unseen(report: &Report) -> Table {
    let mut table = Table::new(&["not checked", "why"]);
    for unseen in &report.unseen {
        table.row([&unseen.place, &unseen.cause]);
    }
    table
}
