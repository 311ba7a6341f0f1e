//! What people read: where the channel stands, or why it was not moved.

use actions_core::{Annotation, Context, Done, Level, Summary, Table};
use package_store::Entry;
use publishing::{
    channels::{Move, Tagged},
    github_release::TagMove,
};

use crate::{ACTION, Inputs, Outputs, outputs};

/// Reports where the channel stands now.
pub(crate) fn moved(
    cx: &Context,
    inputs: &Inputs,
    version: Option<&str>,
    moved: Move,
    tag: Option<Tagged>,
) -> anyhow::Result<Done<Outputs>> {
    let channel = inputs.channel;
    let (entry, from, changed) = match moved {
        Move::Moved { to, from } => (to, from.map(|from| *from), true),
        Move::Already(entry) => (entry.clone(), Some(entry), false),
        Move::Unfit(reason) => return refused(cx, inputs, None, &[reason]),
        Move::Newer(current) if inputs.commit.is_some() => {
            return overtaken(cx, inputs, version, &current);
        }
        Move::Newer(current) => {
            let reason = format!(
                "`{channel}` is at {}, and {} is older, so it stays; to move it anyway, set `force: true`",
                current.version,
                version.unwrap_or_default()
            );
            return refused(cx, inputs, Some(&current), &[reason]);
        }
    };
    let before = from.map_or_else(|| "nothing".to_owned(), |from| from.version);
    let told = match (changed, inputs.dry_run) {
        (true, false) => "moved",
        (true, true) => "would be moved",
        (false, _) => "is already there",
    };
    let mut table = Table::new(&["channel", "from", "to", "commit", ""]);
    let (name, commit) = (channel.to_string(), entry.commit.to_string());
    table.row([&name, &before, &entry.version, &commit, told]);
    let mut summary = Summary::new();
    summary.heading("Promote").table(&table);
    cx.write_summary(&summary)?;
    cx.log.info(match changed {
        true => format!(
            "{channel} {told}: {before} → {} (commit {commit})",
            entry.version
        ),
        false => format!("{channel} {told}: {} (commit {commit})", entry.version),
    });
    if let Some(tag) = &tag {
        cx.log.info(tag_told(tag, inputs.dry_run));
    }
    Ok(Done::passed(Outputs {
        tagged: tag.map(|tag| tag.commit),
        ..outputs(channel, Some(&entry), changed && !inputs.dry_run)
    }))
}

fn tag_told(tag: &Tagged, dry_run: bool) -> String {
    let Tagged {
        name,
        commit,
        moved,
    } = tag;
    let would = if dry_run { "would be " } else { "" };
    match (moved.how, &moved.from) {
        (TagMove::Unchanged, _) => format!("the git tag {name} is already at {commit}"),
        (TagMove::Moved, Some(from)) => {
            format!("the git tag {name} {would}moved from {from} to {commit}")
        }
        _ => format!("the git tag {name} {would}created at {commit}"),
    }
}

/// Reports that a newer commit was there first. Runs for several commits end in any order, so that is no failure.
fn overtaken(
    cx: &Context,
    inputs: &Inputs,
    version: Option<&str>,
    current: &Entry,
) -> anyhow::Result<Done<Outputs>> {
    let channel = inputs.channel;
    let (name, version) = (channel.to_string(), version.unwrap_or_default());
    let mut table = Table::new(&["channel", "stays at", "asked for"]);
    table.row([name.as_str(), &current.version, version]);
    let mut summary = Summary::new();
    summary.heading("Promote").table(&table);
    cx.write_summary(&summary)?;
    cx.log.info(format!(
        "{channel} stays at {} (commit {}): {version} is older; to move it anyway, set `force: true`",
        current.version, current.commit
    ));
    Ok(Done::passed(outputs(channel, Some(current), false)))
}

/// Reports why the channel stays where it is.
pub(crate) fn refused(
    cx: &Context,
    inputs: &Inputs,
    current: Option<&Entry>,
    reasons: &[String],
) -> anyhow::Result<Done<Outputs>> {
    let mut table = Table::new(&["channel", "refused"]);
    for reason in reasons {
        table.row([inputs.channel.to_string().as_str(), reason]);
    }
    let mut summary = Summary::new();
    summary.heading("Promote").table(&table);
    cx.write_summary(&summary)?;
    let annotation = |reason: &String| Annotation {
        level: Level::Error,
        title: Some(ACTION.id.to_owned()),
        file: None,
        line: None,
        message: reason.clone(),
    };
    cx.log.annotate(reasons.iter().map(annotation).collect());
    cx.log.info(format!("{} was not moved", inputs.channel));
    Ok(Done::found(outputs(inputs.channel, current, false)))
}
