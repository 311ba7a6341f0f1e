//! Check `one-version`: a registry keeps for good what it got under a wrong version.

use package_store::Version;

use super::Check;
use crate::preflight::{facts::Facts, report::Notes};

pub(crate) const CHECK: Check = Check {
    id: "one-version",
    why: "Every package has the released version, in its record and in the file itself.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    for file in &facts.files {
        let inside = file.inside.as_ref().map(|inside| inside.version.as_str());
        let said = [
            ("its record says", Some(file.version.as_str())),
            ("it says", inside),
        ];
        for (who, version) in said {
            let Some(version) = version.filter(|version| !same(version, &facts.version)) else {
                continue;
            };
            notes.problem(
                &file.name,
                format!(
                    "{who} version {version}, but {} is being released",
                    facts.version
                ),
                format!(
                    "Build it as {} and draft the release again, or release its version.",
                    facts.version
                ),
            );
            break;
        }
    }
    notes.row(
        "version",
        format!(
            "{} of commit {}, {}",
            facts.version,
            facts.commit,
            many(facts.files.len())
        ),
    );
}

/// Whether both spell one version, by SemVer or by PEP 440.
fn same(one: &str, other: &str) -> bool {
    match (one.parse::<Version>(), other.parse::<Version>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn many(files: usize) -> String {
    match files {
        1 => "1 package".to_owned(),
        _ => format!("{files} packages"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::testing::{facts, report};

    #[test]
    fn both_spellings_of_one_version_are_one() {
        let mut facts = facts();
        facts.version = "0.2.0-alpha.1".to_owned();
        for file in &mut facts.files {
            file.version = "0.2.0a1".to_owned();
            file.inside.as_mut().unwrap().version = "0.2.0-alpha.1".to_owned();
        }
        assert_eq!(report(&CHECK, &facts).problems, []);
    }

    #[test]
    fn a_file_of_another_version_is_named_with_both() {
        let mut facts = facts();
        facts.files[0].inside.as_mut().unwrap().version = "0.1.0".to_owned();
        facts.files[1].version = "0.3.0".to_owned();
        let problems = report(&CHECK, &facts).problems;
        assert_eq!(problems.len(), 2);
        assert_eq!(problems[0].place, facts.files[0].name);
        assert!(
            problems[0]
                .what
                .contains("it says version 0.1.0, but 0.2.0")
        );
        assert!(problems[1].what.contains("its record says version 0.3.0"));
    }

    #[test]
    fn a_commit_build_is_another_version() {
        let mut facts = facts();
        facts.files[0].inside.as_mut().unwrap().version = "0.2.0+2026.11.21.g6e4ddaf".to_owned();
        assert_eq!(report(&CHECK, &facts).problems.len(), 1);
    }
}
