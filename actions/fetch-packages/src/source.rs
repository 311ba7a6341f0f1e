//! Where the list of packages comes from: the frozen manifest of a version, or the records of a commit.

use std::fmt;

use anyhow::bail;
use package_store::{Channel, Commit, Manifest, Record, Store, Version};

use crate::Inputs;

/// A list of packages, all of one commit.
#[derive(Debug)]
pub(crate) struct Source {
    asked: Asked,
    pub(crate) commit: Commit,
    pub(crate) records: Vec<Record>,
}

#[derive(Debug)]
enum Asked {
    Version(String),
    Channel(Channel, String),
    Commit,
}

impl Source {
    /// Finds the list that exactly one of the three inputs names.
    ///
    /// A version is one read of its manifest: nothing is listed, so whatever else is in the bucket cannot get in.
    pub(crate) async fn find(store: &Store, inputs: &Inputs) -> anyhow::Result<Self> {
        match (&inputs.version, &inputs.commit, inputs.channel) {
            (Some(version), None, None) => {
                let manifest = store.manifest(&version.to_string()).await?;
                let version = manifest.version().to_owned();
                Ok(Self::frozen(Asked::Version(version), &manifest))
            }
            (None, None, Some(channel)) => Self::of_channel(store, channel).await,
            (None, Some(commit), None) => Self::of_commit(store, commit).await,
            (None, None, None) => bail!(
                "failed to determine what to fetch: set one of the inputs `version`, `commit` and `channel`"
            ),
            _ => bail!(
                "failed to determine what to fetch: more than one of the inputs `version`, `commit` and `channel` is set"
            ),
        }
    }

    fn frozen(asked: Asked, manifest: &Manifest) -> Self {
        Self {
            asked,
            commit: manifest.commit().clone(),
            records: manifest.packages().to_vec(),
        }
    }

    async fn of_channel(store: &Store, channel: Channel) -> anyhow::Result<Self> {
        let Some(entry) = store.current(channel).await? else {
            bail!("channel `{channel}` has no version yet");
        };
        let manifest = store.manifest(&entry.version).await?;
        if manifest.digest() != entry.manifest {
            bail!(
                "channel `{channel}` is at version {} with manifest {}, but the bucket has {}",
                entry.version,
                entry.manifest,
                manifest.digest()
            );
        }
        Ok(Self::frozen(
            Asked::Channel(channel, entry.version),
            &manifest,
        ))
    }

    async fn of_commit(store: &Store, given: &str) -> anyhow::Result<Self> {
        let commit = store.resolve(given).await?;
        let records = store.records(&commit).await?;
        if records.is_empty() {
            bail!(
                "failed to find packages of commit {commit}: the bucket has none; upload them first"
            );
        }
        Ok(Self {
            asked: Asked::Commit,
            commit,
            records,
        })
    }

    /// The version that was asked for, or the only one that the packages have.
    pub(crate) fn version<'a>(
        &self,
        mut packages: impl Iterator<Item = &'a Record>,
    ) -> Option<String> {
        match &self.asked {
            Asked::Version(version) | Asked::Channel(_, version) => Some(version.clone()),
            Asked::Commit => {
                let first: Version = packages.next()?.version.parse().ok()?;
                packages
                    .all(|record| record.version.parse().is_ok_and(|it: Version| it == first))
                    .then(|| first.to_string())
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.asked {
            Asked::Version(version) => write!(f, "version {version}"),
            Asked::Channel(channel, version) => write!(f, "channel {channel}, version {version}"),
            Asked::Commit => write!(f, "commit {}", self.commit.short()),
        }
    }
}
