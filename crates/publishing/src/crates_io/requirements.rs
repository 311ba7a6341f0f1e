//! Every requirement of every crate that will be sent, resolved against the run's own crates and the indexes.
//!
//! A registry checks the name of a dependency when a crate arrives, and never whether a version matches: what is wrong
//! there is wrong for good, so it is found before the first upload.

use super::{Error, Planned, Problem, Registry, file_name, index::Entry, plan::Pages, set::Set};
use crate::{endpoints, http::shown, outcome::State, retry::Policy};
use package_formats::{Crate, krate::Dependency};
use secrecy::SecretString;
use semver::{Version, VersionReq};
use std::collections::{BTreeMap, BTreeSet};

/// What was learnt of another registry.
enum Elsewhere {
    Pages(Pages),
    /// It could not be asked, and that is no fault of the crates.
    Unasked(String),
    /// It gave no answer that says anything.
    Failed(String),
}

/// Versions that may answer a requirement.
#[derive(Default)]
struct Offered<'a> {
    known: bool,
    /// With the place, for the message.
    there: Vec<(&'static str, &'a Version)>,
    yanked: Vec<&'a Version>,
    spelled: Option<&'a str>,
}

struct Checker<'a> {
    registry: &'a Registry,
    set: &'a Set<'a>,
    planned: &'a [Planned],
    pages: &'a Pages,
    /// By the address of the index.
    elsewhere: BTreeMap<String, Elsewhere>,
}

/// The problems and the cautions.
pub(super) async fn check(
    registry: &Registry,
    set: &Set<'_>,
    planned: &[Planned],
    pages: &mut Pages,
    token: Option<&SecretString>,
) -> Result<(Vec<Problem>, Vec<String>), Error> {
    let here = needed(set, planned)
        .filter(|(_, one)| is_here(registry, one))
        .map(|(_, one)| one.name.clone())
        .filter(|name| !pages.contains_key(name));
    pages.extend(registry.pages(here.collect(), token).await?);
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, one) in needed(set, planned) {
        if let Some(index) = other_index(registry, set, pages, one) {
            wanted.entry(index).or_default().insert(one.name.clone());
        }
    }
    let mut elsewhere = BTreeMap::new();
    for (index, names) in wanted {
        let answer = ask(registry, &index, names).await;
        elsewhere.insert(index, answer);
    }
    let checker = Checker {
        registry,
        set,
        planned,
        pages,
        elsewhere,
    };
    Ok(checker.all())
}

/// The requirements of the crates that will be sent.
fn needed<'a>(
    set: &'a Set<'a>,
    planned: &'a [Planned],
) -> impl Iterator<Item = (&'a Crate, &'a Dependency)> {
    set.crates
        .iter()
        .zip(planned)
        .filter(|(_, planned)| planned.state != State::Same)
        .flat_map(|(krate, _)| krate.manifest.dependencies.iter().map(|one| (*krate, one)))
}

/// Whether a requirement may be met by the registry that is published to. One that names none means crates.io to cargo,
/// unless the user has put another registry in its place.
fn is_here(registry: &Registry, dependency: &Dependency) -> bool {
    dependency.registry.as_deref().is_none_or(|named| {
        endpoints::same_index(named, registry.index.as_str())
            || named == endpoints::CRATES_IO_AS_REGISTRY && endpoints::is_crates_io(&registry.index)
    })
}

/// The index that must be asked besides the registry's own.
fn other_index(
    registry: &Registry,
    set: &Set<'_>,
    pages: &Pages,
    dependency: &Dependency,
) -> Option<String> {
    match dependency.registry.as_deref() {
        _ if endpoints::is_crates_io(&registry.index) => None,
        Some(endpoints::CRATES_IO_AS_REGISTRY) => Some(registry.crates_io.clone()),
        Some(_) if is_here(registry, dependency) => None,
        Some(named) => Some(named.to_owned()),
        None => {
            let name = dependency.name.as_str();
            let known = pages.get(name).is_some_and(Option::is_some)
                || set.crates.iter().any(|krate| krate.name() == name);
            (!known).then(|| registry.crates_io.clone())
        }
    }
}

/// Reads names from another index, with little patience: nothing is published there.
async fn ask(registry: &Registry, index: &str, names: BTreeSet<String>) -> Elsewhere {
    let named_sparse = index.starts_with("sparse+") || index == registry.crates_io;
    if !named_sparse {
        return Elsewhere::Unasked("its index is a git repository, which is not read".to_owned());
    }
    let mut transport = registry.transport.clone();
    transport.policy = Policy {
        attempts: transport.policy.attempts.min(2),
        ..transport.policy
    };
    let read = async {
        let other = Registry::open(&transport, index, None).await?;
        other.pages(names, None).await
    };
    match read.await {
        Ok(pages) => Elsewhere::Pages(pages),
        Err(Error::IndexDenied { .. }) => {
            Elsewhere::Unasked("its index requires a token, but none is set for it".to_owned())
        }
        Err(error) => Elsewhere::Failed(error.to_string()),
    }
}

impl Checker<'_> {
    fn all(&self) -> (Vec<Problem>, Vec<String>) {
        let (mut problems, mut cautions) = (Vec::new(), BTreeSet::new());
        let mut seen = BTreeSet::new();
        for (krate, dependency) in needed(self.set, self.planned) {
            let file = file_name(krate);
            let key = (
                file.clone(),
                &dependency.name,
                &dependency.req,
                &dependency.registry,
            );
            if !seen.insert(key) {
                continue;
            }
            match self.one(dependency) {
                Ok(None) => {}
                Ok(Some(caution)) => {
                    cautions.insert(format!("{file}: {caution}"));
                }
                Err((cause, help)) => problems.push(Problem { file, cause, help }),
            }
        }
        (problems, cautions.into_iter().collect())
    }

    /// `Ok(Some(_))` is a caution; an error is what is wrong and what to do.
    fn one(&self, dependency: &Dependency) -> Result<Option<String>, (String, String)> {
        let Dependency { name, req, .. } = dependency;
        let needs = format!("it needs `{name} {req}`");
        let parsed = VersionReq::parse(req).map_err(|error| {
            let help = "write a valid version requirement and package it again";
            (
                format!("{needs}, which cannot be read: {error}"),
                help.to_owned(),
            )
        })?;
        let mut offered = Offered::default();
        if is_here(self.registry, dependency) {
            self.offer_own(name, &mut offered);
        }
        let other = other_index(self.registry, self.set, self.pages, dependency);
        let asked = other.as_ref().and_then(|index| self.elsewhere.get(index));
        if let Some(Elsewhere::Pages(pages)) = asked {
            offer(pages, name, "in the other index", &mut offered);
        }
        let mut there = offered.there.iter();
        if there.any(|(_, version)| parsed.matches(version)) {
            return Ok(None);
        }
        match (asked, &other) {
            (Some(Elsewhere::Unasked(why)), Some(index)) => {
                return Ok(Some(format!(
                    "{needs} of {index}, which was not checked: {why}"
                )));
            }
            (Some(Elsewhere::Failed(cause)), Some(index)) => {
                let place = self.own_place(dependency);
                let help = "rerun when that index answers, or use a mirror";
                return Err((
                    format!("{needs}, which {place}and {index} could not be checked: {cause}"),
                    help.to_owned(),
                ));
            }
            _ => {}
        }
        let cause = format!(
            "{needs}, {}",
            self.missing(dependency, other.as_deref(), &offered)
        );
        let help = "publish it first, add its crate to this run, or change the requirement and package it again";
        Err((cause, help.to_owned()))
    }

    /// Why nothing matches, and what there is.
    fn missing(
        &self,
        dependency: &Dependency,
        other: Option<&str>,
        offered: &Offered<'_>,
    ) -> String {
        let name = &dependency.name;
        if let Some(spelled) = offered.spelled {
            return format!("but the registry spells this crate `{spelled}`");
        }
        if !offered.known {
            let mut places = Vec::new();
            if is_here(self.registry, dependency) {
                places.push("in this run".to_owned());
                places.push(format!("in {}", shown(&self.registry.index)));
            }
            let other =
                other.filter(|index| !endpoints::same_index(index, self.registry.index.as_str()));
            places.extend(other.map(|index| format!("in {index}")));
            return format!("and no crate `{name}` is {}", places.join(" or "));
        }
        let (there, yanked) = (versions(&offered.there), some(sorted(&offered.yanked)));
        match (there.is_empty(), yanked.is_empty()) {
            (true, true) => format!("but there is no version of `{name}`"),
            (true, false) => format!("but every version of `{name}` is yanked: {yanked}"),
            (false, true) => format!("but no version matches: it has {there}"),
            (false, false) => {
                format!("but no version matches: it has {there}, and {yanked} (yanked)")
            }
        }
    }

    fn own_place(&self, dependency: &Dependency) -> String {
        match is_here(self.registry, dependency) {
            true => format!("neither this run nor {} has, ", shown(&self.registry.index)),
            false => String::new(),
        }
    }

    fn offer_own<'a>(&'a self, name: &str, offered: &mut Offered<'a>) {
        for (krate, planned) in self.set.crates.iter().zip(self.planned) {
            if krate.name() != name {
                continue;
            }
            offered.known = true;
            // A yanked version stays yanked when we have the same bytes; the index lists it below.
            if !planned.yanked {
                offered.there.push(("in this run", krate.version()));
            }
        }
        offer(self.pages, name, "in the index", offered);
    }
}

/// Adds the versions of an index.
fn offer<'a>(pages: &'a Pages, name: &str, place: &'static str, offered: &mut Offered<'a>) {
    let entries: &'a [Entry] = match pages.get(name) {
        Some(Some(entries)) => entries,
        _ => return,
    };
    // The registry finds the name only in the spelling of the crate.
    if let Some(first) = entries.first()
        && !first.name.is_empty()
        && first.name != name
    {
        offered.spelled = Some(&first.name);
        return;
    }
    offered.known = true;
    for entry in entries {
        match entry.yanked {
            true => offered.yanked.push(&entry.version),
            false => offered.there.push((place, &entry.version)),
        }
    }
}

/// The versions and their places, newest first, each once.
fn versions(there: &[(&'static str, &Version)]) -> String {
    let mut there = there.to_vec();
    there.sort_by(|a, b| b.1.cmp(a.1));
    there.dedup_by(|a, b| a.1 == b.1);
    let told = there.iter();
    some(told.map(|(place, version)| format!("{version} ({place})")))
}

fn sorted(versions: &[&Version]) -> impl Iterator<Item = String> + use<> {
    let mut versions = versions.to_vec();
    versions.sort_by(|a, b| b.cmp(a));
    let texts: Vec<String> = versions.iter().map(ToString::to_string).collect();
    texts.into_iter()
}

/// At most five, newest first, and how many more.
fn some(all: impl Iterator<Item = String>) -> String {
    const MOST: usize = 5;
    let all: Vec<String> = all.collect();
    let shown: Vec<&str> = all.iter().take(MOST).map(String::as_str).collect();
    match all.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
