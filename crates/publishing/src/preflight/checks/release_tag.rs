//! Check `release-tag`: GitHub shows the sources of the tag, so they must be those that the packages were built from.

use package_store::Version;

use super::Check;
use crate::preflight::{facts::Facts, report::Notes};

pub(crate) const CHECK: Check = Check {
    id: "release-tag",
    why: "The tag matches the version and is at the commit of the frozen version, or does not exist yet.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    let tag = &facts.tag;
    let place = format!("tag {tag}");
    match version_in(tag) {
        Some(named)
            if facts
                .version
                .parse()
                .is_ok_and(|version: Version| version == named) => {}
        Some(named) => notes.problem(
            &place,
            format!(
                "it names version {named}, but the packages have {}",
                facts.version
            ),
            format!("Release version {named}, or tag the packages' version."),
        ),
        None => notes.caution(
            &place,
            format!("it does not name version {}", facts.version),
            format!(
                "Use a tag that ends with the version, such as `v{}`.",
                facts.version
            ),
        ),
    }
    let Some(github) = &facts.github else {
        return;
    };
    match &github.tag {
        Some(Some(commit)) if *commit == facts.commit => {
            notes.row(place, format!("at commit {commit}"));
        }
        Some(Some(commit)) => notes.problem(
            place,
            format!(
                "it is at commit {commit}, but version {} is frozen for commit {}",
                facts.version, facts.commit
            ),
            format!(
                "If the tag is not in use yet, delete it with `git push --delete origin {tag}`; otherwise release another version."
            ),
        ),
        Some(None) => notes.row(place, format!("will be created at commit {}", facts.commit)),
        None => {}
    }
}

/// The version at the end of a tag such as `v1.2.3`, `1.2.3` or `python-v1.2.3`.
fn version_in(tag: &str) -> Option<Version> {
    let mut digits = tag.char_indices().filter(|(_, c)| c.is_ascii_digit());
    digits.find_map(|(at, _)| tag.get(at..)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::testing::{facts, report};

    const OTHER: &str = "1111111111111111111111111111111111111111";

    #[test]
    fn a_tag_may_have_a_prefix_and_either_spelling() {
        for tag in ["v0.2.0", "0.2.0", "python-v0.2.0", "py3/v0.2.0"] {
            let mut facts = facts();
            facts.tag = tag.to_owned();
            let report = report(&CHECK, &facts);
            assert_eq!(
                (report.problems, report.cautions),
                (vec![], vec![]),
                "{tag}"
            );
        }
        assert_eq!(version_in("v0.2.0a1"), "0.2.0-alpha.1".parse().ok());
    }

    #[test]
    fn a_tag_of_another_version_is_a_problem() {
        let mut facts = facts();
        facts.tag = "v0.3.0".to_owned();
        let problems = report(&CHECK, &facts).problems;
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0]
                .what
                .contains("names version 0.3.0, but the packages have 0.2.0")
        );
    }

    #[test]
    fn a_tag_without_a_version_is_a_caution() {
        let mut facts = facts();
        facts.tag = "stable".to_owned();
        let report = report(&CHECK, &facts);
        assert_eq!((report.problems.len(), report.cautions.len()), (0, 1));
    }

    #[test]
    fn a_tag_at_another_commit_is_a_problem_with_both_commits() {
        let mut facts = facts();
        facts.github().tag = Some(Some(OTHER.to_owned()));
        let problems = report(&CHECK, &facts).problems;
        assert_eq!(problems.len(), 1);
        for commit in [OTHER, facts.commit.as_str()] {
            assert!(problems[0].what.contains(commit), "{problems:?}");
        }
    }

    #[test]
    fn a_tag_that_is_not_there_yet_is_a_row() {
        let mut facts = facts();
        facts.github().tag = Some(None);
        let report = report(&CHECK, &facts);
        assert_eq!(report.problems, []);
        assert!(report.rows[0].found.contains("will be created"));
    }
}
