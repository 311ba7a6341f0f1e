//! A job of the config file: what it depends on, where it can run, and at which events.

use std::collections::{BTreeMap, BTreeSet};

use actions_core::{Place, PlacedError};
use affected::Ecosystem;
use toml::Spanned;

use super::platform::{Columns, columns};
use super::shape::RawJob;
use super::{Filter, PackageNames, Paths, Platform, Sets, Uses};

/// Something that a workflow runs, on one platform or several.
#[derive(Clone, Debug)]
pub struct Job {
    /// What it is, for people.
    pub description: String,
    /// The files that it looks at. With neither these nor packages, it runs whatever was changed.
    pub paths: Option<Paths>,
    /// The crates that it depends on.
    pub crates: Option<PackageNames>,
    /// The Python packages that it depends on.
    pub python: Option<PackageNames>,
    /// The platforms that it can run on.
    pub platforms: BTreeSet<String>,
    /// Events that it runs at; `None` is every one.
    pub on: Option<Vec<Filter>>,
    /// Events at which it runs whatever was changed.
    pub always: Vec<Filter>,
    /// Labels of a pull request that make it run.
    pub labels: Vec<String>,
    /// Labels of a pull request that keep it from running.
    pub not_labels: Vec<String>,
    /// Whether it runs for draft pull requests.
    pub drafts: bool,
    /// Whether it runs for pull requests from forks.
    pub forks: bool,
    /// Jobs with which it runs, too.
    pub runs_with: Vec<Spanned<String>>,
    /// Columns that it adds to those of its platforms.
    pub columns: Columns,
    /// What the published workflow does for it.
    pub uses: Option<Uses>,
}

impl Job {
    pub(super) fn new(
        place: &Place<'_>,
        sets: &Sets,
        known: &BTreeMap<String, Platform>,
        raw: RawJob,
    ) -> Result<Self, PlacedError> {
        let mut platforms = BTreeSet::new();
        for word in &raw.platforms {
            match word.get_ref().as_str() {
                "all" => platforms.extend(known.keys().cloned()),
                "default" => {
                    let default = known.iter().filter(|(_, platform)| platform.default);
                    platforms.extend(default.map(|(name, _)| name.clone()));
                }
                name if known.contains_key(name) => {
                    platforms.insert(name.to_owned());
                }
                name => {
                    let names = known.keys().map(String::as_str);
                    let known: Vec<&str> = ["all", "default"].into_iter().chain(names).collect();
                    return Err(place.unknown("platform", name, word.span(), &known));
                }
            }
        }
        Ok(Self {
            description: raw.description,
            paths: raw
                .paths
                .map(|it| Paths::new(place, sets, it))
                .transpose()?,
            crates: packages(place, Ecosystem::Cargo, raw.crates)?,
            python: packages(place, Ecosystem::Python, raw.python)?,
            platforms,
            on: raw.on.map(|on| Filter::parse_all(place, on)).transpose()?,
            always: Filter::parse_all(place, raw.always)?,
            labels: raw.labels,
            not_labels: raw.not_labels,
            drafts: raw.drafts,
            forks: raw.forks,
            runs_with: raw.runs_with,
            columns: columns(place, raw.columns)?,
            uses: Uses::parse(place, raw.uses, raw.with)?,
        })
    }

    /// The names of the jobs with which it runs.
    pub(crate) fn leaders(&self) -> Vec<&str> {
        let leaders = self.runs_with.iter();
        leaders.map(|it| it.get_ref().as_str()).collect()
    }

    /// Whether no rule says which changes run it.
    pub(crate) fn runs_at_every_change(&self) -> bool {
        self.paths.is_none() && self.its_packages().is_none() && self.runs_with.is_empty()
    }

    /// The packages of an ecosystem that it depends on.
    pub(crate) fn names_of(&self, ecosystem: Ecosystem) -> Option<&PackageNames> {
        match ecosystem {
            Ecosystem::Cargo => self.crates.as_ref(),
            Ecosystem::Python => self.python.as_ref(),
        }
    }

    /// Whether it depends on the package of this name.
    pub(crate) fn means(&self, ecosystem: Ecosystem, name: &str) -> bool {
        let names = self.names_of(ecosystem);
        names.is_some_and(|names| names.matching(name).is_some())
    }

    /// The keys of its packages, such as ``its `crates` ``; empty where it depends on none.
    pub(crate) fn its_packages(&self) -> Option<&'static str> {
        match (&self.crates, &self.python) {
            (None, None) => None,
            (Some(_), None) => Some("its `crates`"),
            (None, Some(_)) => Some("its `python`"),
            (Some(_), Some(_)) => Some("its `crates` and `python`"),
        }
    }
}

fn packages(
    place: &Place<'_>,
    ecosystem: Ecosystem,
    names: Option<Vec<Spanned<String>>>,
) -> Result<Option<PackageNames>, PlacedError> {
    let names = names.map(|names| PackageNames::new(place, ecosystem, names));
    names.transpose()
}
