//! Keeps packages in the bucket under their commit: checked before the first byte is sent, and never replaced.

mod describe;
mod differences;
mod files;
mod progress;
mod report;
mod send;
mod version;

use std::path::PathBuf;
use std::time::Instant;

use actions_core::{Action, Context, Done};
use anyhow::bail;
use package_formats::Kind;
use package_store::{Commit, Record, Site, Store, StoreOptions, Version};
use schemars::JsonSchema;
use serde::Serialize;

use describe::Described;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "upload-packages",
    name: "Upload packages",
    description: "Checks packages by their content and puts them into the bucket under their commit, where nothing is ever replaced.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "upload-cloud",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket to upload to, as gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Files to upload, as paths and globs; one that matches nothing is an error
    #[arg(long, value_name = "GLOBS")]
    pub files: Vec<String>,
    /// Folders to upload, each as one package of the folder's name, as docs or a web app; needs `kind` and `project`
    #[arg(long, value_name = "DIRS")]
    pub folders: Vec<PathBuf>,
    /// Kind of the files that do not say it themselves, as data, sdist, docs-python or bundle
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Project of the files that do not say it themselves
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Platform of the files that do not say it themselves, as linux-x64; by default `any`
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<String>,
    /// Version of the files that do not say it themselves; by default that of the commit's wheels in the bucket
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// Build profile; packages of different profiles never meet
    #[arg(long, value_name = "PROFILE", default_value = "release")]
    pub profile: String,
    /// Commit that the packages were made from; by default the event's (the head of a pull request), else HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Address that the bucket is served at, for links and install lines
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// What built the packages, as `rustc 1.95.0`, for their records
    #[arg(long, value_name = "TEXT")]
    pub toolchain: Option<String>,
    /// Check everything, say what would be uploaded, and write nothing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// File names that were uploaded, as a JSON list.
    pub created: Vec<String>,
    /// File names that were there already with the same bytes, as a JSON list.
    pub unchanged: Vec<String>,
    /// What the bucket knows of each package, as a JSON list of objects.
    #[schemars(with = "Vec<serde_json::Value>")]
    pub records: Vec<Record>,
    /// Short public address of the commit's packages, below which each file is found by its name.
    pub address: Option<String>,
    /// Commit that the packages are kept under.
    pub commit: String,
}

/// Checks the packages and uploads them.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    if let Some(url) = &inputs.public_url
        && !url.contains("://")
    {
        bail!(
            "failed to read the input `public-url` from \"{url}\": write it like `https://packages.example.org`"
        );
    }
    let paths = files::find(&inputs.files, &inputs.folders)?;
    cx.block_on(upload(cx, &inputs, &paths))
}

async fn upload(cx: &Context, inputs: &Inputs, paths: &[PathBuf]) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let commit: Commit = cx.commit_id(inputs.commit.as_deref()).await?.parse()?;
    let log = cx.log.clone();
    let options = StoreOptions::default()
        .environment(|name| cx.env.get(name).map(str::to_owned))
        .dry_run(inputs.dry_run)
        .on_retry(move |retry| log.info(retry.to_string()))
        .on_progress(progress::teller(cx.log.clone()));
    let store = Store::open_with(&inputs.bucket, options)?;

    let mut described = paths
        .iter()
        .map(|path| describe::describe(path, inputs, &commit))
        .collect::<anyhow::Result<Vec<Described>>>()?;
    if described.iter().any(|one| !one.findings.is_empty()) {
        report::findings(cx, &described)?;
        return Ok(Done::found(Outputs {
            created: Vec::new(),
            unchanged: Vec::new(),
            records: Vec::new(),
            address: None,
            commit: commit.to_string(),
        }));
    }
    version::fill(&store, &commit, inputs.version.as_ref(), &mut described).await?;
    for one in &mut described {
        one.package.run_url = cx.env.run_url();
    }
    let site = Site {
        title: None,
        public_url: inputs.public_url.clone(),
    };
    let sent = send::send(cx, &store, &commit, &site, &described).await?;
    let outputs = report::sent(cx, inputs, &store, &commit, &sent, started)?;
    Ok(Done::passed(outputs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.action.id, "upload-packages");
    }
}
