//! Publishes a release that has its files: the last step, which nothing undoes.

use std::cmp::Ordering;

use package_store::Version;
use serde_json::json;

use super::tags::{locked, path_of};
use super::{Error, Release, Repository, Staged};

/// Looks for a release that was published just now.
const MOST_LOOKS: usize = 5;

/// Whether GitHub should show the release as the latest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latest {
    /// It should; a prerelease never is.
    Yes,
    /// The one that is the latest stays so.
    No,
}

/// A release that everybody sees; in a dry run, one that they would see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Whether it was published already.
    pub was_published: bool,
    /// Whether it is the latest one.
    pub latest: bool,
}

impl Repository {
    /// Publishes a staged release, after a last look at its tag and its files. One that is published already stays as it is.
    ///
    /// # Errors
    /// It is not what was staged any more, or GitHub refuses it: see [`Error`].
    pub async fn publish(&self, staged: &Staged, latest: Latest) -> Result<Published, Error> {
        let (tag, commit) = (staged.tag.as_str(), staged.commit.as_str());
        let release = match &staged.release {
            Some(release) => self.release(release.id).await?,
            None => None,
        };
        let Some(release) = release else {
            return match self.dry_run {
                true => Ok(Published {
                    was_published: false,
                    latest: latest == Latest::Yes,
                }),
                false => Err(Error::DraftGone(tag.to_owned())),
            };
        };
        let has_tag = self.bound(tag, commit).await?.is_some();
        release.check_target(commit, has_tag)?;
        if self.dry_run {
            return Ok(Published {
                was_published: !release.draft,
                latest: release.draft && latest == Latest::Yes && !is_prerelease(&release),
            });
        }
        self.verify(&release, &staged.wanted).await?;
        if release.draft {
            if !has_tag {
                self.create_tag(tag, commit).await?;
            }
            self.show(&release, latest).await?;
        }
        let shown = self.seen(&release).await?;
        self.bound(tag, commit).await?;
        Ok(Published {
            was_published: !release.draft,
            latest: self.latest().await?.is_some_and(|it| it.id == shown.id),
        })
    }

    /// The version says whether it is a prerelease, whatever was ticked in the draft.
    async fn show(&self, release: &Release, latest: Latest) -> Result<(), Error> {
        let prerelease = is_prerelease(release);
        let is_latest = latest == Latest::Yes && !prerelease;
        let body = json!({
            "draft": false,
            "prerelease": prerelease,
            "make_latest": is_latest.to_string(),
        });
        let path = format!("{}/releases/{}", self.root, release.id);
        let look = async || -> Result<_, Error> {
            let found = self.release(release.id).await?;
            Ok(found.filter(|found| !found.draft))
        };
        let shown = self.api.update_once::<Release, Error>(&path, &body, look);
        let tag = &release.tag_name;
        let doing = || format!("publish the release of {tag}");
        shown
            .await
            .map(|_| ())
            .map_err(|error| locked(error, tag, doing()).doing(doing()))
    }

    /// The release as anybody sees it by its tag.
    async fn seen(&self, release: &Release) -> Result<Release, Error> {
        let tag = &release.tag_name;
        let path = format!("{}/releases/tags/{}", self.root, path_of(tag));
        let look = async || -> Result<_, Error> {
            let found = self.api.find::<Release>(&path).await?;
            Ok(found.filter(|found| found.id == release.id && !found.draft))
        };
        let seen = self.api.await_sight(MOST_LOOKS, look).await?;
        seen.ok_or_else(|| Error::Unpublished(tag.clone()))
    }

    /// The release that GitHub shows as the latest.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn latest(&self) -> Result<Option<Release>, Error> {
        let path = format!("{}/releases/latest", self.root);
        let found = self.api.find(&path).await;
        found.map_err(|error| Error::of("read the latest release", error))
    }

    /// Whether a version should be the latest release: it is not a prerelease, and not older than the one that is. Where that
    /// one's tag is not a version, it is compared with the newest published release.
    ///
    /// # Errors
    /// The releases cannot be read.
    pub async fn latest_for(&self, version: &Version) -> Result<Latest, Error> {
        if version.is_prerelease() {
            return Ok(Latest::No);
        }
        let Some(latest) = self.latest().await? else {
            return Ok(Latest::Yes);
        };
        let newest = match latest.tag_name.parse::<Version>() {
            Ok(latest) => Some(latest),
            Err(_) => newest(&self.releases().await?),
        };
        let older = newest.and_then(|newest| version.precedence(&newest)) == Some(Ordering::Less);
        Ok(match older {
            true => Latest::No,
            false => Latest::Yes,
        })
    }
}

/// The newest version that everybody sees and that is not a prerelease.
fn newest(releases: &[Release]) -> Option<Version> {
    let shown = releases.iter().filter(|it| !it.draft && !it.prerelease);
    let versions = shown.filter_map(|it| it.tag_name.parse::<Version>().ok());
    versions.max_by(|a, b| a.precedence(b).unwrap_or(Ordering::Equal))
}

fn is_prerelease(release: &Release) -> bool {
    match release.tag_name.parse::<Version>() {
        Ok(version) => version.is_prerelease(),
        Err(_) => release.prerelease,
    }
}
