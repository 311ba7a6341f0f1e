//! Which commit a run is about: everything that is kept, named or released is keyed by it.

use anyhow::{Context as _, bail};

use crate::{Context, git, text};

/// A commit with its time, as git has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The full id, 40 lower-case hexadecimal digits.
    pub id: String,
    /// The committer's time, in seconds since 1970.
    pub time: i64,
}

impl Context {
    /// The full id of the commit that the run is about: the one that was given, else the event's, else `HEAD`.
    ///
    /// On a pull request the event's commit is its head, not the merge commit that `GITHUB_SHA` names: that one
    /// changes whenever the base moves, and nobody has it in a clone.
    pub async fn commit_id(&self, given: Option<&str>) -> anyhow::Result<String> {
        let id = match given {
            Some(id) => id.to_owned(),
            None => match self.event(None)?.as_ref().and_then(|event| event.commit()) {
                Some(id) => id.to_owned(),
                None => match self.env.get("GITHUB_SHA") {
                    Some(id) => id.to_owned(),
                    None => head().await?,
                },
            },
        };
        match is_full(&id) {
            true => Ok(id),
            false => bail!(
                "failed to read the commit \"{}\": it must be a full id of 40 hexadecimal digits, as `git rev-parse HEAD` prints it",
                text::one_line(&id)
            ),
        }
    }

    /// That commit with its time, from the checkout.
    pub async fn commit(&self, given: Option<&str>) -> anyhow::Result<Commit> {
        let id = self.commit_id(given).await?;
        let out = git::offline(["show", "--no-patch", "--format=%ct", &id, "--"])
            .output()
            .await
            .with_context(|| {
                format!("failed to find the commit {id} in this checkout: a shallow one needs `fetch-depth: 2` on a pull request, or `fetch-depth: 0`")
            })?;
        let time = String::from_utf8_lossy(&out);
        let time = time.trim().parse().with_context(|| {
            format!(
                "failed to read the time of the commit {id} from \"{}\"",
                time.trim()
            )
        })?;
        Ok(Commit { id, time })
    }
}

async fn head() -> anyhow::Result<String> {
    let out = git::offline(["rev-parse", "HEAD"])
        .output()
        .await
        .context("failed to find the commit: set the input `commit`, or run this in a checkout")?;
    Ok(String::from_utf8_lossy(&out).trim().to_owned())
}

fn is_full(id: &str) -> bool {
    id.len() == 40
        && id
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
