//! The jobs file: which jobs there are, which files each looks at, and which platforms run when.

mod filter;
mod paths;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use actions_core::{Place, PlacedError};
use toml::Spanned;

pub use self::filter::Filter;
pub use self::paths::Paths;
use self::shape::{RawFile, RawJob, RawPlatform};
pub use self::shape::{RunsOn, schema};

/// A jobs file that holds together: every name in it exists.
#[derive(Debug)]
pub struct JobsFile {
    /// Where it lies, for messages and to notice that it was changed itself.
    pub path: String,
    /// Files that no job needs.
    pub ignore: Paths,
    /// By name.
    pub platforms: BTreeMap<String, Platform>,
    /// By name.
    pub jobs: BTreeMap<String, Job>,
    /// By name.
    pub groups: BTreeMap<String, Group>,
}

/// A kind of machine that jobs run on.
#[derive(Debug)]
pub struct Platform {
    /// The runner.
    pub runs_on: RunsOn,
    /// The target triple, or empty.
    pub target: String,
    /// More columns of the matrix.
    pub columns: BTreeMap<String, String>,
    /// Whether it runs at every event.
    pub default: bool,
    /// Events that switch it on.
    pub on: Vec<Filter>,
    /// Labels of a pull request that switch it on.
    pub labels: Vec<String>,
}

/// Something that a workflow runs, on one platform or several.
#[derive(Debug)]
pub struct Job {
    /// What it is, for people.
    pub description: String,
    /// The files that it looks at; `None` runs whatever was changed.
    pub paths: Option<Paths>,
    /// The platforms that it can run on.
    pub platforms: BTreeSet<String>,
    /// Events that it runs at; `None` is every one.
    pub on: Option<Vec<Filter>>,
    /// Events at which it runs whatever was changed.
    pub always: Vec<Filter>,
    /// Labels of a pull request that make it run.
    pub labels: Vec<String>,
}

/// A name for several jobs, several platforms, or both.
#[derive(Debug, Default)]
pub struct Group {
    /// Names of jobs.
    pub jobs: BTreeSet<String>,
    /// Names of platforms.
    pub platforms: BTreeSet<String>,
}

/// Why a jobs file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JobsFileError {
    /// It cannot be read.
    #[error("failed to read the jobs file `{}`: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// It says something that has no meaning.
    #[error("failed to read the jobs file: {0}")]
    Invalid(#[from] PlacedError),
}

/// Words that a request or a list of platforms gives a meaning of their own.
const RESERVED: [&str; 3] = ["all", "default", "none"];
/// GitHub refuses a matrix with more rows.
const MATRIX_LIMIT: usize = 256;

impl JobsFile {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// A file that is not there, is no TOML, has an unknown key, or names something that does not exist.
    pub fn read(path: &Path) -> Result<Self, JobsFileError> {
        let text = std::fs::read_to_string(path).map_err(|cause| JobsFileError::Read {
            path: path.to_owned(),
            cause,
        })?;
        Self::parse(&path.to_string_lossy(), &text)
    }

    /// Checks the text of the file that lies at `path`.
    ///
    /// # Errors
    /// As [`JobsFile::read`].
    pub fn parse(path: &str, text: &str) -> Result<Self, JobsFileError> {
        let place = Place { path, text };
        let raw: RawFile = toml::from_str(text).map_err(|error| place.of_toml(&error))?;
        check_names(&place, &raw)?;
        let mut platforms = BTreeMap::new();
        for (name, platform) in raw.platforms {
            platforms.insert(name.into_inner(), Platform::new(&place, platform)?);
        }
        let mut jobs = BTreeMap::new();
        for (name, job) in raw.jobs {
            jobs.insert(name.into_inner(), Job::new(&place, &platforms, job)?);
        }
        let mut groups = BTreeMap::new();
        for (name, members) in raw.groups {
            groups.insert(
                name.into_inner(),
                Group::new(&place, &jobs, &platforms, members)?,
            );
        }
        Ok(Self {
            path: path.to_owned(),
            ignore: Paths::new(&place, raw.ignore)?,
            platforms,
            jobs,
            groups,
        })
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

impl Platform {
    fn new(place: &Place<'_>, raw: RawPlatform) -> Result<Self, PlacedError> {
        if let Some(column) = raw
            .columns
            .keys()
            .find(|column| ["platform", "runs-on", "target"].contains(&column.get_ref().as_str()))
        {
            let problem = format!(
                "column `{}` is always there: choose another name",
                column.get_ref()
            );
            return Err(place.invalid(column.span(), problem));
        }
        let columns = raw.columns.into_iter();
        Ok(Self {
            runs_on: raw.runs_on,
            target: raw.target,
            columns: columns.map(|(k, v)| (k.into_inner(), v)).collect(),
            default: raw.default,
            on: Filter::parse_all(place, raw.on)?,
            labels: raw.labels,
        })
    }
}

impl Job {
    fn new(
        place: &Place<'_>,
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
            paths: raw.paths.map(|p| Paths::new(place, p)).transpose()?,
            platforms,
            on: raw.on.map(|on| Filter::parse_all(place, on)).transpose()?,
            always: Filter::parse_all(place, raw.always)?,
            labels: raw.labels,
        })
    }
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
