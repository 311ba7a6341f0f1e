//! Which commits are kept for ever: those that a manifest or a channel's log names.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};

use crate::commit::Commit;
use crate::error::StoreError;
use crate::store::{READS, Store};

/// The commits that something names.
#[derive(Debug)]
pub(super) struct Named(BTreeSet<Commit>);

impl Named {
    pub(super) fn holds(&self, commit: &Commit) -> bool {
        self.0.contains(commit)
    }
}

impl Store {
    /// Reads every manifest and every log. One that cannot be read is an error: what it names is not known, so nothing
    /// may be deleted.
    pub(super) async fn named(&self) -> Result<Named, StoreError> {
        let versions = self.versions().await?;
        let reads = versions
            .iter()
            .map(|version| async move { Ok(self.manifest(version).await?.commit().clone()) });
        let mut commits: BTreeSet<Commit> = futures::stream::iter(reads)
            .buffer_unordered(READS)
            .try_collect()
            .await?;
        for channel in self.channels().await? {
            let moves = self.history(channel).await?;
            commits.extend(moves.into_iter().map(|entry| entry.commit));
        }
        Ok(Named(commits))
    }
}
