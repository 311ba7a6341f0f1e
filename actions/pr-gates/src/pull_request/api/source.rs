//! Facts without a checkout: a comparison names the commits, trees say what differs, and blobs are read only where contents count.

use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use github::path_part as part;
use serde::Deserialize;

use super::{
    client::{Client, is_not_found},
    commits::{self, Comparison},
    lines::{self, ListedFile},
    trees::Trees,
};
use crate::pull_request::{
    AddedLine, Change, Entry, Range,
    event::Ends,
    history::{Steps, Walked, in_order},
};

/// Requests that are under way at once; GitHub frowns upon more than a hundred.
const AT_ONCE: usize = 8;
/// GitHub lists 3,000 files of a pull request and no more.
const MOST_FILE_PAGES: usize = 31;
/// Files of a comparison that GitHub lists.
const FILES_OF_A_COMPARISON: usize = 300;

/// A repository through the API.
pub(crate) struct Api<'a> {
    client: &'a Client<'a>,
    repository: &'a str,
    /// Of the pull request, where there is one: it lists more files than a comparison.
    number: Option<u64>,
    trees: Trees<'a>,
    comparison: Option<Comparison>,
}

#[derive(Deserialize)]
struct Blob {
    content: String,
    encoding: String,
}

impl Blob {
    fn bytes(self) -> anyhow::Result<Vec<u8>> {
        match self.encoding.as_str() {
            "base64" => {}
            "utf-8" => return Ok(self.content.into_bytes()),
            // As for a file of more than 1 MB among the contents of a commit.
            _ => bail!("it is too large for the API: use `actions/checkout` before this step"),
        }
        let packed: String = self.content.split_ascii_whitespace().collect();
        STANDARD.decode(packed).context("it is not base64")
    }
}

impl<'a> Api<'a> {
    pub(crate) fn new(client: &'a Client<'a>, repository: &'a str, number: Option<u64>) -> Self {
        Self {
            client,
            repository,
            number,
            trees: Trees::new(client, repository),
            comparison: None,
        }
    }

    pub(crate) async fn range(&mut self, ends: &Ends) -> anyhow::Result<Range> {
        let comparison = commits::compare(self.client, self.repository, ends).await?;
        let range = comparison.range.clone();
        self.comparison = Some(comparison);
        Ok(range)
    }

    fn comparison(&self) -> anyhow::Result<&Comparison> {
        self.comparison
            .as_ref()
            .context("nothing has been compared yet")
    }

    /// The commits in order, and where `with_steps` asks, what each brings in.
    pub(crate) async fn history(
        &mut self,
        with_steps: bool,
    ) -> anyhow::Result<(Vec<Walked>, Steps)> {
        let comparison = self
            .comparison
            .as_mut()
            .context("nothing has been compared yet")?;
        let commits = in_order(std::mem::take(&mut comparison.commits));
        let mut steps = Steps::new();
        if with_steps {
            let trees = self.trees_of(&commits)?;
            self.read_ahead(&commits, &trees).await?;
            for walked in &commits {
                let step = self.step(walked, &trees).await?;
                steps.insert(walked.commit.id.clone(), step);
            }
        }
        Ok((commits, steps))
    }

    /// Trees by commit. One of a parent outside of the range is not known; its commit's id stands for it.
    fn trees_of(&self, commits: &[Walked]) -> anyhow::Result<HashMap<String, String>> {
        let comparison = self.comparison()?;
        let own = commits
            .iter()
            .map(|it| (it.commit.id.clone(), it.tree.clone()));
        let base = (
            comparison.range.merge_base.clone(),
            comparison.merge_base_tree.clone(),
        );
        Ok(own.chain([base]).collect())
    }

    /// Head and merge base first, which teach what is in most of the others.
    async fn read_ahead(
        &self,
        commits: &[Walked],
        trees: &HashMap<String, String>,
    ) -> anyhow::Result<()> {
        let comparison = self.comparison()?;
        for tree in [&comparison.head_tree, &comparison.merge_base_tree] {
            self.trees.read(tree).await?;
        }
        let wanted: HashSet<&String> = commits
            .iter()
            .flat_map(|walked| walked.parents.iter().chain([&walked.commit.id]))
            .map(|id| trees.get(id).unwrap_or(id))
            .collect();
        let mut wanted: Vec<&String> = wanted.into_iter().collect();
        wanted.sort();
        stream::iter(wanted)
            .map(|tree| self.trees.read(tree))
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await
    }

    /// What a commit has that none of its parents has: of a merge, the rest came with them.
    async fn step(
        &self,
        walked: &Walked,
        trees: &HashMap<String, String>,
    ) -> anyhow::Result<Vec<(String, crate::pull_request::Side)>> {
        let mut parents = walked.parents.iter();
        let of = |id: &String| trees.get(id).unwrap_or(id).clone();
        let first = parents.next().map(of);
        let mut step = self.trees.changes(first.as_deref(), &walked.tree).await?;
        for parent in parents {
            let differs = self.trees.changes(Some(&of(parent)), &walked.tree).await?;
            let paths: HashSet<String> = differs.into_iter().map(|change| change.path).collect();
            step.retain(|change| paths.contains(&change.path));
        }
        Ok(step
            .into_iter()
            .filter_map(|change| Some((change.path, change.new?)))
            .collect())
    }

    pub(crate) async fn changes(&self) -> anyhow::Result<Vec<Change>> {
        let comparison = self.comparison()?;
        // The head first: how large it is decides how the other one is read.
        self.trees.read(&comparison.head_tree).await?;
        let old = Some(comparison.merge_base_tree.as_str());
        self.trees.changes(old, &comparison.head_tree).await
    }

    /// All files of a commit.
    pub(crate) async fn tree(&self, commit: &str) -> anyhow::Result<Vec<Entry>> {
        let comparison = self.comparison()?;
        match commit == comparison.range.head {
            true => self.trees.files(&comparison.head_tree).await,
            false => self.trees.files(commit).await,
        }
    }

    /// The sizes of blobs that stand in a tree which was read.
    pub(crate) fn known_sizes(&self, wanted: &HashSet<&str>) -> HashMap<String, u64> {
        self.trees.sizes(wanted)
    }

    pub(crate) async fn sizes(
        &self,
        wanted: &HashSet<&str>,
    ) -> anyhow::Result<HashMap<String, u64>> {
        let mut sizes = self.known_sizes(wanted);
        let rest = wanted.iter().copied().filter(|id| !sizes.contains_key(*id));
        let rest: HashSet<&str> = rest.collect();
        for (id, content) in self.contents(&rest).await? {
            sizes.insert(id, u64::try_from(content.len())?);
        }
        Ok(sizes)
    }

    /// The contents of blobs.
    pub(crate) async fn contents(
        &self,
        wanted: &HashSet<&str>,
    ) -> anyhow::Result<HashMap<String, Vec<u8>>> {
        let mut wanted: Vec<&str> = wanted.iter().copied().collect();
        wanted.sort_unstable();
        stream::iter(wanted)
            .map(|id| async move { Ok((id.to_owned(), self.blob(id).await?)) })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// A file of a commit.
    pub(crate) async fn file(&self, commit: &str, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let parts: Vec<String> = path.split('/').map(part).collect();
        let path = format!(
            "/repos/{}/contents/{}?ref={}",
            self.repository,
            parts.join("/"),
            part(commit)
        );
        match self.client.get::<Blob>(&path).await {
            Ok(blob) => blob.bytes().map(Some),
            Err(err) if is_not_found(&err) => Ok(None),
            Err(err) => Err(err),
        }
    }

    async fn blob(&self, id: &str) -> anyhow::Result<Vec<u8>> {
        let failed = || format!("failed to read the file {id} of {}", self.repository);
        let path = format!("/repos/{}/git/blobs/{id}", self.repository);
        let blob: Blob = self.client.get(&path).await.with_context(failed)?;
        blob.bytes().with_context(failed)
    }

    /// The lines that the head has and the merge base has not.
    pub(crate) async fn added_lines(
        &mut self,
        changes: &[Change],
    ) -> anyhow::Result<Vec<AddedLine>> {
        let wanted: Vec<&Change> = changes.iter().filter(|it| lines::has_lines(it)).collect();
        let comparison = self
            .comparison
            .as_mut()
            .context("nothing has been compared yet")?;
        let mut files = std::mem::take(&mut comparison.files);
        if wanted.len() > FILES_OF_A_COMPARISON {
            files.extend(self.more_files().await?);
        }
        let mut patches = lines::patches(files, &wanted);
        let rest: Vec<&&Change> = wanted
            .iter()
            .filter(|change| !patches.contains_key(&change.path))
            .collect();
        let blobs: HashSet<&str> = rest
            .iter()
            .flat_map(|change| lines::blobs(change))
            .collect();
        let contents = self.contents(&blobs).await?;
        let mut added = Vec::new();
        for change in wanted {
            match patches.remove(&change.path) {
                Some(lines) => added.extend(lines),
                None => added.extend(lines::compared(change, &contents)),
            }
        }
        Ok(added)
    }

    /// What the pull request lists beyond a comparison. It may be about a newer head: each file is checked by its id.
    async fn more_files(&self) -> anyhow::Result<Vec<ListedFile>> {
        let Some(number) = self.number else {
            return Ok(Vec::new());
        };
        let path = format!("/repos/{}/pulls/{number}/files", self.repository);
        let files = self.client.list(&path, MOST_FILE_PAGES).await;
        let (files, _) = files.with_context(|| {
            format!(
                "failed to read the files of pull request #{number} of {}",
                self.repository
            )
        })?;
        Ok(files)
    }
}
