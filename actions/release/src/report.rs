//! What people read of a release: a line a step in the log, and one table in the summary.

use std::time::Instant;

use actions_core::{Context, Done, Log, Summary, Table};
use bytesize::ByteSize;
use publishing::release::{Packages, Progress, Report, Step, StepReport, Stopped};

use crate::{Inputs, Outputs};

/// One thing that happens, as lines of the log.
pub(crate) fn progress(log: &Log, progress: &Progress) {
    match progress {
        Progress::Started(step) => {
            log.info(format!(
                "step {} of {}: {step}",
                step.number(),
                Step::ALL.len()
            ));
        }
        Progress::Ended(done) => {
            if shows_rows(done.step) {
                for row in &done.rows {
                    log.info(format!("  {}: {} → {}", row.what, row.before, row.done));
                }
            }
            let took = done.took.as_secs_f64();
            log.info(format!("{}: {} in {took:.1} s", done.step, done.counts()));
        }
        Progress::Fetched { file, size } => {
            log.info(format!("fetched {file}: {}", ByteSize::b(*size)));
        }
        Progress::Caution(text) => log.warning(text),
        _ => {}
    }
}

/// What was only looked at has its own tables elsewhere.
fn shows_rows(step: Step) -> bool {
    !matches!(step, Step::Preflight | Step::Verify)
}

/// Reports how the release ended.
pub(crate) fn done(
    cx: &Context,
    inputs: &Inputs,
    packages: &Packages,
    result: Result<Report, Box<Stopped>>,
    started: Instant,
) -> anyhow::Result<Done<Outputs>> {
    let (report, stopped) = match result {
        Ok(report) => (report, None),
        Err(stopped) => (stopped.report, Some((stopped.step, stopped.error))),
    };
    let at = stopped.as_ref().and_then(|(step, _)| *step);
    summary(cx, inputs, packages, &report, at)?;
    let outputs = outputs(inputs, packages, &report);
    if let Some((step, error)) = stopped {
        let finding = error.is_finding();
        // A step that failed may have done a part of its work.
        let is_begun = step.is_some_and(|step| step > Step::Preflight);
        let so_far = match is_begun && !inputs.dry_run {
            true => "completed steps are kept, and the next run continues after them",
            false => "nothing was sent",
        };
        let error = anyhow::Error::from(error).context(match step {
            Some(step) => format!("the step `{step}` failed, {so_far}"),
            None => format!("failed to release, {so_far}"),
        });
        return match finding {
            true => {
                cx.log.error(format!("{error:#}"));
                Ok(Done::found(outputs))
            }
            false => Err(error),
        };
    }
    let took = started.elapsed().as_secs_f64();
    let version = packages.version();
    cx.log.info(match (inputs.dry_run, report.changed()) {
        (true, _) => format!(
            "dry run: nothing was sent; the release of {version} would take {}",
            report.estimate
        ),
        (false, true) => format!("{version} is released, in {took:.1} s"),
        (false, false) => format!("{version} was already released, checked in {took:.1} s"),
    });
    Ok(Done::passed(outputs))
}

fn summary(
    cx: &Context,
    inputs: &Inputs,
    packages: &Packages,
    report: &Report,
    at: Option<Step>,
) -> anyhow::Result<()> {
    let mut table = Table::new(&["step", "what", "was there", "done"]);
    for done in &report.steps {
        let name = done.step.name();
        if !shows_rows(done.step) || done.rows.is_empty() {
            table.row([name, "", "", &skipped(inputs, done)]);
            continue;
        }
        for row in &done.rows {
            table.row([name, &row.what, &row.before, &row.done]);
        }
    }
    if let Some(step) = at {
        table.row([step.name(), "", "", "**failed**"]);
        let later = Step::ALL.iter().filter(|later| **later > step);
        for step in later {
            table.row([step.name(), "", "", "not begun"]);
        }
    }
    let mut cautions = Table::new(&["good to know"]);
    for caution in &report.cautions {
        cautions.row([caution.as_str()]);
    }
    let mut commands = Table::new(&["to verify it yourself"]);
    for command in &report.commands {
        commands.row([command.as_str()]);
    }
    let title = match inputs.dry_run {
        true => format!("Release {}: dry run", packages.version()),
        false => format!("Release {}", packages.version()),
    };
    let mut summary = Summary::new();
    summary.heading(&title).table(&table);
    summary.table(&cautions).table(&commands);
    cx.write_summary(&summary)
}

/// What is said of a step that sent nothing.
fn skipped(inputs: &Inputs, done: &StepReport) -> String {
    let off = inputs.places.off();
    let off = match done.step {
        Step::Pypi => off.pypi,
        Step::Crates => off.crates,
        Step::Stage | Step::GitHub => off.github,
        Step::Sign => inputs.sign == crate::signing::Sign::Off,
        _ => false,
    };
    match (off, done.rows.is_empty(), done.step) {
        (true, _, _) => "skipped: it is turned off".to_owned(),
        (false, true, Step::Verify) => "after the release".to_owned(),
        (false, true, Step::Sign) => "skipped: there is nothing to sign with".to_owned(),
        (false, true, _) => "nothing to do".to_owned(),
        (false, false, _) => format!("{} checked", done.rows.len()),
    }
}

fn outputs(inputs: &Inputs, packages: &Packages, report: &Report) -> Outputs {
    let sent = |step| match inputs.dry_run {
        true => Vec::new(),
        false => report.changed_in(step),
    };
    Outputs {
        version: packages.version().to_owned(),
        tag: packages.tag.clone(),
        commit: packages.commit().to_owned(),
        wheels: sent(Step::Pypi),
        crates: sent(Step::Crates),
        assets: sent(Step::Stage),
        channels: sent(Step::Channels),
        cautions: report.cautions.clone(),
    }
}
