//! Lists everything that would stop a release before it starts: the bucket, PyPI, crates.io and GitHub are read, and nothing is written.

mod report;

use std::time::Instant;

use actions_core::{Action, Context, Done, Permission, When};
use anyhow::{Context as _, bail};
use bytesize::ByteSize;
use package_store::Version;
use publishing::{
    preflight::{self, Report},
    release,
};
use release_inputs::{Ending, Places, Reached};
use schemars::JsonSchema;
use serde::Serialize;

pub use publishing::preflight::checks_table;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "preflight",
    name: "Preflight",
    description: "Lists everything that would stop the release of a version and what to do about it. Changes nothing.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "clipboard",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "contents",
            access: "read",
            when: When::Always,
            reason: "Reads the tag, the releases and the workflows. GitHub shows drafts only to a token with `contents: write`.",
        },
        release_inputs::IDENTITY,
        Permission::BUCKET,
    ],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket with the packages: gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Version to be released, such as v1.2.3 or 1.2.3, frozen by draft-release
    #[arg(long, value_name = "VERSION")]
    pub version: Version,
    /// Upload rate to PyPI per second, such as 2MiB; defaults to the rate of the download
    #[arg(long, value_name = "SIZE")]
    pub upload_rate: Option<ByteSize>,
    /// Where the version will go.
    #[command(flatten)]
    pub places: Places,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// What stops the release, as a JSON list.
    pub problems: Vec<String>,
    /// Warnings that do not stop the release, as a JSON list.
    pub cautions: Vec<String>,
    /// Minimum duration of the release in seconds, as far as known.
    pub seconds: u64,
}

/// Looks at everything.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    release_inputs::block_on(cx, async |ending| look(cx, &inputs, ending).await)
}

async fn look(cx: &Context, inputs: &Inputs, ending: &Ending) -> anyhow::Result<Done<Outputs>> {
    let store = connections::bucket(cx, &inputs.bucket, true)?;
    let manifest = release::find(&store, &inputs.version.to_string()).await?;
    cx.log.info(format!(
        "{} of commit {}: {} packages",
        manifest.version(),
        manifest.commit(),
        manifest.packages().len()
    ));
    let folder = folder(cx)?;
    let started = Instant::now();
    let fetched = preflight::fetch(&store, &manifest, folder.path()).await;
    let packages = &fetched.packages;
    let bytes = packages.files.iter().map(|one| one.record.size);
    let bytes = bytes.fold(0, u64::saturating_add);
    let took = started.elapsed();
    let rate = release_inputs::rate(inputs.upload_rate, &inputs.bucket, bytes, took);
    let Reached { targets, registry } = inputs.places.reach(cx, &manifest, true).await?;
    ending.remember(&targets);
    let around = preflight::Around {
        rate,
        registry_error: registry.map(|error| format!("{error:#}")),
        expects_github: !inputs.places.off().github,
        ..inputs.places.around(cx, false)
    };
    let mut report = preflight::preflight(packages, &store, &targets, &around).await;
    targets.end().await;
    report.problems.splice(0..0, fetched.problems);
    report.unseen.splice(0..0, fetched.unseen);
    report::show(cx, manifest.version(), &report)?;
    end(&report)
}

/// Problems fail the check; what could not be looked at may hide some, so then there is no verdict.
fn end(report: &Report) -> anyhow::Result<Done<Outputs>> {
    let texts = |notes: &[preflight::Note]| notes.iter().map(ToString::to_string).collect();
    let outputs = Outputs {
        problems: texts(&report.problems),
        cautions: texts(&report.cautions),
        seconds: report.estimate.at_least().as_secs(),
    };
    if !report.unseen.is_empty() {
        let unseen: Vec<String> = report.unseen.iter().map(ToString::to_string).collect();
        bail!(
            "failed to check everything: {}; run it again when all of it can be read",
            unseen.join("; ")
        );
    }
    Ok(match report.problems.is_empty() {
        true => Done::passed(outputs),
        false => Done::found(outputs),
    })
}

/// A folder for the packages that goes away with this run.
fn folder(cx: &Context) -> anyhow::Result<tempfile::TempDir> {
    let parent = cx.temp_dir();
    let made = std::fs::create_dir_all(&parent).and_then(|()| {
        tempfile::Builder::new()
            .prefix("preflight-")
            .tempdir_in(&parent)
    });
    made.with_context(|| format!("failed to create a folder in `{}`", parent.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "preflight");
    }
}
