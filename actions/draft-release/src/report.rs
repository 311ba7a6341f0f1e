//! What people read: why there is no release, or what the release has and where it is.

use std::time::Instant;

use actions_core::{Annotation, Context, Level, Summary, Table, text};
use bytesize::ByteSize;
use package_store::{Commit, Frozen};
use publishing::github_release::Draft;

use crate::{ACTION, Inputs, Plan};

/// Reports why the commit's packages are no release; nothing was made.
pub(crate) fn findings(cx: &Context, commit: &Commit, findings: &[String]) -> anyhow::Result<()> {
    let mut table = Table::new(&["finding"]);
    let mut annotations = Vec::new();
    for finding in findings {
        table.row([finding.as_str()]);
        annotations.push(Annotation {
            level: Level::Error,
            title: Some(ACTION.id.to_owned()),
            file: None,
            line: None,
            message: finding.clone(),
        });
    }
    let mut summary = Summary::new();
    summary.heading("Draft release").table(&table);
    cx.write_summary(&summary)?;
    cx.log.annotate(annotations);
    cx.log.info(format!(
        "nothing was created: {} findings in the packages of commit {commit}",
        findings.len()
    ));
    Ok(())
}

/// Reports that the commit was never meant to be released.
pub(crate) fn nothing_to_release(cx: &Context, commit: &Commit) -> anyhow::Result<()> {
    let mut summary = Summary::new();
    summary.heading("Draft release").paragraph(&format!(
        "Nothing to release: the packages of commit {} are commit builds.",
        text::markdown_code(commit.as_str()),
    ));
    cx.write_summary(&summary)?;
    cx.log.info(format!(
        "nothing to release: the packages of commit {commit} are commit builds, with a `+` in their version"
    ));
    Ok(())
}

/// Reports the release.
pub(crate) fn done(
    cx: &Context,
    inputs: &Inputs,
    plan: &Plan<'_>,
    frozen: &Frozen,
    draft: Option<&Draft>,
    started: Instant,
) -> anyhow::Result<()> {
    let manifest = frozen.manifest();
    let mut table = Table::new(&["package", "platform", "size", "SHA-256"]);
    for record in manifest.packages() {
        let size = ByteSize::b(record.size).to_string();
        let sha256 = record.sha256.to_string();
        table.row([&record.file, &record.platform, &size, &sha256]);
    }
    let bytes: u64 = manifest.packages().iter().map(|it| it.size).sum();
    let draft = draft.map_or_else(|| "not checked".to_owned(), ToString::to_string);
    let mut summary = Summary::new();
    summary
        .heading(&format!("Draft release {}", plan.tag))
        .paragraph(&format!(
            "Commit {}, list {}, draft: {}",
            text::markdown_code(manifest.commit().as_str()),
            text::markdown_code(&manifest.digest().to_string()),
            text::markdown(&draft)
        ))
        .table(&table);
    cx.write_summary(&summary)?;
    cx.log.info(format!(
        "{}{}: {} packages of commit {}, {}, in {:.1} s",
        if inputs.dry_run {
            "dry run: would draft "
        } else {
            "drafted "
        },
        plan.tag,
        plan.set.packages.len(),
        manifest.commit().short(),
        ByteSize::b(bytes),
        started.elapsed().as_secs_f64()
    ));
    Ok(())
}
