//! The frozen list of a version: what Release ships, decided once.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::bucket::Wrote;
use crate::commit::Commit;
use crate::content::Headers;
use crate::digest::Digest;
use crate::error::StoreError;
use crate::layout;
use crate::record::Record;
use crate::store::Store;
use crate::version::Version;

/// Up to this many versions an error names all there are.
const FEW: usize = 20;
/// Otherwise it names the nearest.
const NAMED: usize = 10;

/// The packages of a version, frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    contents: Contents,
    digest: Digest,
}

/// The JSON of a manifest, keys in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Contents {
    version: String,
    commit: Commit,
    packages: Vec<Record>,
}

/// How freezing ended; a dry run answers how it would end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frozen {
    Created(Manifest),
    /// The same manifest was there already.
    Unchanged(Manifest),
}

impl Frozen {
    pub fn manifest(&self) -> &Manifest {
        match self {
            Self::Created(manifest) | Self::Unchanged(manifest) => manifest,
        }
    }
}

impl Manifest {
    /// In SemVer's spelling where it has one, without `v`.
    pub fn version(&self) -> &str {
        &self.contents.version
    }

    pub fn commit(&self) -> &Commit {
        &self.contents.commit
    }

    /// Sorted by kind, project, version, platform, profile and file.
    pub fn packages(&self) -> &[Record] {
        &self.contents.packages
    }

    /// Digest of the manifest's file in the bucket.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl Store {
    /// Freezes the packages of a version: `records` are all of this commit and version, and never again will the version
    /// mean anything else. The version of a commit build is one up to its `+`. All files must be there.
    pub async fn freeze(
        &self,
        version: &str,
        commit: &Commit,
        records: &[Record],
    ) -> Result<Frozen, StoreError> {
        let version = parse(version)?;
        let contents = contents(&version, commit, records)?;
        let work = async {
            self.must_have(&contents.packages).await?;
            self.freeze_used(&version, contents).await
        };
        self.while_in_use(commit, work).await
    }

    async fn freeze_used(
        &self,
        version: &Version,
        contents: Contents,
    ) -> Result<Frozen, StoreError> {
        let path = layout::manifest(version);
        let bytes = self.to_json(&path, &contents)?;
        let manifest = Manifest {
            digest: Digest::of(&bytes),
            contents,
        };
        let headers = Headers::immutable(&path, None);
        // A version that is already frozen is found by one small read.
        if self.bucket.read(&path).await?.is_none()
            && self.bucket.create(&path, bytes, &headers).await? == Wrote::Created
        {
            return Ok(Frozen::Created(manifest));
        }
        let existing = self.manifest(&version.to_string()).await?;
        if existing == manifest {
            return Ok(Frozen::Unchanged(existing));
        }
        Err(StoreError::FrozenOtherwise {
            version: version.to_string(),
            address: self.address(&path),
            existing: existing.contents.commit.clone(),
            offered: manifest.contents.commit.clone(),
            differences: differences(&existing.contents, &manifest.contents),
        })
    }

    /// The frozen list of a version, given in any spelling, with or without `v`.
    pub async fn manifest(&self, version: &str) -> Result<Manifest, StoreError> {
        let parsed = parse(version)?;
        let path = layout::manifest(&parsed);
        let Some(bytes) = self.bucket.read(&path).await? else {
            let known = self.versions_in(layout::manifests_like(&parsed)).await?;
            return Err(StoreError::UnknownVersion {
                version: version.to_owned(),
                known: nearest(version, known),
            });
        };
        self.parse_manifest(&path, &bytes, &parsed)
    }

    fn parse_manifest(
        &self,
        path: &str,
        bytes: &Bytes,
        version: &Version,
    ) -> Result<Manifest, StoreError> {
        let contents: Contents = self.parse_json(path, bytes)?;
        let damaged = |reason: String| StoreError::damaged(self.address(path), reason);
        let same = contents
            .version
            .parse()
            .is_ok_and(|found: Version| found == *version);
        if !same {
            return Err(damaged(format!("it is of version {}", contents.version)));
        }
        for record in &contents.packages {
            record.check().map_err(|error| damaged(error.to_string()))?;
            if record.commit != contents.commit {
                return Err(damaged(format!(
                    "{} is of commit {}",
                    record.file, record.commit
                )));
            }
        }
        Ok(Manifest {
            digest: Digest::of(bytes),
            contents,
        })
    }

    /// All frozen releases, oldest first.
    pub async fn versions(&self) -> Result<Vec<String>, StoreError> {
        self.versions_in(layout::manifests()).await
    }

    async fn versions_in(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let paths = self.bucket.children(folder, usize::MAX).await?;
        let mut versions: Vec<Version> = paths
            .iter()
            .filter(|path| path.ends_with(".json"))
            .filter_map(|path| layout::stem(path).parse().ok())
            .collect();
        versions.sort_by(|a, b| a.precedence(b).unwrap_or(std::cmp::Ordering::Equal));
        Ok(versions.iter().map(ToString::to_string).collect())
    }
}

fn parse(version: &str) -> Result<Version, StoreError> {
    version
        .parse()
        .map_err(|_: crate::version::InvalidVersion| StoreError::Value {
            what: "version",
            given: version.chars().take(80).collect(),
            expected: "a version like `1.2.3`, `1.2.3-alpha.1` or `1.2.3a1`".to_owned(),
        })
}

fn contents(
    version: &Version,
    commit: &Commit,
    records: &[Record],
) -> Result<Contents, StoreError> {
    let refused = |reason: String| StoreError::CannotFreeze {
        version: version.to_string(),
        reason,
    };
    if records.is_empty() {
        return Err(refused(format!("commit {commit} has none of its packages")));
    }
    for record in records {
        record.check()?;
        if record.commit != *commit {
            return Err(refused(format!(
                "{} is of commit {}, not of {commit}",
                record.file, record.commit
            )));
        }
        if !record
            .version
            .parse()
            .is_ok_and(|found| fits(version, &found))
        {
            return Err(refused(format!(
                "{} is of version {}",
                record.file, record.version
            )));
        }
    }
    let mut packages = records.to_vec();
    packages.sort_by(|a, b| a.order().cmp(&b.order()));
    packages.dedup();
    Ok(Contents {
        version: version.to_string(),
        commit: commit.clone(),
        packages,
    })
}

/// Whether a package of one version belongs into the list of another. Not every kind of package is stamped, so that the
/// crate beside a commit's wheel may have the version that stands in its manifest.
fn fits(version: &Version, found: &Version) -> bool {
    found == version || (version.is_build() && found.is_build_of(version))
}

/// What two manifests of one version disagree on, for a person who has to decide.
fn differences(existing: &Contents, offered: &Contents) -> String {
    let only = |these: &[Record], those: &[Record], whose: &str| {
        let missing = |record: &&Record| !those.contains(record);
        let names: Vec<&str> = these
            .iter()
            .filter(missing)
            .map(|record| record.file.as_str())
            .collect();
        (!names.is_empty()).then(|| format!("only {whose}: {}", names.join(", ")))
    };
    let parts = [
        only(&existing.packages, &offered.packages, "there"),
        only(&offered.packages, &existing.packages, "offered"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        "written by another version of this program".to_owned()
    } else {
        parts.join("; ")
    }
}

/// All versions if they are few, else those that look most like the given one, the newest first.
fn nearest(given: &str, versions: Vec<String>) -> Vec<String> {
    if versions.len() <= FEW {
        return versions;
    }
    let bare = given.strip_prefix('v').unwrap_or(given);
    let mut versions: Vec<String> = versions.into_iter().rev().collect();
    versions
        .sort_by(|a, b| strsim::jaro_winkler(b, bare).total_cmp(&strsim::jaro_winkler(a, bare)));
    versions.truncate(NAMED);
    versions
}
