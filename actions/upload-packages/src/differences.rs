//! Why a package cannot be uploaded over another one of its name: the members of the two archives that differ.

use actions_core::Context;
use anyhow::{Context as _, anyhow};
use package_store::{Offer, Store, StoreError};

/// Larger packages are not fetched only to be compared, in bytes.
const MOST: u64 = 512 << 20;

/// The same error with what differs inside, where it is a conflict of two archives that can be read.
pub(crate) async fn explain(
    cx: &Context,
    store: &Store,
    offer: &Offer,
    error: anyhow::Error,
) -> anyhow::Error {
    let conflict = matches!(
        error.downcast_ref(),
        Some(StoreError::Conflict {
            unfinished: None,
            ..
        })
    );
    if !conflict || offer.record().size > MOST {
        return error;
    }
    match inside(cx, store, offer).await {
        Ok(Some(differences)) => anyhow!("{error:#}; inside: {differences}"),
        Ok(None) => error,
        Err(other) => {
            cx.log
                .debug(format!("failed to compare the two archives: {other:#}"));
            error
        }
    }
}

async fn inside(cx: &Context, store: &Store, offer: &Offer) -> anyhow::Result<Option<String>> {
    let ours = offer.record();
    let records = store.records(&ours.commit).await?;
    let same = |there: &&package_store::Record| {
        there.file == ours.file && there.profile == ours.profile && there.size <= MOST
    };
    let Some(record) = records.iter().find(same) else {
        return Ok(None);
    };
    let tmp = tempfile::tempdir_in(cx.temp_dir()).context("failed to create a temporary folder")?;
    let there = store.fetch(record, tmp.path()).await?;
    let here = offer.path().to_owned();
    let compared =
        tokio::task::spawn_blocking(move || package_formats::differing_members(&there, &here));
    Ok(compared.await?)
}
