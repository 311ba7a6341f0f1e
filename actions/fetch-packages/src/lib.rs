//! Fetches what was built once, so that tests and releases use the very files that people will install.

mod choose;
mod content;
mod signatures;
mod source;

use std::path::{Path, PathBuf};
use std::time::Instant;

use actions_core::{Action, Annotation, Context, Done, Level, Permission, Summary, Table, list};
use anyhow::Context as _;
use bytesize::ByteSize;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use package_formats::Kind;
use package_store::{Channel, Record, Store, Version};
use schemars::JsonSchema;
use serde::Serialize;

pub use signatures::Verify;
use source::Source;

/// Packages in flight at the same time; each is streamed to its file.
const PARALLEL: usize = 4;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "fetch-packages",
    name: "Fetch packages",
    description: "Fetches packages from the bucket by version, commit or channel, verifies their digests and checks the content of wheels and crates.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "download-cloud",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission::BUCKET],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket to fetch from: gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Frozen version to fetch, such as v1.2.3 or 1.2.3; set one of `version`, `commit` and `channel`
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// Commit whose packages to fetch, at least 7 digits; set one of `version`, `commit` and `channel`
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Channel whose version to fetch, such as latest; set one of `version`, `commit` and `channel`
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<Channel>,
    /// Only packages of these kinds, such as wheel, crate or data
    #[arg(long, value_name = "KINDS")]
    pub kinds: Vec<Kind>,
    /// Only packages of these projects
    #[arg(long, value_name = "NAMES")]
    pub projects: Vec<String>,
    /// Only packages for these platforms, such as linux-x64; packages for `any` always match
    #[arg(long, value_name = "PLATFORMS")]
    pub platforms: Vec<String>,
    /// Build profile of the packages
    #[arg(long, value_name = "PROFILE", default_value = "release")]
    pub profile: String,
    /// Folder for the files, without subfolders
    #[arg(long, value_name = "DIR", default_value = "packages")]
    pub out: PathBuf,
    /// Verify signatures before the files are used: `off`, `if-present`, or `require` to reject packages without one
    #[arg(long, value_name = "WHEN", default_value = "if-present")]
    pub verify: Verify,
    /// Repository whose workflows may sign, such as owner/name; defaults to the run's
    #[arg(long, value_name = "REPOSITORY")]
    pub signer_repository: Option<String>,
    /// Workflows that may sign, such as owner/name/.github/workflows/release.yml, with @refs/heads/main to allow only one ref;
    /// defaults to all that the repository runs
    #[arg(long, value_name = "WORKFLOWS")]
    pub signer_workflows: Vec<String>,
    /// Minisign public key to trust, for signatures made with a key
    #[arg(long, value_name = "KEY")]
    pub minisign_public_key: Option<String>,
    /// File with the roots of trust of your own Sigstore instance; defaults to the public instance
    #[arg(long, value_name = "FILE")]
    pub trust_config: Option<PathBuf>,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Folder with the files.
    pub dir: String,
    /// Paths of all files, as a JSON list.
    pub paths: Vec<String>,
    /// Paths of the wheels, as a JSON list.
    pub wheels: Vec<String>,
    /// Paths of the crates, as a JSON list.
    pub crates: Vec<String>,
    /// Commit of the packages.
    pub commit: String,
    /// Version of the packages, in SemVer form; empty if a commit's packages have several.
    pub version: Option<String>,
}

/// Fetches packages and checks them.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    cx.block_on(fetch(cx, &inputs))
}

async fn fetch(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let store = connections::bucket(cx, &inputs.bucket, false)?;
    let expected = signatures::expected(cx, inputs)?;
    let source = Source::find(&store, inputs).await?;
    cx.log.info(format!("{source} at commit {}", source.commit));
    let chosen = choose::choose(&source, inputs)?;
    let fetched = download(cx, &store, &chosen, &inputs.out).await?;
    warn_of_strangers(cx, &inputs.out, &fetched);

    let mut findings = content::check(&fetched).await?;
    if let Some(expected) = &expected {
        findings.extend(signatures::check(cx, inputs, &store, &fetched, expected).await?);
    }
    report(cx, &source, &fetched, &findings)?;
    let sizes = fetched.iter().map(|one| one.record.size);
    let bytes = sizes.fold(0, u64::saturating_add);
    cx.log.info(format!(
        "fetched {} packages of {source}, {} in {:.1} s, into `{}`: {}",
        fetched.len(),
        ByteSize::b(bytes),
        started.elapsed().as_secs_f64(),
        inputs.out.display(),
        match findings.len() {
            0 => "digests and contents are correct".to_owned(),
            count => format!("{count} findings"),
        }
    ));
    let outputs = outputs(inputs, &source, &fetched);
    Ok(match findings.is_empty() {
        true => Done::passed(outputs),
        false => Done::found(outputs),
    })
}

/// A package on this machine's disk, with the right bytes.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) record: Record,
    pub(crate) path: PathBuf,
}

async fn download(
    cx: &Context,
    store: &Store,
    records: &[Record],
    out: &Path,
) -> anyhow::Result<Vec<Fetched>> {
    let work = records.iter().map(|record| async move {
        let started = Instant::now();
        let path = store.fetch(record, out).await?;
        cx.log.info(format!(
            "fetched {}: {} in {:.1} s",
            record.file,
            ByteSize::b(record.size),
            started.elapsed().as_secs_f64()
        ));
        anyhow::Ok(Fetched {
            record: record.clone(),
            path,
        })
    });
    stream::iter(work).buffered(PARALLEL).try_collect().await
}

/// A glob over the folder would take what an earlier run has left for part of this version.
fn warn_of_strangers(cx: &Context, out: &Path, fetched: &[Fetched]) {
    let known = |name: &str| fetched.iter().any(|one| one.record.file == name);
    let mut strangers: Vec<String> = std::fs::read_dir(out)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !known(name))
        .collect();
    strangers.sort();
    if !strangers.is_empty() {
        cx.log.warning(format!(
            "`{}` also contains files that were not fetched now: {}; a glob will match them too",
            out.display(),
            list(&strangers)
        ));
    }
}

fn report(
    cx: &Context,
    source: &Source,
    fetched: &[Fetched],
    findings: &[content::Found],
) -> anyhow::Result<()> {
    let mut table = Table::new(&["package", "version", "platform", "size", "SHA-256"]);
    for Fetched { record, .. } in fetched {
        let size = ByteSize::b(record.size).to_string();
        let sha256 = record.sha256.to_string();
        table.row([
            &record.file,
            &record.version,
            &record.platform,
            &size,
            &sha256,
        ]);
    }
    let mut broken = Table::new(&["package", "rule", "finding"]);
    let mut annotations = Vec::new();
    for found in findings {
        broken.row([found.file.as_str(), found.rule, &found.message]);
        annotations.push(Annotation {
            level: Level::Error,
            title: Some(found.rule.to_owned()),
            file: None,
            line: None,
            message: format!("{}: {}", found.file, found.message),
        });
    }
    let mut summary = Summary::new();
    summary
        .heading(&format!("Fetch packages: {source}"))
        .table(&table)
        .table(&broken);
    cx.write_summary(&summary)
        .context("failed to report what was fetched")?;
    cx.log.annotate(annotations);
    Ok(())
}

fn outputs(inputs: &Inputs, source: &Source, fetched: &[Fetched]) -> Outputs {
    let paths = |kind: Option<Kind>| {
        fetched
            .iter()
            .filter(|one| kind.is_none_or(|kind| one.record.kind == kind.as_str()))
            .map(|one| one.path.display().to_string())
            .collect()
    };
    Outputs {
        dir: inputs.out.display().to_string(),
        paths: paths(None),
        wheels: paths(Some(Kind::Wheel)),
        crates: paths(Some(Kind::Crate)),
        commit: source.commit.to_string(),
        version: source.version(fetched.iter().map(|one| &one.record)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "fetch-packages");
    }
}
