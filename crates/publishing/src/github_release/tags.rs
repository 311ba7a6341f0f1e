//! Tags: which commit one names, making one, and moving that of a channel.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::{Error, Repository};

/// Tags that point to tags; more than a few is a mistake, and endless ones do not hold us up.
const DEPTH: usize = 5;
/// Looks for a tag that was moved just now.
const MOST_LOOKS: usize = 3;

/// What became of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagMove {
    /// There was none.
    Created,
    /// It was at another commit.
    Moved,
    /// It was there already.
    Unchanged,
}

/// A tag that is where it should be; in a dry run, where it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The commit that it named before.
    pub from: Option<String>,
    /// What was done.
    pub how: TagMove,
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

impl Repository {
    /// The commit that a tag leads to, through annotated tags; `None` if there is no such tag.
    ///
    /// # Errors
    /// It cannot be read, or leads to something else.
    pub async fn commit_of_tag(&self, tag: &str) -> Result<Option<String>, Error> {
        let unread = |error| Error::of(format!("read the tag {tag}"), error);
        let path = format!("{}/git/ref/tags/{}", self.root, path_of(tag));
        let Some(mut found) = self.api.find::<Ref>(&path).await.map_err(unread)? else {
            return Ok(None);
        };
        for _ in 0..DEPTH {
            match found.object.r#type.as_str() {
                "commit" => return Ok(Some(found.object.sha)),
                "tag" => {
                    let path = format!("{}/git/tags/{}", self.root, found.object.sha);
                    found = self.api.get(&path).await.map_err(unread)?;
                }
                other => {
                    return Err(Error::NotACommit {
                        tag: tag.to_owned(),
                        kind: other.to_owned(),
                    });
                }
            }
        }
        Err(Error::TagOfTags(tag.to_owned()))
    }

    /// The same, and an error if the tag is at another commit than this.
    pub(super) async fn bound(&self, tag: &str, commit: &str) -> Result<Option<String>, Error> {
        match self.commit_of_tag(tag).await? {
            Some(at) if at != commit => Err(Error::TagElsewhere {
                tag: tag.to_owned(),
                at,
                commit: commit.to_owned(),
            }),
            found => Ok(found),
        }
    }

    /// Makes a tag; one that appeared meanwhile at the same commit is as good.
    ///
    /// # Errors
    /// GitHub refuses it, or it is at another commit meanwhile.
    pub async fn create_tag(&self, tag: &str, commit: &str) -> Result<(), Error> {
        let body = json!({ "ref": format!("refs/tags/{tag}"), "sha": commit });
        let path = format!("{}/git/refs", self.root);
        let look = async || {
            let there = self.commit_of_tag(tag).await?;
            Ok((there.as_deref() == Some(commit)).then_some(IgnoredAny))
        };
        let made = self.api.create(&path, &body, look).await;
        let doing = || format!("create the tag {tag} at {commit}");
        made.map(|_: IgnoredAny| ())
            .map_err(|error: Error| locked(error, tag, doing()).doing(doing()))
    }

    /// Moves the tag of a channel to a commit, or makes it. The caller knows whether that goes backwards, and may.
    ///
    /// # Errors
    /// GitHub refuses it, or it is elsewhere afterwards.
    pub async fn move_tag(&self, tag: &str, commit: &str) -> Result<Moved, Error> {
        let from = self.commit_of_tag(tag).await?;
        let how = match from.as_deref() {
            Some(at) if at == commit => TagMove::Unchanged,
            Some(_) => TagMove::Moved,
            None => TagMove::Created,
        };
        if !self.dry_run {
            match how {
                TagMove::Unchanged => {}
                TagMove::Created => self.create_tag(tag, commit).await?,
                TagMove::Moved => self.force_tag(tag, commit).await?,
            }
            let there = async || self.commit_of_tag(tag).await;
            let right =
                async || -> Result<_, Error> { Ok(there().await?.filter(|at| at == commit)) };
            if how != TagMove::Unchanged && self.api.await_sight(MOST_LOOKS, right).await?.is_none()
            {
                return Err(Error::TagElsewhere {
                    tag: tag.to_owned(),
                    at: there().await?.unwrap_or_else(|| "none".to_owned()),
                    commit: commit.to_owned(),
                });
            }
        }
        Ok(Moved { from, how })
    }

    async fn force_tag(&self, tag: &str, commit: &str) -> Result<(), Error> {
        let body = json!({ "sha": commit, "force": true });
        let path = format!("{}/git/refs/tags/{}", self.root, path_of(tag));
        let look = async || {
            let there = self.commit_of_tag(tag).await?;
            Ok((there.as_deref() == Some(commit)).then_some(IgnoredAny))
        };
        let moved = self.api.update_once(&path, &body, look).await;
        let doing = || format!("move the tag {tag} to {commit}");
        moved
            .map(|_: IgnoredAny| ())
            .map_err(|error: Error| locked(error, tag, doing()).doing(doing()))
    }
}

/// A tag as a part of a path; its slashes stay.
pub(super) fn path_of(tag: &str) -> String {
    let parts: Vec<String> = tag.split('/').map(github::path_part).collect();
    parts.join("/")
}

/// Tells a tag that is protected or used up from other refusals.
pub(super) fn locked(error: Error, tag: &str, doing: String) -> Error {
    let Some(api) = error.api() else {
        return error;
    };
    if api.says("was used by an immutable release") {
        return Error::TagUsedUp(tag.to_owned());
    }
    let ruled = api.says("Repository rule violations") || api.says("immutable");
    match (ruled, api.refusal()) {
        (true, Some(refusal)) => Error::TagLocked {
            doing,
            said: refusal.message.clone(),
        },
        _ => error,
    }
}
