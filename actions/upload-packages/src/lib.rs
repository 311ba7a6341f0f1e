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
    description: "Checks packages by their content and puts them into the bucket under their commit, where nothing is ever replaced.",
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
            reason: "The identity that signs how the packages were built. Without it `provenance: true` says so and signs nothing.",
        },
        Permission {
            scope: "attestations",
            access: "write",
            when: When::Given("provenance"),
            reason: "Hands the provenance to GitHub too, where `gh attestation verify` finds it. Without it the provenance is in the bucket alone.",
        },
    ],
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
    /// Packages that these must be, and no others, as `wheel hello-sdk linux-x64`: kind, project and platform, and the build profile if it is not `release`
    #[arg(long, value_name = "PACKAGES")]
    pub expected: Vec<String>,
    /// Commit that the packages were made from; by default the event's (the head of a pull request), else HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Address that the bucket is served at, for links and install lines
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// What built the packages, as `rustc 1.95.0`, for their records
    #[arg(long, value_name = "TEXT")]
    pub toolchain: Option<String>,
    /// Replace what an upload of other bytes has left that never finished, even if it began less than 6 hours ago: set it
    /// only if that upload is not running any more
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub replace_unfinished: bool,
    /// Sign how the packages were built (SLSA provenance), with the job's own identity: `true` where there is one and the
    /// repository is public, `required` in any repository, and as an error where it cannot be done
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pub provenance: Provenance,
    /// Token that hands provenance to GitHub
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
    /// File with the addresses and roots of trust of a Sigstore instance of your own; by default the public one
    #[arg(long, value_name = "FILE")]
    pub trust_config: Option<PathBuf>,
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
