//! Moves a channel to a version: the last step of a release, when everything that the channel will name can be installed.

use actions_core::{Action, Annotation, Context, Done, Level, Summary, Table};
use anyhow::{Context as _, bail};
use package_store::{
    Channel, Entry, Promotion, PromotionOptions, Site, Store, StoreOptions, Version,
};
use schemars::JsonSchema;
use serde::Serialize;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "promote",
    name: "Promote",
    description: "Moves a channel, as `latest`, to a version, or back to what was there before; an older version never takes it by accident.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "trending-up",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket with the channel, as gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Channel to move: latest, prerelease, nightly, main or pr/<number>
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Channel,
    /// Version to move it to, as v1.2.3 or 1.2.3; it must have been frozen by draft-release
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// Move to an older version too, and `latest` to a prerelease
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub force: bool,
    /// Take the channel's last move back, in place of a version
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub rollback: bool,
    /// Say what would be moved, and write nothing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// The channel.
    pub channel: String,
    /// Commit that the channel stands at now; empty if it was never moved.
    pub commit: Option<String>,
    /// Version that the channel stands at now; empty if it was never moved.
    pub version: Option<String>,
    /// Whether the channel was moved.
    pub changed: bool,
}

/// Moves the channel.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    match (&inputs.version, inputs.rollback) {
        (None, false) => bail!(
            "failed to tell where to move `{}`: give the input `version`, or `rollback: true`",
            inputs.channel
        ),
        (Some(version), true) => bail!(
            "failed to tell where to move `{}`: with `rollback: true` it goes to what was there before, not to version {version}",
            inputs.channel
        ),
        _ => cx.block_on(promote(cx, &inputs)),
    }
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
        run_url: cx.env.run_url(),
        ..PromotionOptions::default()
    };
    let Some(version) = &inputs.version else {
        let moved = store.rollback(inputs.channel, &options).await?;
        show(&store, inputs).await?;
        return report(cx, inputs, None, moved);
    };
    let manifest = store.manifest(&version.to_string()).await?;
    if let Some(reason) = unfit(inputs.channel, manifest.version()).filter(|_| !inputs.force) {
        let current = store.current(inputs.channel).await?;
        return refuse(cx, inputs, current.as_ref(), &reason);
    }
    // Before the move: whoever follows the channel finds the whole version in pip's index.
    store.write_version_index(&manifest).await?;
    let moved = store.promote(inputs.channel, &manifest, &options).await?;
    if !matches!(moved, Promotion::Refused { .. }) {
        show(&store, inputs).await?;
    }
    report(cx, inputs, Some(manifest.version()), moved)
}

/// Brings the channel's web page and pip's indexes up to date.
async fn show(store: &Store, inputs: &Inputs) -> anyhow::Result<()> {
    store
        .write_channel(inputs.channel, &Site::default())
        .await
        .context("failed to write the channel's pages; the channel itself is moved: run the action again")?;
    Ok(())
}

/// Why a version does not belong into a channel, whatever stands there.
fn unfit(channel: Channel, version: &str) -> Option<String> {
    // SemVer's mark of a prerelease.
    (channel == Channel::Latest && version.contains('-')).then(|| {
        format!("{version} is a prerelease, and `latest` is for releases: use the channel `prerelease`, or set `force: true`")
    })
}

fn report(
    cx: &Context,
    inputs: &Inputs,
    version: Option<&str>,
    promotion: Promotion,
) -> anyhow::Result<Done<Outputs>> {
    let channel = inputs.channel;
    let (entry, from, changed) = match promotion {
        Promotion::Moved { entry, from } => (entry, from, true),
        Promotion::Already { entry } => (entry.clone(), Some(entry), false),
        Promotion::Refused { current } => {
            let reason = format!(
                "`{channel}` stands at {}, and {} is older: it stays; to move it all the same, set `force: true`",
                current.version,
                version.unwrap_or_default()
            );
            return refuse(cx, inputs, Some(&current), &reason);
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
    Ok(Done::passed(outputs(
        channel,
        Some(&entry),
        changed && !inputs.dry_run,
    )))
}

fn refuse(
    cx: &Context,
    inputs: &Inputs,
    current: Option<&Entry>,
    reason: &str,
) -> anyhow::Result<Done<Outputs>> {
    let mut table = Table::new(&["channel", "refused"]);
    table.row([inputs.channel.to_string().as_str(), reason]);
    let mut summary = Summary::new();
    summary.heading("Promote").table(&table);
    cx.write_summary(&summary)?;
    cx.log.annotate(vec![Annotation {
        level: Level::Error,
        title: Some(ACTION.id.to_owned()),
        file: None,
        line: None,
        message: reason.to_owned(),
    }]);
    cx.log.info(format!("{} was not moved", inputs.channel));
    Ok(Done::found(outputs(inputs.channel, current, false)))
}

fn outputs(channel: Channel, entry: Option<&Entry>, changed: bool) -> Outputs {
    Outputs {
        channel: channel.to_string(),
        commit: entry.map(|entry| entry.commit.to_string()),
        version: entry.map(|entry| entry.version.clone()),
        changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.action.id, "promote");
    }

    #[test]
    fn only_latest_is_kept_for_releases() {
        assert!(unfit(Channel::Latest, "0.2.0-alpha.1").is_some());
        assert!(unfit(Channel::Prerelease, "0.2.0-alpha.1").is_none());
        assert!(unfit(Channel::Latest, "0.2.0").is_none());
    }
}
