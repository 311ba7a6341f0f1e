//! Crates of one workspace depend on each other: the order to publish them in, and the proof that they belong together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Crate, DependencyKind};
use crate::rule::Finding;

/// Crates that need each other to be published first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to order the crates: {} need each other", .0.join(" → "))]
pub struct Cycle(
    /// The names along the cycle; the first is repeated at the end.
    pub Vec<String>,
);

/// Indices into `crates`, each crate after every crate of the set that it depends on.
///
/// Dev-dependencies do not count: nobody who uses the crate needs them. Crates that are free of each other keep their order.
///
/// # Errors
/// The set has a cycle.
pub fn publish_order(crates: &[Crate]) -> Result<Vec<usize>, Cycle> {
    let names: BTreeMap<&str, usize> = crates
        .iter()
        .enumerate()
        .map(|(index, krate)| (krate.name(), index))
        .collect();
    let mut needs: Vec<BTreeSet<usize>> =
        crates.iter().map(|krate| inside(krate, &names)).collect();
    let mut order = Vec::new();
    let mut left: Vec<usize> = (0..crates.len()).collect();
    while !left.is_empty() {
        let is_ready = |index: &usize| needs.get(*index).is_some_and(BTreeSet::is_empty);
        let Some(ready) = left.iter().position(is_ready) else {
            return Err(cycle(crates, &needs, &left));
        };
        let next = left.remove(ready);
        order.push(next);
        for need in &mut needs {
            need.remove(&next);
        }
    }
    Ok(order)
}

fn inside(krate: &Crate, names: &BTreeMap<&str, usize>) -> BTreeSet<usize> {
    krate
        .manifest
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Dev)
        .filter_map(|dependency| names.get(dependency.name.as_str()).copied())
        .collect()
}

/// Follows the first need of each crate until one comes twice.
fn cycle(crates: &[Crate], needs: &[BTreeSet<usize>], left: &[usize]) -> Cycle {
    let mut path: Vec<usize> = Vec::new();
    let mut at = left.first().copied();
    while let Some(index) = at {
        if let Some(start) = path.iter().position(|seen| *seen == index) {
            path = path.split_off(start);
            path.push(index);
            break;
        }
        path.push(index);
        at = needs.get(index).and_then(BTreeSet::first).copied();
    }
    let names = path.iter().filter_map(|index| crates.get(*index));
    Cycle(names.map(|krate| krate.name().to_owned()).collect())
}

/// Whether the crates come from one packaging: the checksum in a crate's `Cargo.lock` of a sibling is that of the file.
pub fn check_siblings(crates: &[Crate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for krate in crates {
        for locked in &krate.lock {
            let sibling = crates
                .iter()
                .find(|other| other.name() == locked.name && *other.version() == locked.version);
            let (Some(sibling), Some(checksum)) = (sibling, &locked.checksum) else {
                continue;
            };
            if *checksum != sibling.digest.sha256 {
                findings.push(Finding {
                    rule: "sibling-checksum",
                    message: format!(
                        "crate {} locks {} with checksum {checksum}, the file has {}",
                        krate.root(),
                        sibling.root(),
                        sibling.digest.sha256
                    ),
                });
            }
        }
    }
    findings
}
