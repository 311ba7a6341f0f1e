//! The tables of the config file that say what runs: which jobs there are, what each depends on, and which platforms run when.

mod check;
mod filter;
mod job;
mod names;
mod never;
mod paths;
mod platform;
mod sets;
mod shape;
mod together;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use actions_core::{Place, PlacedError};
use affected::Ecosystem;
use toml::Spanned;

pub use self::check::Uses;
pub use self::filter::Filter;
pub use self::job::Job;
pub use self::names::PackageNames;
pub(crate) use self::names::word;
pub use self::paths::{PathGlob, Paths};
pub use self::platform::{Columns, Platform};
pub use self::sets::Sets;
use self::shape::RawFile;
pub use self::shape::{RunsOn, schemas};

/// Tables that hold together: every name in them exists.
#[derive(Clone, Debug)]
pub struct Config {
    /// Path of the config file, for messages and to notice that it was changed itself.
    pub path: String,
    text: String,
    /// Files that no job needs, from the input `ignore`.
    pub ignore: Paths,
    /// Named sets of globs.
    pub sets: Sets,
    /// By name.
    pub platforms: BTreeMap<String, Platform>,
    /// By name.
    pub jobs: BTreeMap<String, Job>,
    /// By name.
    pub groups: BTreeMap<String, Group>,
}

/// A name for several jobs, several platforms, or both.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Names of jobs.
    pub jobs: BTreeSet<String>,
    /// Names of platforms.
    pub platforms: BTreeSet<String>,
}

/// Why the tables cannot be used: they say something that has no meaning.
#[derive(Debug, thiserror::Error)]
#[error("failed to read the config file: {0}")]
pub struct ConfigError(PlacedError);

impl From<PlacedError> for ConfigError {
    fn from(error: PlacedError) -> Self {
        Self(error)
    }
}

/// Words that an input or a list of platforms gives a meaning of their own.
const RESERVED: [&str; 4] = ["all", CHECKS, "default", "none"];
/// In the input `jobs`: the jobs that have `uses`.
pub(crate) const CHECKS: &str = "checks";
/// GitHub refuses a matrix with more rows.
pub(crate) const MATRIX_LIMIT: usize = 256;

impl Config {
    /// Checks the text of the config file that lies at `path`.
    ///
    /// # Errors
    /// It is not TOML, has an unknown key in one of the tables, or names something that does not exist.
    pub fn parse(path: &str, text: &str) -> Result<Self, ConfigError> {
        let place = Place { path, text };
        let raw: RawFile = toml::from_str(text).map_err(|error| place.of_toml(&error))?;
        check_names(&place, &raw)?;
        let builders = raw.builders();
        let platform_spans = spans(&raw.platforms);
        let job_spans = spans(&raw.jobs);
        let mut platforms = BTreeMap::new();
        for (name, platform) in raw.platforms {
            platforms.insert(name.into_inner(), Platform::new(&place, platform)?);
        }
        let sets = Sets::new(&place, &raw.paths)?;
        let mut jobs = BTreeMap::new();
        for (name, job) in raw.jobs {
            jobs.insert(name.into_inner(), Job::new(&place, &sets, &platforms, job)?);
        }
        together::check(&place, &jobs, &job_spans)?;
        together::rows(&place, &jobs, &platforms, &job_spans)?;
        never::platforms(&place, &platforms, &jobs, &builders, &platform_spans)?;
        never::jobs(&place, &platforms, &jobs, &builders, &job_spans)?;
        let mut groups = BTreeMap::new();
        for (name, members) in raw.groups {
            groups.insert(
                name.into_inner(),
                Group::new(&place, &jobs, &platforms, members)?,
            );
        }
        Ok(Self {
            path: path.to_owned(),
            text: text.to_owned(),
            ignore: Paths::default(),
            sets,
            platforms,
            jobs,
            groups,
        })
    }

    /// Whose packages jobs depend on, so that somebody must find out which of them the change affects.
    pub fn ecosystems(&self) -> Vec<Ecosystem> {
        let all = [Ecosystem::Cargo, Ecosystem::Python].into_iter();
        let asks = |it: &Ecosystem| self.jobs.values().any(|job| job.names_of(*it).is_some());
        all.filter(asks).collect()
    }

    /// Checks the names of packages of an ecosystem against those that there are.
    ///
    /// # Errors
    /// A name or a glob that means none of them.
    pub fn check_packages(&self, of: Ecosystem, known: &[&str]) -> Result<(), ConfigError> {
        let place = Place {
            path: &self.path,
            text: &self.text,
        };
        for names in self.jobs.values().filter_map(|job| job.names_of(of)) {
            names.check(&place, known)?;
        }
        Ok(())
    }

    /// Takes the globs of the input `ignore`, which may name sets, too.
    ///
    /// # Errors
    /// A set that does not exist, or a first glob that excludes.
    pub fn ignoring(self, globs: &[PathGlob]) -> Result<Self, String> {
        let all = globs.iter().map(|glob| self.sets.globs(glob.text()));
        let all: Vec<Vec<PathGlob>> = all.collect::<Result<_, _>>()?;
        let ignore = Paths::of(all.into_iter().flatten().collect())?;
        Ok(Self { ignore, ..self })
    }

    /// Every word that a request may hold, apart from `all`.
    pub fn names(&self) -> Vec<&str> {
        let names = self.jobs.keys().chain(self.groups.keys());
        names
            .chain(self.platforms.keys())
            .map(String::as_str)
            .collect()
    }
}

/// Where each table of a kind is in the file.
fn spans<T>(tables: &BTreeMap<Spanned<String>, T>) -> BTreeMap<String, Range<usize>> {
    let names = tables.keys();
    names
        .map(|name| (name.get_ref().clone(), name.span()))
        .collect()
}

impl Group {
    fn new(
        place: &Place<'_>,
        jobs: &BTreeMap<String, Job>,
        platforms: &BTreeMap<String, Platform>,
        members: Vec<Spanned<String>>,
    ) -> Result<Self, PlacedError> {
        let mut group = Self::default();
        for member in members {
            let span = member.span();
            let name = member.into_inner();
            if jobs.contains_key(&name) {
                group.jobs.insert(name);
            } else if platforms.contains_key(&name) {
                group.platforms.insert(name);
            } else {
                let known: Vec<&str> = jobs
                    .keys()
                    .chain(platforms.keys())
                    .map(String::as_str)
                    .collect();
                return Err(place.unknown("job or platform", &name, span, &known));
            }
        }
        Ok(group)
    }
}

/// Jobs, groups and platforms share one set of names, because a request may hold any of them.
fn check_names(place: &Place<'_>, raw: &RawFile) -> Result<(), PlacedError> {
    let mut seen = BTreeMap::<&str, &str>::new();
    let names = (raw.jobs.keys().map(|name| ("job", name)))
        .chain(raw.groups.keys().map(|name| ("group", name)))
        .chain(raw.platforms.keys().map(|name| ("platform", name)));
    for (kind, spanned) in names {
        let name = spanned.get_ref().as_str();
        let problem = if RESERVED.contains(&name) {
            format!("{kind} `{name}`: this word has a meaning of its own, choose another name")
        } else if !fits_an_expression(name) {
            format!(
                "{kind} {name:?}: a name has letters, digits, `-` and `_` and starts with a letter or `_`, \
                 because workflows write it in expressions"
            )
        } else if let Some(other) = seen.insert(name, kind) {
            format!("{kind} `{name}`: a {other} has this name already")
        } else {
            continue;
        };
        return Err(place.invalid(spanned.span(), problem));
    }
    let count = raw.platforms.len();
    match count {
        _ if raw.jobs.is_empty() => Err(place.invalid(0..0, "there is no job: add a table such as `[jobs.rust]` with `paths = [\"src/**\"]`".to_owned())),
        0 => Err(place.invalid(0..0, "there is no platform: add a table such as `[platforms.linux]` with `runs-on = \"ubuntu-latest\"` and `default = true`".to_owned())),
        _ if count > MATRIX_LIMIT => Err(place.invalid(0..0, format!("{count} platforms are over the limit of {MATRIX_LIMIT} rows of a matrix"))),
        _ => Ok(()),
    }
}

/// Whether GitHub's expressions can say `plan.<name>.run`.
fn fits_an_expression(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests;
