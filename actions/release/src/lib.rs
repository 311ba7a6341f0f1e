//! Releases a version in one step: nothing irreversible starts before everything reversible is done and verified.

mod channels;
mod report;
mod signing;

use std::{path::PathBuf, sync::Arc, time::Instant};

use actions_core::{Action, Context, Done, Permission, Secret, When};
use anyhow::bail;
use bytesize::ByteSize;
use package_store::Version;
use publishing::{
    channels::{check_names, check_tags},
    preflight::Around,
    release::{self, Listener, Release},
};
use release_inputs::{Ending, Places};
use schemars::JsonSchema;
use serde::Serialize;

use crate::channels::Channels;
use crate::signing::Sign;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "release",
    name: "Release",
    description: "Releases a frozen version in one step: preflight, signatures, draft, PyPI, crates.io, GitHub release, channels and a final verification.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "package",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "contents",
            access: "write",
            when: When::Always,
            reason: "Fills and publishes the release on GitHub, and moves the channels' git tags.",
        },
        release_inputs::IDENTITY,
        Permission {
            scope: "id-token",
            access: "write",
            when: When::Missing("minisign-key"),
            reason: "The identity that signs.",
        },
        Permission {
            scope: "id-token",
            access: "write",
            when: When::Given("github-attestations"),
            reason: "The identity that signs the attestations.",
        },
        Permission {
            scope: "attestations",
            access: "write",
            when: When::Given("github-attestations"),
            reason: "Sends attestations to GitHub, where `gh attestation verify` finds them.",
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
    /// Version to release, such as v1.2.3 or 1.2.3, frozen by draft-release
    #[arg(long, value_name = "VERSION")]
    pub version: Version,
    /// Do everything except write, and say what would be sent, in order
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
    #[command(flatten)]
    pub places: Places,
    /// Whether to sign packages: `auto` if the job has an identity or a key, `on` or `off`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Sign::Auto)]
    pub sign: Sign,
    /// Minisign secret key, if there is no identity to sign with
    #[arg(long, value_name = "SECRET")]
    pub minisign_key: Option<Secret>,
    /// Password of `minisign-key`
    #[arg(long, value_name = "SECRET")]
    pub minisign_password: Option<Secret>,
    /// File that describes your own Sigstore instance, as for `--trust-config` of other clients
    #[arg(long, value_name = "FILE")]
    pub trust_config: Option<PathBuf>,
    /// Also send the packages' attestations (how they were built, and that they are published) to GitHub
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub github_attestations: bool,
    /// Channels to move: `auto` is latest and prerelease, or only prerelease for a prerelease; `none`, or a list
    #[arg(long, value_name = "CHANNELS", default_value = "auto")]
    pub channels: Channels,
    /// Also move the git tag with each channel's name
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub git_tags: bool,
    /// Upload rate to PyPI per second, such as 2MiB; defaults to the rate of the download
    #[arg(long, value_name = "SIZE")]
    pub upload_rate: Option<ByteSize>,
    /// Folder for the packages; defaults to a temporary one
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// The version, in SemVer form.
    pub version: String,
    /// Tag name.
    pub tag: String,
    /// Commit that was released.
    pub commit: String,
    /// Files that this run sent to the Python index, as a JSON list.
    pub wheels: Vec<String>,
    /// Files that this run sent to the Cargo registry, as a JSON list.
    pub crates: Vec<String>,
    /// Files that this run added to the GitHub release, as a JSON list.
    pub assets: Vec<String>,
    /// Channels and tags that this run moved, as a JSON list.
    pub channels: Vec<String>,
    /// Warnings, as a JSON list of sentences.
    pub cautions: Vec<String>,
}

/// Releases the version.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    release_inputs::block_on(cx, async |ending| run_release(cx, &inputs, ending).await)
}

async fn run_release(
    cx: &Context,
    inputs: &Inputs,
    ending: &Ending,
) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let store = connections::bucket(cx, &inputs.bucket, inputs.dry_run)?;
    let manifest = release::find(&store, &inputs.version.to_string()).await?;
    let version: Version = manifest.version().parse()?;
    let channels = inputs.channels.of(&version);
    check_names(&channels, manifest.version())?;
    if inputs.git_tags {
        check_tags(&channels)?;
    }
    let targets = inputs.places.connect(cx, &manifest, inputs.dry_run).await?;
    ending.remember(&targets);
    if inputs.git_tags && inputs.places.off().github {
        bail!(
            "failed to move the git tags of the channels, which are on GitHub: remove `github: off`, or set `git-tags: false`"
        );
    }
    if inputs.git_tags && targets.github.is_none() {
        bail!(
            "failed to move the git tags of the channels: set the input `token`, or set `git-tags: false`"
        );
    }
    let signing = signing::find(cx, inputs, &targets)?;
    let temporary = tempfile::tempdir()?;
    let folder = inputs
        .out
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    let listener = listener(cx);
    cx.log.info(format!(
        "{} packages of {version} at commit {}",
        manifest.packages().len(),
        manifest.commit()
    ));
    let fetching = Instant::now();
    let packages = release::fetch(&store, &manifest, &folder, &listener).await?;
    let sizes = manifest.packages().iter().map(|record| record.size);
    let bytes = sizes.fold(0, u64::saturating_add);
    let rate = release_inputs::rate(
        inputs.upload_rate,
        &inputs.bucket,
        bytes,
        fetching.elapsed(),
    );
    let release = Release {
        store: &store,
        packages: &packages,
        targets: &targets,
        off: inputs.places.off(),
        around: Around {
            rate,
            ..inputs.places.around(cx, inputs.dry_run)
        },
        signing: signing.as_ref(),
        channels: &channels,
        git_tags: inputs.git_tags,
        who: cx.env.get("GITHUB_ACTOR").map(str::to_owned),
        run_url: cx.env.run_url(),
        folder,
        dry_run: inputs.dry_run,
        listener,
    };
    let result = release.run().await;
    targets.end().await;
    report::done(cx, inputs, &packages, result, started)
}

fn listener(cx: &Context) -> Listener {
    let log = cx.log.clone();
    Arc::new(move |progress| report::progress(&log, progress))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "release");
    }
}
