//! Sizes and contents of the blobs that gates look at, in as few questions as possible: some sources answer slowly.

use std::{
    collections::{HashMap, HashSet},
    ops::RangeInclusive,
};

use anyhow::Context as _;

use crate::pull_request::{
    Change, Content, Fact, IntroducedFile, Needs, PullRequest, Side, Tree,
    history::{self, Brought},
    source::Source,
};

/// How often gates may want more contents after they saw some: a page names another page, and that is all.
const ROUNDS: usize = 3;

/// Sizes of new files, targets of links, and the contents that gates want.
pub(super) async fn read(
    source: &Source<'_>,
    needs: &Needs<'_>,
    brought: Vec<Brought>,
    pr: &mut PullRequest,
) -> anyhow::Result<()> {
    let brought = history::only_new(brought, &pr.tree, &pr.changes);
    let links = links(&pr.tree, &pr.changes);
    let wants = needs.missing(pr);
    // Together, so that a clone without blobs fetches once.
    let mut wanted = links.clone();
    wanted.extend(brought.iter().map(|file| file.blob.as_str()));
    wanted.extend(ids(&wants));
    let sizes = source.sizes(wanted).await?;
    let targets = source.contents(&links).await?;
    pr.links = targets
        .into_iter()
        .map(|(id, target)| (id, String::from_utf8_lossy(&target).into_owned()))
        .collect();
    contents(source, &wants, &sizes, pr).await?;
    pr.introduced = introduced(brought, &sizes)?;
    if needs.has(&[Fact::TreeSizes]) {
        add_sizes(source, &mut pr.tree).await?;
    }
    for _ in 1..ROUNDS {
        let wants = needs.missing(pr);
        if wants.is_empty() {
            break;
        }
        let sizes = source.sizes(ids(&wants).collect()).await?;
        contents(source, &wants, &sizes, pr).await?;
    }
    Ok(())
}

fn ids(wants: &HashMap<String, RangeInclusive<u64>>) -> impl Iterator<Item = &str> {
    wants.keys().map(String::as_str)
}

fn size_of(sizes: &HashMap<String, u64>, blob: &str) -> anyhow::Result<u64> {
    let size = sizes.get(blob).copied();
    size.with_context(|| format!("failed to read the size of {blob}"))
}

fn introduced(
    brought: Vec<Brought>,
    sizes: &HashMap<String, u64>,
) -> anyhow::Result<Vec<IntroducedFile>> {
    let file = |file: Brought| {
        Ok(IntroducedFile {
            size: size_of(sizes, &file.blob)?,
            path: file.path,
            blob: file.blob,
            commit: file.commit,
        })
    };
    brought.into_iter().map(file).collect()
}

/// Reads those blobs that are of a wanted size, and keeps the size of the others.
async fn contents(
    source: &Source<'_>,
    wants: &HashMap<String, RangeInclusive<u64>>,
    sizes: &HashMap<String, u64>,
    pr: &mut PullRequest,
) -> anyhow::Result<()> {
    let mut of_size = HashSet::new();
    for (id, wanted) in wants {
        if wanted.contains(&size_of(sizes, id)?) {
            of_size.insert(id.as_str());
        }
    }
    let mut read = source.contents(&of_size).await?;
    for id in ids(wants) {
        let content = Content {
            size: size_of(sizes, id)?,
            bytes: read.remove(id),
        };
        pr.contents.insert(id.to_owned(), content);
    }
    Ok(())
}

/// The blobs of links, where it can matter what they lead to: one is new or another one, or something goes that one
/// may lead to.
fn links<'a>(tree: &'a Tree, changes: &'a [Change]) -> HashSet<&'a str> {
    let link = |side: &Option<Side>| side.as_ref().is_some_and(Side::is_symlink);
    let matters = |change: &Change| change.new.is_none() || link(&change.new) || link(&change.old);
    if !changes.iter().any(matters) {
        return HashSet::new();
    }
    let at_head = tree.entries.iter().filter(|entry| entry.is_symlink());
    let before = changes
        .iter()
        .filter_map(|change| change.old.as_ref())
        .filter(|side| side.is_symlink());
    at_head
        .map(|entry| entry.id.as_str())
        .chain(before.map(|side| side.id.as_str()))
        .collect()
}

/// A blobless clone does not know the sizes of what it lacks; they stay unknown.
async fn add_sizes(source: &Source<'_>, tree: &mut Tree) -> anyhow::Result<()> {
    let blobs = tree.entries.iter().filter(|entry| !entry.is_submodule());
    let wanted: HashSet<&str> = blobs.map(|entry| entry.id.as_str()).collect();
    let sizes = source.known_sizes(&wanted).await?;
    for entry in &mut tree.entries {
        entry.size = sizes.get(&entry.id).copied();
    }
    Ok(())
}
