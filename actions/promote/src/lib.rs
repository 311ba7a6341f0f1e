//! Moves a channel to a version: the last step of a release, when everything that the channel will name can be installed.

mod report;
mod target;

use actions_core::{Action, Context, Done};
use anyhow::{Context as _, bail};
use package_store::{
    Channel, Entry, Promotion, PromotionOptions, Site, Store, StoreOptions, Time, Version,
};
use schemars::JsonSchema;
use serde::Serialize;

use target::Target;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "promote",
    name: "Promote",
    description: "Moves a channel, as `latest` or `nightly`, to a version or a commit's build, or back to what was there before; an older one never takes it by accident.",
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
    /// Commit whose packages it moves to, in place of a version: they must be complete, and a commit build is frozen first
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Move to an older version too, to a release that lacks what `[packages]` has now, and `latest` to a prerelease
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
    let channel = inputs.channel;
    match (&inputs.version, &inputs.commit, inputs.rollback) {
        (None, None, false) => bail!(
            "failed to tell where to move `{channel}`: give the input `version`, `commit`, or `rollback: true`"
        ),
        (Some(version), _, true) => bail!(
            "failed to tell where to move `{channel}`: with `rollback: true` it goes to what was there before, not to version {version}"
        ),
        (None, Some(commit), true) => bail!(
            "failed to tell where to move `{channel}`: with `rollback: true` it goes to what was there before, not to commit {commit}"
        ),
        (Some(version), Some(_), false) => bail!(
            "failed to tell where to move `{channel}`: version {version} is of one commit already, so leave the input `commit` out"
        ),
        _ => cx.block_on(promote(cx, &inputs)),
    }
}

async fn promote(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let log = cx.log.clone();
    let options = StoreOptions::default()
        .environment(|name| cx.env.get(name).map(str::to_owned))
        .dry_run(inputs.dry_run)
        .on_retry(move |retry| log.info(retry.to_string()));
    let store = Store::open_with(&inputs.bucket, options)?;
    let mut options = PromotionOptions {
        force: inputs.force,
        who: cx.env.get("GITHUB_ACTOR").map(str::to_owned),
        run_url: cx.env.run_url(),
        ..PromotionOptions::default()
    };
    if inputs.rollback {
        let moved = store.rollback(inputs.channel, &options).await?;
        show(&store, inputs).await?;
        return report::moved(cx, inputs, None, moved);
    }
    let manifest = match target::find(cx, &store, inputs).await? {
        Target::Frozen(manifest) => manifest,
        Target::Unfit(findings) => {
            let current = store.current(inputs.channel).await?;
            return report::refused(cx, inputs, current.as_ref(), &findings);
        }
    };
    if let Some(reason) = unfit(inputs.channel, manifest.version()).filter(|_| !inputs.force) {
        let current = store.current(inputs.channel).await?;
        return report::refused(cx, inputs, current.as_ref(), &[reason]);
    }
    options.committed = committed(cx, manifest.version(), manifest.commit().as_str()).await;
    // Before the move: whoever follows the channel finds the whole version in pip's index.
    // A commit build is in its commit's own index already.
    if !manifest.version().contains('+') {
        store.write_version_index(&manifest).await?;
    }
    let moved = store.promote(inputs.channel, &manifest, &options).await?;
    if !matches!(moved, Promotion::Refused { .. }) {
        show(&store, inputs).await?;
    }
    report::moved(cx, inputs, Some(manifest.version()), moved)
}

/// When the commit of a commit build was made: builds of one day have no other order.
async fn committed(cx: &Context, version: &str, commit: &str) -> Option<Time> {
    if !version.contains('+') {
        return None;
    }
    match cx.commit(Some(commit)).await {
        Ok(commit) => Time::from_unix(commit.time),
        Err(error) => {
            cx.log.info(format!(
                "builds of one version and day count as equally old, because the commit's time is not known: {error:#}"
            ));
            None
        }
    }
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
    match channel {
        Channel::Latest | Channel::Prerelease if version.contains('+') => Some(format!(
            "{version} is a commit build, and `{channel}` is for releases: use the channel `nightly`, `main` or `pr/<number>`, or set `force: true`"
        )),
        // SemVer's mark of a prerelease.
        Channel::Latest if version.contains('-') => Some(format!(
            "{version} is a prerelease, and `latest` is for releases: use the channel `prerelease`, or set `force: true`"
        )),
        _ => None,
    }
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
    fn latest_is_kept_for_releases_and_prerelease_for_what_was_drafted() {
        assert!(unfit(Channel::Latest, "0.2.0-alpha.1").is_some());
        assert!(unfit(Channel::Prerelease, "0.2.0-alpha.1").is_none());
        assert!(unfit(Channel::Latest, "0.2.0").is_none());
        let build = "0.2.0+2026.11.21.g6e4ddaf";
        assert!(unfit(Channel::Latest, build).is_some());
        assert!(unfit(Channel::Prerelease, build).is_some());
        assert!(unfit(Channel::Nightly, build).is_none());
    }
}
