//! Changes that no rule understands: they run every job that looks at files, because one of them may need to.

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

/// Why every job that looks at files runs, if that is so.
pub(super) fn sweep(file: &Config, facts: &Facts, unknown_files: &[String]) -> Option<String> {
    let changed = match &facts.changes {
        Changes::Everything(why) => return Some(why.clone()),
        Changes::Files(changed) => changed,
    };
    if changed.contains(&file.path) && !matches!(facts.before, Before::SameRules) {
        return Some("the config file itself has changed".to_owned());
    }
    if let Some((what, why)) = facts.reached.unknown() {
        return Some(format!("the affected {what} cannot be known: {why}"));
    }
    match unknown_files {
        [] => None,
        [only] => Some(format!("no rule knows `{only}`")),
        [first, more @ ..] => Some(format!("no rule knows `{first}` and {} more", more.len())),
    }
}
