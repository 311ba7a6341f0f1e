//! Gate `fixup-commits`: a commit that says it belongs into another one was meant to be gone before the merge.

use super::{Gate, Group, NOTHING, Policy};
use crate::{
    finding::Finding,
    pull_request::{Fact, PullRequest, short},
};

pub(crate) const GATE: Gate = Gate {
    id: "fixup-commits",
    group: Group::History,
    rule: "No commit is a `fixup!`, `squash!` or `amend!` of another.",
    help: "Squash such commits into the ones they fix: `git rebase --interactive --autosquash`.",
    needs: |inputs| match inputs.fixup_commits.fixup_commits {
        Policy::Refuse => vec![Fact::Commits],
        Policy::Allow => Vec::new(),
    },
    reads: NOTHING,
    check: |pr, _| check(pr),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Whether commits may be a `fixup!`, `squash!` or `amend!` of another; they are harmless if you squash pull requests.
    #[arg(long, value_name = "POLICY", value_enum, default_value = "allow")]
    fixup_commits: Policy,
}

const MARKS: [&str; 3] = ["fixup!", "squash!", "amend!"];

fn check(pr: &PullRequest) -> Vec<Finding> {
    let from = match &pr.range {
        Some(range) => format!(" {}", short(&range.merge_base)),
        None => String::new(),
    };
    let help = format!(
        "Squash it into the commit that it fixes: `git rebase --interactive --autosquash{from}`, then `git push --force-with-lease`."
    );
    let marked = pr.commits.iter().filter_map(|commit| {
        let subject = commit.subject();
        let lower = subject.to_lowercase();
        MARKS.iter().find(|mark| lower.starts_with(**mark))?;
        let message = format!(
            "commit {} is meant to be squashed into another: {subject}",
            commit.short()
        );
        Some(Finding::new(message).commit(&commit.id).help(&help))
    });
    marked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::Commit;

    fn found(messages: &[&str]) -> Vec<String> {
        let commits = messages
            .iter()
            .map(|message| Commit::new("0123456789".repeat(4), message));
        let pr = PullRequest {
            commits: commits.collect(),
            ..PullRequest::default()
        };
        check(&pr).into_iter().map(|one| one.message).collect()
    }

    #[test]
    fn commits_that_belong_into_others_are_found() {
        let messages = ["fixup! Add 🐍", "Squash! b", "amend! c\n\nc", "Add d"];
        assert_eq!(
            found(&messages),
            [
                "commit 0123456 is meant to be squashed into another: fixup! Add 🐍",
                "commit 0123456 is meant to be squashed into another: Squash! b",
                "commit 0123456 is meant to be squashed into another: amend! c"
            ]
        );
    }

    #[test]
    fn a_message_that_only_speaks_of_them_is_not() {
        assert!(
            found(&[
                "Explain fixup! commits",
                "Add x\n\nfixup! y",
                "fixup the docs",
                ""
            ])
            .is_empty()
        );
    }
}
