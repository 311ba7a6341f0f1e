//! The one place that decides what runs: a pure function from what happened to the jobs, each with its reason.

mod before;
mod builds;
mod matrix;
mod output;
mod request;
mod unknown;

use std::collections::BTreeMap;

use package_store::Expected;
use serde_json::Value;

use crate::changes::Changes;
use crate::config::{Config, Filter, Job, Platform};
use crate::crates::Crates;
use crate::packages::Packages;
use crate::trigger::Trigger;
use request::Request;

pub use before::Before;
pub(crate) use builds::platforms_of;
pub(crate) use matrix::{row, sentinel};
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
    /// The crates that these affect.
    pub crates: Crates,
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

impl PlannedPlatform {
    fn on(reason: impl Into<String>) -> Self {
        Self {
            run: true,
            reason: reason.into(),
        }
    }

    fn off(reason: &str) -> Self {
        Self {
            run: false,
            reason: reason.to_owned(),
        }
    }
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
    let mut jobs = BTreeMap::new();
    for (name, job) in &file.jobs {
        jobs.insert(name.clone(), planner.job(name, job));
    }
    let removed_jobs = planner.widen(&mut jobs);
    planner.rest_if_complete(&mut jobs);
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
    fn job(&self, name: &str, job: &Job) -> PlannedJob {
        let mut platforms = self.platforms(job);
        let mut answer = self.answer(name, job);
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
        let planned = self.planned(run, reason, platforms);
        PlannedJob {
            brings: self.brought(job, &missing, &planned.platforms),
            ..planned
        }
    }

    fn planned(
        &self,
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
            matrix: self.matrix(&platforms),
            platforms,
            brings: Vec::new(),
        }
    }

    /// A job that was called for runs on the platforms that were asked for if it can, on those that the event has on
    /// if not, and else on all of its own.
    fn find_somewhere_to_run(&self, job: &Job, platforms: &mut BTreeMap<String, PlannedPlatform>) {
        let nowhere = |platforms: &BTreeMap<String, PlannedPlatform>| {
            !platforms.values().any(|platform| platform.run)
        };
        if nowhere(platforms) {
            *platforms = self.platforms_by(job, |_, platform| self.by_event(platform));
        }
        if nowhere(platforms) {
            *platforms =
                self.platforms_by(job, |_, _| PlannedPlatform::on("the job is called for"));
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
        if let Some(on) = &job.on
            && !on.iter().any(|filter| filter.matches(trigger))
        {
            return Answer::No(format!("runs at {} only", texts(on)));
        }
        if let Some(filter) = job.always.iter().find(|filter| filter.matches(trigger)) {
            return Answer::Yes(format!("always runs at `{}`", filter.text()));
        }
        if job.paths.is_none() && job.crates.is_none() {
            return Answer::Yes("has no `paths`, so it runs at every change".to_owned());
        }
        self.by_changes(job)
    }

    fn by_changes(&self, job: &Job) -> Answer {
        let files = match &self.facts.changes {
            Changes::Files(files) => files.as_slice(),
            Changes::Everything(_) => &[],
        };
        let paths = job.paths.iter();
        let mut hits = paths.flat_map(|paths| {
            let files = files.iter();
            files.filter_map(|file| Some((file, paths.matching(file)?)))
        });
        if let Some((file, glob)) = hits.next() {
            let more = more(hits.count(), "file");
            return Answer::Yes(format!("`{file}` matches `{glob}`{more}"));
        }
        let mut affected = self.facts.crates.of_job(job);
        if let Some(reason) = affected.next() {
            let more = more(affected.count(), "crate");
            let tests = if reason.in_tests_only {
                "the tests of "
            } else {
                ""
            };
            return Answer::Yes(match reason.through.is_empty() {
                true => format!("in {tests}`{}`{more}, {reason}", reason.name),
                false => format!("{tests}`{}`{more} {reason}", reason.name),
            });
        }
        match &self.sweep {
            Some(why) => Answer::Yes(why.clone()),
            None if files.is_empty() => Answer::No("no file has changed".to_owned()),
            None if job.crates.is_none() => {
                Answer::No("no changed file matches its `paths`".to_owned())
            }
            None if job.paths.is_none() => {
                Answer::No("none of its `crates` is affected".to_owned())
            }
            None => Answer::No(
                "no changed file matches its `paths`, and none of its `crates` is affected"
                    .to_owned(),
            ),
        }
    }

    fn platforms(&self, job: &Job) -> BTreeMap<String, PlannedPlatform> {
        self.platforms_by(job, |name, platform| match &self.request.platforms {
            None => self.by_event(platform),
            Some(asked) if asked.contains(name) => PlannedPlatform::on("asked for by `request`"),
            Some(_) => PlannedPlatform::off("not asked for by `request`"),
        })
    }

    fn platforms_by(
        &self,
        job: &Job,
        answer: impl Fn(&str, &Platform) -> PlannedPlatform,
    ) -> BTreeMap<String, PlannedPlatform> {
        let of_job = job.platforms.iter();
        of_job
            .filter_map(|name| {
                let platform = self.file.platforms.get(name)?;
                Some((name.clone(), answer(name, platform)))
            })
            .collect()
    }

    fn by_event(&self, platform: &Platform) -> PlannedPlatform {
        if platform.default {
            return PlannedPlatform::on("is a default platform");
        }
        let trigger = &self.facts.trigger;
        if let Some(filter) = platform.on.iter().find(|filter| filter.matches(trigger)) {
            return PlannedPlatform::on(format!("on at `{}`", filter.text()));
        }
        if let Some(label) = self.label_of(&platform.labels) {
            return PlannedPlatform::on(format!("label `{label}`"));
        }
        PlannedPlatform::off("is no default platform, and no event, label or `request` has it on")
    }

    /// The first of `wanted` that the pull request has. GitHub ignores the case of labels.
    fn label_of<'b>(&self, wanted: &'b [String]) -> Option<&'b str> {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        let has = |label: &&String| self.facts.labels.iter().any(|have| same(have, label));
        wanted.iter().find(has).map(String::as_str)
    }

    fn matrix(&self, platforms: &BTreeMap<String, PlannedPlatform>) -> Vec<Value> {
        let running = platforms.iter().filter(|(_, planned)| planned.run);
        let rows: Vec<Value> = running
            .filter_map(|(name, _)| Some(row(name, self.file.platforms.get(name)?)))
            .collect();
        if rows.is_empty() {
            let of_job = platforms.keys();
            let of_job = of_job.filter_map(|name| self.file.platforms.get(name));
            vec![sentinel(of_job)]
        } else {
            rows
        }
    }
}

/// As in ` and 2 more files`.
fn more(count: usize, what: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(" and 1 more {what}"),
        count => format!(" and {count} more {what}s"),
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
