//! What a person reads of the documentation that was built.

use std::time::Instant;

use actions_core::{Annotation, Context, Level, Summary, Table};
use bytesize::ByteSize;

use crate::{BrokenLinks, Inputs, Outputs, check::Checked};

/// Tells what there is and what is wrong with it; gives whether it may be published.
pub(crate) fn report(
    cx: &Context,
    inputs: &Inputs,
    outputs: &Outputs,
    checked: &Checked,
    started: Instant,
) -> anyhow::Result<bool> {
    let broken_is = match inputs.broken_links {
        BrokenLinks::Error => Level::Error,
        BrokenLinks::Warning => Level::Warning,
    };
    let mut found: Vec<(Level, &str, String)> = Vec::new();
    for message in &checked.missing {
        found.push((Level::Error, "missing", message.clone()));
    }
    for (page, link) in &checked.broken {
        let message = format!("`{page}` links to `{link}`, which does not exist");
        found.push((broken_is, "broken-link", message));
    }
    for (page, place) in &checked.places {
        let message = format!(
            "`{page}` names `{place}`, a folder of this machine, so the build is not reproducible elsewhere"
        );
        found.push((Level::Warning, "machine-path", message));
    }
    let size = ByteSize::b(outputs.size).to_string();
    let mut table = Table::new(&["documentation", "files", "size", "SHA-256"]);
    table.row([
        outputs.dir.clone(),
        outputs.files.to_string(),
        size.clone(),
        outputs.sha256.clone(),
    ]);
    let mut findings = Table::new(&["rule", "finding"]);
    for (_, rule, message) in &found {
        findings.row([*rule, message]);
    }
    let mut summary = Summary::new();
    summary.heading("Build docs").table(&table).table(&findings);
    cx.write_summary(&summary)?;
    let errors = found.iter().filter(|(level, ..)| *level == Level::Error);
    let errors = errors.count();
    let annotation = |(level, rule, message): (Level, &str, String)| Annotation {
        level,
        title: Some(rule.to_owned()),
        file: None,
        line: None,
        message,
    };
    cx.log.annotate(found.into_iter().map(annotation).collect());
    cx.log.info(format!(
        "built {} ({} files, {size}, SHA-256 {}) in {:.1} s: {} pages, {}",
        outputs.dir,
        outputs.files,
        outputs.sha256,
        started.elapsed().as_secs_f64(),
        checked.pages,
        match errors {
            0 => "no broken links except warnings".to_owned(),
            1 => "1 finding".to_owned(),
            count => format!("{count} findings"),
        }
    ));
    Ok(errors == 0)
}
