//! Runs the steps of a release in their order, tells how far it came, and keeps that in the bucket's journal.

use package_store::{Channel, JournalEntry, PromotionOptions, Site, Store, Time};
use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use super::{
    Error, Listener, Packages, Progress, Report, Signing, Step, StepReport, Targets,
    sign::Attestations, steps, targets::Off,
};
use crate::{
    github_release::Staged,
    preflight::{Around, Estimate},
};

/// A release of one version, ready to run.
#[derive(Clone)]
#[expect(
    missing_debug_implementations,
    reason = "a listener has no form for people"
)]
pub struct Release<'a> {
    /// The bucket; where it is opened for a dry run, everything is one.
    pub store: &'a Store,
    /// What is released.
    pub packages: &'a Packages,
    /// Where it goes. In a dry run the repository is one too.
    pub targets: &'a Targets,
    /// What is turned off.
    pub off: Off,
    /// What is known of the run, for the preflight.
    pub around: Around,
    /// Who signs; without it nothing is signed, and no signature goes along.
    pub signing: Option<&'a Signing>,
    /// Channels to move, in order; see [`crate::channels::of_release`].
    pub channels: &'a [Channel],
    /// Whether a git tag of each channel's name follows it.
    pub git_tags: bool,
    /// Who releases, for the journal and the channels' logs.
    pub who: Option<String>,
    /// The run, for the same.
    pub run_url: Option<String>,
    /// A folder for what GitHub gets beside the packages.
    pub folder: PathBuf,
    /// Whether everything is read-only.
    pub dry_run: bool,
    /// Hears of each step.
    pub listener: Listener,
}

/// A release that did not reach its end.
#[derive(Debug)]
pub struct Stopped {
    /// What was done before.
    pub report: Report,
    /// Where it stopped; `None` before the first step.
    pub step: Option<Step>,
    /// Why.
    pub error: Error,
}

/// What later steps know of earlier ones.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) staged: Option<Staged>,
    /// Signatures by the name of the package.
    pub(super) signatures: BTreeMap<String, Vec<PathBuf>>,
    pub(super) attestations: Attestations,
    pub(super) cautions: Vec<String>,
    pub(super) commands: Vec<String>,
    pub(super) estimate: Estimate,
}

impl Release<'_> {
    /// Runs every step: each looks, acts, and looks again, so that a second run finds everything in place.
    ///
    /// # Errors
    /// The first step that fails ends the run; completed steps are kept, and the next run continues after them.
    pub async fn run(&self) -> Result<Report, Box<Stopped>> {
        let mut report = Report::default();
        let mut memory = Memory::default();
        let mut at = None;
        let result = self.steps(&mut report, &mut memory, &mut at).await;
        report.cautions.append(&mut memory.cautions);
        report.commands = memory.commands;
        report.estimate = memory.estimate;
        let error = result.as_ref().err();
        if let Err(told) = self.write_down(&report, at, error).await {
            let caution = format!("the journal of the version was not written: {told}");
            self.caution(&caution);
            report.cautions.push(caution);
        }
        match result {
            Ok(()) => Ok(report),
            Err(error) => Err(Box::new(Stopped {
                report,
                step: at,
                error,
            })),
        }
    }

    async fn steps(
        &self,
        report: &mut Report,
        memory: &mut Memory,
        at: &mut Option<Step>,
    ) -> Result<(), Error> {
        self.refuse_withdrawn().await?;
        let missing = self.targets.missing(self.packages, self.off);
        match (missing.is_empty(), self.dry_run) {
            (true, _) => {}
            (false, true) => {
                for what in missing {
                    self.note(memory, format!("the version has {what}"));
                }
            }
            (false, false) => return Err(Error::Unconfigured(missing)),
        }
        for step in Step::ALL {
            *at = Some(step);
            // Waiting for the limits of a registry may take hours, in which a person may withdraw the version.
            if step >= Step::Pypi {
                self.refuse_withdrawn().await?;
            }
            (self.listener)(&Progress::Started(step));
            let started = Instant::now();
            let rows = steps::run(self, step, memory).await?;
            let done = StepReport {
                step,
                rows,
                took: started.elapsed(),
            };
            (self.listener)(&Progress::Ended(done.clone()));
            report.steps.push(done);
        }
        Ok(())
    }

    pub(super) async fn refuse_withdrawn(&self) -> Result<(), Error> {
        let version = self.packages.version();
        match self.store.withdrawal(version).await? {
            None => Ok(()),
            Some(entry) => Err(Error::Withdrawn {
                version: version.to_owned(),
                when: entry.when,
            }),
        }
    }

    /// What was done; in a dry run, what would be.
    pub(super) fn did(&self, verb: &str) -> String {
        match self.dry_run {
            true => format!("would be {verb}"),
            false => verb.to_owned(),
        }
    }

    fn caution(&self, text: &str) {
        (self.listener)(&Progress::Caution(text.to_owned()));
    }

    /// Tells now and in the end what a person should know.
    pub(super) fn note(&self, memory: &mut Memory, caution: String) {
        self.caution(&caution);
        memory.cautions.push(caution);
    }

    /// How a channel is moved by this run.
    pub(super) fn promotion(&self) -> PromotionOptions {
        PromotionOptions {
            who: self.who.clone(),
            run_url: self.run_url.clone(),
            ..PromotionOptions::default()
        }
    }

    /// A run that found everything in place leaves the bucket as it was.
    async fn write_down(
        &self,
        report: &Report,
        at: Option<Step>,
        error: Option<&Error>,
    ) -> Result<(), Error> {
        if self.dry_run || at.is_none() {
            return Ok(());
        }
        let version = self.packages.version();
        let commit = self.packages.manifest.commit();
        let site = Site::default();
        let mut told = None;
        if error.is_none() && !report.changed() {
            let journal = self.store.journal(version).await?;
            let is_done = |entry: &JournalEntry| entry.action == RELEASE && entry.error.is_none();
            told = journal.into_iter().rfind(is_done);
        }
        match &told {
            Some(entry) if self.store.pages_tell(entry, &site).await? => return Ok(()),
            // Another run was stopped before it had written the pages.
            Some(_) => {}
            None => self.store.note(&self.entry(report, at, error)).await?,
        }
        self.store.write_commit(commit, &site, None).await?;
        Ok(())
    }

    fn entry(&self, report: &Report, at: Option<Step>, error: Option<&Error>) -> JournalEntry {
        let lines = report.steps.iter();
        JournalEntry {
            version: self.packages.version().to_owned(),
            commit: self.packages.manifest.commit().clone(),
            action: RELEASE.to_owned(),
            when: Time::now(),
            who: self.who.clone(),
            run_url: self.run_url.clone(),
            steps: lines
                .map(|one| format!("{}: {}", one.step, one.counts()))
                .collect(),
            error: error.map(|error| match at {
                Some(step) => format!("{step}: {error}"),
                None => error.to_string(),
            }),
        }
    }
}

/// What the journal calls it.
const RELEASE: &str = "release";
