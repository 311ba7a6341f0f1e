//! Moves a channel: what `latest` and its like stand for is an entry in a log, so it cannot go backwards by accident.

use actions_core::{Action, Context, Done, Summary, Table};
use anyhow::{Context as _, bail};
use package_store::{Channel, Entry, Promotion, PromotionOptions, Store, StoreOptions, Version};
use schemars::JsonSchema;
use serde::Serialize;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "promote",
    name: "Promote",
    description: "Moves a channel of the bucket, as latest or prerelease, to a version whose packages are frozen; an older version does not take it.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "chevrons-up",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket with the packages, as gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Channel to move: latest, prerelease, nightly, main or pr/7
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Channel,
    /// Version to move it to, as v1.2.3 or 1.2.3
    #[arg(
        long,
        value_name = "VERSION",
        conflicts_with = "rollback",
        required_unless_present = "rollback"
    )]
    pub version: Option<Version>,
    /// Move it to an older version too
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub force: bool,
    /// Take the last move back, instead of moving to a version
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub rollback: bool,
    /// Say what would happen, and move nothing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// The channel.
    pub channel: String,
    /// Commit that the channel stands for now.
    pub commit: String,
    /// Version that the channel stands for now.
    pub version: String,
    /// Whether this run moved it.
    pub changed: bool,
}

/// Moves the channel.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    cx.block_on(promote(cx, &inputs))
}

async fn promote(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let log = cx.log.clone();
    let options = StoreOptions::default()
        .dry_run(inputs.dry_run)
        .on_retry(move |retry| log.info(retry.to_string()));
    let store = Store::open_with(&inputs.bucket, options)?;
    let options = PromotionOptions {
        force: inputs.force,
        who: cx.env.get("GITHUB_ACTOR").map(str::to_owned),
        when: None,
        run_url: cx.env.run_url(),
    };
    let promotion = match (&inputs.version, inputs.rollback) {
        (Some(version), false) => {
            let manifest = store.manifest(&version.to_string()).await?;
            store.promote(inputs.channel, &manifest, &options).await?
        }
        (None, true) => store.rollback(inputs.channel, &options).await?,
        _ => bail!(
            "failed to move {}: give either the `version` to move it to, or `rollback: true`",
            inputs.channel
        ),
    };
    let (entry, changed, what) = tell(inputs, &promotion);
    cx.log.info(match inputs.dry_run {
        true => format!("dry run, nothing is written: {what}"),
        false => what.clone(),
    });
    if let Promotion::Refused { .. } = promotion {
        cx.log.warning(what);
    }
    history(cx, &store, inputs.channel).await?;
    Ok(Done::passed(Outputs {
        channel: inputs.channel.to_string(),
        commit: entry.commit.to_string(),
        version: entry.version.clone(),
        changed,
    }))
}

/// Where the channel stands, whether it moved, and that in a sentence.
fn tell<'a>(inputs: &Inputs, promotion: &'a Promotion) -> (&'a Entry, bool, String) {
    let channel = inputs.channel;
    let version = inputs
        .version
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    match promotion {
        Promotion::Moved { entry, from } => {
            let from = match from {
                Some(from) => format!("from {}", from.version),
                None => "for the first time".to_owned(),
            };
            let what = format!(
                "{channel} moves {from} to {} (commit {})",
                entry.version, entry.commit
            );
            (entry, true, what)
        }
        Promotion::Already { entry } => (
            entry,
            false,
            format!("{channel} stands at {} already", entry.version),
        ),
        Promotion::Refused { current } => {
            let what = format!(
                "{channel} stays at {}: {version} is older; `force: true` would move it all the same",
                current.version
            );
            (current, false, what)
        }
    }
}

/// How many of the last moves the summary shows.
const SHOWN: usize = 5;

async fn history(cx: &Context, store: &Store, channel: Channel) -> anyhow::Result<()> {
    let entries = store
        .history(channel)
        .await
        .context("failed to read the channel's log")?;
    let mut table = Table::new(&["no.", "version", "commit", "who", "when"]);
    for entry in entries.iter().take(SHOWN) {
        table.row([
            entry.number.to_string(),
            entry.version.clone(),
            entry.commit.to_string(),
            entry.who.clone().unwrap_or_default(),
            entry.when.to_string(),
        ]);
    }
    let mut summary = Summary::new();
    summary.heading(&format!("Channel {channel}")).table(&table);
    cx.write_summary(&summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.action.id, "promote");
    }
}
