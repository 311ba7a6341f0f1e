//! The files of a commit, found by path or by folder.

use std::collections::HashSet;

use super::{Change, Side};

/// All files of a commit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    /// Sorted by the bytes of their paths.
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: String,
    /// As git writes it, such as `0o100644`.
    pub(crate) mode: u32,
    pub(crate) id: String,
    /// Bytes of the blob, where a gate asked and the clone has it.
    pub(crate) size: Option<u64>,
}

pub(crate) const MODE_SYMLINK: u32 = 0o120_000;
pub(crate) const MODE_SUBMODULE: u32 = 0o160_000;

impl Entry {
    pub(crate) fn is_symlink(&self) -> bool {
        self.mode == MODE_SYMLINK
    }

    pub(crate) fn is_submodule(&self) -> bool {
        self.mode == MODE_SUBMODULE
    }

    pub(crate) fn is_file(&self) -> bool {
        !self.is_symlink() && !self.is_submodule()
    }
}

impl Tree {
    pub(crate) fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Self { entries }
    }

    pub(crate) fn entry(&self, path: &str) -> Option<&Entry> {
        let at = self
            .entries
            .binary_search_by(|entry| entry.path.as_str().cmp(path))
            .ok()?;
        self.entries.get(at)
    }

    /// Whether any file lies below `path`; the root, an empty path, is always there.
    pub(crate) fn has_folder(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        let at = self
            .entries
            .partition_point(|entry| entry.path.as_str() < prefix.as_str());
        let below = |entry: &Entry| entry.path.starts_with(&prefix);
        path.is_empty() || self.entries.get(at).is_some_and(below)
    }

    /// The tree without the changes that led to it.
    pub(crate) fn before(&self, changes: &[Change]) -> Self {
        self.with(changes, |change| change.old.as_ref())
    }

    /// The tree with changes that were made elsewhere.
    pub(super) fn after(&self, changes: &[Change]) -> Self {
        self.with(changes, |change| change.new.as_ref())
    }

    fn with(&self, changes: &[Change], side: impl Fn(&Change) -> Option<&Side>) -> Self {
        let changed: HashSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
        let kept = self
            .entries
            .iter()
            .filter(|entry| !changed.contains(entry.path.as_str()))
            .cloned();
        let put = changes.iter().filter_map(|change| {
            let side = side(change)?;
            Some(Entry {
                path: change.path.clone(),
                mode: side.mode,
                id: side.id.clone(),
                size: None,
            })
        });
        Self::new(kept.chain(put).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        Tree::new(
            paths
                .iter()
                .map(|&path| Entry {
                    path: path.to_owned(),
                    mode: 0o100_644,
                    id: path.to_owned(),
                    size: None,
                })
                .collect(),
        )
    }

    #[test]
    fn folders_are_told_from_names_that_only_begin_alike() {
        let tree = tree(&["a-b", "a/b/c", "ab/c", "a.b"]);
        assert!(tree.has_folder("a") && tree.has_folder("a/b") && tree.has_folder(""));
        assert!(!tree.has_folder("a-b") && !tree.has_folder("a/b/c") && !tree.has_folder("a/"));
        assert!(tree.entry("a-b").is_some() && tree.entry("a").is_none());
    }

    #[test]
    fn the_tree_before_has_what_was_removed_and_not_what_was_added() {
        let side = || {
            Some(Side {
                mode: 0o100_644,
                id: "1".to_owned(),
            })
        };
        let change = |path: &str, old, new| Change {
            path: path.to_owned(),
            old,
            new,
        };
        let changes = [change("new", None, side()), change("gone", side(), None)];
        let before = tree(&["kept", "new"]).before(&changes);
        let paths: Vec<&str> = before
            .entries
            .iter()
            .map(|entry| entry.path.as_str())
            .collect();
        assert_eq!(paths, ["gone", "kept"]);
    }

    #[test]
    fn what_the_base_has_meanwhile_is_in_the_tree_after_the_merge() {
        let change = Change {
            path: "gone".to_owned(),
            old: Some(Side {
                mode: 0o100_644,
                id: "1".to_owned(),
            }),
            new: None,
        };
        let merged = tree(&["gone", "new on the base"]).after(&[change]);
        assert_eq!(merged, tree(&["new on the base"]));
    }
}
