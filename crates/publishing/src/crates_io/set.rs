//! The crates of one run among themselves: in which order they go, which ones wait for which, and do they fit together?

use super::{Problem, file_name, index::bare};
use package_formats::{
    Crate,
    krate::{Cycle, DependencyKind, check_siblings, publish_order},
};
use semver::Version;
use std::collections::{BTreeMap, BTreeSet};

/// The crates in publishing order. Positions below are places in it.
#[derive(Debug, Clone)]
pub(super) struct Set<'a> {
    pub(super) crates: Vec<&'a Crate>,
    /// Of each crate the ones that go before it; all of them stand before it in the order.
    pub(super) needs: Vec<BTreeSet<usize>>,
    /// What is wrong with the set as a whole.
    pub(super) problems: Vec<Problem>,
}

impl<'a> Set<'a> {
    pub(super) fn new(crates: &'a [Crate]) -> Self {
        let mut problems = twice(crates);
        problems.extend(strangers(crates));
        let order = order(crates).unwrap_or_else(|Cycle(names)| {
            problems.push(circle(crates, &names));
            (0..crates.len()).collect()
        });
        let crates: Vec<&Crate> = order.iter().filter_map(|at| crates.get(*at)).collect();
        let needs = needs(&crates);
        Self {
            crates,
            needs,
            problems,
        }
    }

    /// How many crates wait for each one, directly or not.
    pub(super) fn dependants(&self) -> Vec<usize> {
        let mut all: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.crates.len()];
        for (position, needs) in self.needs.iter().enumerate().rev() {
            let mut waiting = all.get(position).cloned().unwrap_or_default();
            waiting.insert(position);
            for need in needs {
                if let Some(known) = all.get_mut(*need) {
                    known.extend(&waiting);
                }
            }
        }
        all.iter().map(BTreeSet::len).collect()
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
    for krate in &mut strict {
        // A crate that its own tests use under another version waits for nobody.
        let name = krate.manifest.name.clone();
        krate.manifest.dependencies.retain(|one| one.name != name);
    }
    publish_order(&strict).or_else(|_| publish_order(crates))
}

/// A crate waits for its dependencies, and a version for the earlier ones of its crate, of which the first creates it.
fn needs(crates: &[&Crate]) -> Vec<BTreeSet<usize>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, krate) in crates.iter().enumerate() {
        places.entry(krate.name()).or_default().push(position);
    }
    crates
        .iter()
        .enumerate()
        .map(|(position, krate)| {
            let dependencies = krate.manifest.dependencies.iter();
            let names = dependencies.map(|dependency| dependency.name.as_str());
            names
                .chain([krate.name()])
                .filter_map(|name| places.get(name))
                .flatten()
                .copied()
                .filter(|need| *need < position)
                .collect()
        })
        .collect()
}

fn circle(crates: &[Crate], names: &[String]) -> Problem {
    let first = crates
        .iter()
        .find(|krate| names.iter().any(|name| name == krate.name()));
    Problem {
        file: first.map(file_name).unwrap_or_default(),
        cause: format!("it is part of a dependency cycle: {}", names.join(" → ")),
        help: "remove one of these dependencies".to_owned(),
    }
}

/// Versions that come twice; build metadata makes no other version.
fn twice(crates: &[Crate]) -> Vec<Problem> {
    let mut seen: BTreeMap<(String, Version), &Crate> = BTreeMap::new();
    let mut wrong = Vec::new();
    for krate in crates {
        let key = (krate.name().to_lowercase(), bare(krate.version()));
        if let Some(other) = seen.insert(key, krate) {
            wrong.push(Problem {
                file: file_name(krate),
                cause: format!(
                    "{} and {} are the same version to a registry",
                    other.path.display(),
                    krate.path.display()
                ),
                help: "publish one of them".to_owned(),
            });
        }
    }
    wrong
}

/// Crates whose `Cargo.lock` pins other bytes of a sibling.
fn strangers(crates: &[Crate]) -> Vec<Problem> {
    let file_of = |message: &str| {
        let says = |krate: &&Crate| message.starts_with(&format!("crate {} locks ", krate.root()));
        crates.iter().find(says).map(file_name)
    };
    check_siblings(crates)
        .into_iter()
        .map(|finding| Problem {
            file: file_of(&finding.message).unwrap_or_default(),
            cause: finding.message,
            help: "package both in one run".to_owned(),
        })
        .collect()
}
