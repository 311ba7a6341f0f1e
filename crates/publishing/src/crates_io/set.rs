//! The crates of one run among themselves: may they be published, in which order, and do they fit together?

use super::{Error, file_name, index::bare};
use crate::endpoints;
use package_formats::{
    Crate,
    krate::{Cycle, DependencyKind, Publish, check_siblings, publish_order},
};
use semver::Version;
use std::collections::BTreeMap;
use url::Url;

/// Dependencies before their dependants. Everything that is wrong with the set is told at once.
pub(super) fn ordered<'a>(crates: &'a [Crate], index: &Url) -> Result<Vec<&'a Crate>, Error> {
    let mut wrong: Vec<String> = crates
        .iter()
        .filter_map(|krate| unpublishable(krate, index))
        .collect();
    wrong.extend(twice(crates));
    let strangers = check_siblings(crates);
    wrong.extend(strangers.into_iter().map(|finding| {
        let message = finding.message;
        format!("{message}; package both in one run")
    }));
    let order = order(crates).map_err(|cycle| wrong.push(cycle.to_string()));
    match order {
        Ok(order) if wrong.is_empty() => Ok(order
            .into_iter()
            .filter_map(|position| crates.get(position))
            .collect()),
        _ => Err(Error::Set(wrong)),
    }
}

/// crates.io wants to know the name of a dev-dependency too, so those come first as well; unless that makes a circle,
/// which only the other dependencies may not.
fn order(crates: &[Crate]) -> Result<Vec<usize>, Cycle> {
    let mut strict = crates.to_vec();
    for dependency in strict
        .iter_mut()
        .flat_map(|krate| &mut krate.manifest.dependencies)
    {
        dependency.kind = DependencyKind::Normal;
    }
    publish_order(&strict).or_else(|_| publish_order(crates))
}

/// Refuses a crate whose manifest forbids this registry; the registry itself would take it.
pub(super) fn refuse_unpublishable(krate: &Crate, index: &Url) -> Result<(), Error> {
    match unpublishable(krate, index) {
        Some(wrong) => Err(Error::Set(vec![wrong])),
        None => Ok(()),
    }
}

fn unpublishable(krate: &Crate, index: &Url) -> Option<String> {
    let file = file_name(krate);
    match &krate.manifest.publish {
        Publish::Anywhere => None,
        Publish::Nowhere => Some(format!("{file} has `publish = false` in its manifest")),
        // Which name a registry other than crates.io has is set in the user's cargo configuration, which is not here.
        Publish::Only(names)
            if endpoints::is_crates_io(index)
                && !names.iter().any(|name| name == endpoints::CRATES_IO_NAME) =>
        {
            Some(format!(
                "{file} may only go to {names:?} (`publish` in its manifest), not to {:?}",
                endpoints::CRATES_IO_NAME
            ))
        }
        Publish::Only(_) => None,
    }
}

/// Versions that come twice; build metadata makes no other version.
fn twice(crates: &[Crate]) -> Vec<String> {
    let mut seen: BTreeMap<(String, Version), &Crate> = BTreeMap::new();
    let mut wrong = Vec::new();
    for krate in crates {
        let key = (krate.name().to_lowercase(), bare(krate.version()));
        if let Some(other) = seen.insert(key, krate) {
            let (one, two) = (file_name(other), file_name(krate));
            wrong.push(format!("{one} and {two} are one version to a registry"));
        }
    }
    wrong
}
