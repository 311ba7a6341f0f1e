//! Check `complete-set`: a package that is forgotten cannot always be added later.

use super::Check;
use crate::preflight::{facts::Facts, report::Notes};

pub(crate) const CHECK: Check = Check {
    id: "complete-set",
    why: "The version has every expected package of its commit exactly once, if the expected set is known.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    match &facts.bucket.gaps {
        Some(Some(gaps)) => {
            let place = format!("version {}", facts.version);
            for gap in &gaps.wrong {
                notes.problem(
                    &place,
                    gap,
                    "Build and upload the missing packages, or fix the table `[packages]`, and draft the release again.",
                );
            }
            for gap in &gaps.more {
                notes.caution(
                    &place,
                    gap,
                    "Check that it belongs to the release: it is not in the expected set.",
                );
            }
            if gaps.wrong.is_empty() {
                notes.row("packages", "all expected packages are there");
            }
        }
        Some(None) => notes.row(
            "packages",
            "not compared: the bucket does not know expected packages of the commit",
        ),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::{
        facts::Gaps,
        testing::{facts, report},
    };

    #[test]
    fn what_is_missing_is_a_problem_and_what_is_more_a_caution() {
        let mut facts = facts();
        facts.bucket.gaps = Some(Some(Gaps {
            wrong: vec!["missing: wheel hello-sdk macos-arm64".to_owned()],
            more: vec!["unexpected: docs hello any is docs".to_owned()],
        }));
        let report = report(&CHECK, &facts);
        assert_eq!(report.problems.len(), 1);
        assert!(report.problems[0].what.starts_with("missing: wheel"));
        assert_eq!(report.cautions.len(), 1);
    }

    #[test]
    fn a_set_that_nobody_knows_is_said() {
        let mut facts = facts();
        facts.bucket.gaps = Some(None);
        let report = report(&CHECK, &facts);
        assert_eq!(report.problems, []);
        assert!(report.rows[0].found.starts_with("not compared"));
    }
}
