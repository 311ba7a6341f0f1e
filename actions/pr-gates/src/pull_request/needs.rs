//! What gates ask to be told, so that nothing is read that no gate looks at.

use std::{
    collections::{BTreeSet, HashMap},
    ops::RangeInclusive,
};

use super::PullRequest;

/// A kind of fact, as gates ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// Labels, title, description.
    Conversation,
    /// The commits with their messages.
    Commits,
    /// The same, where all of them are of one branch.
    OwnCommits,
    /// How far the pull requests and issues are that the description depends on.
    Dependencies,
    /// The files that each commit brings in, with their sizes; includes [`Self::Tree`] and [`Self::Commits`].
    History,
    /// Which paths differ between the merge base and the head.
    Changes,
    /// The files at the head, the targets of symlinks; includes [`Self::Changes`].
    Tree,
    /// The sizes of the files at the head; includes [`Self::Tree`].
    TreeSizes,
    /// The files as they would be after the merge into the base; includes [`Self::Tree`].
    MergedTree,
    /// The lines that the head has and the merge base has not.
    AddedLines,
}

/// What gates ask for.
pub(crate) struct Needs<'a> {
    pub(crate) facts: Vec<Fact>,
    /// Blobs whose content they read, told from the changes and trees, and from the contents that came before.
    pub(crate) contents: &'a dyn Fn(&PullRequest) -> Vec<Want>,
    /// Links to other sites that they want to be followed, told when all else is there.
    pub(crate) links: &'a dyn Fn(&PullRequest) -> BTreeSet<String>,
}

/// A blob whose content a gate reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Want {
    /// Id of the blob.
    pub(crate) id: String,
    /// Bytes: of a smaller or larger one only the size is told.
    pub(crate) sizes: RangeInclusive<u64>,
}

/// What is known of a blob that a gate wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) size: u64,
    /// `None` where it is of no size that anybody wanted.
    pub(crate) bytes: Option<Vec<u8>>,
}

impl Needs<'_> {
    pub(super) fn has(&self, wanted: &[Fact]) -> bool {
        self.facts.iter().any(|fact| wanted.contains(fact))
    }

    /// What is still to be read, each blob once with the sizes that any of the wishes has.
    pub(super) fn missing(&self, pr: &PullRequest) -> HashMap<String, RangeInclusive<u64>> {
        let mut missing: HashMap<String, RangeInclusive<u64>> = HashMap::new();
        for want in (self.contents)(pr) {
            if !pr
                .contents
                .get(&want.id)
                .is_some_and(|one| one.is_enough_for(&want))
            {
                let sizes = missing.entry(want.id).or_insert(want.sizes.clone());
                let least = *want.sizes.start().min(sizes.start());
                *sizes = least..=*want.sizes.end().max(sizes.end());
            }
        }
        missing
    }
}

impl Want {
    /// A blob of at most so many bytes.
    pub(crate) fn new(id: &str, most: u64) -> Self {
        Self::of_size(id, 0..=most)
    }

    /// A blob whose size may be what the gate looks for; through the API, reading one takes a request.
    pub(crate) fn of_size(id: &str, sizes: RangeInclusive<u64>) -> Self {
        Self {
            id: id.to_owned(),
            sizes,
        }
    }
}

impl Content {
    fn is_enough_for(&self, want: &Want) -> bool {
        self.bytes.is_some() || !want.sizes.contains(&self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_read_once_for_the_largest_wish_and_again_only_for_a_larger_one() {
        let wants = |_: &PullRequest| {
            vec![
                Want::of_size("a", 10..=12),
                Want::of_size("a", 5..=20),
                Want::new("b", 5),
            ]
        };
        let needs = Needs {
            facts: Vec::new(),
            contents: &wants,
            links: &|_| BTreeSet::new(),
        };
        let mut pr = PullRequest::default();
        let both = HashMap::from([("a".to_owned(), 5..=20), ("b".to_owned(), 0..=5)]);
        assert_eq!(needs.missing(&pr), both);
        let content = |size, bytes| Content { size, bytes };
        pr.contents.insert("a".to_owned(), content(15, None));
        pr.contents.insert("b".to_owned(), content(6, None));
        assert_eq!(
            needs.missing(&pr),
            HashMap::from([("a".to_owned(), 5..=20)])
        );
        pr.contents
            .insert("a".to_owned(), content(1, Some(vec![0])));
        assert!(needs.missing(&pr).is_empty());
    }
}
