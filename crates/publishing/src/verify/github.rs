//! What GitHub serves: the tag, the release and its files, by the digests that it tells.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use package_store::{Record, SignatureKind, StoreError, Version, layout::RELEASE};
use sha2::{Digest as _, Sha256};
use signing::commands;
use std::path::PathBuf;

use super::{Finding, Verdict, Verification, Verified};
use crate::{
    github_release::{Asset, Release, Repository, Seen, Served},
    release::tag_of,
};

/// What findings call GitHub.
pub const GITHUB: &str = "GitHub";
/// Packages whose signatures are read at the same time.
const PARALLEL: usize = 16;

impl Verification<'_> {
    pub(super) async fn look_at_github(&self) -> Verified {
        let Some(repository) = self.targets.github.as_ref() else {
            return Verified::default();
        };
        let tag = tag_of(self.manifest.version());
        let commit = self.manifest.commit().as_str();
        let found = repository.commit_of_tag(&tag).await;
        let has_tag = matches!(found, Ok(Some(_)));
        let mut findings = vec![Finding::of_tag(GITHUB, &tag, commit, found)];
        let (records, signatures) = self.files(&mut findings).await;
        let files: Vec<Asset> = [records, signatures.clone().unwrap_or_default()].concat();
        let what = format!("release {tag}");
        let missing = || Verdict::Wrong("it is missing".to_owned());
        let mut commands = Vec::new();
        match repository.served(&tag, &files).await {
            Ok(None) => findings.push(Finding::new(GITHUB, what, missing())),
            Err(error) => findings.push(Finding::of_github(GITHUB, what, &error)),
            Ok(Some(served)) => {
                let verdict = self.judge(&served.release, has_tag).await;
                findings.push(Finding::new(GITHUB, what, verdict));
                let signatures = signatures.as_ref().map(Vec::len);
                findings.extend(compared(&files, signatures, &served));
                commands.extend(command(repository, &tag, &files, &served.release));
            }
        }
        Verified { findings, commands }
    }

    /// The packages that the release has, those that are one file, and their signatures; `None` if these could not be read.
    async fn files(&self, findings: &mut Vec<Finding>) -> (Vec<Asset>, Option<Vec<Asset>>) {
        let all = self.manifest.packages().iter();
        let records: Vec<&Record> = all
            .filter(|record| record.profile == RELEASE && record.files.is_none())
            .collect();
        let signatures = self.signature_files(&records).await;
        let unread = |error| findings.push(Finding::unread(GITHUB, "signatures", error));
        let packages = records.iter();
        let packages = packages.map(|record| Asset::of(record, PathBuf::new()));
        (packages.collect(), signatures.map_err(unread).ok())
    }

    /// Whether the release is published, and marked as what its version is.
    async fn judge(&self, release: &Release, has_tag: bool) -> Verdict {
        if release.draft {
            let told = match release.check_target(self.manifest.commit().as_str(), has_tag) {
                Ok(()) => "it is a draft, not published".to_owned(),
                Err(elsewhere) => format!("it is not published: {elsewhere}"),
            };
            return Verdict::Wrong(told);
        }
        let version = self.manifest.version();
        let parsed: Option<Version> = version.parse().ok();
        let expected = parsed.is_some_and(|version| version.is_prerelease());
        if release.prerelease == expected {
            return Verdict::Right;
        }
        let told = match expected {
            true => "not marked as a prerelease",
            false => "marked as a prerelease",
        };
        match self.store.withdrawal(version).await {
            Ok(Some(_)) => Verdict::Note(format!("{told}; the version was withdrawn")),
            Ok(None) => {
                let one = if expected { "one" } else { "not one" };
                let at = &release.html_url;
                Verdict::Wrong(format!(
                    "it is {told}, and {version} is {one}: edit it at {at}"
                ))
            }
            Err(error) => Verdict::Unread(error.to_string()),
        }
    }

    /// The signatures that the bucket has, as files of the release.
    async fn signature_files(&self, records: &[&Record]) -> Result<Vec<Asset>, StoreError> {
        let reads = records.iter().map(|record| async move {
            let signatures = self.store.signatures(record).await?;
            let files = signatures.into_iter().map(|signature| Asset {
                name: format!("{}.{}", record.file, signature.kind.ending()),
                path: PathBuf::new(),
                size: signature.bytes.len() as u64,
                sha256: hex::encode(Sha256::digest(&signature.bytes)),
            });
            Ok(files.collect::<Vec<_>>())
        });
        let all: Vec<Vec<Asset>> = stream::iter(reads).buffered(PARALLEL).try_collect().await?;
        Ok(all.concat())
    }
}

/// Each file with how it is served, and those that are not ours. The last files are signatures, as many as that; `None` if
/// nobody knows which there should be.
fn compared(files: &[Asset], signatures: Option<usize>, served: &Served) -> Vec<Finding> {
    let packages = files.len().saturating_sub(signatures.unwrap_or_default());
    let is_there = |seen: &Seen| *seen != Seen::Absent;
    let signed = served.files.iter().skip(packages).any(is_there);
    let mut all = Vec::new();
    for (number, (file, seen)) in files.iter().zip(&served.files).enumerate() {
        let is_signature = number >= packages;
        let verdict = match seen {
            Seen::Same => Verdict::Right,
            // The bucket keeps more kinds than GitHub gets, and a release need not have any.
            Seen::Absent if is_signature && (!signed || is_for_pypi(&file.name)) => continue,
            Seen::Absent if is_signature => {
                Verdict::Note("it is missing, but the bucket has it".to_owned())
            }
            Seen::Absent => Verdict::Wrong("it is missing".to_owned()),
            Seen::Other(what) => Verdict::Wrong(format!(
                "it has {what}, not {} bytes with sha256 {}",
                file.size, file.sha256
            )),
        };
        all.push(Finding::new(GITHUB, &file.name, verdict));
    }
    let others = served.others.iter();
    let others = others.filter(|name| signatures.is_some() || !is_signature(name));
    all.extend(others.map(|name| Finding::new(GITHUB, name, Verdict::Added)));
    all
}

/// What verifies the attestation that GitHub itself makes of an immutable release.
fn command(
    repository: &Repository,
    tag: &str,
    files: &[Asset],
    release: &Release,
) -> Option<String> {
    let file = files.first().filter(|_| release.immutable)?;
    Some(commands::release_asset(repository.name(), tag, &file.name))
}

fn is_signature(name: &str) -> bool {
    let mut kinds = SignatureKind::ALL.into_iter();
    kinds.any(|kind| name.ends_with(kind.ending()))
}

fn is_for_pypi(name: &str) -> bool {
    name.ends_with(SignatureKind::Publish.ending())
}
