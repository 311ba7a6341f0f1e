//! The one place that decides what runs: a pure function from what happened to the jobs, each with its reason.

mod before;
mod builds;
mod by_changes;
mod follow;
mod matrix;
mod output;
mod platforms;
mod request;
mod unknown;

use std::collections::BTreeMap;

use package_store::Expected;
use serde_json::Value;

use crate::changes::Changes;
use crate::config::{Config, Filter, Job};
use crate::packages::Packages;
use crate::reach::Reached;
use crate::trigger::Trigger;
use request::Request;

pub use before::Before;
pub(crate) use builds::platforms_of;
pub(crate) use follow::quoted;
pub(crate) use matrix::{first_row, sentinel};
pub use request::RequestError;
pub(crate) use unknown::{Sweep, files as unknown_files, sweep};

/// All that a plan depends on beside the config file.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What started the run.
    pub trigger: Trigger,
    /// The labels of the pull request.
    pub labels: Vec<String>,
    /// Jobs, groups and platforms that were asked for by hand; empty means that nobody asked.
    pub request: Vec<String>,
    /// The files that changed.
    pub changes: Changes,
    /// What they were found by comparing with, where that is not plain.
    pub remark: Option<String>,
    /// What the config file said before these.
    pub before: Before,
    /// The packages of the repository that these affect.
    pub reached: Reached,
    /// What the bucket has; `None` plans without a bucket.
    pub packages: Option<Packages>,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Every job of the file, by name.
    pub jobs: BTreeMap<String, PlannedJob>,
    /// Whether a job of the group runs, by the group's name.
    pub groups: BTreeMap<String, bool>,
    /// Changed files that no rule knows. One is enough to make every job run.
    pub unknown_files: Vec<String>,
    /// Jobs that the config file had before the change.
    pub removed_jobs: Vec<String>,
}

/// Whether a job runs, where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedJob {
    /// Whether it runs.
    pub run: bool,
    /// Why, or why not.
    pub reason: String,
    /// Every platform that it can run on, by name.
    pub platforms: BTreeMap<String, PlannedPlatform>,
    /// The packages that it brings into the bucket; none where no bucket was asked.
    pub brings: Vec<Brought>,
    matrix: Vec<Value>,
}

/// A package that a job brings into the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Its key in the table `[packages]`.
    pub name: String,
    /// The package.
    pub what: Expected,
    /// The platform of the config file on which it is built.
    pub platform: String,
}

/// Whether a platform of a job runs, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedPlatform {
    /// Whether the job runs there. `false` for all platforms of a job that does not run.
    pub run: bool,
    /// Why, or why not.
    pub reason: String,
}

/// Decides what runs.
///
/// # Errors
/// A request that holds an unknown word.
pub fn plan(file: &Config, facts: &Facts) -> Result<Plan, RequestError> {
    let request = Request::resolve(file, &facts.request)?;
    let unknown_files = unknown_files(file, facts);
    let sweep = sweep(file, facts, &unknown_files).map(|why| why.to_string());
    let planner = Planner {
        file,
        facts,
        request: &request,
        sweep,
    };
    let mut jobs = planner.jobs();
    let removed_jobs = planner.widen(&mut jobs);
    planner.rest_if_complete(&mut jobs);
    planner.follow(&mut jobs);
    let groups = file
        .groups
        .iter()
        .filter(|(_, group)| !group.jobs.is_empty());
    let groups = groups.map(|(name, group)| {
        let runs = |job: &String| jobs.get(job).is_some_and(|job: &PlannedJob| job.run);
        (name.clone(), group.jobs.iter().any(runs))
    });
    Ok(Plan {
        groups: groups.collect(),
        jobs,
        unknown_files,
        removed_jobs,
    })
}

struct Planner<'a> {
    file: &'a Config,
    facts: &'a Facts,
    request: &'a Request,
    /// Why every job that looks at files runs, if that is so.
    sweep: Option<String>,
}

/// An answer with its reason. `Forced` runs even where no platform is on.
enum Answer {
    Forced(String),
    Yes(String),
    No(String),
}

impl Planner<'_> {
    /// Each job by its own rules.
    fn jobs(&self) -> BTreeMap<String, PlannedJob> {
        let jobs = self.file.jobs.iter();
        jobs.map(|(name, job)| (name.clone(), self.job(name, job)))
            .collect()
    }

    fn job(&self, name: &str, job: &Job) -> PlannedJob {
        let platforms = self.platforms(job);
        match self.barred(job) {
            Some(reason) => self.planned(job, false, reason, platforms),
            None => self.decided(name, job, self.answer(name, job), platforms),
        }
    }

    /// Why a pull request keeps the job from running. A request by hand goes before that.
    fn barred(&self, job: &Job) -> Option<String> {
        let trigger = &self.facts.trigger;
        if self.request.jobs.is_some() {
            return None;
        }
        if let Some(label) = self.label_of(&job.not_labels) {
            return Some(format!("label `{label}` keeps it from running"));
        }
        if trigger.draft && !job.drafts {
            return Some("does not run for draft pull requests".to_owned());
        }
        let is_foreign = trigger.from_fork && !job.forks;
        is_foreign.then(|| "does not run for pull requests from forks".to_owned())
    }

    /// Narrows an answer to what the bucket lacks, and to platforms on which the job can run.
    fn decided(
        &self,
        name: &str,
        job: &Job,
        mut answer: Answer,
        mut platforms: BTreeMap<String, PlannedPlatform>,
    ) -> PlannedJob {
        if let Answer::Forced(_) = answer {
            self.find_somewhere_to_run(job, &mut platforms);
        }
        let builds = self.builds(name);
        let mut missing = Vec::new();
        if !builds.is_empty() {
            (answer, missing) = self.narrowed(job, &builds, answer, &mut platforms);
        }
        let (mut run, mut reason) = match answer {
            Answer::No(reason) => (false, reason),
            Answer::Yes(reason) => (true, reason),
            Answer::Forced(reason) => {
                self.find_somewhere_to_run(job, &mut platforms);
                (true, reason)
            }
        };
        if run && !platforms.values().any(|platform| platform.run) {
            run = false;
            reason = format!("none of its platforms is on: {}", names(&platforms));
        }
        let planned = self.planned(job, run, reason, platforms);
        PlannedJob {
            brings: self.brought(job, &missing, &planned.platforms),
            ..planned
        }
    }

    fn planned(
        &self,
        job: &Job,
        run: bool,
        reason: String,
        mut platforms: BTreeMap<String, PlannedPlatform>,
    ) -> PlannedJob {
        if !run {
            for platform in platforms.values_mut().filter(|platform| platform.run) {
                *platform = PlannedPlatform::off("the job does not run");
            }
        }
        PlannedJob {
            run,
            reason,
            matrix: self.matrix(job, &platforms),
            platforms,
            brings: Vec::new(),
        }
    }

    fn answer(&self, name: &str, job: &Job) -> Answer {
        let trigger = &self.facts.trigger;
        if let Some(asked) = &self.request.jobs {
            return match asked.contains(name) {
                true => Answer::Forced("asked for by `request`".to_owned()),
                false => Answer::No("not asked for by `request`".to_owned()),
            };
        }
        if trigger.deleted {
            return Answer::No(format!("{} leaves nothing to run on", trigger.text()));
        }
        if let Some(label) = self.label_of(&job.labels) {
            return Answer::Forced(format!("label `{label}`"));
        }
        if let Some(reason) = self.excluded(job) {
            return Answer::No(reason);
        }
        if let Some(filter) = job.always.iter().find(|filter| filter.matches(trigger)) {
            return Answer::Yes(format!("always runs at `{}`", filter.text()));
        }
        if job.runs_at_every_change() {
            return Answer::Yes("has no `paths`, so it runs at every change".to_owned());
        }
        self.by_changes(job)
    }

    /// Why the event does not run the job, whatever has changed.
    fn excluded(&self, job: &Job) -> Option<String> {
        let on = job.on.as_ref()?;
        let mut filters = on.iter();
        let allows = filters.any(|filter| filter.matches(&self.facts.trigger));
        (!allows).then(|| format!("runs at {} only", texts(on)))
    }

    /// The first of `wanted` that the pull request has. GitHub ignores the case of labels.
    fn label_of<'b>(&self, wanted: &'b [String]) -> Option<&'b str> {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        let has = |label: &&String| self.facts.labels.iter().any(|have| same(have, label));
        wanted.iter().find(has).map(String::as_str)
    }
}

fn names(platforms: &BTreeMap<String, PlannedPlatform>) -> String {
    let names: Vec<&str> = platforms.keys().map(String::as_str).collect();
    actions_core::list(&names)
}

fn texts(filters: &[Filter]) -> String {
    let texts: Vec<String> = filters
        .iter()
        .map(|filter| format!("`{}`", filter.text()))
        .collect();
    actions_core::list(&texts)
}

#[cfg(test)]
mod tests;
