//! Fills the draft release of a version with its packages and publishes it: the only files that people get are verified ones.

mod files;
mod report;

use std::time::Instant;

use actions_core::{Action, Context, Done, Permission, Secret, When, text::counted};
use anyhow::bail;
use package_formats::Kind;
use package_store::{Manifest, Store, Version};
use publishing::github_release::{Latest, Placed, Published, Repository, Staged};
use schemars::JsonSchema;
use serde::Serialize;

use files::Files;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "publish-release",
    name: "Publish release",
    description: "Adds the packages of a version to its draft release on GitHub, verifies their digests and publishes it.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "send",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "contents",
            access: "write",
            when: When::Always,
            reason: "Finds the draft, uploads the files and publishes the release. Read-only tokens do not see drafts.",
        },
        Permission::BUCKET,
    ],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket with the packages: gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Version to publish, such as v1.2.3 or 1.2.3, frozen by draft-release
    #[arg(long, value_name = "VERSION")]
    pub version: Version,
    /// Only packages of these kinds, such as wheel, crate or data; defaults to all that are files
    #[arg(long, value_name = "KINDS")]
    pub kinds: Vec<Kind>,
    /// Globs of files to add to the packages, such as signatures
    #[arg(long, value_name = "GLOBS")]
    pub extra_files: Vec<String>,
    /// Whether GitHub shows it as the latest release; `auto` does unless it is a prerelease or older than the current one
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = MakeLatest::Auto)]
    pub latest: MakeLatest,
    /// Fill the draft but do not publish it; a later run without this does
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub stage_only: bool,
    /// Token with `contents: write`
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
    /// Check everything and say what would change, but change nothing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// Whether the release becomes the latest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum MakeLatest {
    Auto,
    True,
    False,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// URL of the release; empty in a dry run that would create it.
    pub release_url: Option<String>,
    /// Whether the release is published.
    pub published: bool,
    /// Whether GitHub shows it as the latest release.
    pub latest: bool,
    /// Files that this run uploaded, as a JSON list.
    pub uploaded: Vec<String>,
    /// Files that were already there, as a JSON list.
    pub unchanged: Vec<String>,
}

/// Fills and publishes the release.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    cx.block_on(publish(cx, &inputs))
}

async fn publish(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    if inputs.version.is_build() {
        bail!(
            "failed to publish {}: it is a commit build, with a `+` in its version, and only versions are released",
            inputs.version
        );
    }
    let repository = repository(cx, inputs)?;
    let store = store(cx, inputs)?;
    let manifest = store.manifest(&inputs.version.to_string()).await?;
    if let Some(entry) = store.withdrawal(manifest.version()).await? {
        bail!(
            "failed to publish {}: it was withdrawn at {}; release a new version",
            manifest.version(),
            entry.when
        );
    }
    let files = Files::choose(cx, inputs, &manifest)?;
    let tag = publishing::release::tag_of(manifest.version());
    cx.log.info(format!(
        "{} of commit {} for the release {tag} of {}",
        counted(files.len(), "file"),
        manifest.commit().short(),
        repository.name(),
    ));
    let staged = stage(cx, &repository, &store, &manifest, &tag, files).await?;
    let latest = latest(cx, inputs, &repository).await?;
    let published = match inputs.stage_only {
        true => None,
        false => Some(repository.publish(&staged, latest).await?),
    };
    report::done(cx, inputs, &staged, published.as_ref(), started)?;
    Ok(Done::passed(outputs(inputs, &staged, published.as_ref())))
}

/// Fetches what GitHub lacks, and nothing else, so that a second run reads no package.
async fn stage(
    cx: &Context,
    repository: &Repository,
    store: &Store,
    manifest: &Manifest,
    tag: &str,
    mut files: Files,
) -> anyhow::Result<Staged> {
    let commit = manifest.commit().as_str();
    let looking = repository
        .clone()
        .dry_run(true)
        .on_event(publishing::silent());
    let planned = looking.stage(tag, commit, files.assets()).await?;
    if repository.is_dry_run() {
        return Ok(planned);
    }
    let folder = files.fetch(cx, store, &planned).await?;
    let staged = repository.stage(tag, commit, files.assets()).await?;
    drop(folder);
    Ok(staged)
}

fn repository(cx: &Context, inputs: &Inputs) -> anyhow::Result<Repository> {
    let Some(token) = &inputs.token else {
        bail!("failed to find a token: set the input `token` in a job with `contents: write`");
    };
    let log = cx.log.clone();
    let repository = Repository::of_job(
        |name| cx.env.get(name),
        Some(token.expose()),
        move |line| log.info(line),
    )?;
    Ok(repository.dry_run(inputs.dry_run))
}

fn store(cx: &Context, inputs: &Inputs) -> anyhow::Result<Store> {
    Ok(connections::bucket(cx, &inputs.bucket, false)?)
}

async fn latest(cx: &Context, inputs: &Inputs, repository: &Repository) -> anyhow::Result<Latest> {
    let automatic = repository.latest_for(&inputs.version).await?;
    Ok(match inputs.latest {
        MakeLatest::Auto => automatic,
        MakeLatest::False => Latest::No,
        MakeLatest::True if inputs.version.is_prerelease() => {
            cx.log.warning(format!(
                "{} is a prerelease, which GitHub never shows as the latest release: remove `latest: true`",
                inputs.version
            ));
            Latest::No
        }
        MakeLatest::True => Latest::Yes,
    })
}

fn outputs(inputs: &Inputs, staged: &Staged, published: Option<&Published>) -> Outputs {
    let names = |unchanged: bool| {
        let files = staged.files.iter();
        let files = files.filter(|it| (it.placed == Placed::Unchanged) == unchanged);
        files.map(|it| it.name.clone()).collect()
    };
    let release = staged.release.as_ref();
    let was_published = release.is_some_and(|it| !it.draft);
    Outputs {
        release_url: staged.url().map(str::to_owned),
        published: was_published || published.is_some() && !inputs.dry_run,
        latest: published.is_some_and(|it| it.latest) && !inputs.dry_run,
        uploaded: match inputs.dry_run {
            true => Vec::new(),
            false => names(false),
        },
        unchanged: names(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "publish-release");
    }
}
