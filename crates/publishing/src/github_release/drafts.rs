//! Drafts: GitHub finds them only by listing, shows a new one late, and keeps as many of one tag as it is given.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::notes::{bare, is_ours};
use super::{Error, Release, Repository};

/// Drafts that disappear while we look; others that draft at the same time delete theirs.
pub(super) const MOST_LOOKS: usize = 5;

/// The notes of a draft: those it gets when it is made, and those that what it says becomes.
pub struct NewNotes<'a> {
    /// For a new draft.
    pub new: &'a str,
    /// From the notes that are there.
    pub merged: &'a dyn Fn(&str) -> String,
    /// Whether the release is a prerelease.
    pub prerelease: bool,
}

impl fmt::Debug for NewNotes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewNotes").finish_non_exhaustive()
    }
}

/// The draft that is there now.
#[derive(Debug)]
pub struct Draft {
    /// Its page; `None` if it would be made.
    pub url: Option<String>,
    how: &'static str,
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.url {
            Some(url) => write!(f, "{}, {url}", self.how),
            None => f.write_str(self.how),
        }
    }
}

impl Draft {
    fn of(release: &Release, how: &'static str) -> Self {
        Self {
            url: Some(release.html_url.clone()),
            how,
        }
    }
}

impl Release {
    /// Whether both are drafts that we have written, and nobody has changed one of them since.
    fn is_twin_of(&self, other: &Self) -> bool {
        let drafts = self.draft && other.draft && self.tag_name == other.tag_name;
        let ours = self.body.as_deref().is_some_and(is_ours);
        let same = self.body == other.body && self.prerelease == other.prerelease;
        drafts && (ours && same || other.is_bare())
    }

    /// Whether it is a draft of ours that has nothing in it yet.
    fn is_bare(&self) -> bool {
        let body = self.body.as_deref().unwrap_or_default();
        self.draft && self.assets.is_empty() && body == bare(&self.target_commitish)
    }

    /// Whether it is what a request of ours makes, and has nothing else in it.
    fn is_as_sent(&self, commit: &str, notes: &NewNotes<'_>) -> bool {
        let body = self.body.as_deref().unwrap_or_default();
        let same = body.replace("\r\n", "\n") == notes.new.replace("\r\n", "\n");
        let marks = self.target_commitish == commit && self.prerelease == notes.prerelease;
        self.draft && self.assets.is_empty() && marks && same
    }

    /// Refuses a draft that is for another commit. Once the tag is there, GitHub does not look at a branch any more.
    pub(crate) fn check_target(&self, commit: &str, has_tag: bool) -> Result<(), Error> {
        let target = self.target_commitish.as_str();
        let is_commit = target.len() == 40 && target.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !self.draft || target == commit || has_tag && !is_commit {
            return Ok(());
        }
        Err(Error::DraftElsewhere {
            tag: self.tag_name.clone(),
            target: target.to_owned(),
            commit: commit.to_owned(),
            url: self.html_url.clone(),
        })
    }
}

impl Repository {
    /// The release of a tag, found among drafts too.
    ///
    /// # Errors
    /// The releases cannot be read, or there are several drafts that differ.
    pub async fn release_of_tag(&self, tag: &str) -> Result<Option<Release>, Error> {
        chosen(tag, self.releases_of_tag(tag).await?)
    }

    async fn releases_of_tag(&self, tag: &str) -> Result<Vec<Release>, Error> {
        let mut releases = self.releases().await?;
        releases.retain(|release| release.tag_name == tag);
        releases.sort_by_key(|release| release.id);
        Ok(releases)
    }

    /// Makes the draft of a tag that is at `commit`, or brings the one that is there up to date.
    ///
    /// # Errors
    /// GitHub refuses it, or others delete it again and again.
    pub async fn draft(
        &self,
        existing: Option<&Release>,
        tag: &str,
        commit: &str,
        notes: &NewNotes<'_>,
    ) -> Result<Draft, Error> {
        let mut existing = existing.cloned();
        for _ in 0..MOST_LOOKS {
            let Some(release) = &existing else {
                if self.dry_run {
                    return Ok(Draft {
                        url: None,
                        how: "would be created",
                    });
                }
                let (release, is_new) = self.make_draft(tag, commit, notes).await?;
                if is_new {
                    return Ok(Draft::of(&release, "made"));
                }
                existing = Some(release);
                continue;
            };
            release.check_target(commit, true)?;
            if let Some(draft) = self.update_draft(release, notes).await? {
                return Ok(draft);
            }
            // Another run took it for a twin of its own, which stays.
            existing = self.release_of_tag(tag).await?;
        }
        Err(Error::DraftGone(tag.to_owned()))
    }

    /// `None` if the draft is gone.
    async fn update_draft(
        &self,
        release: &Release,
        notes: &NewNotes<'_>,
    ) -> Result<Option<Draft>, Error> {
        if !release.draft {
            let how = "published already, nothing is changed";
            return Ok(Some(Draft::of(release, how)));
        }
        let body = release.body.clone().unwrap_or_default();
        let merged = (notes.merged)(&body);
        if merged == body.replace("\r\n", "\n") && release.prerelease == notes.prerelease {
            return Ok(Some(Draft::of(release, "already there")));
        }
        if self.dry_run {
            return Ok(Some(Draft::of(release, "would be updated")));
        }
        let others = self.releases_of_tag(&release.tag_name).await?;
        self.delete_twins(release, &others).await?;
        let body = json!({ "body": merged, "prerelease": notes.prerelease });
        let path = format!("{}/releases/{}", self.root, release.id);
        let look = async || -> Result<_, Error> {
            let found = self.release(release.id).await?;
            Ok(found.filter(|found| {
                let there = found
                    .body
                    .as_deref()
                    .unwrap_or_default()
                    .replace("\r\n", "\n");
                there == merged && found.prerelease == notes.prerelease
            }))
        };
        match self
            .api
            .update_once::<Release, Error>(&path, &body, look)
            .await
        {
            Ok(updated) => Ok(Some(Draft::of(&updated, "updated"))),
            Err(error) if error.api().is_some_and(github::Error::is_not_found) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The draft of a tag after one was made, and whether it is that one: two runs at once, or one whose answer was lost, make
    /// two of a tag, and the first one stays. Nothing is deleted but what this run sent and nobody has changed.
    pub(super) async fn make_draft(
        &self,
        tag: &str,
        commit: &str,
        notes: &NewNotes<'_>,
    ) -> Result<(Release, bool), Error> {
        let body = json!({
            "tag_name": tag,
            "target_commitish": commit,
            "name": tag,
            "body": notes.new,
            "draft": true,
            "prerelease": notes.prerelease,
        });
        let path = format!("{}/releases", self.root);
        // What is found after a lost answer may be somebody else's. It may show late.
        let found = AtomicBool::new(false);
        let look = async || -> Result<_, Error> {
            let look = async || self.release_of_tag(tag).await;
            let there = self.api.await_sight(2, look).await?;
            found.store(there.is_some(), Ordering::Relaxed);
            Ok(there)
        };
        let made: Release = self.api.create(&path, &body, look).await?;
        let is_ours = !found.into_inner();
        // Once ours shows, so does what was made before it.
        let settled = async || -> Result<_, Error> {
            let all = self.releases_of_tag(tag).await?;
            let shows = all.iter().any(|it| it.id <= made.id || !it.draft);
            Ok(shows.then_some(all))
        };
        let all = self.api.await_sight(MOST_LOOKS, settled).await?;
        let mut all = all.unwrap_or_default();
        let first = all.iter().find(|it| !it.draft).or_else(|| all.first());
        let first = first.map_or(made.id, |first| first.id);
        let is_surplus = |it: &Release| {
            it.id != first && (is_ours && it.id == made.id || it.is_as_sent(commit, notes))
        };
        if is_ours && made.id != first && all.iter().all(|it| it.id != made.id) {
            self.delete_draft(made.id).await?;
        }
        for surplus in all.iter().filter(|it| is_surplus(it)) {
            self.delete_draft(surplus.id).await?;
        }
        all.retain(|it| !is_surplus(it));
        let release = chosen(tag, all)?.unwrap_or_else(|| made.clone());
        let is_new = release.id == made.id && (is_ours || made.is_as_sent(commit, notes));
        Ok((release, is_new))
    }

    /// Deletes what is the same as this draft, and newer.
    async fn delete_twins(&self, draft: &Release, others: &[Release]) -> Result<(), Error> {
        for other in others {
            if other.id > draft.id && draft.is_twin_of(other) {
                self.delete_draft(other.id).await?;
            }
        }
        Ok(())
    }

    async fn delete_draft(&self, id: u64) -> Result<(), Error> {
        let path = format!("{}/releases/{id}", self.root);
        let gone = async || -> Result<bool, Error> { Ok(self.release(id).await?.is_none()) };
        let deleted = self.api.delete_once(&path, gone).await;
        deleted.map_err(|error| error.doing("delete a second draft of the tag"))
    }
}

/// The one that counts among the releases of a tag, which are sorted by their numbers.
fn chosen(tag: &str, releases: Vec<Release>) -> Result<Option<Release>, Error> {
    if let Some(published) = releases.iter().find(|release| !release.draft) {
        return Ok(Some(published.clone()));
    }
    let mut releases = releases.into_iter();
    let Some(first) = releases.next() else {
        return Ok(None);
    };
    let others = releases.filter(|other| !first.is_twin_of(other));
    let mut urls: Vec<String> = others.map(|it| it.html_url).collect();
    if urls.is_empty() {
        return Ok(Some(first));
    }
    urls.insert(0, first.html_url);
    Err(Error::SeveralDrafts {
        tag: tag.to_owned(),
        urls,
    })
}
