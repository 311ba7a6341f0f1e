//! The packages of commits, as git and cargo tell them: what several of them share is read once.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use actions_core::Context;
use affected::{Ecosystem, Graph, describes_packages};
use futures::{StreamExt as _, stream};

use super::tree::{Checkout, Described, Sources};
use crate::changes::{Blind, Git};

/// Sources and what cargo says of them that are kept for the commits to come.
const KEPT: usize = 8;
/// Commits that are read at once.
const AT_ONCE: usize = 4;

/// Reads the packages of commits.
pub(crate) struct Reader<'a> {
    git: &'a Git<'a>,
    asked: &'a [Ecosystem],
    checkout: Option<Checkout>,
    commits: BTreeMap<String, Result<Rc<Graph>, String>>,
    described: Vec<(Rc<Sources>, Result<Described, String>)>,
    graphs: Vec<(Rc<Sources>, Rc<Graph>)>,
}

impl<'a> Reader<'a> {
    /// Reads the packages of these ecosystems.
    pub(crate) fn new(git: &'a Git<'a>, asked: &'a [Ecosystem]) -> Self {
        Self {
            git,
            asked,
            checkout: None,
            commits: BTreeMap::new(),
            described: Vec::new(),
            graphs: Vec::new(),
        }
    }

    /// The packages of a commit that was read.
    pub(crate) fn graph(&self, commit: &str) -> Result<Rc<Graph>, Blind> {
        match self.commits.get(commit) {
            Some(Ok(graph)) => Ok(Rc::clone(graph)),
            Some(Err(why)) => Err(Blind(why.clone())),
            None => Err(Blind(format!("the packages of {commit} were not read"))),
        }
    }

    /// Whether the packages before a change of this file must be known, too.
    pub(super) fn compares(&self, path: &str) -> bool {
        // Python packages may be built from crates.
        let of = match self.asked.contains(&Ecosystem::Python) {
            true => &[Ecosystem::Cargo, Ecosystem::Python],
            false => self.asked,
        };
        describes_packages(path, of)
    }

    /// Says what there is to say about manifests of the commits that were read, once for each.
    pub(crate) fn log_remarks(&self, cx: &Context) {
        let described = self.described.iter().filter_map(|(_, it)| it.as_ref().ok());
        let remarks: BTreeSet<&String> = described.flat_map(Described::remarks).collect();
        for remark in remarks {
            cx.log.info(remark);
        }
    }

    /// Notes that a commit has the packages of another one that was read.
    pub(crate) fn copy(&mut self, from: &str, to: &str) {
        if let Some(read) = self.commits.get(from).cloned() {
            self.commits.insert(to.to_owned(), read);
        }
    }

    /// Forgets all commits but one.
    pub(crate) fn forget_all_but(&mut self, commit: &str) {
        self.commits.retain(|id, _| id == commit);
    }

    /// Reads the packages of these commits, all at once.
    pub(crate) async fn read(&mut self, commits: &[&str]) {
        let (git, asked) = (self.git, self.asked);
        let reading = commits
            .iter()
            .map(|commit| async { Sources::read(git, commit, asked).await.map(Rc::new) });
        let read: Vec<_> = stream::iter(reading).buffered(AT_ONCE).collect().await;
        self.describe(read.iter().flatten()).await;
        for (commit, sources) in commits.iter().zip(read) {
            let graph = sources.and_then(|sources| self.packages(sources));
            let graph = graph.map_err(|Blind(why)| why);
            self.commits.insert((*commit).to_owned(), graph);
        }
        let beyond = |len: usize| ..len.saturating_sub(KEPT);
        self.described.drain(beyond(self.described.len()));
        self.graphs.drain(beyond(self.graphs.len()));
    }

    /// Asks cargo about the sources of which it said nothing yet.
    async fn describe(&mut self, all: impl Iterator<Item = &Rc<Sources>>) {
        for sources in all {
            let mut told = self.described.iter().map(|(of, _)| of);
            if !told.any(|of| of.is_described_as(sources)) {
                let described = self.described(sources).await;
                let described = described.map_err(|Blind(why)| why);
                self.described.push((Rc::clone(sources), described));
            }
        }
    }

    async fn described(&mut self, sources: &Rc<Sources>) -> Result<Described, Blind> {
        let mut checkout = match self.checkout.take() {
            Some(checkout) => checkout,
            None => Checkout::new()?,
        };
        let described = checkout.describe(sources).await?;
        self.checkout = Some(checkout);
        Ok(described)
    }

    fn packages(&mut self, sources: Rc<Sources>) -> Result<Rc<Graph>, Blind> {
        if let Some((_, graph)) = self.graphs.iter().find(|(of, _)| *of == sources) {
            return Ok(Rc::clone(graph));
        }
        let mut described = self.described.iter();
        let described = described.find(|(of, _)| of.is_described_as(&sources));
        let graph = match described {
            Some((_, Ok(described))) => Rc::new(sources.graph(described)?),
            Some((_, Err(why))) => return Err(Blind(why.clone())),
            None => return Err(Blind("cargo was not asked".to_owned())),
        };
        self.graphs.push((sources, Rc::clone(&graph)));
        Ok(graph)
    }
}
