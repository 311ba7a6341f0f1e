//! Gate `branch-name`: names of branches decide which workflows run, and a fork's `main` cannot be worked on together.

use std::{fmt, str::FromStr};

use untrusted_input::Glob;

use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    pull_request::{Branches, Fact, PullRequest},
};

pub(crate) const GATE: Gate = Gate {
    id: "branch-name",
    group: Group::PullRequest,
    rule: "The branch name matches `branch-name`, the base branch matches `base-branch`, and the branch is not a fork's `main`.",
    help: "Rename the branch with `git branch --move NEW && git push --set-upstream origin NEW`, and open the pull request from it.",
    needs: |_| vec![Fact::Conversation],
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.branch_name),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Globs, one of which the branch name must match, such as `*/*` or `{feat,fix}/**`; as in `on: pull_request: branches:`, `**` matches `/` and `*` does not.
    #[arg(long, value_name = "GLOBS")]
    branch_name: Vec<Name>,
    /// Globs, one of which the base branch must match.
    #[arg(long, value_name = "GLOBS")]
    base_branch: Vec<Name>,
    /// Allow pull requests from a fork's default branch; maintainers cannot push to them without changing the fork's own `main`.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    allow_fork_main: bool,
}

/// A glob of whole names of branches.
#[derive(Debug, Clone)]
struct Name(Glob);

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('!') {
            return Err(
                "a glob cannot exclude what another one matches: remove the `!`".to_owned(),
            );
        }
        let glob = Glob::new(text).map_err(|err| err.to_string())?;
        Ok(Self(glob))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let Some(conversation) = &pr.conversation else {
        return Vec::new();
    };
    let branches = &conversation.branches;
    let head = mismatch("branch", &branches.head, &inputs.branch_name);
    let base = mismatch("base branch", &branches.base, &inputs.base_branch)
        .map(|finding| finding.help("Edit the pull request and choose another base branch."));
    let fork = match inputs.allow_fork_main {
        true => None,
        false => main_of_fork(branches),
    };
    [head, base, fork].into_iter().flatten().collect()
}

fn mismatch(what: &str, name: &str, globs: &[Name]) -> Option<Finding> {
    if globs.is_empty() || globs.iter().any(|glob| glob.0.matches(name)) {
        return None;
    }
    let globs: Vec<String> = globs.iter().map(ToString::to_string).collect();
    let message = format!("{what} \"{name}\" does not match {}", globs.join(" or "));
    Some(Finding::new(message))
}

fn main_of_fork(branches: &Branches) -> Option<Finding> {
    let fork = branches.fork.as_ref()?;
    let head = branches.head.as_str();
    let default = fork
        .default_branch
        .as_ref()
        .unwrap_or(&branches.default_branch);
    if head != default && !matches!(head, "main" | "master") {
        return None;
    }
    let message = format!(
        "branch \"{head}\" is the main branch of the fork {}: maintainers cannot push fixes without changing the fork's {head}, and the fork can no longer track ours",
        fork.repository
    );
    Some(Finding::new(message).help(
        "Create a branch with `git switch --create my-change && git push --set-upstream origin my-change`, and open the pull request from it.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{Conversation, Fork};

    fn found(head: &str, fork: Option<(&str, Option<&str>)>, globs: &[&str]) -> Vec<String> {
        let pr = PullRequest {
            conversation: Some(Conversation {
                branches: Branches {
                    head: head.to_owned(),
                    base: "release/1.2".to_owned(),
                    fork: fork.map(|(repository, default)| Fork {
                        repository: repository.to_owned(),
                        default_branch: default.map(str::to_owned),
                    }),
                    default_branch: "trunk".to_owned(),
                },
                ..Conversation::default()
            }),
            ..PullRequest::default()
        };
        let inputs = Inputs {
            branch_name: globs.iter().map(|glob| glob.parse().unwrap()).collect(),
            base_branch: vec!["main".parse().unwrap(), "release/*".parse().unwrap()],
            allow_fork_main: false,
        };
        let found = check(&pr, &inputs).into_iter();
        found.map(|finding| finding.message).collect()
    }

    #[test]
    fn the_name_must_match_one_glob_as_a_whole() {
        let globs = ["{feat,fix}/*", "🐍/**"];
        assert!(found("feat/x", None, &globs).is_empty());
        assert!(found("🐍/a/b", None, &globs).is_empty());
        for name in ["feat/x/y", "x/feat/y", "feat", "Feat/x", "feat/$(reboot)/x"] {
            assert_eq!(
                found(name, None, &globs),
                [format!(
                    "branch \"{name}\" does not match `{{feat,fix}}/*` or `🐍/**`"
                )]
            );
        }
    }

    #[test]
    fn the_main_branch_of_a_fork_is_refused_and_our_own_is_not() {
        for (head, default) in [
            ("main", None),
            ("master", Some("trunk")),
            ("trunk", None),
            ("dev", Some("dev")),
        ] {
            let found = found(head, Some(("x/r", default)), &[]);
            assert!(
                found[0].contains("is the main branch of the fork x/r"),
                "{head}"
            );
        }
        assert!(found("main", None, &[]).is_empty());
        assert!(found("fix", Some(("x/r", Some("main"))), &[]).is_empty());
    }

    #[test]
    fn a_glob_that_is_none_is_refused() {
        assert!("a[".parse::<Name>().is_err() && "!main".parse::<Name>().is_err());
    }
}
