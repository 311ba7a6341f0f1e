//! Whose packages these are: what is signed is verified, offline, before anybody uses a file.

use std::fmt;

use actions_core::Context;
use anyhow::bail;
use clap::ValueEnum;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use package_store::Store;
use signing::packages::{Expected, Good};
use signing::{Error, MinisignPublicKey, Policy, Trust, packages};

use crate::content::Found;
use crate::{Fetched, Inputs, PARALLEL};

/// When signatures are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Verify {
    /// Never.
    Off,
    /// Those that are there.
    IfPresent,
    /// Each package must have one.
    Require,
}

impl fmt::Display for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::IfPresent => "if-present",
            Self::Require => "require",
        })
    }
}

/// Whose signatures count; `None` where none is to be verified, or nobody is known who could have signed.
pub(crate) fn expected(cx: &Context, inputs: &Inputs) -> anyhow::Result<Option<Expected>> {
    if inputs.verify == Verify::Off {
        return Ok(None);
    }
    let repository = inputs.signer_repository.as_deref();
    let policy = match repository.or_else(|| cx.env.repository()) {
        Some(repository) => {
            let policy = Policy::new(repository)?.by_pull_requests();
            Some(policy.signed_by(&inputs.signer_workflows)?)
        }
        None => None,
    };
    let key = inputs.minisign_public_key.as_deref();
    let key = key.map(MinisignPublicKey::new).transpose()?;
    if policy.is_none() && key.is_none() {
        if inputs.verify == Verify::Require {
            bail!(
                "failed to determine who may have signed: set the input `signer-repository` or `minisign-public-key`"
            );
        }
        return Ok(None);
    }
    let trust = Trust::read(inputs.trust_config.as_deref())?;
    Ok(Some(Expected { trust, policy, key }))
}

/// Verifies the signatures of what was fetched, and says which public command does the same.
pub(crate) async fn check(
    cx: &Context,
    inputs: &Inputs,
    store: &Store,
    fetched: &[Fetched],
    expected: &Expected,
) -> anyhow::Result<Vec<Found>> {
    let work = fetched.iter().map(|one| async move {
        let (record, path) = (&one.record, one.path.as_path());
        let judged = match inputs.verify {
            Verify::Require => packages::require(store, record, path, expected).await,
            Verify::Off | Verify::IfPresent => {
                packages::verify(store, record, path, expected).await
            }
        };
        match judged {
            Ok(good) => {
                tell(cx, &record.file, &good);
                Ok(None)
            }
            Err(Error::Rejected(rejected)) => Ok(Some(Found {
                file: record.file.clone(),
                rule: "signature",
                message: rejected.to_string(),
            })),
            Err(other) => Err(other),
        }
    });
    let found: Vec<Option<Found>> = stream::iter(work).buffered(PARALLEL).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

fn tell(cx: &Context, file: &str, good: &[Good]) {
    if good.is_empty() {
        cx.log.debug(format!("{file} has no signature to verify"));
    }
    for one in good {
        cx.log
            .info(format!("verified {file}, signed by {}", one.signer));
        cx.log
            .info(format!("  to verify it yourself: {}", one.command));
    }
}
