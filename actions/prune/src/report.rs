//! What people read: by commit what went, or would go, and how much that is.

use actions_core::{Context, Done, Summary, Table};
use bytesize::ByteSize;
use package_store::{OldCommit, Prunable, Record};

use crate::{Inputs, Outputs};

pub(crate) fn report(
    cx: &Context,
    inputs: &Inputs,
    gone: &Prunable,
) -> anyhow::Result<Done<Outputs>> {
    let mut table = Table::new(&["commit", "packages", "uploaded", "size", ""]);
    for old in &gone.commits {
        table.row(row(old));
    }
    let mut leftovers = Table::new(&["leftover", "size"]);
    for leftover in &gone.leftovers {
        let size = ByteSize::b(leftover.size).to_string();
        leftovers.row([leftover.path.as_str(), &size]);
    }
    let mut summary = Summary::new();
    summary.heading("Prune").table(&table).table(&leftovers);
    cx.write_summary(&summary)?;
    for table in [&table, &leftovers] {
        if !table.is_empty() {
            table.to_text().lines().for_each(|line| cx.log.info(line));
        }
    }
    let packages = gone.commits.iter().map(|old| old.packages.len()).sum();
    let outputs = Outputs {
        packages,
        leftovers: gone.leftovers.len(),
        bytes: gone.size(),
        deleted: inputs.delete && packages + gone.leftovers.len() > 0,
    };
    cx.log.info(format!(
        "{} {} packages of {} commits and {} leftovers, {}; kept {} commits that a version or a channel references",
        if inputs.delete { "deleted" } else { "would delete" },
        outputs.packages,
        gone.commits.len(),
        outputs.leftovers,
        ByteSize::b(outputs.bytes),
        gone.named
    ));
    if gone.in_use > 0 {
        cx.log.info(format!(
            "left {} commits alone because a run uploads to them, or was stopped while uploading less than {} ago",
            gone.in_use, inputs.leftovers_older_than
        ));
    }
    if !inputs.delete && outputs.packages + outputs.leftovers > 0 {
        cx.log.info("to delete them, set `delete: true`");
    }
    Ok(Done::passed(outputs))
}

fn row(old: &OldCommit) -> [String; 5] {
    let sizes = old.packages.iter().map(|record| record.size);
    let size = sizes.fold(0, u64::saturating_add);
    let files: Vec<&str> = old
        .packages
        .iter()
        .map(|record| record.file.as_str())
        .collect();
    let last = old
        .packages
        .iter()
        .map(|record: &Record| record.uploaded)
        .max();
    [
        old.commit.to_string(),
        files.join(", "),
        last.map(|time| time.to_string()).unwrap_or_default(),
        ByteSize::b(size).to_string(),
        if old.whole { "all of it" } else { "a part" }.to_owned(),
    ]
}
