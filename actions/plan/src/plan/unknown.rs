//! Changes that no rule understands: they run every job that looks at files, because one of them may need to.

use std::fmt;

use super::{Before, Facts};
use crate::changes::Changes;
use crate::config::Config;

/// Changed files that no rule knows.
pub(crate) fn files(file: &Config, facts: &Facts) -> Vec<String> {
    let Changes::Files(changed) = &facts.changes else {
        return Vec::new();
    };
    let by_paths = |path: &str| {
        let mut paths = file.jobs.values().filter_map(|job| job.paths.as_ref());
        paths.any(|paths| paths.deciding(path).is_some())
    };
    let known = |path: &&String| {
        **path == file.path
            || file.ignore.deciding(path).is_some()
            || by_paths(path)
            || facts.reached.know(file, path)
    };
    let unknown = changed.iter().filter(|path| !known(path));
    unknown.cloned().collect()
}

/// Why every job that looks at files runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sweep<'a> {
    /// The changed files cannot be known, for this reason.
    Everything(&'a str),
    /// The rules are others.
    ConfigFile,
    /// The affected packages, such as `crates`, cannot be known, for this reason.
    Packages { what: &'a str, why: &'a str },
    /// No rule knows these.
    Files(&'a [String]),
}

/// Why every job that looks at files runs, if that is so.
pub(crate) fn sweep<'a>(
    file: &Config,
    facts: &'a Facts,
    unknown_files: &'a [String],
) -> Option<Sweep<'a>> {
    let changed = match &facts.changes {
        Changes::Everything(why) => return Some(Sweep::Everything(why)),
        Changes::Files(changed) => changed,
    };
    if changed.contains(&file.path) && !matches!(facts.before, Before::SameRules) {
        return Some(Sweep::ConfigFile);
    }
    if let Some((what, why)) = facts.reached.unknown() {
        return Some(Sweep::Packages { what, why });
    }
    (!unknown_files.is_empty()).then_some(Sweep::Files(unknown_files))
}

impl fmt::Display for Sweep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything(why) => f.write_str(why),
            Self::ConfigFile => f.write_str("the config file itself has changed"),
            Self::Packages { what, why } => {
                write!(f, "the affected {what} cannot be known: {why}")
            }
            Self::Files([first, more @ ..]) if !more.is_empty() => {
                write!(f, "no rule knows `{first}` and {} more", more.len())
            }
            Self::Files(files) => write!(f, "no rule knows `{}`", files.concat()),
        }
    }
}
