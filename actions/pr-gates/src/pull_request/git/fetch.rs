//! From two names to the commits between them, also where a shallow clone must be told more of the history first.

use std::collections::{HashMap, HashSet};

use actions_core::git::UPLOAD_PACK;
use anyhow::{Context as _, bail};
use untrusted_input::checkout;

use super::Git;
use crate::pull_request::{Range, event::Ends, reads::Answer, short};

/// How many commits from each end are asked for, one try after the other; `None` is all of them.
const DEPTHS: [Option<u32>; 3] = [Some(100), Some(1000), None];

const MEND: &str = "use `actions/checkout` with `fetch-depth: 0`";

impl Git<'_> {
    /// Finds the merge base of two ends, and sees to it that all commits from there to the head are here.
    pub(in crate::pull_request) async fn range(&mut self, ends: &Ends) -> anyhow::Result<Range> {
        if let Some(range) = self.range_of_ids(ends).await? {
            return Ok(range);
        }
        let head = self.find(&ends.head).await?;
        let mut bases = Vec::new();
        for name in &ends.bases {
            let Some(base) = self.find(name).await? else {
                bases.push(name.clone());
                continue;
            };
            if let Some(head) = &head {
                if let Some(range) = self.complete_range(&base, head).await? {
                    return Ok(range);
                }
                if !self.shallow {
                    bail!(
                        "failed to compare {} with {}: they have no commit in common",
                        short(head),
                        short(&base)
                    );
                }
            }
            bases.push(base);
        }
        self.fetch_range(&bases, head.as_deref().unwrap_or(&ends.head))
            .await
    }

    /// The range where an event names both ends by their ids and they are here: one question instead of three.
    async fn range_of_ids(&self, ends: &Ends) -> anyhow::Result<Option<Range>> {
        match ends.bases.as_slice() {
            [base, ..] if is_id(base) && is_id(&ends.head) => {
                let question = self.command(&["merge-base", base, &ends.head]);
                let found = question.without_fetching().captured().await?;
                match found.code {
                    Some(0) => self.whole_range(base, &ends.head, &found).await,
                    _ => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    /// The commit that a name stands for in this clone; a branch may be known here as `origin` has it only.
    async fn find(&self, name: &str) -> anyhow::Result<Option<String>> {
        for name in [name.to_owned(), format!("refs/remotes/origin/{name}")] {
            let commit = format!("{name}^{{commit}}");
            let found = self
                .command(&["rev-parse", "--verify", "--quiet", &commit])
                .without_fetching()
                .captured()
                .await?;
            if found.code == Some(0) {
                let id = String::from_utf8_lossy(&found.body).trim().to_owned();
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The range, or `None` where the clone does not hold all of it.
    async fn complete_range(&self, base: &str, head: &str) -> anyhow::Result<Option<Range>> {
        let found = self.try_run(&["merge-base", base, head]).await?;
        match found.code {
            Some(0) => self.whole_range(base, head, &found).await,
            Some(1) => Ok(None),
            _ => bail!(
                "failed to run `git merge-base`: {}",
                found.notes.join(" | ")
            ),
        }
    }

    /// The range with the merge base that git has answered, or `None` where the clone does not hold all of it.
    async fn whole_range(
        &self,
        base: &str,
        head: &str,
        merge_base: &Answer,
    ) -> anyhow::Result<Option<Range>> {
        let merge_base = String::from_utf8_lossy(&merge_base.body).trim().to_owned();
        if self.shallow && !self.is_complete(base, head).await? {
            return Ok(None);
        }
        Ok(Some(Range {
            base: base.to_owned(),
            merge_base,
            head: head.to_owned(),
        }))
    }

    /// Whether a history that is cut off somewhere is whole between the ends.
    ///
    /// A cut among the commits themselves may hide some of them. A cut in the base's history may hide that it holds one
    /// of them too, unless it lies before all of them.
    async fn is_complete(&self, base: &str, head: &str) -> anyhow::Result<bool> {
        let cuts = self.cuts().await?;
        let cuts: HashSet<&str> = cuts.lines().collect();
        let range = self.dates(&[head, "--not", base]).await?;
        if range.keys().any(|commit| cuts.contains(commit.as_str())) {
            return Ok(false);
        }
        let oldest = range.values().min().copied().unwrap_or(u64::MAX);
        let before = self.dates(&[base]).await?;
        Ok(before
            .iter()
            .filter(|(commit, _)| cuts.contains(commit.as_str()))
            .all(|(_, date)| *date <= oldest))
    }

    /// The file that lists where the history was cut off.
    async fn cuts(&self) -> anyhow::Result<String> {
        let read = async {
            let body = match checkout::read(self.shallow_file.as_ref(), checkout::LARGE) {
                Err(error) if error.is_missing() => Vec::new(),
                read => read.with_context(|| format!("failed to read `{}`", self.shallow_file))?,
            };
            Ok(Answer {
                body,
                ..Answer::default()
            })
        };
        let answer = self.reads.ask("the file `shallow`", read).await?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// Commits with their dates in seconds since the epoch.
    async fn dates(&self, revisions: &[&str]) -> anyhow::Result<HashMap<String, u64>> {
        let args = [&["rev-list", "--timestamp"], revisions].concat();
        let output = String::from_utf8_lossy(&self.run(&args).await?).into_owned();
        Ok(output
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(date, commit)| Some((commit.to_owned(), date.parse().ok()?)))
            .collect())
    }

    async fn fetch_range(&mut self, bases: &[String], head: &str) -> anyhow::Result<Range> {
        let depths = match self.shallow {
            true => DEPTHS.as_slice(),
            // A depth would make a shallow clone of a full one.
            false => &[None],
        };
        for depth in depths {
            let base = self.fetch_first(bases, head, *depth).await?;
            if let Some(range) = self.complete_range(&base, head).await? {
                return Ok(range);
            }
            if !self.shallow {
                break;
            }
        }
        bail!(
            "failed to compare {} with its base: they have no commit in common, or the clone lacks it: {MEND}",
            short(head)
        )
    }

    /// The first of the bases that `origin` has. The one before a forced push may be gone.
    async fn fetch_first(
        &mut self,
        bases: &[String],
        head: &str,
        depth: Option<u32>,
    ) -> anyhow::Result<String> {
        let mut why = String::from("there is no base");
        for base in bases {
            match self.fetch(base, head, depth).await {
                Ok(id) => return Ok(id),
                Err(err) => why = format!("{err:#}"),
            }
        }
        bail!("{why}: {MEND}")
    }

    /// Fetches a base and the head with their history in one request, where the clone is shallow without the contents
    /// of files. Gives the base's commit.
    async fn fetch(
        &mut self,
        base: &str,
        head: &str,
        depth: Option<u32>,
    ) -> anyhow::Result<String> {
        let mut args = vec!["-c", "gc.auto=0", "fetch", "--quiet", "--no-tags"];
        args.extend(["--recurse-submodules=no", UPLOAD_PACK]);
        let how_far = match depth {
            Some(depth) => format!("--depth={depth}"),
            None => "--unshallow".to_owned(),
        };
        if self.shallow {
            args.extend([how_far.as_str(), "--filter=blob:none"]);
        }
        // The base comes first, because the first one is what FETCH_HEAD means.
        args.extend(["origin", base, head]);
        let what = match (self.shallow, depth) {
            (false, _) => "the commits that this clone lacks".to_owned(),
            (true, Some(depth)) => format!("{depth} commits of a shallow clone's history"),
            (true, None) => "the rest of a shallow clone's history".to_owned(),
        };
        self.log.info(format!(
            "Fetching {what} from `origin`, up to {} and {}.",
            shown(base),
            shown(head)
        ));
        let fetched = self.try_run(&args).await?;
        if fetched.code != Some(0) {
            bail!(
                "failed to fetch {} and {}, which this clone lacks: {}",
                shown(base),
                shown(head),
                fetched.notes.join(" | ")
            );
        }
        let answer = self.run(&["rev-parse", "--is-shallow-repository"]).await?;
        self.shallow = answer.trim_ascii() == b"true";
        let id = self
            .run(&["rev-parse", "--verify", "FETCH_HEAD^{commit}"])
            .await?;
        Ok(String::from_utf8_lossy(&id).trim().to_owned())
    }
}

/// A commit for eyes; a branch as it is.
fn shown(name: &str) -> &str {
    if is_id(name) { short(name) } else { name }
}

fn is_id(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
