//! What was released: every version that a channel for releases stood at, and which of them were taken back.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt};

use crate::channel::entry::Entry;
use crate::channel::name::Channel;
use crate::error::StoreError;
use crate::record::Record;
use crate::store::{READS, Store};

/// The channels through which a version becomes a release.
const OF_RELEASES: [Channel; 2] = [Channel::Latest, Channel::Prerelease];

impl Store {
    /// The packages of all releases, and by version why one should not be chosen any more.
    pub(super) async fn released(
        &self,
    ) -> Result<(Vec<Record>, BTreeMap<String, String>), StoreError> {
        let mut versions: BTreeMap<String, (Entry, Option<String>)> = BTreeMap::new();
        for channel in OF_RELEASES {
            let mut moves = self.history(channel).await?;
            moves.reverse();
            for (version, (entry, reason)) in standing(moves) {
                let known = versions.entry(version).or_insert((entry, reason.clone()));
                // What one channel took back may still stand in the other.
                known.1 = known.1.take().and(reason);
            }
        }
        let reads = versions.into_values().map(|(entry, reason)| async move {
            let manifest = self.passed_over(&entry, self.manifest_of(&entry).await)?;
            let reason = match self.withdrawal(&entry.version).await? {
                Some(_) => Some("withdrawn".to_owned()),
                None => reason,
            };
            Ok(manifest.map(|manifest| (manifest, reason)))
        });
        let manifests: Vec<_> = futures::stream::iter(reads)
            .buffered(READS)
            .try_collect::<Vec<_>>()
            .await?;
        let (mut records, mut taken_back) = (Vec::new(), BTreeMap::new());
        for (manifest, reason) in manifests.into_iter().flatten() {
            for record in manifest.packages() {
                if let Some(reason) = &reason {
                    taken_back.insert(record.version.clone(), reason.clone());
                }
            }
            records.extend_from_slice(manifest.packages());
        }
        Ok((records, taken_back))
    }
}

/// Each version of a channel's log (oldest move first) with its last move, and whether it was taken back since.
fn standing(moves: Vec<Entry>) -> BTreeMap<String, (Entry, Option<String>)> {
    let mut standing: BTreeMap<String, (Entry, Option<String>)> = BTreeMap::new();
    let mut last: Option<String> = None;
    for entry in moves {
        if entry.rollback_of.is_some()
            && let Some((_, reason)) = last.as_ref().and_then(|last| standing.get_mut(last))
        {
            *reason = Some(format!("taken back from {}", entry.channel));
        }
        last = Some(entry.version.clone());
        standing.insert(entry.version.clone(), (entry, None));
    }
    standing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn entry(number: u64, version: &str, rollback_of: Option<u64>) -> Entry {
        Entry {
            number,
            channel: Channel::Latest,
            version: version.to_owned(),
            commit: "6e4ddaf0123456789abcdef0123456789abcdef0".parse().unwrap(),
            committed: None,
            manifest: Digest::of(version.as_bytes()),
            who: None,
            when: "2026-11-21T08:15:00Z".parse().unwrap(),
            run_url: None,
            rollback_of,
            restores: rollback_of.map(|_| 1),
        }
    }

    #[test]
    fn a_version_is_taken_back_until_the_channel_moves_to_it_again() {
        let mut moves = vec![
            entry(1, "0.1.0", None),
            entry(2, "0.2.0", None),
            entry(3, "0.1.0", Some(2)),
        ];
        let reason = |moves: &[Entry], version: &str| standing(moves.to_vec())[version].1.clone();
        assert_eq!(reason(&moves, "0.1.0"), None);
        assert_eq!(
            reason(&moves, "0.2.0").as_deref(),
            Some("taken back from latest")
        );
        moves.push(entry(4, "0.2.0", None));
        assert_eq!(reason(&moves, "0.2.0"), None);
    }
}
