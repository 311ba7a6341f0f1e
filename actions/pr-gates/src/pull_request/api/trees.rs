//! Trees through the API, each asked for once, so that any two commits can be compared whole, whatever their size.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, bail};
use github::path_part as part;
use serde::Deserialize;

use super::client::Client;
use crate::pull_request::{Change, Entry, Side};

/// Above this many entries the tree of a further commit is read folder by folder, where it differs.
const MANY: usize = 20_000;

const MODE_TREE: u32 = 0o040_000;

/// What a folder holds, by name.
type Folder = BTreeMap<String, Node>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    mode: u32,
    id: String,
    size: Option<u64>,
}

/// The trees that are known so far.
pub(super) struct Trees<'a> {
    client: &'a Client<'a>,
    repository: &'a str,
    known: Mutex<HashMap<String, Arc<Folder>>>,
    /// Whether a tree is too large to be asked for with all that is below it.
    large: AtomicBool,
}

#[derive(Deserialize)]
struct Listing {
    truncated: bool,
    tree: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    path: String,
    mode: String,
    sha: String,
    size: Option<u64>,
}

impl Node {
    fn is_tree(&self) -> bool {
        self.mode == MODE_TREE
    }

    fn side(&self) -> Option<Side> {
        (!self.is_tree()).then(|| Side {
            mode: self.mode,
            id: self.id.clone(),
        })
    }
}

impl<'a> Trees<'a> {
    pub(super) fn new(client: &'a Client<'a>, repository: &'a str) -> Self {
        Self {
            client,
            repository,
            known: Mutex::default(),
            large: AtomicBool::new(false),
        }
    }

    /// All files below a tree, or the tree of a commit.
    pub(super) async fn files(&self, tree: &str) -> anyhow::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut ahead = vec![(String::new(), tree.to_owned())];
        while let Some((above, id)) = ahead.pop() {
            for (name, node) in self.folder(&id, true).await?.iter() {
                let path = format!("{above}{name}");
                match node.is_tree() {
                    true => ahead.push((format!("{path}/"), node.id.clone())),
                    false => entries.push(Entry {
                        path,
                        mode: node.mode,
                        id: node.id.clone(),
                        size: node.size,
                    }),
                }
            }
        }
        Ok(entries)
    }

    /// What differs between two trees; without the first, all that the second holds.
    pub(super) async fn changes(
        &self,
        old: Option<&str>,
        new: &str,
    ) -> anyhow::Result<Vec<Change>> {
        let mut changes = Vec::new();
        let mut ahead = vec![(String::new(), old.map(str::to_owned), Some(new.to_owned()))];
        while let Some((above, old, new)) = ahead.pop() {
            if old == new {
                continue;
            }
            let (old, new) = (self.held(old).await?, self.held(new).await?);
            for (name, old, new) in pairs(&old, &new) {
                let path = format!("{above}{name}");
                let below = |node: &Option<Node>| {
                    let folder = node.as_ref().filter(|node| node.is_tree());
                    folder.map(|node| node.id.clone())
                };
                if below(&old).is_some() || below(&new).is_some() {
                    ahead.push((format!("{path}/"), below(&old), below(&new)));
                }
                let (old, new) = (old.and_then(|it| it.side()), new.and_then(|it| it.side()));
                if old != new {
                    changes.push(Change { path, old, new });
                }
            }
        }
        Ok(changes)
    }

    /// The sizes of these blobs, where a tree that was read holds them.
    pub(super) fn sizes(&self, wanted: &HashSet<&str>) -> HashMap<String, u64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .values()
            .flat_map(|folder| folder.values())
            .filter(|node| wanted.contains(node.id.as_str()))
            .filter_map(|node| Some((node.id.clone(), node.size?)))
            .collect()
    }

    async fn held(&self, tree: Option<String>) -> anyhow::Result<Arc<Folder>> {
        match tree {
            Some(tree) => {
                let whole = !self.large.load(Ordering::Relaxed);
                self.folder(&tree, whole).await
            }
            None => Ok(Arc::default()),
        }
    }

    /// Reads a tree ahead of whoever looks into it.
    pub(super) async fn read(&self, tree: &str) -> anyhow::Result<()> {
        let whole = !self.large.load(Ordering::Relaxed);
        self.folder(tree, whole).await.map(drop)
    }

    /// What one folder holds; `whole` asks for all that is below it with the same request.
    async fn folder(&self, tree: &str, whole: bool) -> anyhow::Result<Arc<Folder>> {
        if let Some(known) = self.known(tree) {
            return Ok(known);
        }
        if whole {
            let listing = self.ask(tree, "?recursive=1").await?;
            if listing.tree.len() > MANY || listing.truncated {
                self.large.store(true, Ordering::Relaxed);
            }
            if !listing.truncated {
                self.learn(tree, listing)?;
                return self.known(tree).context("a tree is not in its own listing");
            }
        }
        let listing = self.ask(tree, "").await?;
        if listing.truncated {
            bail!(
                "failed to read the tree {tree} of {}: one folder holds more than the API lists: use `actions/checkout`",
                self.repository
            );
        }
        self.learn(tree, listing)?;
        self.known(tree).context("a tree is not in its own listing")
    }

    fn known(&self, tree: &str) -> Option<Arc<Folder>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(tree).cloned()
    }

    async fn ask(&self, tree: &str, how: &str) -> anyhow::Result<Listing> {
        let path = format!("/repos/{}/git/trees/{}{how}", self.repository, part(tree));
        let asked = self.client.get(&path).await;
        asked.with_context(|| format!("failed to read the tree {tree} of {}", self.repository))
    }

    /// Takes a listing apart into its folders; one that goes deeper knows all of them.
    fn learn(&self, tree: &str, listing: Listing) -> anyhow::Result<()> {
        let mut ids: HashMap<String, String> = HashMap::from([(String::new(), tree.to_owned())]);
        let mut folders: HashMap<String, Folder> = HashMap::from([(String::new(), Folder::new())]);
        for listed in listing.tree {
            let mode = u32::from_str_radix(&listed.mode, 8)
                .with_context(|| format!("failed to read the mode \"{}\"", listed.mode))?;
            let (above, name) = listed.path.rsplit_once('/').unwrap_or(("", &listed.path));
            let node = Node {
                mode,
                id: listed.sha,
                size: listed.size,
            };
            if node.is_tree() {
                ids.insert(listed.path.clone(), node.id.clone());
            }
            let folder = folders.entry(above.to_owned()).or_default();
            folder.insert(name.to_owned(), node);
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (path, folder) in folders {
            if let Some(id) = ids.get(&path) {
                known.insert(id.clone(), Arc::new(folder));
            }
        }
        Ok(())
    }
}

/// The nodes of two folders by name, where they differ.
fn pairs(old: &Folder, new: &Folder) -> Vec<(String, Option<Node>, Option<Node>)> {
    let gone = old.iter().filter(|(name, _)| !new.contains_key(*name));
    let gone = gone.map(|(name, node)| (name.clone(), Some(node.clone()), None));
    let here = new.iter().filter_map(|(name, node)| {
        let before = old.get(name);
        let same = before.is_some_and(|before| (before.mode, &before.id) == (node.mode, &node.id));
        (!same).then(|| (name.clone(), before.cloned(), Some(node.clone())))
    });
    gone.chain(here).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str) -> Node {
        Node {
            mode: 0o100_644,
            id: id.to_owned(),
            size: None,
        }
    }

    #[test]
    fn only_what_differs_is_looked_into() {
        let folder = |names: &[(&str, &str)]| -> Folder {
            names
                .iter()
                .map(|(name, id)| ((*name).to_owned(), node(id)))
                .collect()
        };
        let old = folder(&[("same", "1"), ("gone", "2"), ("changed", "3")]);
        let new = folder(&[("same", "1"), ("changed", "4"), ("new", "5")]);
        let names: Vec<String> = pairs(&old, &new)
            .into_iter()
            .map(|(name, ..)| name)
            .collect();
        assert_eq!(names, ["gone", "changed", "new"]);
    }
}
