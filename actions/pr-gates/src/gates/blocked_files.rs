//! Gate `blocked-files`: what an editor, a merge or a build leaves behind is committed by accident, and a secret for good.

use std::collections::{HashMap, HashSet};

use actions_core::text::shell_word;

use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Change, Fact, PullRequest, short},
};

pub(crate) const GATE: Gate = Gate {
    id: "blocked-files",
    group: Group::History,
    rule: "No commit adds a file that matches `blocked-files`, even if a later commit removes it.",
    help: "Remove the file from the commits and add it to `.gitignore`, or add its path to `allow-blocked-files`.",
    needs: |inputs| match inputs.blocked_files.blocked_files.is_empty() {
        true => Vec::new(),
        false => vec![Fact::History],
    },
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.blocked_files),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Globs of files that may not be added, such as `*.orig`, `.DS_Store` or `.env`.
    #[arg(long, value_name = "GLOBS")]
    blocked_files: Vec<Pattern>,
    /// Globs of files that may be added anyway.
    #[arg(long, value_name = "GLOBS")]
    allow_blocked_files: Vec<Pattern>,
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let changes: HashMap<&str, &Change> = pr
        .changes
        .iter()
        .map(|change| (change.path.as_str(), change))
        .collect();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for file in &pr.introduced {
        let path = file.path.as_str();
        let kept = match changes.get(path) {
            Some(change) => change.adds(),
            None => false,
        };
        // Neither here nor there, so it came and went.
        let gone = !changes.contains_key(path) && pr.tree.entry(path).is_none();
        if (kept || gone)
            && seen.insert(path)
            && let Some(finding) = judge(inputs, path)
        {
            let commit = short(&file.commit);
            found.push(
                match gone {
                    false => mend(pr, finding, path, Some(commit)),
                    true => stays(pr, finding, commit),
                }
                .commit(&file.commit),
            );
        }
    }
    // Moved files bring no new content, and submodules none at all.
    let moved = pr.changes.iter().filter(|change| change.adds());
    let moved = moved.filter(|change| !seen.contains(change.path.as_str()));
    found.extend(moved.filter_map(|change| {
        let finding = judge(inputs, &change.path)?;
        Some(mend(pr, finding, &change.path, None))
    }));
    found
}

fn judge(inputs: &Inputs, path: &str) -> Option<Finding> {
    let pattern = inputs.blocked_files.iter().find(|one| one.matches(path))?;
    if glob::any(&inputs.allow_blocked_files, path) {
        return None;
    }
    let pattern = pattern.as_str();
    Some(Finding::new(format!("file matches \"{pattern}\" of `blocked-files`")).file(path))
}

fn mend(pr: &PullRequest, finding: Finding, path: &str, commit: Option<&str>) -> Finding {
    let path = shell_word(path);
    let (Some(range), Some(commit)) = (&pr.range, commit) else {
        return finding;
    };
    let base = short(&range.merge_base);
    finding.help(format!(
        "{} To remove it from commit {commit}: `git rm --cached -- {path} && git commit --fixup={commit} \
         && git rebase --interactive --autosquash {base}`.",
        GATE.help
    ))
}

fn stays(pr: &PullRequest, mut finding: Finding, commit: &str) -> Finding {
    finding.message.push_str(&format!(
        " in commit {commit}, and stays in the history even though a later commit removes it"
    ));
    let base = pr
        .range
        .as_ref()
        .map_or("", |range| short(&range.merge_base));
    finding.help(format!(
        "Squash the branch into one commit: `git reset --soft {base} && git commit`, then `git push --force-with-lease`. \
         If it contains a secret, revoke it: treat it as leaked."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{Entry, IntroducedFile, Side, Tree};

    const COMMIT: &str = "1111111111111111111111111111111111111111";

    fn change(path: &str, old: bool, new: bool) -> Change {
        let side = || Side {
            mode: 0o100_644,
            id: path.to_owned(),
        };
        Change {
            path: path.to_owned(),
            old: old.then(side),
            new: new.then(side),
        }
    }

    fn found(introduced: &[&str], changes: Vec<Change>) -> Vec<String> {
        let tree = changes.iter().filter_map(|change| {
            let side = change.new.as_ref()?;
            Some(Entry {
                path: change.path.clone(),
                mode: side.mode,
                id: side.id.clone(),
                size: None,
            })
        });
        let pr = PullRequest {
            tree: Tree::new(tree.collect()),
            introduced: introduced
                .iter()
                .map(|&path| IntroducedFile {
                    path: path.to_owned(),
                    blob: path.to_owned(),
                    size: 1,
                    commit: COMMIT.to_owned(),
                })
                .collect(),
            changes,
            ..PullRequest::default()
        };
        let inputs = Inputs {
            blocked_files: vec!["*.orig".parse().unwrap(), ".env".parse().unwrap()],
            allow_blocked_files: vec!["tests/".parse().unwrap()],
        };
        let found = check(&pr, &inputs);
        found
            .into_iter()
            .map(|one| format!("{}: {}", one.file.unwrap(), one.message))
            .collect()
    }

    #[test]
    fn an_added_file_is_found_unless_it_is_allowed() {
        let changes = ["a.orig", "tests/a.orig", "a.rs"].map(|path| change(path, false, true));
        assert_eq!(
            found(&["a.orig", "tests/a.orig", "a.rs"], changes.to_vec()),
            ["a.orig: file matches \"*.orig\" of `blocked-files`"]
        );
    }

    #[test]
    fn a_file_that_was_there_may_be_changed_and_removed() {
        assert!(found(&["a.orig"], vec![change("a.orig", true, true)]).is_empty());
        assert!(found(&[], vec![change("a.orig", true, false)]).is_empty());
    }

    #[test]
    fn a_file_that_is_moved_to_a_blocked_name_is_found() {
        let changes = vec![change("a.txt", true, false), change("a.orig", false, true)];
        assert_eq!(found(&[], changes).len(), 1);
    }

    #[test]
    fn a_file_that_came_and_went_is_found_once() {
        assert_eq!(
            found(&[".env", ".env"], Vec::new()),
            [
                ".env: file matches \".env\" of `blocked-files` in commit 1111111, and stays in the history even though a later commit removes it"
            ]
        );
    }
}
