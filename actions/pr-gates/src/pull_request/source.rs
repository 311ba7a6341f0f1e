//! One way to ask for facts, whatever holds them: the gates and what prepares their facts know no other.

use std::collections::{HashMap, HashSet};

use super::{
    AddedLine, Change, Entry, Range,
    api::Api,
    event::Ends,
    git::Git,
    history::{Steps, Walked},
};

/// Where the repository is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Where {
    /// In the checkout, and without one through the API.
    #[default]
    Auto,
    /// In the checkout around the working folder.
    Git,
    /// Through the API.
    Api,
}

/// What is asked for at once.
pub(super) struct Wanted {
    pub(super) commits: bool,
    /// What each commit brings in.
    pub(super) steps: bool,
    pub(super) changes: bool,
    /// All files at the head.
    pub(super) tree: bool,
    /// All files at the base.
    pub(super) base: bool,
    /// Includes [`Self::changes`].
    pub(super) added_lines: bool,
}

/// What was asked for, in no order but that of the commits.
pub(super) struct Found {
    pub(super) commits: Vec<Walked>,
    pub(super) steps: Steps,
    pub(super) changes: Vec<Change>,
    pub(super) tree: Vec<Entry>,
    pub(super) base: Vec<Entry>,
    pub(super) added_lines: Vec<AddedLine>,
}

/// An open repository.
pub(super) enum Source<'a> {
    Git(Box<Git<'a>>),
    Api(Box<Api<'a>>),
}

impl Source<'_> {
    /// Whether a question costs nobody anything.
    pub(super) fn is_near(&self) -> bool {
        matches!(self, Self::Git(_))
    }

    /// Finds the commits between two ends; all else is about them.
    pub(super) async fn range(&mut self, ends: &Ends) -> anyhow::Result<Range> {
        match self {
            Self::Git(git) => git.range(ends).await,
            Self::Api(api) => api.range(ends).await,
        }
    }

    /// All of what is wanted.
    pub(super) async fn read(&mut self, range: &Range, wanted: &Wanted) -> anyhow::Result<Found> {
        match self {
            Self::Git(git) => by_git(git, range, wanted).await,
            Self::Api(api) => by_api(api, range, wanted).await,
        }
    }

    /// A file of a commit that is at hand; nothing is fetched for it.
    pub(super) async fn file(&self, commit: &str, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        match self {
            Self::Git(git) => git.file(commit, path).await,
            Self::Api(api) => api.file(commit, path).await,
        }
    }

    /// The sizes of these blobs.
    pub(super) async fn sizes(
        &self,
        wanted: HashSet<&str>,
    ) -> anyhow::Result<HashMap<String, u64>> {
        match self {
            Self::Git(git) => git.sizes(wanted).await,
            Self::Api(api) => api.sizes(&wanted).await,
        }
    }

    /// The sizes of those blobs that can be told without fetching anything.
    pub(super) async fn known_sizes(
        &self,
        wanted: &HashSet<&str>,
    ) -> anyhow::Result<HashMap<String, u64>> {
        match self {
            Self::Git(git) => git.known_sizes(wanted).await,
            Self::Api(api) => Ok(api.known_sizes(wanted)),
        }
    }

    /// The contents of these blobs. Through the API each takes a request: ask for what is needed, and once.
    pub(super) async fn contents(
        &self,
        wanted: &HashSet<&str>,
    ) -> anyhow::Result<HashMap<String, Vec<u8>>> {
        match self {
            Self::Git(git) => git.contents(wanted).await,
            Self::Api(api) => api.contents(wanted).await,
        }
    }
}

/// Processes run side by side.
async fn by_git(git: &Git<'_>, range: &Range, wanted: &Wanted) -> anyhow::Result<Found> {
    let (history, (changes, added_lines), tree, base) = tokio::try_join!(
        when(wanted.commits || wanted.steps, git.history(range)),
        when(wanted.changes, git.changes(range, wanted.added_lines)),
        when(wanted.tree, git.tree(&range.head)),
        when(wanted.base, git.tree(&range.base)),
    )?;
    Ok(Found {
        commits: history.0,
        steps: history.1,
        changes,
        tree,
        base,
        added_lines,
    })
}

/// One answer teaches what the next question need not ask.
async fn by_api(api: &mut Api<'_>, range: &Range, wanted: &Wanted) -> anyhow::Result<Found> {
    let changes = when(wanted.changes, api.changes()).await?;
    let tree = when(wanted.tree, api.tree(&range.head)).await?;
    let base = when(wanted.base, api.tree(&range.base)).await?;
    let (commits, steps) = when(wanted.commits || wanted.steps, api.history(wanted.steps)).await?;
    let added_lines = when(wanted.added_lines, api.added_lines(&changes)).await?;
    Ok(Found {
        commits,
        steps,
        changes,
        tree,
        base,
        added_lines,
    })
}

async fn when<T: Default>(
    needed: bool,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    match needed {
        true => work.await,
        false => Ok(T::default()),
    }
}
