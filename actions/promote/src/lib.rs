//! Moves a channel to a version: the last step of a release, when everything that the channel will name can be installed.

mod report;
mod target;

use actions_core::{Action, Context, Done, Permission, Secret, When};
use anyhow::{Context as _, bail};
use package_store::{Channel, Entry, PromotionOptions, Store, Time, Version};
use publishing::{
    channels::{self, Move, Tagged},
    github_release::Repository,
};
use schemars::JsonSchema;
use serde::Serialize;

use target::Target;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "promote",
    name: "Promote",
    description: "Moves a channel such as `latest` or `nightly` to a version or a commit's build, or rolls it back; never moves it backwards by accident.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "trending-up",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "contents",
            access: "write",
            when: When::Given("git-tag"),
            reason: "Moves the git tag.",
        },
        Permission::BUCKET,
    ],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket with the channel: gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Channel to move: latest, prerelease, nightly, main or pr/<number>
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Channel,
    /// Version to move to, such as v1.2.3 or 1.2.3, frozen by draft-release
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// Commit to move to, instead of a version; its packages must be complete, and a commit build is frozen first
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Also allow an older version, a release without packages that `[packages]` has now, and a prerelease for `latest`
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub force: bool,
    /// Undo the channel's last move
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub rollback: bool,
    /// Also move the git tag with the channel's name to the channel's commit
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub git_tag: bool,
    /// Token with `contents: write`, for the git tag
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
    /// Say what would be moved, but write nothing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// The channel.
    pub channel: String,
    /// The channel's commit; empty if it was never moved.
    pub commit: Option<String>,
    /// The channel's version; empty if it was never moved.
    pub version: Option<String>,
    /// Whether the channel was moved.
    pub changed: bool,
    /// Commit of the git tag; empty without `git-tag`.
    pub tagged: Option<String>,
}

/// Moves the channel.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    let channel = inputs.channel;
    match (&inputs.version, &inputs.commit, inputs.rollback) {
        (None, None, false) => bail!(
            "failed to determine where to move `{channel}`: set the input `version`, `commit`, or `rollback: true`"
        ),
        (Some(version), _, true) => bail!(
            "failed to determine where to move `{channel}`: with `rollback: true` it goes back to its previous version, not to version {version}"
        ),
        (None, Some(commit), true) => bail!(
            "failed to determine where to move `{channel}`: with `rollback: true` it goes back to its previous version, not to commit {commit}"
        ),
        (Some(version), Some(_), false) => bail!(
            "failed to determine where to move `{channel}`: version {version} belongs to one commit, so remove the input `commit`"
        ),
        _ => {}
    }
    if inputs.git_tag {
        channels::check_tags(&[channel])?;
    }
    cx.block_on(promote(cx, &inputs))
}

async fn promote(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let store = connections::bucket(cx, &inputs.bucket, inputs.dry_run)?;
    let mut options = PromotionOptions {
        force: inputs.force,
        who: cx.env.get("GITHUB_ACTOR").map(str::to_owned),
        run_url: cx.env.run_url(),
        ..PromotionOptions::default()
    };
    let repository = repository(cx, inputs)?;
    if inputs.rollback {
        let moved = channels::back(&store, inputs.channel, &options).await?;
        let tag = tag(&store, inputs, repository.as_ref(), &moved).await?;
        return report::moved(cx, inputs, None, moved, tag);
    }
    let manifest = match target::find(cx, &store, inputs).await? {
        Target::Frozen(manifest) => manifest,
        Target::Unfit(findings) => {
            let current = store.current(inputs.channel).await?;
            return report::refused(cx, inputs, current.as_ref(), &findings);
        }
    };
    options.committed = committed(cx, manifest.version(), manifest.commit().as_str()).await;
    let moved = channels::forward(&store, inputs.channel, &manifest, &options).await?;
    if let Move::Unfit(reason) = moved {
        let current = store.current(inputs.channel).await?;
        let reason = format!("{reason}; to move it anyway, set `force: true`");
        return report::refused(cx, inputs, current.as_ref(), &[reason]);
    }
    let tag = tag(&store, inputs, repository.as_ref(), &moved).await?;
    report::moved(cx, inputs, Some(manifest.version()), moved, tag)
}

/// The repository whose tag follows the channel, if that is wished.
fn repository(cx: &Context, inputs: &Inputs) -> anyhow::Result<Option<Repository>> {
    if !inputs.git_tag {
        return Ok(None);
    }
    let Some(token) = &inputs.token else {
        bail!("failed to move the git tag: set the input `token` in a job with `contents: write`");
    };
    let log = cx.log.clone();
    let repository = Repository::of_job(
        |name| cx.env.get(name),
        Some(token.expose()),
        move |line| log.info(line),
    )?;
    Ok(Some(repository.dry_run(inputs.dry_run)))
}

async fn tag(
    store: &Store,
    inputs: &Inputs,
    repository: Option<&Repository>,
    moved: &Move,
) -> anyhow::Result<Option<Tagged>> {
    let (Some(repository), Some(there)) = (repository, moved.there()) else {
        return Ok(None);
    };
    let tagged = channels::tag(store, inputs.channel, repository, there).await;
    let moved = "failed to move the git tag; the channel itself has moved: run the action again";
    Ok(Some(tagged.context(moved)?))
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

fn outputs(channel: Channel, entry: Option<&Entry>, changed: bool) -> Outputs {
    Outputs {
        channel: channel.to_string(),
        commit: entry.map(|entry| entry.commit.to_string()),
        version: entry.map(|entry| entry.version.clone()),
        changed,
        tagged: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "promote");
    }
}
