//! Signs each package, a few at a time: every look comes before its act, so a second run signs nothing.

use actions_core::Context;
use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use github::GitHub;
use package_store::{Record, SignatureKind, Store};
use signing::github_attestations::{self, Attested};
use signing::packages::{self, Expected, Signed};
use signing::{Signer, Statement, Subject};

/// Packages that are signed at the same time: the log answers after seconds, and limits requests.
const PARALLEL: usize = 4;

/// Everything that signing takes.
pub(crate) struct Work<'a> {
    pub(crate) cx: &'a Context,
    pub(crate) store: &'a Store,
    pub(crate) signer: &'a dyn Signer,
    pub(crate) expected: &'a Expected,
    /// Where attestations go too.
    pub(crate) github: Option<&'a GitHub>,
    /// `owner/name`.
    pub(crate) repository: &'a str,
}

/// One signature, and what became of it.
#[derive(Debug)]
pub(crate) struct Row {
    /// The package's file with the signature's ending.
    pub(crate) name: String,
    pub(crate) what: What,
    pub(crate) how: How,
}

/// Where a signature is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Bucket,
    GitHub,
}

/// What became of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Made,
    Kept,
    Missing,
}

impl Work<'_> {
    /// Signs all packages; the rows are in the order of the packages.
    pub(crate) async fn sign_all(&self, records: &[Record]) -> anyhow::Result<Vec<Row>> {
        let work = records.iter().map(|record| self.sign_one(record));
        let rows: Vec<Vec<Row>> = stream::iter(work).buffered(PARALLEL).try_collect().await?;
        Ok(rows.into_iter().flatten().collect())
    }

    async fn sign_one(&self, record: &Record) -> anyhow::Result<Vec<Row>> {
        let mut rows = vec![self.sign_file(record).await?];
        // What PyPI shows beside a file; a key cannot vouch for a statement.
        let for_pypi = ["wheel", "sdist"].contains(&record.kind.as_str());
        if for_pypi && self.signer.kind() == SignatureKind::Sigstore {
            let statement = Statement::publish(Subject::from(record));
            let work = packages::Work {
                record,
                statement: Some((SignatureKind::Publish, statement)),
                path: None,
            };
            rows.push(self.put(work, SignatureKind::Publish).await?);
        }
        if let Some(github) = self.github {
            self.attest(github, record, &mut rows).await?;
        }
        Ok(rows)
    }

    async fn sign_file(&self, record: &Record) -> anyhow::Result<Row> {
        // Kept until the signature is made.
        let mut folder = None;
        let path = match self.signer.needs_content() {
            true => {
                let temp = tempfile::tempdir_in(self.cx.temp_dir());
                let temp = folder.insert(temp.context("failed to create a temporary folder")?);
                // Of a folder the listing is signed, which needs no files.
                match record.files {
                    Some(_) => Some(temp.path().to_owned()),
                    None => Some(self.store.fetch(record, temp.path()).await?),
                }
            }
            false => None,
        };
        let work = packages::Work {
            record,
            statement: None,
            path,
        };
        self.put(work, self.signer.kind()).await
    }

    async fn put(&self, work: packages::Work<'_>, kind: SignatureKind) -> anyhow::Result<Row> {
        let name = format!("{}.{}", work.record.file, kind.ending());
        let signed = packages::sign(self.store, self.signer, work, self.expected).await?;
        let how = match signed {
            Signed::Made(_) => How::Made,
            Signed::Kept(_) => How::Kept,
            Signed::Missing => How::Missing,
        };
        if how == How::Made {
            self.cx.log.info(format!("signed {name}"));
        }
        Ok(Row {
            name,
            what: What::Bucket,
            how,
        })
    }

    /// Hands over what GitHub lacks; only what is good, because GitHub shows it as ours.
    async fn attest(
        &self,
        github: &GitHub,
        record: &Record,
        rows: &mut Vec<Row>,
    ) -> anyhow::Result<()> {
        for kind in [SignatureKind::Provenance, SignatureKind::Publish] {
            let Some(bundle) = self.store.signature(record, kind).await? else {
                continue;
            };
            packages::judge(self.store, record, kind, &bundle, self.expected)?;
            let name = format!("{}.{}", record.file, kind.ending());
            let (repository, sha256) = (self.repository, &record.sha256);
            let how = if self.store.is_dry_run() {
                match github_attestations::has(github, repository, sha256, &bundle).await? {
                    true => How::Kept,
                    false => How::Missing,
                }
            } else {
                let put = github_attestations::put(github, repository, sha256, &bundle);
                let failed = || format!("failed to send the attestation `{name}` to GitHub");
                match put.await.with_context(failed)? {
                    Attested::Created => How::Made,
                    Attested::Unchanged => How::Kept,
                }
            };
            rows.push(Row {
                name,
                what: What::GitHub,
                how,
            });
        }
        Ok(())
    }
}
