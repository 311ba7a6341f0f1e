//! What the bucket has: the files of the list, the expected set, and the release before.

use package_store::{Gap, Manifest, Store, StoreError, Version, completeness, project_name};
use std::{cmp::Ordering, collections::BTreeSet};

use super::{Seen, read};
use crate::{
    preflight::facts::{Bucket, Gaps},
    release::Packages,
};

const PLACE: &str = "the bucket";

/// What is there, and the names that only the release before has.
pub(super) async fn look(packages: &Packages, store: &Store) -> Seen<(Bucket, Vec<String>)> {
    let mut unseen = Vec::new();
    let manifest = &packages.manifest;
    let lost = read(&mut unseen, PLACE, store.lost(manifest.packages()).await);
    let lost = lost.map(|lost| lost.iter().map(ToString::to_string).collect());
    let expected = read(&mut unseen, PLACE, store.expected(manifest.commit()).await);
    let gaps = expected.map(|expected| {
        let expected = expected?;
        let found = completeness(manifest.packages(), &expected);
        let (more, wrong): (Vec<Gap>, Vec<Gap>) = found
            .into_iter()
            .partition(|gap| matches!(gap, Gap::Unexpected { .. }));
        let told = |gaps: Vec<Gap>| gaps.iter().map(ToString::to_string).collect();
        Some(Gaps {
            wrong: told(wrong),
            more: told(more),
        })
    });
    let before = read(&mut unseen, PLACE, before(manifest, store).await).flatten();
    let ours = names(manifest);
    let dropped = before.map(|before| names(&before).difference(&ours).cloned().collect());
    let bucket = Bucket { lost, gaps };
    ((bucket, dropped.unwrap_or_default()), unseen)
}

/// The newest release that is older than this one.
async fn before(manifest: &Manifest, store: &Store) -> Result<Option<Manifest>, StoreError> {
    let Ok(this) = manifest.version().parse::<Version>() else {
        return Ok(None);
    };
    let versions = store.versions().await?;
    let older = |version: &&String| {
        let version = version.parse::<Version>();
        version.is_ok_and(|it| it.precedence(&this) == Some(Ordering::Less))
    };
    match versions.iter().rev().find(older) {
        Some(version) => store.manifest(version).await.map(Some),
        None => Ok(None),
    }
}

/// Names that a registry would know.
fn names(manifest: &Manifest) -> BTreeSet<String> {
    let records = manifest.packages().iter();
    records
        .filter(|record| matches!(record.kind.as_str(), "wheel" | "sdist" | "crate"))
        .map(|record| project_name(&record.project))
        .collect()
}
