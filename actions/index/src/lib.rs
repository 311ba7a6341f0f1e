//! Writes what people and pip see of a bucket: web pages and indexes, for a commit, a channel, or all of it.

use actions_core::{Action, Context, Done, Permission, Summary};
use anyhow::bail;
use package_store::{Channel, Expected, Pages, Site, Store};
use schemars::JsonSchema;
use serde::Serialize;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "index",
    name: "Index",
    description: "Writes pip indexes and web pages for one commit, one channel or the whole bucket.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "list",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission::BUCKET],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket with the packages: gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Public URL of the bucket, for install commands; stored in the bucket, so set it once
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Title of the pages; stored in the bucket, so set it once
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Commit whose pages to write, in full or its first digits; without `commit` and `channel`, all pages are written
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Channel whose pages to write: latest, prerelease, nightly, main or pr/<number>
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<Channel>,
    /// Packages of a complete commit, each as `kind project platform`; stored with the commit
    #[arg(long, value_name = "PACKAGES")]
    pub expected: Vec<Expected>,
    /// Say what would be written, but write nothing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// URL of the page to open: public if known, otherwise its location in the bucket.
    pub page: Option<String>,
    /// Normalized names of the projects in the checked indexes, as a JSON list.
    pub projects: Vec<String>,
    /// Paths that differed and were written, as a JSON list.
    pub written: Vec<String>,
}

/// Writes the pages.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    if !inputs.expected.is_empty() && inputs.commit.is_none() {
        bail!("failed to determine which commit has the input `expected`: set the input `commit`");
    }
    cx.block_on(index(cx, &inputs))
}

async fn index(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let store = connections::bucket(cx, &inputs.bucket, inputs.dry_run)?;
    let site = Site {
        title: inputs.title.clone(),
        public_url: inputs.public_url.clone(),
    };
    let mut all: Vec<Pages> = Vec::new();
    if let Some(commit) = &inputs.commit {
        let commit = store.resolve(commit).await?;
        let expected = (!inputs.expected.is_empty()).then_some(inputs.expected.as_slice());
        let pages = store.write_commit(&commit, &site, expected).await?;
        if pages.page.is_none() {
            bail!(
                "failed to write the pages of commit {commit}: the bucket has none of its packages"
            );
        }
        all.push(pages);
    }
    if let Some(channel) = inputs.channel {
        all.push(store.write_channel(channel, &site).await?);
    }
    if inputs.commit.is_none() && inputs.channel.is_none() {
        all.push(store.write_all_pages(&site).await?);
    }
    report(cx, inputs, &store, all)
}

fn report(
    cx: &Context,
    inputs: &Inputs,
    store: &Store,
    all: Vec<Pages>,
) -> anyhow::Result<Done<Outputs>> {
    let mut outputs = Outputs {
        page: None,
        projects: Vec::new(),
        written: Vec::new(),
    };
    let mut summary = Summary::new();
    for pages in all {
        summary.paragraph(&pages.markdown);
        for (from, to) in [
            (pages.projects, &mut outputs.projects),
            (pages.written, &mut outputs.written),
        ] {
            for one in from {
                if !to.contains(&one) {
                    to.push(one);
                }
            }
        }
        let address = pages
            .url
            .or_else(|| pages.page.map(|path| store.address(&path)));
        outputs.page = outputs.page.or(address);
    }
    cx.write_summary(&summary)?;
    for path in &outputs.written {
        cx.log.debug(path);
    }
    cx.log.info(format!(
        "{} {} pages of {} projects: {}",
        if inputs.dry_run {
            "dry run: would write"
        } else {
            "wrote"
        },
        outputs.written.len(),
        outputs.projects.len(),
        outputs.page.as_deref().unwrap_or_default()
    ));
    Ok(Done::passed(outputs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "index");
    }
}
