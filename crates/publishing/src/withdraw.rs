//! Takes a bad release back as far as each place allows, and names what only a person can do.

use package_store::{Channel, Entry, JournalEntry, Manifest, PromotionOptions, Site, Store, Time};
use semver::Version;

use crate::{
    channels::{self, Move},
    crates_io::{self, Yanked},
    endpoints,
    github_release::Mark,
    release::{Row, Targets, tag_of},
};

/// What the journal calls it.
const WITHDRAW: &str = "withdraw";

/// A version that is to be withdrawn.
#[derive(Debug, Clone)]
pub struct Withdrawal<'a> {
    /// The bucket; where it is opened for a dry run, everything is one.
    pub store: &'a Store,
    /// The frozen list.
    pub manifest: &'a Manifest,
    /// Where the version is. In a dry run the repository is one too.
    pub targets: &'a Targets,
    /// Whether the git tags of the channels follow them back.
    pub git_tags: bool,
    /// Why, in one line for those who read the release's page.
    pub reason: Option<String>,
    /// Who withdraws it.
    pub who: Option<String>,
    /// The run.
    pub run_url: Option<String>,
}

/// What was done, and what is left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was there and what was done.
    pub rows: Vec<Row>,
    /// What only a person can do, with the address where.
    pub by_hand: Vec<String>,
    /// What could not be done, and why; another run tries it again.
    pub failed: Vec<String>,
}

impl Withdrawal<'_> {
    /// Marks the version as withdrawn, takes the channels back, marks GitHub's release and yanks the crates. What fails in one
    /// place does not stop the others: a bad release should be as hard to get as possible.
    pub async fn run(&self) -> Outcome {
        let mut outcome = Outcome::default();
        // First, so that no promotion brings the version back meanwhile.
        self.mark(&mut outcome).await;
        for channel in [Channel::Latest, Channel::Prerelease] {
            if let Err(error) = self.leave(channel, &mut outcome).await {
                outcome.failed.push(format!("channel {channel}: {error}"));
            }
        }
        self.mark_on_github(&mut outcome).await;
        self.yank_crates(&mut outcome).await;
        self.look_at_pypi(&mut outcome).await;
        if let Err(error) = self.show().await {
            outcome
                .failed
                .push(format!("the pages of the bucket: {error}"));
        }
        outcome
    }

    fn did(&self, verb: &str) -> String {
        match self.store.is_dry_run() {
            true => format!("would be {verb}"),
            false => verb.to_owned(),
        }
    }

    async fn mark(&self, outcome: &mut Outcome) {
        let version = self.manifest.version();
        let entry = JournalEntry {
            version: version.to_owned(),
            commit: self.manifest.commit().clone(),
            action: WITHDRAW.to_owned(),
            when: Time::now(),
            who: self.who.clone(),
            run_url: self.run_url.clone(),
            steps: self.reason.iter().cloned().collect(),
            error: None,
        };
        let what = format!("version {version}");
        match self.store.mark_withdrawn(&entry).await {
            Ok(true) => {
                let done = self.did("marked as withdrawn");
                outcome.rows.push(Row::changed(what, "offered", done));
            }
            Ok(false) => outcome.rows.push(Row::kept(what, "withdrawn")),
            Err(error) => outcome.failed.push(format!("the journal: {error}")),
        }
    }

    async fn leave(&self, channel: Channel, outcome: &mut Outcome) -> Result<(), channels::Error> {
        let options = PromotionOptions {
            who: self.who.clone(),
            run_url: self.run_url.clone(),
            ..PromotionOptions::default()
        };
        let version = self.manifest.version();
        let what = format!("channel {channel}");
        let there = match channels::leave(self.store, channel, version, &options).await? {
            Some(Move::Moved { to, from }) => {
                let before = from.map_or_else(|| version.to_owned(), |from| from.version);
                let done = self.did(&format!("moved back to {}", to.version));
                outcome.rows.push(Row::changed(what, before, done));
                Some(to)
            }
            Some(Move::Unfit(why)) => {
                let current = self.store.current(channel).await?;
                outcome.rows.push(Row::left(&what, at(&current), &why));
                outcome
                    .by_hand
                    .push(format!("{what}: {why}; release a new version"));
                None
            }
            _ => {
                let current = self.store.current(channel).await?;
                outcome.rows.push(Row::kept(what, at(&current)));
                current
            }
        };
        let repository = self.targets.github.as_ref().filter(|_| self.git_tags);
        if let (Some(repository), Some(there)) = (repository, there) {
            let tag = channels::tag(self.store, channel, repository, &there).await?;
            outcome.rows.push(tag.row(&|verb| self.did(verb)));
        }
        Ok(())
    }

    async fn mark_on_github(&self, outcome: &mut Outcome) {
        let Some(repository) = self.targets.github.as_ref() else {
            return;
        };
        let version = self.manifest.version();
        let tag = tag_of(version);
        let line = match &self.reason {
            Some(reason) => format!("**{version} was withdrawn:** {reason}"),
            None => format!("**{version} was withdrawn.** Use another version."),
        };
        let what = format!("release {tag}");
        match repository.mark_withdrawn(&tag, &line).await {
            Ok(None) => outcome.rows.push(Row::kept(what, "no release")),
            Ok(Some(withdrawn)) => {
                outcome.rows.push(match withdrawn.mark {
                    Mark::Unchanged => Row::kept(what, "marked as withdrawn"),
                    Mark::Made => {
                        let done = self.did("marked as a prerelease, with a line on top");
                        Row::changed(what, "offered", done)
                    }
                });
                let left = withdrawn.left.into_iter();
                let at = withdrawn.url;
                outcome.by_hand.extend(left.map(|what| {
                    format!("GitHub did not accept {what}; change it by hand at {at}")
                }));
            }
            Err(error) => outcome.failed.push(format!("release {tag}: {error}")),
        }
    }

    async fn yank_crates(&self, outcome: &mut Outcome) {
        let Some((registry, credentials)) = self.targets.crates.as_ref() else {
            return;
        };
        let token = match credentials {
            Some(crates_io::Credentials::Token(token)) => Some(token),
            // A minted token has no right to yank.
            _ => None,
        };
        let dry_run = self.store.is_dry_run();
        let packages = self.manifest.packages().iter();
        for record in packages.filter(|record| record.kind == "crate") {
            let what = format!("{} {}", record.project, record.version);
            let Ok(version) = record.version.parse::<Version>() else {
                continue;
            };
            match registry
                .yank(&record.project, &version, token, dry_run)
                .await
            {
                Ok(Yanked::Already) => outcome.rows.push(Row::kept(what, "yanked")),
                Ok(Yanked::Done | Yanked::Would) => {
                    outcome
                        .rows
                        .push(Row::changed(what, "offered", self.did("yanked")));
                }
                Err(crates_io::Error::NoSuchVersion { .. }) => {
                    outcome.rows.push(Row::kept(what, "never published"));
                }
                Err(error) => outcome.failed.push(format!("{what}: {error}")),
            }
        }
    }

    /// An index has no API to yank: a person does that, and is told where.
    async fn look_at_pypi(&self, outcome: &mut Outcome) {
        let Some((index, credentials)) = self.targets.pypi.as_ref() else {
            return;
        };
        let mut projects: Vec<(&str, &str)> = self
            .manifest
            .packages()
            .iter()
            .filter(|record| matches!(record.kind.as_str(), "wheel" | "sdist"))
            .map(|record| (record.project.as_str(), record.version.as_str()))
            .collect();
        projects.sort_unstable();
        projects.dedup();
        for (project, version) in projects {
            let what = format!("{project} {version}");
            let files = match index.files(project, credentials.as_ref()).await {
                Ok(files) => files.unwrap_or_default(),
                Err(error) => {
                    outcome.failed.push(format!("{what}: {error}"));
                    continue;
                }
            };
            let names = self.manifest.packages().iter();
            let names: Vec<&str> = names
                .filter(|record| record.project == project)
                .map(|record| record.file.as_str())
                .collect();
            let mut there = files
                .iter()
                .filter(|file| names.contains(&file.name.as_str()))
                .peekable();
            if there.peek().is_none() {
                outcome.rows.push(Row::kept(what, "never published"));
            } else if there.all(|file| file.yanked.is_some()) {
                outcome.rows.push(Row::kept(what, "yanked"));
            } else {
                let at = endpoints::page_to_yank(index.upload_url(), project, version);
                outcome
                    .rows
                    .push(Row::left(what.clone(), "offered", "must be done by hand"));
                outcome
                    .by_hand
                    .push(format!("yank {what}, for which the index has no API: {at}"));
            }
        }
    }

    /// The commit's page, and pip's index of all releases.
    async fn show(&self) -> Result<(), package_store::StoreError> {
        let commit = self.manifest.commit();
        self.store
            .write_commit(commit, &Site::default(), None)
            .await?;
        self.store.write_release_index().await?;
        Ok(())
    }
}

/// The version that a channel is at.
fn at(current: &Option<Entry>) -> &str {
    current
        .as_ref()
        .map_or("nothing", |entry| entry.version.as_str())
}
