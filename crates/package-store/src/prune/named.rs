//! Which commits are kept for ever: those that a manifest or a channel's log names.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt};

use crate::channel::entry::Entry;
use crate::commit::Commit;
use crate::error::StoreError;
use crate::layout;
use crate::store::{READS, Store};

/// The commits that something names. What names them never changes, so it is read once.
#[derive(Debug, Default)]
pub(super) struct Named {
    read: BTreeMap<String, Commit>,
    commits: BTreeSet<Commit>,
}

impl Named {
    pub(super) fn holds(&self, commit: &Commit) -> bool {
        self.commits.contains(commit)
    }

    /// Reads every manifest and every move of a channel that came since the last time. One that cannot be read is an error:
    /// what it names is not known, so nothing may be deleted.
    pub(super) async fn refresh(&mut self, store: &Store) -> Result<(), StoreError> {
        let manifests = store
            .bucket
            .children(layout::manifests(), usize::MAX)
            .await?;
        let moves = store.bucket.files_under(layout::channels()).await?;
        let known = &self.read;
        let manifests = manifests
            .into_iter()
            .filter(|path| path.ends_with(".json") && !known.contains_key(path))
            .map(|path| (path, true));
        let moves = moves
            .into_iter()
            .filter(|path| layout::is_channel_entry(path) && !known.contains_key(path))
            .map(|path| (path, false));
        let news: Vec<(String, bool)> = manifests.chain(moves).collect();
        let reads = news.into_iter().map(|(path, is_manifest)| async move {
            let commit = match is_manifest {
                true => {
                    let manifest = store.manifest(layout::stem(&path)).await?;
                    Some(manifest.commit().clone())
                }
                false => match store.bucket.read(&path).await? {
                    Some(bytes) => Some(store.parse_json::<Entry>(&path, &bytes)?.commit),
                    None => None,
                },
            };
            Ok(commit.map(|commit| (path, commit)))
        });
        let read: Vec<Option<(String, Commit)>> = futures::stream::iter(reads)
            .buffer_unordered(READS)
            .try_collect()
            .await?;
        for (path, commit) in read.into_iter().flatten() {
            self.commits.insert(commit.clone());
            self.read.insert(path, commit);
        }
        Ok(())
    }
}
