//! What the commits of the range bring in, oldest first, in one order whatever the source lists them in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Change, Commit, MODE_SUBMODULE, Side, Tree};

/// A commit with what decides its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Walked {
    pub(super) commit: Commit,
    /// Id of its tree; empty where the source does not say.
    pub(super) tree: String,
    pub(super) parents: Vec<String>,
    /// Of its committer, in UTC as `2026-01-01T00:00:00Z`, so that text sorts as time.
    pub(super) date: String,
}

impl Walked {
    pub(super) fn into_commit(self) -> Commit {
        Commit {
            is_merge: self.parents.len() > 1,
            ..self.commit
        }
    }
}

/// A content that a commit puts at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Brought {
    pub(super) path: String,
    pub(super) blob: String,
    pub(super) commit: String,
}

/// What differs in a commit from all of its parents, by the commit's id.
pub(super) type Steps = HashMap<String, Vec<(String, Side)>>;

/// Parents before children; of those that could come next, the oldest.
pub(super) fn in_order(commits: Vec<Walked>) -> Vec<Walked> {
    let ids: HashSet<String> = commits.iter().map(|it| it.commit.id.clone()).collect();
    let mut children: HashMap<String, Vec<String>> = HashMap::new();
    let mut waiting: HashMap<String, usize> = HashMap::new();
    let mut ready = BTreeSet::new();
    let mut by_id = HashMap::new();
    for walked in commits {
        let id = walked.commit.id.clone();
        let parents: BTreeSet<&String> = walked
            .parents
            .iter()
            .filter(|parent| ids.contains(*parent))
            .collect();
        match parents.len() {
            0 => drop(ready.insert((walked.date.clone(), id.clone()))),
            count => drop(waiting.insert(id.clone(), count)),
        }
        for parent in parents {
            children.entry(parent.clone()).or_default().push(id.clone());
        }
        by_id.insert(id, walked);
    }
    let mut ordered = Vec::new();
    while let Some((_, id)) = ready.pop_first() {
        for child in children.remove(&id).unwrap_or_default() {
            let Some(left) = waiting.get_mut(&child) else {
                continue;
            };
            *left -= 1;
            if *left == 0 {
                let date = by_id
                    .get(&child)
                    .map(|it| it.date.clone())
                    .unwrap_or_default();
                ready.insert((date, child));
            }
        }
        ordered.extend(by_id.remove(&id));
    }
    ordered
}

/// Each content at each path once, with the oldest commit that has it.
pub(super) fn brought(commits: &[Commit], mut steps: Steps) -> Vec<Brought> {
    let mut seen: HashSet<(String, String)> = HashSet::new();
    let mut brought = Vec::new();
    for commit in commits {
        let by_path: BTreeMap<String, Side> = steps
            .remove(&commit.id)
            .unwrap_or_default()
            .into_iter()
            .collect();
        for (path, side) in by_path {
            if side.mode != MODE_SUBMODULE && seen.insert((path.clone(), side.id.clone())) {
                brought.push(Brought {
                    path,
                    blob: side.id,
                    commit: commit.id.clone(),
                });
            }
        }
    }
    brought
}

/// What the merge base has already, at whatever path, is moved or copied and not new.
pub(super) fn only_new(brought: Vec<Brought>, tree: &Tree, changes: &[Change]) -> Vec<Brought> {
    let mut new: HashSet<&str> = brought.iter().map(|file| file.blob.as_str()).collect();
    let changed: HashSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    for entry in &tree.entries {
        if new.contains(entry.id.as_str()) && !changed.contains(entry.path.as_str()) {
            new.remove(entry.id.as_str());
        }
    }
    for side in changes.iter().filter_map(|change| change.old.as_ref()) {
        new.remove(side.id.as_str());
    }
    let new: HashSet<String> = new.into_iter().map(str::to_owned).collect();
    brought
        .into_iter()
        .filter(|file| new.contains(&file.blob))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(id: &str, parents: &[&str], date: &str) -> Walked {
        Walked {
            commit: Commit::new(id.to_owned(), "m"),
            tree: String::new(),
            parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
            date: date.to_owned(),
        }
    }

    #[test]
    fn parents_come_first_and_then_time_decides_and_not_how_they_were_listed() {
        let list = || {
            vec![
                walked("merge", &["left", "right"], "1"),
                walked("right", &["outside"], "3"),
                walked("left", &["outside"], "2"),
            ]
        };
        let ids = |commits: Vec<Walked>| -> Vec<String> {
            in_order(commits)
                .into_iter()
                .map(|it| it.commit.id)
                .collect()
        };
        let mut backwards = list();
        backwards.reverse();
        assert_eq!(ids(list()), ["left", "right", "merge"]);
        assert_eq!(ids(backwards), ids(list()));
    }

    #[test]
    fn a_content_that_comes_back_counts_once_for_its_first_commit() {
        let side = Side {
            mode: 0o100_644,
            id: "blob".to_owned(),
        };
        let step = || vec![("f".to_owned(), side.clone())];
        let commits = [
            Commit::new("a".to_owned(), ""),
            Commit::new("b".to_owned(), ""),
        ];
        let steps = HashMap::from([("a".to_owned(), step()), ("b".to_owned(), step())]);
        let brought = brought(&commits, steps);
        assert_eq!(brought.len(), 1);
        assert_eq!(brought[0].commit, "a");
    }
}
