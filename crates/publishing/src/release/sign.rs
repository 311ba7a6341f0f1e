//! Signs what is released: every signature is kept in the bucket, beside its package, before anybody gets the package.

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use github::GitHub;
use package_store::SignatureKind;
use signing::{
    Signer, Statement, Subject, github_attestations,
    packages::{Expected, Signed, Work, judge, sign, verify},
};
use std::{collections::BTreeMap, path::PathBuf};

use super::{Error, Package, Release, Row, driver::Memory};

/// Signatures that are made at the same time; the public log answers each after seconds.
const PARALLEL: usize = 8;

/// Who signs, and whose signatures count.
#[derive(Debug)]
pub struct Signing {
    /// Signs what has no signature yet; without one, what was signed before is verified and goes along.
    pub signer: Option<Box<dyn Signer>>,
    /// Whose signatures count; one that does not stops the release.
    pub expected: Expected,
    /// Whether wheels and sdists get an attestation for PyPI (PEP 740), which takes an identity.
    pub attest: bool,
    /// Where attestations go too, and the repository, `owner/name`; without it they are in the bucket alone.
    pub github: Option<(GitHub, String)>,
}

/// A package's signatures, and what was done for them.
type Done = (Vec<(SignatureKind, Bytes)>, Row);

/// Signs every package, and writes down where GitHub's copies of the signatures are.
pub(super) async fn run(release: &Release<'_>, memory: &mut Memory) -> Result<Vec<Row>, Error> {
    let Some(signing) = release.signing else {
        return Ok(Vec::new());
    };
    let files = release.packages.files.iter();
    let work = files.map(|package| one(release, signing, package));
    let done: Vec<Done> = stream::iter(work).buffered(PARALLEL).try_collect().await?;
    let mut rows = Vec::new();
    for (package, (signatures, row)) in release.packages.files.iter().zip(done) {
        let file = &package.record.file;
        for (kind, bytes) in signatures {
            if kind == SignatureKind::Publish && !signing.attest {
                continue;
            }
            if kind == SignatureKind::Publish {
                let attestation = signing::pypi::attestation(file, &bytes)?;
                memory
                    .attestations
                    .entry(file.clone())
                    .or_default()
                    .push(attestation);
                continue;
            }
            let name = format!("{file}.{}", kind.ending());
            let path = keep(release, &name, &bytes).await?;
            memory
                .signatures
                .entry(file.clone())
                .or_default()
                .push(path);
        }
        rows.push(row);
    }
    Ok(rows)
}

async fn one(release: &Release<'_>, signing: &Signing, package: &Package) -> Result<Done, Error> {
    let (store, record) = (release.store, &package.record);
    verify(store, record, &package.path, &signing.expected).await?;
    let mut made = Vec::new();
    let mut before = Vec::new();
    if let Some(signer) = &signing.signer {
        for statement in statements(signing, package) {
            let kind = statement.as_ref().map_or(signer.kind(), |it| it.0);
            let work = Work {
                record,
                statement,
                path: Some(package.path.clone()),
            };
            match sign(store, signer.as_ref(), work, &signing.expected).await? {
                Signed::Kept(_) => before.push(kind.ending()),
                Signed::Made(_) | Signed::Missing => made.push(kind.ending()),
            }
        }
    }
    let all = store.signatures(record).await?;
    let all: Vec<_> = all.into_iter().map(|one| (one.kind, one.bytes)).collect();
    hand_over(release, signing, package, &all, (&mut before, &mut made)).await?;
    let there = match before.is_empty() {
        true => "no signature".to_owned(),
        false => before.join(", "),
    };
    let row = match made.is_empty() {
        true => Row::kept(&record.file, there),
        false => {
            let done = format!("{}: {}", release.did("signed"), made.join(", "));
            Row::changed(&record.file, there, done)
        }
    };
    Ok((all, row))
}

/// Hands GitHub the attestations that it lacks; only what is good, because GitHub shows it as ours.
async fn hand_over(
    release: &Release<'_>,
    signing: &Signing,
    package: &Package,
    signatures: &[(SignatureKind, Bytes)],
    (before, made): (&mut Vec<&'static str>, &mut Vec<&'static str>),
) -> Result<(), Error> {
    let Some((api, repository)) = &signing.github else {
        return Ok(());
    };
    let (store, record) = (release.store, &package.record);
    let is_attestation = |kind| matches!(kind, SignatureKind::Provenance | SignatureKind::Publish);
    for (kind, bundle) in signatures.iter().filter(|one| is_attestation(one.0)) {
        judge(store, record, *kind, bundle, &signing.expected)?;
        let sha256 = &record.sha256;
        if github_attestations::has(api, repository, sha256, bundle).await? {
            before.push("attested on GitHub");
            continue;
        }
        if !release.dry_run {
            github_attestations::put(api, repository, sha256, bundle).await?;
        }
        made.push("attested on GitHub");
    }
    Ok(())
}

/// What is signed of a package: its bytes, and for PyPI the statement that it is published.
fn statements(signing: &Signing, package: &Package) -> Vec<Option<(SignatureKind, Statement)>> {
    let mut all = vec![None];
    let is_shown = signing.attest || signing.github.is_some();
    if is_shown && package.goes_to_an_index() {
        let subject = Subject::from(&package.record);
        all.push(Some((SignatureKind::Publish, Statement::publish(subject))));
    }
    all
}

/// A signature as a file beside the packages, for GitHub's release.
async fn keep(release: &Release<'_>, name: &str, bytes: &Bytes) -> Result<PathBuf, Error> {
    let folder = release.folder.join("signatures");
    let path = folder.join(name);
    let unwritten = |source| Error::File {
        path: path.clone(),
        source,
    };
    tokio::fs::create_dir_all(&folder)
        .await
        .map_err(unwritten)?;
    tokio::fs::write(&path, bytes).await.map_err(unwritten)?;
    Ok(path)
}

/// Attestations by the name of their file.
pub(super) type Attestations = BTreeMap<String, Vec<serde_json::Value>>;
