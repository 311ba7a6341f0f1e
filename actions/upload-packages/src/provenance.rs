//! How the packages were built, signed by the job that knows it: nobody can say it later.

use std::fmt;
use std::sync::Arc;

use actions_core::{Context, oidc};
use anyhow::{Context as _, bail};
use clap::ValueEnum;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use github::GitHub;
use package_store::{Put, Record, SignatureKind, Store};
use signing::endpoints::{GITHUB, OWN_AUDIENCE};
use signing::packages::{self, Expected, Signed};
use signing::{Claims, Error, Policy, Sigstore, Statement, Subject, Trust, github_attestations};

use crate::Inputs;

/// Packages that are signed at the same time.
const PARALLEL: usize = 4;

/// Whether provenance is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Provenance {
    /// It is not.
    False,
    /// It is, where the job has an identity.
    True,
    /// It is an error where it is not.
    Required,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::False => "false",
            Self::True => "true",
            Self::Required => "required",
        })
    }
}

/// Signs with the job's identity.
pub(crate) struct Signer<'a> {
    cx: &'a Context,
    signer: Sigstore,
    trust: Trust,
    github: Option<GitHub>,
    required: bool,
    /// Whether everybody can read the log that signatures are written into.
    public: bool,
}

/// What signs, where that was asked for and can be done. Known before the first byte is sent.
pub(crate) fn signer<'a>(cx: &'a Context, inputs: &Inputs) -> anyhow::Result<Option<Signer<'a>>> {
    if inputs.provenance == Provenance::False {
        return Ok(None);
    }
    let trust = Trust::read(inputs.trust_config.as_deref())?;
    let required = inputs.provenance == Provenance::Required;
    if inputs.dry_run {
        cx.log
            .info("dry run: would sign the provenance of the packages");
        return Ok(None);
    }
    if !oidc::available(&cx.env) {
        let why = "the job has no identity: is `id-token: write` missing from its permissions?";
        if required {
            bail!("failed to sign the provenance of the packages: {why}");
        }
        cx.log.warning(format!("provenance was not signed: {why}"));
        return Ok(None);
    }
    let log = cx.log.clone();
    let on_retry = Arc::new(move |line: &str| log.info(line));
    let identity = signing::identity(oidc::provider(cx));
    Ok(Some(Signer {
        cx,
        signer: Sigstore::new(&trust, identity, on_retry)?,
        trust,
        github: github(cx, inputs)?,
        required,
        public: inputs.trust_config.is_none(),
    }))
}

fn github(cx: &Context, inputs: &Inputs) -> anyhow::Result<Option<GitHub>> {
    let Some(token) = &inputs.token else {
        return Ok(None);
    };
    Ok(Some(connections::github(cx, token)?))
}

impl Signer<'_> {
    /// Signs what has no provenance yet. Everything is uploaded by now, so what cannot be signed is a warning, unless it is
    /// required; a signature by somebody else is an error always.
    pub(crate) async fn sign_all(&self, store: &Store, puts: &[Put]) -> anyhow::Result<()> {
        match self.try_all(store, puts).await {
            Err(error) if !self.required && !is_rejection(&error) => {
                self.cx.log.warning(format!(
                    "provenance was not signed; the packages themselves are uploaded: {error:#}"
                ));
                Ok(())
            }
            ended => ended,
        }
    }

    async fn try_all(&self, store: &Store, puts: &[Put]) -> anyhow::Result<()> {
        // What the job is, as its identity says for itself alone.
        let token = oidc::token(self.cx, OWN_AUDIENCE).await?;
        let claims = Claims::from_token(token.expose())?;
        if self.public && !self.required && claims.repository_visibility != "public" {
            self.cx.log.info(
                "provenance was not signed: the repository is not public, but the log of signatures is; `provenance: required` signs anyway",
            );
            return Ok(());
        }
        let expected = Expected {
            trust: self.trust.clone(),
            policy: Some(Policy::new(&claims.repository)?.by_pull_requests()),
            key: None,
        };
        let (claims, expected) = (&claims, &expected);
        let work = puts
            .iter()
            .map(|put| self.sign_one(store, put.record(), claims, expected));
        stream::iter(work)
            .buffer_unordered(PARALLEL)
            .try_collect::<()>()
            .await
    }

    async fn sign_one(
        &self,
        store: &Store,
        record: &Record,
        claims: &Claims,
        expected: &Expected,
    ) -> anyhow::Result<()> {
        let kind = SignatureKind::Provenance;
        let statement = Statement::provenance(Subject::from(record), claims, GITHUB);
        let work = packages::Work {
            record,
            statement: Some((kind, statement)),
            path: None,
        };
        let signed = packages::sign(store, &self.signer, work, expected).await?;
        let file = &record.file;
        self.cx.log.info(match signed {
            Signed::Made(_) => format!("signed the provenance of {file}"),
            Signed::Kept(_) | Signed::Missing => {
                format!("the provenance of {file} is already signed")
            }
        });
        if let (Some(github), Some(bundle)) = (&self.github, signed.bytes()) {
            self.attest(github, record, &claims.repository, bundle)
                .await?;
        }
        Ok(())
    }

    async fn attest(
        &self,
        github: &GitHub,
        record: &Record,
        repository: &str,
        bundle: &[u8],
    ) -> anyhow::Result<()> {
        let file = &record.file;
        match github_attestations::put(github, repository, &record.sha256, bundle).await {
            Ok(_) => Ok(()),
            // The token may not, or the repository has no attestations: they are a part of some plans only.
            Err(Error::GitHub(error)) if error.is_missing_permission() || error.is_not_found() => {
                self.cx.log.info(format!(
                    "the provenance of {file} is in the bucket but not on GitHub: {error}"
                ));
                Ok(())
            }
            Err(error) => Err(error)
                .with_context(|| format!("failed to send the provenance of {file} to GitHub")),
        }
    }
}

fn is_rejection(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(Error::is_rejection)
}
