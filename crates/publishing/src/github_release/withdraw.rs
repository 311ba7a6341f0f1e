//! Marks a release as withdrawn: a prerelease, which is never the latest, with a line on top of its notes.

use serde_json::json;

use super::notes::{MOST_CHARACTERS, withdrawn};
use super::{Error, Release, Repository};

/// What became of the mark; in a dry run, what would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It is made.
    Made,
    /// It was there already.
    Unchanged,
}

/// A release that is marked as withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// Its page.
    pub url: String,
    /// What was done.
    pub mark: Mark,
    /// What GitHub did not let us change, and why; a person may.
    pub left: Vec<String>,
}

impl Repository {
    /// Marks the release of a tag as a prerelease, with a line of Markdown on top of its notes; `None` if there is no release.
    ///
    /// # Errors
    /// It cannot be read, or GitHub refuses all of it.
    pub async fn mark_withdrawn(&self, tag: &str, line: &str) -> Result<Option<Withdrawn>, Error> {
        let Some(release) = self.release_of_tag(tag).await? else {
            return Ok(None);
        };
        let old = release.body.clone().unwrap_or_default();
        let mut body = withdrawn(&old, line);
        let mut left = Vec::new();
        if body.chars().count() > MOST_CHARACTERS {
            left.push(format!(
                "the line on top of the notes, which would have more than {MOST_CHARACTERS} characters"
            ));
            body = old.replace("\r\n", "\n");
        }
        let done = release.prerelease && body == old.replace("\r\n", "\n");
        if !done && !self.dry_run {
            self.write_mark(&release, &body, &mut left).await?;
        }
        Ok(Some(Withdrawn {
            url: release.html_url,
            mark: match done {
                true => Mark::Unchanged,
                false => Mark::Made,
            },
            left,
        }))
    }

    /// Writes both at once, or, where an immutable release refuses that, what it allows.
    async fn write_mark(
        &self,
        release: &Release,
        body: &str,
        left: &mut Vec<String>,
    ) -> Result<(), Error> {
        let both = json!({ "prerelease": true, "body": body });
        let refused = match self.patch(release, &both).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if !refused.api().is_some_and(|api| api.says("immutable")) {
            return Err(refused);
        }
        let parts = [
            ("the mark as a prerelease", json!({ "prerelease": true })),
            ("the line on top of the notes", json!({ "body": body })),
        ];
        let mut refusals = Vec::new();
        for (what, part) in parts {
            match self.patch(release, &part).await {
                Ok(()) => {}
                Err(error) if error.api().is_some_and(|api| api.says("immutable")) => {
                    refusals.push(format!("{what}: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        if refusals.len() == 2 {
            return Err(refused);
        }
        left.extend(refusals);
        Ok(())
    }

    async fn patch(&self, release: &Release, change: &serde_json::Value) -> Result<(), Error> {
        let path = format!("{}/releases/{}", self.root, release.id);
        let wanted = |key: &str| change.get(key).cloned();
        let look = async || -> Result<_, Error> {
            let found = self.release(release.id).await?;
            Ok(found.filter(|found| {
                let body = found
                    .body
                    .as_deref()
                    .unwrap_or_default()
                    .replace("\r\n", "\n");
                wanted("body").is_none_or(|it| it == body)
                    && wanted("prerelease").is_none_or(|it| it == found.prerelease)
            }))
        };
        let changed = self.api.update_once::<Release, Error>(&path, change, look);
        let doing = || format!("mark the release of {} as withdrawn", release.tag_name);
        changed
            .await
            .map(|_| ())
            .map_err(|error| error.doing(doing()))
    }
}
