//! The tag and the draft on GitHub, each made so that making it again finds it.

use std::fmt;

use actions_core::{Context, Secret, github};
use anyhow::{Context as _, anyhow, bail};
use octocrab::Octocrab;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::notes::merged;

/// Releases on a page; the most that GitHub gives.
const PAGE: usize = 100;
/// Tags that point to tags; more than a few is a mistake, and endless ones do not end us.
const DEPTH: usize = 5;

/// A repository on GitHub.
pub(crate) struct GitHub {
    client: Octocrab,
    /// `/repos/owner/name`.
    root: String,
}

/// A release as GitHub shows it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Release {
    id: u64,
    pub(crate) tag_name: String,
    pub(crate) draft: bool,
    prerelease: bool,
    body: Option<String>,
    html_url: String,
}

/// The draft that should be there.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) tag: &'a str,
    pub(crate) commit: &'a str,
    pub(crate) prerelease: bool,
    pub(crate) notes: &'a str,
}

/// The draft that is there now.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) url: Option<String>,
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

#[derive(Deserialize)]
struct Ref {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: String,
    r#type: String,
}

impl GitHub {
    pub(crate) fn new(cx: &Context, token: &Secret) -> anyhow::Result<Self> {
        let (owner, name) = github::repository(&cx.env)?;
        Ok(Self {
            client: github::client(&cx.env, Some(token))?,
            root: format!("/repos/{owner}/{name}"),
        })
    }

    /// The commit that a tag leads to, through annotated tags; `None` if there is no such tag.
    pub(crate) async fn commit_of_tag(&self, tag: &str) -> anyhow::Result<Option<String>> {
        let read = || format!("failed to read the tag {tag}");
        let path = format!("git/ref/tags/{tag}");
        let Some(mut found) = self.get::<Ref>(&path).await.with_context(read)? else {
            return Ok(None);
        };
        for _ in 0..DEPTH {
            match found.object.r#type.as_str() {
                "commit" => return Ok(Some(found.object.sha)),
                "tag" => {
                    let path = format!("git/tags/{}", found.object.sha);
                    found = self.get(&path).await.with_context(read)?.with_context(|| {
                        format!(
                            "failed to read the tag {tag}: its object {} is gone",
                            found.object.sha
                        )
                    })?;
                }
                other => bail!("failed to read the tag {tag}: it is at a {other}, not at a commit"),
            }
        }
        bail!("failed to read the tag {tag}: it is a tag of a tag of a tag, and so on")
    }

    /// Makes a tag; one that appeared meanwhile at the same commit is as good.
    pub(crate) async fn create_tag(&self, tag: &str, commit: &str) -> anyhow::Result<()> {
        let body = json!({ "ref": format!("refs/tags/{tag}"), "sha": commit });
        let made: octocrab::Result<serde_json::Value> = self
            .client
            .post(format!("{}/git/refs", self.root), Some(&body))
            .await;
        let Err(error) = made else {
            return Ok(());
        };
        if status(&error) == Some(422) && self.commit_of_tag(tag).await?.as_deref() == Some(commit)
        {
            return Ok(());
        }
        Err(in_short(error)).with_context(|| format!("failed to make the tag {tag} at {commit}"))
    }

    /// The release of a tag, found among drafts too, which GitHub does not find by their tag.
    pub(crate) async fn release_of_tag(&self, tag: &str) -> anyhow::Result<Option<Release>> {
        let releases = self.releases_of_tag(tag).await?;
        if let Some(published) = releases.iter().find(|release| !release.draft) {
            return Ok(Some(published.clone()));
        }
        match releases.as_slice() {
            [] => Ok(None),
            [draft] => Ok(Some(draft.clone())),
            several => {
                let urls: Vec<&str> = several.iter().map(|it| it.html_url.as_str()).collect();
                bail!(
                    "failed to choose the draft of {tag}: there are {}, delete all but one: {}",
                    several.len(),
                    urls.join(", ")
                )
            }
        }
    }

    async fn releases_of_tag(&self, tag: &str) -> anyhow::Result<Vec<Release>> {
        let mut releases = self.releases().await?;
        releases.retain(|release| release.tag_name == tag);
        Ok(releases)
    }

    /// All releases, drafts too.
    pub(crate) async fn releases(&self) -> anyhow::Result<Vec<Release>> {
        let mut found = Vec::new();
        for page in 1.. {
            let path = format!("releases?per_page={PAGE}&page={page}");
            let releases: Option<Vec<Release>> = self
                .get(&path)
                .await
                .context("failed to list the releases")?;
            let releases = releases.unwrap_or_default();
            let last = releases.len() < PAGE;
            found.extend(releases);
            if last {
                break;
            }
        }
        Ok(found)
    }

    /// Makes the draft, or brings the one that is there up to date.
    pub(crate) async fn draft(
        &self,
        existing: Option<&Release>,
        wanted: &Wanted<'_>,
        dry_run: bool,
    ) -> anyhow::Result<Draft> {
        let of = |release: &Release, how| Draft {
            url: Some(release.html_url.clone()),
            how,
        };
        match existing {
            None if dry_run => Ok(Draft {
                url: None,
                how: "would be made",
            }),
            None => Ok(of(&self.create_draft(wanted).await?, "made")),
            Some(release) if !release.draft => {
                Ok(of(release, "published already, nothing is changed"))
            }
            Some(release) => {
                let body = release.body.clone().unwrap_or_default();
                let notes = merged(&body, wanted.notes);
                if notes == body.replace("\r\n", "\n") && release.prerelease == wanted.prerelease {
                    return Ok(of(release, "already there"));
                }
                if dry_run {
                    return Ok(of(release, "would be updated"));
                }
                let body = json!({ "body": notes, "prerelease": wanted.prerelease });
                let path = format!("{}/releases/{}", self.root, release.id);
                let updated: Release = self
                    .client
                    .patch(path, Some(&body))
                    .await
                    .map_err(in_short)?;
                Ok(of(&updated, "updated"))
            }
        }
    }

    async fn create_draft(&self, wanted: &Wanted<'_>) -> anyhow::Result<Release> {
        let body = json!({
            "tag_name": wanted.tag,
            "target_commitish": wanted.commit,
            "name": wanted.tag,
            "body": wanted.notes,
            "draft": true,
            "prerelease": wanted.prerelease,
        });
        let path = format!("{}/releases", self.root);
        let made: Release = self
            .client
            .post(path, Some(&body))
            .await
            .map_err(in_short)?;
        // The client repeats a request whose answer was lost, and then there are two drafts. Only twins of ours are deleted.
        let mut twins = self.releases_of_tag(wanted.tag).await?;
        twins.retain(|release| release.draft && release.body.as_deref() == Some(wanted.notes));
        twins.sort_by_key(|release| release.id);
        for twin in twins.iter().skip(1) {
            let path = format!("{}/releases/{}", self.root, twin.id);
            let answer = self
                .client
                ._delete(path, None::<&()>)
                .await
                .map_err(in_short)?;
            octocrab::map_github_error(answer).await.map_err(in_short)?;
        }
        Ok(twins.into_iter().next().unwrap_or(made))
    }

    /// `None` for what is not there.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<Option<T>> {
        let path = format!("{}/{path}", self.root);
        match self.client.get(path, None::<&()>).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(in_short(error)),
        }
    }
}

impl GitHub {
    /// As [`GitHub::get`], and `None` for what the token may not see, too.
    pub(crate) async fn get_if_allowed<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> anyhow::Result<Option<T>> {
        let path = format!("{}/{path}", self.root);
        match self.client.get(path, None::<&()>).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if matches!(status(&error), Some(403 | 404)) => Ok(None),
            Err(error) => Err(in_short(error)),
        }
    }
}

fn status(error: &octocrab::Error) -> Option<u16> {
    match error {
        octocrab::Error::GitHub { source, .. } => Some(source.status_code.as_u16()),
        _ => None,
    }
}

/// What GitHub said in one line, and the likely cause in the workflow.
fn in_short(error: octocrab::Error) -> anyhow::Error {
    let status = status(&error);
    match error {
        octocrab::Error::GitHub { source, .. } if matches!(status, Some(403 | 404)) => anyhow!(
            "{}: is `contents: write` missing from the job's permissions?",
            source.message
        ),
        octocrab::Error::GitHub { source, .. } => anyhow!("{}", source.message),
        other => other.into(),
    }
}
