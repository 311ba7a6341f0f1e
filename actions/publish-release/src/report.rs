//! What people read: each file with what became of it, and where the release is.

use std::time::Instant;

use actions_core::{
    Context, Summary, Table, list,
    text::{self, counted},
};
use publishing::github_release::{Placed, Published, Staged};

use crate::Inputs;

/// Reports the release.
pub(crate) fn done(
    cx: &Context,
    inputs: &Inputs,
    staged: &Staged,
    published: Option<&Published>,
    started: Instant,
) -> anyhow::Result<()> {
    let table = table(inputs, staged);
    cx.log.info(table.to_text().trim_end());
    if !staged.others.is_empty() {
        cx.log.info(format!(
            "the release also has other files, which stay: {}",
            list(&staged.others)
        ));
    }
    let state = state(inputs, staged, published);
    let mut summary = Summary::new();
    summary
        .heading(&format!("Publish release {}", staged.tag))
        .paragraph(&text::markdown(&capitalized(&state)).to_string())
        .table(&table);
    cx.write_summary(&summary)?;
    let sent = staged.files.len() - staged.count(Placed::Unchanged);
    cx.log.info(format!(
        "{}{state}; {} {}, {} already there, in {:.1} s",
        if inputs.dry_run { "dry run: " } else { "" },
        counted(sent, "file"),
        if inputs.dry_run {
            "would be uploaded"
        } else {
            "uploaded"
        },
        staged.count(Placed::Unchanged),
        started.elapsed().as_secs_f64()
    ));
    Ok(())
}

fn table(inputs: &Inputs, staged: &Staged) -> Table {
    let mut table = Table::new(&["file", "on GitHub", "what was done"]);
    for file in &staged.files {
        let done = match (file.placed, inputs.dry_run) {
            (Placed::Unchanged, _) => "already there",
            (Placed::Uploaded, false) => "uploaded",
            (Placed::Replaced, false) => "replaced",
            (Placed::Uploaded, true) => "would be uploaded",
            (Placed::Replaced, true) => "would be replaced",
        };
        table.row([file.name.as_str(), &file.shown_as, done]);
    }
    table
}

fn state(inputs: &Inputs, staged: &Staged, published: Option<&Published>) -> String {
    let tag = &staged.tag;
    let url = staged.url().unwrap_or("its draft would be created");
    let Some(published) = published else {
        return match (inputs.dry_run, staged.release.as_ref()) {
            (_, Some(release)) if !release.draft => format!("{tag} is already published, {url}"),
            (true, _) => format!("the draft of {tag} would get its files, {url}"),
            (false, _) => format!("the draft of {tag} has its files, {url}"),
        };
    };
    let latest = match (published.latest, inputs.dry_run) {
        (true, true) => ", as the latest release",
        (true, false) => ", and is the latest release",
        (false, true) => ", not as the latest release",
        (false, false) => ", and is not the latest release",
    };
    match (published.was_published, inputs.dry_run) {
        (true, true) => format!("{tag} is already published, {url}"),
        (true, false) => format!("{tag} is already published{latest}, {url}"),
        (false, true) => format!("{tag} would be published{latest}, {url}"),
        (false, false) => format!("{tag} is published{latest}, {url}"),
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
