//! What people read: what is wrong with the files, or what is in the index already and what would be sent.

use actions_core::{Annotation, Context, Done, Level, Summary, Table};
use bytesize::ByteSize;
use publishing::{
    State,
    pypi::{Credentials, Distribution, Index, Planned, Problem},
};

use crate::Outputs;

/// Reports what is wrong with the files; nothing was sent.
pub(crate) fn problems(cx: &Context, problems: &[Problem]) -> anyhow::Result<Done<Outputs>> {
    let mut table = Table::new(&["file", "rule", "finding"]);
    let mut annotations = Vec::new();
    for problem in problems {
        table.row([problem.file.as_str(), problem.rule, &problem.message]);
        annotations.push(Annotation {
            level: Level::Error,
            title: Some(problem.rule.to_owned()),
            file: None,
            line: None,
            message: format!("{}: {}", problem.file, problem.message),
        });
    }
    let mut summary = Summary::new();
    summary.heading("Publish wheels").table(&table);
    cx.write_summary(&summary)?;
    cx.log.annotate(annotations);
    cx.log
        .info(format!("published nothing: {} findings", problems.len()));
    Ok(Done::found(Outputs {
        published: Vec::new(),
        unchanged: Vec::new(),
    }))
}

/// Reports what is there and what would be sent.
pub(crate) fn plan(cx: &Context, plan: &[Planned]) -> anyhow::Result<()> {
    let mut table = Table::new(&["file", "size", "SHA-256", "index"]);
    for one in plan {
        let mut state = match &one.state {
            State::Absent if one.new_project => "new project",
            State::Absent => "will be sent",
            State::Same => "already there",
            State::Other { .. } => "has different bytes",
        }
        .to_owned();
        if one.yanked.is_some() {
            state += ", yanked";
        }
        let size = ByteSize::b(one.size).to_string();
        table.row([one.file.as_str(), &size, &one.sha256, &state]);
    }
    cx.log.info(table.to_text().trim_end());
    let mut summary = Summary::new();
    summary.heading("Publish wheels").table(&table);
    cx.write_summary(&summary)
}

/// Warns of what stops nothing, in a run that sends nothing.
pub(crate) fn cautions(cx: &Context, plan: &[Planned]) {
    for caution in plan.iter().filter_map(Planned::caution) {
        cx.log.warning(caution);
    }
}

/// Says which files have attestations, and where they stay at home.
pub(crate) fn attestations(
    cx: &Context,
    index: &Index,
    files: &[Distribution],
    credentials: Option<&Credentials>,
) {
    let with: Vec<&str> = files
        .iter()
        .filter(|file| !file.attestations.is_empty())
        .map(|file| file.file_name.as_str())
        .collect();
    if with.is_empty() {
        return;
    }
    let with = with.join(", ");
    match index.takes_attestations(credentials) {
        Ok(()) => cx
            .log
            .info(format!("attestations are uploaded with {with}")),
        Err(why) => cx
            .log
            .warning(format!("attestations of {with} are skipped: {why}")),
    }
}
