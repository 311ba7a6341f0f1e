//! What crates must be before anything is sent: the rules of the format and of crates.io, the author's own will, who may create
//! crates.

use super::{Planned, Problem, Registry, file_name, plan::Pages, set::Set};
use crate::{endpoints, outcome::State};
use package_formats::{Crate, Finding, krate::Publish};
use std::collections::BTreeSet;

/// Everything that is wrong with the single crates, as far as it can be known without asking for their dependencies.
pub(super) fn problems(registry: &Registry, set: &Set<'_>, pages: &Pages) -> Vec<Problem> {
    let mut wrong = Vec::new();
    for krate in &set.crates {
        let findings = match endpoints::has_rules_of_crates_io(&registry.index) {
            true => all(krate),
            false => everywhere(krate),
        };
        let findings = findings.into_iter();
        let findings = findings.filter(|finding| !is_caution(krate, finding));
        wrong.extend(findings.map(|finding| told(krate, finding)));
        wrong.extend(elsewhere(registry, krate));
        wrong.extend(spelled_otherwise(krate, pages));
        wrong.extend(foreign(registry, krate));
    }
    wrong
}

/// Rules that crates.io alone has: other registries have limits of their own. That a version with `+…` takes the place of the
/// one without is true of cargo, so of every registry.
const OF_CRATES_IO: [&str; 6] = [
    "counts",
    "crate-name",
    "crates-io-readme",
    "keywords",
    "size",
    "wildcard-requirement",
];

fn all(krate: &Crate) -> Vec<Finding> {
    [krate.check(), krate.check_for_crates_io()].concat()
}

/// What is wrong with a crate whatever the registry is.
pub(crate) fn everywhere(krate: &Crate) -> Vec<Finding> {
    let mut findings = all(krate);
    findings.retain(|finding| !OF_CRATES_IO.contains(&finding.rule));
    findings
}

/// What is said and stops nothing.
pub(super) fn cautions(set: &Set<'_>) -> Vec<String> {
    let crates = set.crates.iter();
    crates
        .flat_map(|krate| {
            let findings = krate.check().into_iter();
            let file = file_name(krate);
            findings
                .filter(|finding| is_caution(krate, finding))
                .map(move |finding| format!("{file}: {}", finding.message))
        })
        .collect()
}

/// A folder outside of a repository has no commit that could be named, and no registry asks for one. Changes on top of a
/// commit are another thing: what is published is then nowhere written down.
fn is_caution(krate: &Crate, finding: &Finding) -> bool {
    finding.rule == "vcs-clean" && krate.vcs.is_none()
}

fn told(krate: &Crate, finding: Finding) -> Problem {
    let help = match finding.rule {
        "publish-allowed" => {
            "skip the crate, or remove that line from its `Cargo.toml` and package it again"
        }
        "file-name" => "rename the file",
        "vcs-clean" => "commit the changes and package the crate again",
        "crates-io-build-metadata" => {
            "registries ignore what follows the `+`, so it would replace the release; package it with a version without one"
        }
        _ => "fix it in the crate's folder and package it again",
    };
    Problem {
        file: file_name(krate),
        cause: finding.message,
        help: help.to_owned(),
    }
}

/// The server would take a crate that its author means for other registries only.
///
/// Which name a registry other than crates.io has is set in the user's cargo configuration, which is not here.
fn elsewhere(registry: &Registry, krate: &Crate) -> Option<Problem> {
    match &krate.manifest.publish {
        Publish::Only(names)
            if endpoints::is_crates_io(&registry.index)
                && !names.iter().any(|name| name == endpoints::CRATES_IO_NAME) =>
        {
            Some(Problem {
                file: file_name(krate),
                cause: format!(
                    "`publish` in its manifest allows {names:?}, not {:?}",
                    endpoints::CRATES_IO_NAME
                ),
                help: "skip the crate, or add that name and package it again".to_owned(),
            })
        }
        _ => None,
    }
}

/// The page of a crate is found by its name in lower case; the registry takes only the spelling of the first version.
fn spelled_otherwise(krate: &Crate, pages: &Pages) -> Option<Problem> {
    let entries = pages.get(krate.name())?.as_ref()?;
    let there = entries.first().map(|entry| entry.name.as_str())?;
    (!there.is_empty() && there != krate.name()).then(|| Problem {
        file: file_name(krate),
        cause: format!("the registry spells this crate `{there}`"),
        help: "use the same spelling".to_owned(),
    })
}

/// crates.io takes no crate that needs another registry.
fn foreign(registry: &Registry, krate: &Crate) -> Vec<Problem> {
    if !endpoints::is_crates_io(&registry.index) {
        return Vec::new();
    }
    let dependencies = krate.manifest.dependencies.iter();
    dependencies
        .filter_map(|dependency| {
            let named = dependency.registry.as_deref()?;
            let at_home = named == endpoints::CRATES_IO_AS_REGISTRY
                || endpoints::same_index(named, registry.index.as_str());
            (!at_home).then(|| Problem {
                file: file_name(krate),
                cause: format!(
                    "it needs `{}` of another registry, {named}",
                    dependency.name
                ),
                help: "publish that crate to crates.io first, and do not set a registry".to_owned(),
            })
        })
        .collect()
}

/// What a token of trusted publishing may not do.
pub(super) fn new_crates(planned: &[Planned]) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    planned
        .iter()
        .filter(|one| one.new_crate && one.state == State::Absent && seen.insert(&one.name))
        .map(|one| Problem {
            file: one.file.clone(),
            cause: "the registry does not know this crate, and trusted publishing cannot create a crate".to_owned(),
            help: "publish its first version with an API token (`token`), then add this repository and workflow under \"Trusted Publishing\" in the crate's settings".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use package_formats::krate::{CRATES_IO_RULES, RULES};

    #[test]
    fn what_only_crates_io_asks_for_is_named_as_that() {
        for id in OF_CRATES_IO {
            let mut rules = RULES.iter().chain(CRATES_IO_RULES);
            let rule = rules.find(|rule| rule.id == id).unwrap();
            assert_eq!(rule.enforced_by, "crates.io, at upload", "{id}");
        }
    }
}
