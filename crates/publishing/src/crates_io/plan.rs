//! What a run would do: every crate compared with the index, in publishing order, and everything that is wrong at once.

use super::{
    Credentials, Error, Registry, file_name,
    index::{self, Entry},
    limits::Estimate,
    requirements, rules,
    set::Set,
};
use crate::outcome::{Conflict, State};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use package_formats::Crate;
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};

/// Pages of the index that are read at once.
const LOOKUPS: usize = 16;

/// A crate's versions by its name; `None` for one that the registry does not know.
pub(super) type Pages = BTreeMap<String, Option<Vec<Entry>>>;

/// One crate of a run, compared with what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The file's name.
    pub file: String,
    /// The crate.
    pub name: String,
    /// Its version, with build metadata if it has any.
    pub version: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of our bytes, in hex.
    pub sha256: String,
    /// The registry knows no such crate yet: this upload creates it.
    pub new_crate: bool,
    /// What is there.
    pub state: State,
    /// What is there was yanked: nobody who does not use it yet will get it.
    pub yanked: bool,
}

/// Something that must be fixed before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The crate's file.
    pub file: String,
    /// What is wrong with it.
    pub cause: String,
    /// What to do about it.
    pub help: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.file, self.cause, self.help)
    }
}

/// What a run would do, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Dependencies before their dependants.
    pub crates: Vec<Planned>,
    /// What the registry's limits make of it.
    pub estimate: Estimate,
    /// While there is one, [`Registry::publish_all`] sends nothing. Conflicts are among them.
    pub problems: Vec<Problem>,
    /// What a person should know, and what stops nothing.
    pub cautions: Vec<String>,
}

impl Registry {
    /// Compares the crates with the index, in publishing order, and looks for everything that is wrong with them: the
    /// rules of the format, the set as a whole, every requirement, versions taken by other bytes. Sends nothing.
    ///
    /// # Errors
    /// The index cannot be read. What is wrong with the crates is no error yet: see [`Plan::problems`].
    pub async fn plan(&self, crates: &[Crate], credentials: &Credentials) -> Result<Plan, Error> {
        let set = Set::new(crates);
        let token = self.index_token(credentials).await?;
        let names = crates.iter().map(|krate| krate.name().to_owned());
        let mut pages = self.pages(names.collect(), token.as_ref()).await?;
        let planned: Vec<Planned> = set
            .crates
            .iter()
            .map(|krate| planned(krate, pages.get(krate.name()).and_then(Option::as_deref)))
            .collect();
        let mut problems = set.problems.clone();
        problems.extend(rules::problems(self, &set, &pages));
        problems.extend(planned.iter().filter_map(Planned::conflict_problem));
        if let Credentials::Trusted(_) = credentials {
            problems.extend(rules::new_crates(&planned));
        }
        let (wrong, mut cautions) =
            requirements::check(self, &set, &planned, &mut pages, token.as_ref()).await?;
        problems.extend(wrong);
        cautions.extend(planned.iter().filter_map(Planned::caution));
        cautions.extend(rules::cautions(&set));
        let estimate = estimate(&planned, self, credentials);
        Ok(Plan {
            crates: planned,
            estimate,
            problems,
            cautions,
        })
    }

    /// The versions of many crates.
    pub(super) async fn pages(
        &self,
        names: BTreeSet<String>,
        token: Option<&SecretString>,
    ) -> Result<Pages, Error> {
        let read = |name: String| async move {
            let entries = self.entries(&name, token).await?;
            Ok::<_, Error>((name, entries))
        };
        stream::iter(names)
            .map(read)
            .buffer_unordered(LOOKUPS)
            .try_collect()
            .await
    }

    /// What the registry holds of one crate.
    pub(super) async fn compare(
        &self,
        krate: &Crate,
        token: Option<&SecretString>,
    ) -> Result<Planned, Error> {
        let entries = self.entries(krate.name(), token).await?;
        Ok(planned(krate, entries.as_deref()))
    }
}

fn planned(krate: &Crate, entries: Option<&[Entry]>) -> Planned {
    let existing = index::find(entries.unwrap_or_default(), krate.version());
    let sha256 = krate.digest.sha256.clone();
    Planned {
        file: file_name(krate),
        name: krate.name().to_owned(),
        version: krate.version().to_string(),
        size: krate.digest.size,
        new_crate: entries.is_none(),
        state: State::of(existing.map(|entry| entry.cksum.as_str()), &sha256),
        yanked: existing.is_some_and(|entry| entry.yanked),
        sha256,
    }
}

impl Planned {
    /// The conflict, when other bytes are there.
    pub fn conflict(&self) -> Option<Conflict> {
        match &self.state {
            State::Other { existing } => Some(Conflict {
                file: self.file.clone(),
                existing: existing.clone(),
                ours: self.sha256.clone(),
            }),
            _ => None,
        }
    }

    fn conflict_problem(&self) -> Option<Problem> {
        let Conflict { existing, ours, .. } = self.conflict()?;
        Some(Problem {
            file: self.file.clone(),
            cause: format!("it exists with sha256 {existing}, ours is {ours}"),
            help: "different bytes need a new version".to_owned(),
        })
    }

    /// What to know about a version that is there and yanked.
    pub fn caution(&self) -> Option<String> {
        let Self { name, version, .. } = self;
        (self.yanked && self.state == State::Same).then(|| {
            format!(
                "{} is already there but was yanked, so new users do not get it; to bring it back, run `cargo yank --undo {name}@{version}`",
                self.file
            )
        })
    }
}

fn estimate(planned: &[Planned], registry: &Registry, credentials: &Credentials) -> Estimate {
    let mut new_crates = BTreeSet::new();
    let mut new_versions = 0;
    for absent in planned.iter().filter(|one| one.state == State::Absent) {
        // The second version of a crate that this run creates is a version like any other.
        if !absent.new_crate || !new_crates.insert(absent.name.as_str()) {
            new_versions += 1;
        }
    }
    let new_crates = u32::try_from(new_crates.len()).unwrap_or(u32::MAX);
    Estimate::new(new_crates, new_versions, registry.limits_for(credentials))
}
