//! Keeps packages in the bucket under their commit: checked before the first byte is sent, and never replaced.

mod describe;
mod differences;
mod expected;
mod files;
mod progress;
mod provenance;
mod report;
mod send;
mod version;

use std::path::PathBuf;
use std::time::Instant;

use actions_core::{Action, Context, Done, Permission, Secret, When};
use anyhow::bail;
use package_formats::Kind;
use package_store::{Commit, Record, Site, Store, Version};
use schemars::JsonSchema;
use serde::Serialize;

use describe::Described;
pub use provenance::Provenance;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "upload-packages",
    name: "Upload packages",
    description: "Checks the content of packages and uploads them to the bucket under their commit, where nothing is ever replaced.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "upload-cloud",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission::BUCKET,
        Permission {
            scope: "id-token",
            access: "write",
            when: When::Given("provenance"),
            reason: "The identity that signs how the packages were built. Without it, `provenance: true` logs that and signs nothing.",
        },
        Permission {
            scope: "attestations",
            access: "write",
            when: When::Given("provenance"),
            reason: "Also sends the provenance to GitHub, where `gh attestation verify` finds it. Without it, the provenance is only in the bucket.",
        },
    ],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket to upload to: gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Files to upload, as paths and globs; one that matches nothing is an error
    #[arg(long, value_name = "GLOBS")]
    pub files: Vec<String>,
    /// Folders to upload, such as docs or a web app, each as one package with the folder's name; needs `kind` and `project`
    #[arg(long, value_name = "DIRS")]
    pub folders: Vec<PathBuf>,
    /// Kind of files whose name does not imply one, such as data, sdist, docs-python or bundle
    #[arg(long, value_name = "KIND")]
    pub kind: Option<Kind>,
    /// Project of files whose name does not imply one
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Platform of files whose name does not imply one, such as linux-x64; defaults to `any`
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<String>,
    /// Version of files whose name does not imply one; defaults to that of the commit's wheels in the bucket
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// Build profile; packages of different profiles are kept apart
    #[arg(long, value_name = "PROFILE", default_value = "release")]
    pub profile: String,
    /// Exact list of the packages, such as `wheel hello-sdk linux-x64`: kind, project, platform, and the build profile unless it is `release`
    #[arg(long, value_name = "PACKAGES")]
    pub expected: Vec<String>,
    /// Commit that the packages were built from; defaults to the event's (a pull request's head), or HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Public URL of the bucket, for links and install commands
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Toolchain that built the packages, such as `rustc 1.95.0`, for their records
    #[arg(long, value_name = "TEXT")]
    pub toolchain: Option<String>,
    /// Replace an unfinished upload of other bytes even if it started less than 6 hours ago; only safe if that upload is not
    /// running any more
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub replace_unfinished: bool,
    /// Sign how the packages were built (SLSA provenance) with the job's own identity: `true` if it has one and the repository
    /// is public, `required` in any repository, with an error if it cannot
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub provenance: Provenance,
    /// Token to send provenance to GitHub
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
    /// File with the addresses and roots of trust of your own Sigstore instance; defaults to the public instance
    #[arg(long, value_name = "FILE")]
    pub trust_config: Option<PathBuf>,
    /// Check everything and say what would be uploaded, but write nothing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// File names that were uploaded, as a JSON list.
    pub created: Vec<String>,
    /// File names that were already there with the same bytes, as a JSON list.
    pub unchanged: Vec<String>,
    /// Record of each package in the bucket, as a JSON list of objects.
    #[schemars(with = "Vec<serde_json::Value>")]
    pub records: Vec<Record>,
    /// Short public URL of the commit's packages; each file is below it by name.
    pub address: Option<String>,
    /// Commit of the packages.
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
    let options = connections::bucket_options(cx)
        .dry_run(inputs.dry_run)
        .replace_unfinished(inputs.replace_unfinished)
        .on_progress(progress::teller(cx.log.clone()));
    let store = Store::open_with(&inputs.bucket, options)?;

    let mut described = paths
        .iter()
        .map(|path| describe::describe(path, inputs, &commit))
        .collect::<anyhow::Result<Vec<Described>>>()?;
    let missing = expected::compare(&inputs.expected, &mut described)?;
    if !missing.is_empty() || described.iter().any(|one| !one.findings.is_empty()) {
        report::findings(cx, &described, &missing)?;
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
    let signer = provenance::signer(cx, inputs)?;
    let sent = send::send(cx, &store, &commit, &site, &described).await?;
    if let Some(signer) = &signer {
        signer.sign_all(&store, &sent.packages).await?;
    }
    let outputs = report::sent(cx, inputs, &store, &commit, &sent, started)?;
    Ok(Done::passed(outputs))
}

/// The objects of a bucket in a table of Markdown, for the README.
pub fn objects_table() -> String {
    package_store::layout::table()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "upload-packages");
    }
}
