//! Gate `merge-commits`: where pull requests are rebased, the merges within them make the history a net.

use super::{Gate, Group, NOTHING, Policy};
use crate::{
    finding::Finding,
    pull_request::{Fact, PullRequest},
};

pub(crate) const GATE: Gate = Gate {
    id: "merge-commits",
    group: Group::History,
    rule: "The pull request itself contains no merge commits.",
    help: "Rebase onto the base branch, and push with `git push --force-with-lease`.",
    needs: |inputs| match inputs.merge_commits.merge_commits {
        Policy::Refuse => vec![Fact::OwnCommits],
        Policy::Allow => Vec::new(),
    },
    reads: NOTHING,
    check: |pr, _| check(pr),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Whether the pull request may contain merge commits, such as merges of its base branch.
    #[arg(long, value_name = "POLICY", value_enum, default_value = "allow")]
    merge_commits: Policy,
}

fn check(pr: &PullRequest) -> Vec<Finding> {
    let onto = match &pr.conversation {
        Some(conversation) => conversation.branches.base.as_str(),
        None => "the base branch",
    };
    let merges = pr.commits.iter().filter(|commit| commit.is_merge);
    let findings = merges.map(|commit| {
        let (id, subject) = (commit.short(), commit.subject());
        let help = format!(
            "Rebase onto {onto}, which drops merge commits, and push with `git push --force-with-lease`."
        );
        Finding::new(format!("commit {id} is a merge: {subject}"))
            .commit(&commit.id)
            .help(help)
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::Commit;

    #[test]
    fn merges_are_found_and_other_commits_are_not() {
        let commit = |is_merge| Commit {
            is_merge,
            ..Commit::new("0123456789".repeat(4), "Merge branch 'main' 🐍")
        };
        let pr = PullRequest {
            commits: vec![commit(false), commit(true)],
            ..PullRequest::default()
        };
        let found = check(&pr);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].message,
            "commit 0123456 is a merge: Merge branch 'main' 🐍"
        );
    }
}
