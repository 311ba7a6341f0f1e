//! Who holds a short address: the first commit that uploads under it, for ever.

use bytes::Bytes;

use crate::bucket::Wrote;
use crate::commit::{Commit, SHORT, is_hex};
use crate::content::Headers;
use crate::error::StoreError;
use crate::layout;
use crate::store::Store;

/// Commits that are looked through to answer an unknown id.
const LOOKED_AT: usize = 1000;
/// Commits that an error names.
const NAMED: usize = 5;

/// Whether a commit is found by its short id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShortAddress {
    /// The short id leads to this commit.
    Ours,
    /// The short id leads to another commit that starts with the same digits.
    HeldBy(Commit),
    /// Nothing was uploaded under the short id yet.
    Free,
}

impl Store {
    /// Whether a commit's short id leads to it. One small request.
    pub async fn short_address(&self, commit: &Commit) -> Result<ShortAddress, StoreError> {
        let path = layout::claim(commit.short());
        let Some(bytes) = self.bucket.read(&path).await? else {
            return Ok(ShortAddress::Free);
        };
        let holder = String::from_utf8_lossy(&bytes);
        let holder: Commit = holder
            .trim()
            .parse()
            .map_err(|error| StoreError::damaged(self.address(&path), error))?;
        if holder.short() != commit.short() {
            return Err(StoreError::damaged(
                self.address(&path),
                format!("it names commit {holder}"),
            ));
        }
        Ok(if holder == *commit {
            ShortAddress::Ours
        } else {
            ShortAddress::HeldBy(holder)
        })
    }

    /// Takes the short address if it is free.
    pub(crate) async fn claim_short_address(
        &self,
        commit: &Commit,
    ) -> Result<ShortAddress, StoreError> {
        // Most uploads are not a commit's first: looking costs less than a refused write.
        let held = self.short_address(commit).await?;
        if held != ShortAddress::Free {
            return Ok(held);
        }
        let path = layout::claim(commit.short());
        let claim = Bytes::from(format!("{commit}\n"));
        let headers = Headers::immutable("commit.txt", None);
        match self.bucket.create(&path, claim, &headers).await? {
            Wrote::Created => Ok(ShortAddress::Ours),
            Wrote::Exists => self.short_address(commit).await,
        }
    }

    /// The full id for a full id, or for at least 7 of its digits if the bucket has one commit that starts with them.
    ///
    /// A full id is taken as it is, without a request.
    pub async fn resolve(&self, given: &str) -> Result<Commit, StoreError> {
        if let Ok(commit) = given.parse() {
            return Ok(commit);
        }
        if given.len() < SHORT || given.len() > 40 || !is_hex(given) {
            return Err(StoreError::CommitForm {
                given: given.chars().take(80).collect(),
            });
        }
        let mut candidates = self
            .commits(&layout::commits_like(given), LOOKED_AT)
            .await?;
        match candidates.pop() {
            None => Err(StoreError::UnknownCommit {
                given: given.to_owned(),
                known: self.nearest(given).await?,
            }),
            Some(only) if candidates.is_empty() => Ok(only),
            Some(last) => {
                candidates.push(last);
                Err(StoreError::AmbiguousCommit {
                    given: given.to_owned(),
                    candidates,
                })
            }
        }
    }

    /// All commits that have anything in the bucket.
    pub(crate) async fn all_commits(&self) -> Result<Vec<Commit>, StoreError> {
        self.commits(layout::commits(), usize::MAX).await
    }

    pub(crate) async fn commits(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<Commit>, StoreError> {
        let paths = self.bucket.children(prefix, limit).await?;
        Ok(paths
            .iter()
            .filter_map(|path| layout::stem(path).parse().ok())
            .collect())
    }

    /// The commits of the bucket that share the most leading digits.
    async fn nearest(&self, given: &str) -> Result<Vec<Commit>, StoreError> {
        let mut known = self.commits(layout::commits(), LOOKED_AT).await?;
        let shared = |commit: &Commit| {
            let digits = commit.as_str().chars().zip(given.chars());
            std::cmp::Reverse(digits.take_while(|(a, b)| a == b).count())
        };
        known.sort_by_key(shared);
        known.truncate(NAMED);
        Ok(known)
    }
}
