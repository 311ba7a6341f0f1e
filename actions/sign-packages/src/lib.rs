//! Signs packages of the bucket, so that their users can verify where a file comes from without asking us.

mod report;
mod signatures;

use std::path::PathBuf;

use actions_core::{Action, Context, Done, Permission, Secret, When, oidc};
use anyhow::{Context as _, bail};
use package_store::{Record, Store, Version};
use schemars::JsonSchema;
use serde::Serialize;
use signing::packages::Expected;
use signing::{Minisign, Policy, SecretString, Signer, Sigstore, Trust};

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "sign-packages",
    name: "Sign packages",
    description: "Signs packages in the bucket with the job's own identity (Sigstore) or a minisign key and stores the signatures beside them; existing signatures stay.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "feather",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "id-token",
            access: "write",
            when: When::Missing("minisign-key"),
            reason: "The identity that signs.",
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
    /// Frozen version whose packages to sign, such as v1.2.3 or 1.2.3; set this or `commit`
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// Commit whose packages to sign, at least 7 digits; set this or `version`
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Also send the packages' attestations (how they were built, and that they are published) to GitHub
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub github_attestations: bool,
    /// Token for `github-attestations`
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
    /// Minisign secret key to sign with instead of an identity
    #[arg(long, value_name = "SECRET")]
    pub minisign_key: Option<Secret>,
    /// Password of `minisign-key`, if it has one
    #[arg(long, value_name = "SECRET")]
    pub minisign_password: Option<Secret>,
    /// File with the addresses and roots of trust of your own Sigstore instance; defaults to the public instance
    #[arg(long, value_name = "FILE")]
    pub trust_config: Option<PathBuf>,
    /// Say what would be signed, but sign nothing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Names of the new signatures, as a JSON list.
    pub created: Vec<String>,
    /// Names of the valid signatures that were already there, as a JSON list.
    pub unchanged: Vec<String>,
    /// Names of the attestations sent to GitHub, as a JSON list.
    pub attested: Vec<String>,
    /// Commit of the packages.
    pub commit: String,
}

/// Signs the packages.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    cx.block_on(sign(cx, &inputs))
}

async fn sign(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let repository = cx.env.repository().context(
        "failed to determine whose packages these are: GITHUB_REPOSITORY is not set; set it to `owner/name`",
    )?;
    let store = connections::bucket(cx, &inputs.bucket, inputs.dry_run)?;
    let (commit, records) = packages(&store, inputs).await?;
    let (signer, expected) = signer(cx, inputs, repository)?;
    let github = inputs
        .github_attestations
        .then(|| github(cx, inputs))
        .transpose()?;
    let work = signatures::Work {
        cx,
        store: &store,
        signer: &*signer,
        expected: &expected,
        github: github.as_ref(),
        repository,
    };
    let rows = work.sign_all(&records).await?;
    report::report(cx, inputs, commit, &rows)
}

/// What signs, and by whom a signature must be that is there already.
fn signer(
    cx: &Context,
    inputs: &Inputs,
    repository: &str,
) -> anyhow::Result<(Box<dyn Signer>, Expected)> {
    let trust = Trust::read(inputs.trust_config.as_deref())?;
    let mut expected = Expected {
        policy: Some(Policy::new(repository)?.by_pull_requests()),
        key: None,
        trust,
    };
    if let Some(key) = &inputs.minisign_key {
        let secret = |it: &Secret| SecretString::from(it.expose());
        let password = inputs.minisign_password.as_ref().map(secret);
        let key = Minisign::new(&secret(key), password.as_ref())?;
        expected.key = Some(key.public_key()?);
        return Ok((Box::new(key), expected));
    }
    if !inputs.dry_run && !oidc::available(&cx.env) {
        bail!(
            "failed to sign: there is no `minisign-key`, and no identity to sign with: is `id-token: write` missing from the job's permissions?"
        );
    }
    let log = cx.log.clone();
    let on_retry = std::sync::Arc::new(move |line: &str| log.info(line));
    let identity = signing::identity(oidc::provider(cx));
    let signer = Sigstore::new(&expected.trust, identity, on_retry)?;
    Ok((Box::new(signer), expected))
}

/// The packages to sign, all of one commit.
async fn packages(store: &Store, inputs: &Inputs) -> anyhow::Result<(String, Vec<Record>)> {
    match (&inputs.version, &inputs.commit) {
        (Some(version), None) => {
            let manifest = store.manifest(&version.to_string()).await?;
            Ok((manifest.commit().to_string(), manifest.packages().to_vec()))
        }
        (None, Some(commit)) => {
            let commit = store.resolve(commit).await?;
            let records = store.records(&commit).await?;
            if records.is_empty() {
                bail!("failed to find packages of commit {commit}: upload them first");
            }
            Ok((commit.to_string(), records))
        }
        _ => bail!("failed to determine what to sign: give either the input `version` or `commit`"),
    }
}

fn github(cx: &Context, inputs: &Inputs) -> anyhow::Result<github::GitHub> {
    let Some(token) = &inputs.token else {
        bail!(
            "failed to find a token: set the input `token` in a job with `attestations: write`, or remove `github-attestations`"
        );
    };
    Ok(connections::github(cx, token)?)
}
