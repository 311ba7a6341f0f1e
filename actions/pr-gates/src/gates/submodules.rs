//! Gate `submodules`: a submodule moves by accident with `git commit -a`, and one without an address breaks every clone.

mod gitmodules;

use clap::ValueEnum;

use super::{Gate, Group};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Change, Fact, PullRequest, Side, Want, short},
};

pub(crate) const GATE: Gate = Gate {
    id: "submodules",
    group: Group::Tree,
    rule: "Every new submodule has an entry in `.gitmodules`; changes listed in `submodules` are made only to those in `allow-submodules`.",
    help: "Restore the submodule, or add its path to `allow-submodules`.",
    needs: |_| vec![Fact::Tree],
    reads: |pr, _| reads(pr),
    check: |pr, inputs| check(pr, &inputs.submodules),
};

/// Bytes; a longer list of submodules nobody has.
const LONGEST_LIST: u64 = 1024 * 1024;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Changes of submodules to block: `added`, `changed`, `removed`.
    #[arg(long, value_name = "CHANGES")]
    submodules: Vec<Kind>,
    /// Globs of submodules that may be changed anyway.
    #[arg(long, value_name = "GLOBS")]
    allow_submodules: Vec<Pattern>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A path becomes a submodule.
    Added,
    /// A submodule is at another commit.
    Changed,
    /// A submodule goes, or becomes something else.
    Removed,
}

fn kind(change: &Change) -> Option<Kind> {
    let is_one = |side: &Option<Side>| side.as_ref().is_some_and(Side::is_submodule);
    match (is_one(&change.old), is_one(&change.new)) {
        (false, true) => Some(Kind::Added),
        (true, true) => Some(Kind::Changed),
        (true, false) => Some(Kind::Removed),
        (false, false) => None,
    }
}

fn reads(pr: &PullRequest) -> Vec<Want> {
    let adds_one = pr.changes.iter().any(|one| kind(one) == Some(Kind::Added));
    let list = pr.tree.entry(".gitmodules").filter(|_| adds_one);
    let list = list.filter(|entry| entry.is_file());
    list.map(|entry| Want::new(&entry.id, LONGEST_LIST))
        .into_iter()
        .collect()
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let list = pr.tree.entry(".gitmodules");
    let list = list.and_then(|entry| pr.text(&entry.id)).unwrap_or("");
    let known = gitmodules::paths(list);
    let submodules = pr
        .changes
        .iter()
        .filter_map(|change| Some((change, kind(change)?)));
    let mut found = Vec::new();
    for (change, kind) in submodules {
        let path = change.path.as_str();
        if inputs.submodules.contains(&kind) && !glob::any(&inputs.allow_submodules, path) {
            found.push(Finding::new(message(change, kind)).file(path));
        }
        if kind == Kind::Added && !known.contains(path) {
            found.push(
                Finding::new("submodule has no entry in `.gitmodules`, so clones cannot fetch it")
                    .file(path)
                    .help(
                        "Add it with `git submodule add URL PATH`. If a repository was committed by accident: \
                         remove its `.git` folder, `git rm --cached PATH`, and add its files.",
                    ),
            );
        }
    }
    found
}

fn message(change: &Change, kind: Kind) -> String {
    let commit = |side: &Option<Side>| side.as_ref().map_or("", |side| short(&side.id)).to_owned();
    let (old, new) = (commit(&change.old), commit(&change.new));
    match kind {
        Kind::Added => format!("submodule is added, at commit {new}"),
        Kind::Changed => format!("submodule moves from commit {old} to {new}"),
        Kind::Removed => format!("submodule is removed, it was at commit {old}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{Content, Entry, MODE_SUBMODULE, Tree};

    const OLD: &str = "1111111111111111111111111111111111111111";
    const NEW: &str = "2222222222222222222222222222222222222222";

    fn found(old: Option<&str>, new: Option<&str>, list: &str, inputs: &Inputs) -> Vec<String> {
        let side = |id: &str| Side {
            mode: MODE_SUBMODULE,
            id: id.to_owned(),
        };
        let mut pr = PullRequest {
            changes: vec![Change {
                path: "vendor/lib".to_owned(),
                old: old.map(side),
                new: new.map(side),
            }],
            tree: Tree::new(vec![Entry {
                path: ".gitmodules".to_owned(),
                mode: 0o100_644,
                id: "list".to_owned(),
                size: None,
            }]),
            ..PullRequest::default()
        };
        for want in reads(&pr) {
            let bytes = Some(list.as_bytes().to_vec());
            pr.contents.insert(want.id, Content { size: 1, bytes });
        }
        let found = check(&pr, inputs);
        found.into_iter().map(|one| one.message).collect()
    }

    fn inputs(kinds: &[Kind], allow: &[&str]) -> Inputs {
        Inputs {
            submodules: kinds.to_vec(),
            allow_submodules: allow.iter().map(|glob| glob.parse().unwrap()).collect(),
        }
    }

    const LIST: &str =
        "[submodule \"lib\"]\n\tpath = vendor/lib\n\turl = https://example.com/lib\n";

    #[test]
    fn what_is_not_listed_may_happen() {
        let none = inputs(&[], &[]);
        assert!(found(None, Some(NEW), LIST, &none).is_empty());
        assert!(found(Some(OLD), Some(NEW), "", &none).is_empty());
        assert!(found(Some(OLD), None, "", &none).is_empty());
    }

    #[test]
    fn each_kind_of_change_has_its_words() {
        let all = inputs(&[Kind::Added, Kind::Changed, Kind::Removed], &[]);
        assert_eq!(
            found(None, Some(NEW), LIST, &all),
            ["submodule is added, at commit 2222222"]
        );
        assert_eq!(
            found(Some(OLD), Some(NEW), LIST, &all),
            ["submodule moves from commit 1111111 to 2222222"]
        );
        assert_eq!(
            found(Some(OLD), None, LIST, &all),
            ["submodule is removed, it was at commit 1111111"]
        );
        let allowed = inputs(&[Kind::Changed], &["vendor/"]);
        assert!(found(Some(OLD), Some(NEW), LIST, &allowed).is_empty());
    }

    #[test]
    fn a_repository_committed_by_accident_is_found() {
        let messages = found(None, Some(NEW), "", &inputs(&[], &[]));
        assert_eq!(
            messages,
            ["submodule has no entry in `.gitmodules`, so clones cannot fetch it"]
        );
    }
}
