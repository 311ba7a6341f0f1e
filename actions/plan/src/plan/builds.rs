//! Which packages a job is to build, and so on which of its platforms it runs.

use std::collections::BTreeMap;

use super::{Answer, Brought, PlannedJob, PlannedPlatform, Planner, texts};
use crate::config::{Config, Filter, Job};
use crate::packages::Build;

type Platforms = BTreeMap<String, PlannedPlatform>;

/// Packages that a reason names before it only counts.
const NAMED: usize = 3;

/// Where a package comes from, if its job runs there.
pub(crate) fn platforms_of<'a>(file: &Config, job: &'a Job, build: &Build) -> Vec<&'a str> {
    let provides = |name: &&String| {
        let target = file.platforms.get(*name).map(|it| it.target.as_str());
        let target = target.and_then(package_formats::platform::of_target);
        let mut parts = build.what.platform.split('.');
        **name == build.what.platform || parts.any(|part| target.as_deref() == Some(part))
    };
    let platforms = job.platforms.iter().filter(provides);
    platforms.map(String::as_str).collect()
}

impl Planner<'_> {
    /// The packages that a job builds; none where no bucket was asked.
    pub(super) fn builds(&self, job: &str) -> Vec<&Build> {
        let packages = self.facts.packages.as_ref();
        packages.map_or_else(Vec::new, |packages| packages.of_job(job))
    }

    /// A schedule that finds the commit complete, and so builds nothing, does nothing else but what it always does.
    pub(super) fn rest_if_complete(&self, jobs: &mut BTreeMap<String, PlannedJob>) {
        let trigger = &self.facts.trigger;
        let Some(packages) = &self.facts.packages else {
            return;
        };
        let builds = |name: &String| !packages.of_job(name).is_empty();
        let at_rest = trigger.word == "schedule"
            && packages.complete()
            && !jobs.iter().any(|(name, job)| job.run && builds(name));
        if !at_rest {
            return;
        }
        let reason = format!(
            "commit {} has its complete set of packages already",
            packages.commit
        );
        for (name, job) in jobs.iter_mut().filter(|(_, job)| job.run) {
            let Some(declared) = self.file.jobs.get(name) else {
                continue;
            };
            let mut always = declared.always.iter();
            if !always.any(|filter| filter.matches(trigger)) {
                let platforms = std::mem::take(&mut job.platforms);
                *job = self.planned(declared, false, reason.clone(), platforms);
            }
        }
    }

    /// Narrows what the job's own rules say to what is missing in the bucket; a package with `on` widens them, too.
    pub(super) fn narrowed<'b>(
        &self,
        job: &Job,
        builds: &[&'b Build],
        answer: Answer,
        platforms: &mut Platforms,
    ) -> (Answer, Vec<&'b Build>) {
        let due = self.due(job, builds, &answer, platforms);
        if due.is_empty() {
            return (self.nothing_is_due(builds, answer), Vec::new());
        }
        let force = self.facts.packages.as_ref().is_some_and(|it| it.force);
        let (there, missing): (Vec<&Build>, Vec<&Build>) =
            due.into_iter().partition(|build| build.there && !force);
        if missing.is_empty() {
            let reason = format!("already in the bucket: {}", named(&there));
            return (Answer::No(reason), missing);
        }
        for (name, platform) in platforms.iter_mut() {
            let made = |build: &&&Build| {
                let makers = platforms_of(self.file, job, build);
                match makers.is_empty() {
                    true => platform.run,
                    false => makers.contains(&name.as_str()),
                }
            };
            let missing: Vec<&Build> = missing.iter().filter(made).copied().collect();
            let there: Vec<&Build> = there.iter().filter(made).copied().collect();
            *platform = match (missing.is_empty(), there.is_empty()) {
                (false, _) => PlannedPlatform::on(lacks(&missing)),
                (true, false) => {
                    PlannedPlatform::off(&format!("already in the bucket: {}", named(&there)))
                }
                (true, true) if platform.run => {
                    PlannedPlatform::off("makes nothing that is missing in the bucket")
                }
                (true, true) => continue,
            };
        }
        (Answer::Forced(lacks(&missing)), missing)
    }

    /// Where each missing package is built, if its job runs there.
    pub(super) fn brought(
        &self,
        job: &Job,
        missing: &[&Build],
        platforms: &Platforms,
    ) -> Vec<Brought> {
        let runs = |name: &&str| platforms.get(*name).is_some_and(|it| it.run);
        let place = |build: &&&Build| {
            let makers = platforms_of(self.file, job, build);
            let anywhere = || platforms.keys().map(String::as_str).find(runs);
            match makers.is_empty() {
                true => anywhere(),
                false => makers.into_iter().find(runs),
            }
        };
        let brought = missing.iter().filter_map(|build| {
            Some(Brought {
                name: build.name.clone(),
                what: build.what.clone(),
                platform: place(&build)?.to_owned(),
            })
        });
        brought.collect()
    }

    /// What this run is to bring into the bucket, whether it is there or not.
    fn due<'b>(
        &self,
        job: &Job,
        builds: &[&'b Build],
        answer: &Answer,
        platforms: &Platforms,
    ) -> Vec<&'b Build> {
        let runs = !matches!(answer, Answer::No(_));
        let is_on = |name: &&str| platforms.get(*name).is_some_and(|it| it.run);
        let due = |build: &&&Build| {
            let makers = platforms_of(self.file, job, build);
            let by_job = runs && (makers.is_empty() || makers.iter().any(is_on));
            match (&build.on, answer) {
                (None, _) | (Some(_), Answer::Forced(_)) => by_job,
                (Some(_), _) => self.calls_for(build),
            }
        };
        builds.iter().filter(due).copied().collect()
    }

    /// Whether the event is one of those at which the package is built. A request by hand goes before all events.
    fn calls_for(&self, build: &Build) -> bool {
        let trigger = &self.facts.trigger;
        let by_event = self.request.is_empty() && !trigger.deleted;
        let mut on = build.on.iter().flatten();
        by_event && on.any(|filter| filter.matches(trigger))
    }

    fn nothing_is_due(&self, builds: &[&Build], answer: Answer) -> Answer {
        let by_job = builds.iter().any(|build| build.on.is_none());
        match answer {
            no @ Answer::No(_) => no,
            Answer::Yes(_) if !by_job => {
                let mut on: Vec<Filter> = Vec::new();
                for filter in builds.iter().flat_map(|build| build.on.iter().flatten()) {
                    if !on.iter().any(|known| known.text() == filter.text()) {
                        on.push(filter.clone());
                    }
                }
                Answer::No(format!("its packages are built at {} only", texts(&on)))
            }
            Answer::Yes(_) | Answer::Forced(_) => {
                Answer::No("no platform that is on makes one of its packages".to_owned())
            }
        }
    }
}

fn lacks(missing: &[&Build]) -> String {
    let (there, missing): (Vec<&Build>, Vec<&Build>) =
        missing.iter().copied().partition(|build| build.there);
    match (missing.is_empty(), there.is_empty()) {
        (false, true) => format!("not in the bucket: {}", named(&missing)),
        (false, false) => format!(
            "not in the bucket: {}; again by `force`: {}",
            named(&missing),
            named(&there)
        ),
        (true, _) => format!("again by `force`: {}", named(&there)),
    }
}

fn named(builds: &[&Build]) -> String {
    let mut names: Vec<String> = builds
        .iter()
        .take(NAMED)
        .map(|it| it.what.to_string())
        .collect();
    if let Some(more @ 1..) = builds.len().checked_sub(NAMED) {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
