//! Which pull requests a merge group holds: the queue's ref names the last one, and the merge commits name the others.

use std::collections::{BTreeSet, HashMap};

use super::history::Walked;

/// The numbers that the subjects of the queue's own commits name: those that the base branch would get, one after the
/// other. A commit that came in by a merge was written by somebody else.
pub(super) fn numbers(commits: &[Walked], head: &str) -> BTreeSet<u64> {
    let by_id: HashMap<&str, &Walked> = commits
        .iter()
        .map(|walked| (walked.commit.id.as_str(), walked))
        .collect();
    let mut numbers = BTreeSet::new();
    let mut next = by_id.get(head);
    while let Some(walked) = next {
        numbers.extend(number(walked.commit.subject()));
        next = walked.parents.first().and_then(|id| by_id.get(id.as_str()));
    }
    numbers
}

/// `Merge pull request #7 from …`, or `Title (#7)` of a squash.
fn number(subject: &str) -> Option<u64> {
    let merged = subject.strip_prefix("Merge pull request #");
    let merged = merged.and_then(|rest| rest.split(' ').next());
    let squashed = subject.trim_end().strip_suffix(')');
    let squashed = squashed.and_then(|rest| rest.rsplit_once(" (#"));
    merged.or(squashed.map(|(_, number)| number))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::Commit;

    #[test]
    fn numbers_stand_at_the_end_of_a_squash_and_in_front_of_a_merge() {
        for (subject, expected) in [
            ("Merge pull request #7 from someone/branch", Some(7)),
            ("Mend a leak (#12)", Some(12)),
            ("Revert \"x (#3)\" (#13)", Some(13)),
            ("Mend #5", None),
            ("Mend (#5) more", None),
            ("(#)", None),
        ] {
            assert_eq!(number(subject), expected, "{subject}");
        }
    }

    #[test]
    fn only_the_queues_own_commits_count() {
        let walked = |id: &str, parents: &[&str], subject: &str| Walked {
            commit: Commit::new(id.to_owned(), subject),
            tree: String::new(),
            parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
            date: String::new(),
        };
        let commits = [
            walked("theirs", &["base"], "Pretend (#99)"),
            walked(
                "first",
                &["base", "theirs"],
                "Merge pull request #7 from a/b",
            ),
            walked("head", &["first"], "Squash (#8)"),
        ];
        assert_eq!(numbers(&commits, "head"), BTreeSet::from([7, 8]));
    }
}
