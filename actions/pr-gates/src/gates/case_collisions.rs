//! Gate `case-collisions`: on macOS and Windows two names that differ by case alone are one file, and one of the two is lost.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization as _;

use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Fact, PullRequest},
};

pub(crate) const GATE: Gate = Gate {
    id: "case-collisions",
    group: Group::Tree,
    rule: "After the merge, no new path differs from another one only in case or in Unicode normalization.",
    help: "Rename one of the two, or add the new path to `allow-case-collisions`.",
    needs: |_| vec![Fact::MergedTree],
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.case_collisions),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Globs of new paths that may collide.
    #[arg(long, value_name = "GLOBS")]
    allow_case_collisions: Vec<Pattern>,
}

/// How a path, or the folders above it, is spelled somewhere in the tree.
#[derive(Default)]
struct Spelling {
    /// Whether anything below it was there before.
    old: bool,
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let added = pr.changes.iter().filter(|change| change.adds());
    let added: HashSet<&str> = added.map(|change| change.path.as_str()).collect();
    if added.is_empty() {
        return Vec::new();
    }
    let folded: HashMap<&str, Cow<'_, str>> =
        added.iter().map(|path| (*path, fold(path))).collect();
    let spellings = spellings(pr, &added, &folded);
    let mut paths: Vec<(&str, &Cow<'_, str>)> = folded
        .iter()
        .map(|(path, folded)| (*path, folded))
        .collect();
    paths.sort_unstable();
    let mut said = HashSet::new();
    paths
        .into_iter()
        .filter(|(path, _)| !glob::any(&inputs.allow_case_collisions, path))
        .filter_map(|(path, folded)| collision(path, folded, &spellings, &mut said))
        .collect()
}

type Spellings<'a> = HashMap<&'a str, HashMap<&'a str, Spelling>>;

/// All spellings in the tree of the new paths and of the folders above them, by the folded path.
fn spellings<'a>(
    pr: &'a PullRequest,
    added: &HashSet<&str>,
    folded: &'a HashMap<&str, Cow<'_, str>>,
) -> Spellings<'a> {
    let mut spellings: Spellings<'a> = folded
        .values()
        .flat_map(|folded| prefixes(folded))
        .map(|prefix| (prefix, HashMap::new()))
        .collect();
    for entry in &pr.merged_tree().entries {
        let is_added = added.contains(entry.path.as_str());
        let folded = fold(&entry.path);
        for (prefix, spelled) in prefixes(&folded).zip(prefixes(&entry.path)) {
            let Some(known) = spellings.get_mut(prefix) else {
                // What lies below cannot be known either.
                break;
            };
            known.entry(spelled).or_default().old |= !is_added;
        }
    }
    spellings
}

/// The topmost collision of a new path, if nobody said it before.
fn collision<'a>(
    path: &'a str,
    folded: &str,
    spellings: &Spellings<'_>,
    said: &mut HashSet<&'a str>,
) -> Option<Finding> {
    for (prefix, spelled) in prefixes(folded).zip(prefixes(path)) {
        let all = spellings.get(prefix)?;
        if all.get(spelled).is_some_and(|own| own.old) {
            continue;
        }
        let mut others: Vec<(&str, &Spelling)> = all
            .iter()
            .map(|(other, spelling)| (*other, spelling))
            .filter(|(other, _)| *other != spelled)
            .collect();
        others.sort_unstable_by_key(|(other, spelling)| (!spelling.old, *other));
        let Some((other, spelling)) = others.first() else {
            continue;
        };
        // Of two new ones the second is said.
        if (!spelling.old && *other > spelled) || !said.insert(spelled) {
            return None;
        }
        let what = match spelled == path {
            true => "path",
            false => "folder",
        };
        let how = match other.nfc().eq(spelled.nfc()) {
            true => "its Unicode normalization",
            false => "case",
        };
        let finding = Finding::new(format!(
            "{what} \"{spelled}\" differs from \"{other}\" only by {how}"
        ));
        return Some(finding.file(path));
    }
    None
}

/// `a`, `a/b`, `a/b/c`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let slashes = path.match_indices('/').map(|(at, _)| at);
    slashes
        .chain([path.len()])
        .filter_map(|end| path.get(..end))
}

/// What macOS and Windows take for the same: Unicode's case folding, over characters in one form. Keeps every slash.
fn fold(path: &str) -> Cow<'_, str> {
    if !path.is_ascii() {
        let decomposed: String = path.nfd().collect();
        let folded = UniCase::unicode(decomposed).to_folded_case();
        return Cow::Owned(folded.nfc().collect());
    }
    match path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(path.to_ascii_lowercase()),
        false => Cow::Borrowed(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{Change, Entry, Side, Tree};

    fn found(old: &[&str], new: &[&str]) -> Vec<String> {
        let entry = |path: &&str| Entry {
            path: (*path).to_owned(),
            mode: 0o100_644,
            id: String::new(),
            size: None,
        };
        let changes = new.iter().map(|&path| Change {
            path: path.to_owned(),
            old: None,
            new: Some(Side {
                mode: 0o100_644,
                id: String::new(),
            }),
        });
        let pr = PullRequest {
            tree: Tree::new(old.iter().chain(new).map(entry).collect()),
            changes: changes.collect(),
            ..PullRequest::default()
        };
        let inputs = Inputs {
            allow_case_collisions: vec!["fixtures/".parse().unwrap()],
        };
        let found = check(&pr, &inputs);
        found.into_iter().map(|one| one.message).collect()
    }

    #[test]
    fn a_new_path_that_differs_by_case_is_found() {
        assert_eq!(
            found(&["README.md", "src/a"], &["Readme.md", "src/b"]),
            ["path \"Readme.md\" differs from \"README.md\" only by case"]
        );
    }

    #[test]
    fn of_two_new_paths_one_is_said() {
        assert_eq!(
            found(&[], &["A", "a"]),
            ["path \"a\" differs from \"A\" only by case"]
        );
    }

    #[test]
    fn what_collides_already_is_not_this_pull_requests_doing() {
        assert!(found(&["A", "a", "Dir/x", "dir/y"], &["b", "dir/z"]).is_empty());
    }

    #[test]
    fn folders_collide_and_are_said_once() {
        assert_eq!(
            found(&["Docs/a"], &["docs/a", "docs/b"]),
            ["folder \"docs\" differs from \"Docs\" only by case"]
        );
        assert_eq!(
            found(&["docs/a"], &["Docs"]),
            ["path \"Docs\" differs from \"docs\" only by case"]
        );
    }

    #[test]
    fn forms_of_unicode_collide() {
        assert_eq!(
            found(&["caf\u{e9}"], &["cafe\u{301}"]),
            ["path \"cafe\u{301}\" differs from \"caf\u{e9}\" only by its Unicode normalization"]
        );
        assert_eq!(found(&["CAFÉ"], &["cafe\u{301}"]).len(), 1);
        assert_eq!(found(&["Σς"], &["σσ"]).len(), 1);
    }

    #[test]
    fn letters_that_only_look_alike_do_not_collide() {
        assert!(found(&["a", "ı", "é"], &["а", "i", "e"]).is_empty());
    }

    #[test]
    fn an_allowed_path_passes() {
        assert!(found(&["fixtures/A"], &["fixtures/a"]).is_empty());
    }
}
