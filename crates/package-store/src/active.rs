//! Who is at work on which commit, so that no deletion and no upload meet half-way.
//!
//! An upload, a freeze, a move of a channel and a writer of a commit's pages each announce themselves first, and then look for
//! a deletion. A deletion announces itself first, and then looks for them. Whatever the order of these four requests, at
//! least one side sees the other: the upload waits, and the deletion leaves the commit alone. Nobody waits for what was
//! killed: names of announcements begin with a time.

use std::collections::BTreeSet;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::commit::Commit;
use crate::content::Headers;
use crate::error::StoreError;
use crate::layout;
use crate::record::Record;
use crate::store::Store;
use crate::time::Time;

/// Pauses between looks of an upload that has met a deletion, in seconds: a deletion of some commits takes no longer.
const PAUSES: [u64; 7] = [1, 2, 4, 8, 15, 30, 30];
/// A deletion that announced itself longer ago was killed: it would have announced itself again.
pub(crate) const DEAD_AFTER: Duration = Duration::from_secs(60 * 60);
/// A deletion stops by itself when it could not announce itself again for so long. The rest of an hour is for requests
/// that are under way.
const STOPS_AFTER: Duration = Duration::from_secs(30 * 60);
/// How often a deletion announces itself.
const RENEWED_AFTER: Duration = Duration::from_secs(5 * 60);

/// What a deletion is about, so that a later run finishes one that was killed. As JSON, keys in kebab-case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Journal {
    pub(crate) commits: Vec<JournalCommit>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct JournalCommit {
    pub(crate) commit: Commit,
    /// The day of the list that the commit is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) day: Option<String>,
    /// The packages that are deleted.
    pub(crate) packages: Vec<Record>,
}

/// A deletion as its announcement shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announced {
    pub(crate) path: String,
    pub(crate) since: Time,
    pub(crate) journal: Journal,
}

/// A deletion of this run.
#[derive(Debug)]
pub(crate) struct Deletion {
    path: String,
    announced: Instant,
    journal: Journal,
}

impl Deletion {
    /// Whether it may still delete.
    pub(crate) fn is_alive(&self) -> bool {
        self.announced.elapsed() < STOPS_AFTER
    }
}

impl Store {
    /// Does work that needs the commit to stay. A run that is killed meanwhile leaves its announcement, which `prune` removes
    /// when it is old.
    pub(crate) async fn while_in_use<T>(
        &self,
        commit: &Commit,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.is_dry_run() {
            return work.await;
        }
        let path = self.announce_use(commit, &PAUSES).await?;
        let answer = work.await;
        self.withdraw(&path).await;
        answer
    }

    /// [`Store::while_in_use`], but for a commit that is being deleted the answer is `None` at once.
    pub(crate) async fn unless_deleted<T>(
        &self,
        commit: &Commit,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<Option<T>, StoreError> {
        if self.is_dry_run() {
            return work.await.map(Some);
        }
        let path = match self.announce_use(commit, &[]).await {
            Err(StoreError::BeingDeleted { .. }) => return Ok(None),
            announced => announced?,
        };
        let answer = work.await;
        self.withdraw(&path).await;
        answer.map(Some)
    }

    async fn announce_use(&self, commit: &Commit, pauses: &[u64]) -> Result<String, StoreError> {
        let mut pauses = pauses.iter();
        loop {
            let path = layout::in_use(&self.now().compact(), commit, random());
            self.announce(&path, Bytes::from_static(b"\n")).await?;
            let Some(deletion) = self.deletion_of(commit).await? else {
                return Ok(path);
            };
            self.withdraw(&path).await;
            let Some(pause) = pauses.next() else {
                return Err(StoreError::BeingDeleted {
                    commit: commit.clone(),
                    address: self.address(&deletion.path),
                    ago: self.now().ago(deletion.since),
                });
            };
            self.pause(*pause).await;
        }
    }

    /// A live deletion that is about a commit.
    async fn deletion_of(&self, commit: &Commit) -> Result<Option<Announced>, StoreError> {
        let now = self.now();
        let deletions = self.announced_deletions().await?;
        Ok(deletions.into_iter().find(|one| {
            let about = one.journal.commits.iter().any(|it| it.commit == *commit);
            about && !is_dead(one, now)
        }))
    }

    /// All deletions that are announced, those of killed runs included.
    pub(crate) async fn announced_deletions(&self) -> Result<Vec<Announced>, StoreError> {
        let mut announced = Vec::new();
        for path in self
            .bucket
            .children(layout::deletions(), usize::MAX)
            .await?
        {
            let Some((since, _)) = named(&path, layout::deletions()) else {
                continue;
            };
            // It may have ended meanwhile.
            if let Some(bytes) = self.bucket.read(&path).await? {
                announced.push(Announced {
                    since,
                    journal: self.parse_json(&path, &bytes)?,
                    path,
                });
            }
        }
        Ok(announced)
    }

    /// The commits that are in use by runs that announced themselves after a time; and the announcements of older runs.
    pub(crate) async fn uses(
        &self,
        before: Option<Time>,
    ) -> Result<(BTreeSet<Commit>, Vec<String>), StoreError> {
        let (mut live, mut dead) = (BTreeSet::new(), Vec::new());
        for path in self.bucket.children(layout::uses(), usize::MAX).await? {
            let Some((since, rest)) = named(&path, layout::uses()) else {
                continue;
            };
            let Some(Ok(commit)) = rest.split('-').next().map(str::parse) else {
                continue;
            };
            if before.is_some_and(|before| since < before) {
                dead.push(path);
            } else {
                live.insert(commit);
            }
        }
        Ok((live, dead))
    }

    /// Announces a deletion. Commits that are in use are the caller's to leave alone, and may be asked for from now on.
    pub(crate) async fn announce_deletion(&self, journal: Journal) -> Result<Deletion, StoreError> {
        let announced = Instant::now();
        let path = layout::deletion(&self.now().compact(), random());
        let bytes = self.to_json(&path, &journal)?;
        self.announce(&path, bytes).await?;
        Ok(Deletion {
            path,
            announced,
            journal,
        })
    }

    /// Announces a long deletion again, before anybody takes it for killed.
    pub(crate) async fn renew(&self, deletion: &mut Deletion) -> Result<(), StoreError> {
        if deletion.announced.elapsed() < RENEWED_AFTER {
            return Ok(());
        }
        let again = self.announce_deletion(deletion.journal.clone()).await?;
        let before = std::mem::replace(deletion, again);
        self.bucket.delete(&before.path).await
    }

    pub(crate) async fn end_deletion(&self, deletion: Deletion) -> Result<(), StoreError> {
        self.bucket.delete(&deletion.path).await
    }

    async fn announce(&self, path: &str, bytes: Bytes) -> Result<(), StoreError> {
        // Nobody else has this name.
        let headers = Headers::mutable("text/plain; charset=utf-8");
        self.bucket.replace(path, bytes, &headers).await
    }

    /// What cannot be withdrawn goes when it is old: no reason to fail what was done.
    async fn withdraw(&self, path: &str) {
        if let Err(error) = self.bucket.delete(path).await {
            self.warn(format!(
                "{error}; until it expires, `prune` skips its commit"
            ));
        }
    }
}

pub(crate) fn is_dead(deletion: &Announced, now: Time) -> bool {
    now.seconds_since(deletion.since) >= DEAD_AFTER.as_secs()
}

/// The time and the rest of an announcement's name.
fn named<'a>(path: &'a str, folder: &str) -> Option<(Time, &'a str)> {
    let (time, rest) = path.strip_prefix(folder)?.split_once('-')?;
    Some((time.parse().ok()?, rest))
}

/// Differs in each call of each process.
pub(crate) fn random() -> u64 {
    let mut hasher = std::hash::RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}
