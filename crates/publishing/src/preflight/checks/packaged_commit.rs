//! Check `packaged-commit`: a crate tells everybody which commit it comes from, and cannot be replaced.

use super::Check;
use crate::preflight::{facts::Facts, report::Notes};

pub(crate) const CHECK: Check = Check {
    id: "packaged-commit",
    why: "Every crate was packaged from the commit of the frozen version.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    for file in &facts.files {
        let Some(packaged) = file.inside.as_ref().and_then(|it| it.commit.as_ref()) else {
            continue;
        };
        match packaged {
            Some(commit) if *commit == facts.commit => {}
            Some(commit) => notes.problem(
                &file.name,
                format!(
                    "it was packaged from commit {commit}, but version {} is frozen for commit {}",
                    facts.version, facts.commit
                ),
                "Package it from that commit and upload it again.",
            ),
            None => notes.caution(
                &file.name,
                "it does not say from which commit it was packaged",
                "Package it inside its git repository.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::testing::{crate_of, facts, report};

    #[test]
    fn a_crate_of_another_commit_is_a_problem_and_one_of_none_a_caution() {
        let mut facts = facts();
        crate_of(&mut facts).inside.as_mut().unwrap().commit = Some(Some("1".repeat(40)));
        let problems = report(&CHECK, &facts).problems;
        assert_eq!(problems.len(), 1);
        assert!(problems[0].what.contains(&"1".repeat(40)), "{problems:?}");
        crate_of(&mut facts).inside.as_mut().unwrap().commit = Some(None);
        let report = report(&CHECK, &facts);
        assert_eq!((report.problems.len(), report.cautions.len()), (0, 1));
    }
}
