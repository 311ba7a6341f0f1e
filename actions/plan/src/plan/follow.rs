//! Jobs that run with others: a job that looks at what another one makes runs where that one runs.

use std::collections::BTreeMap;

use super::{Answer, PlannedJob, PlannedPlatform, Planner};
use crate::config::{Job, Platform};

type Jobs = BTreeMap<String, PlannedJob>;
type Platforms = BTreeMap<String, PlannedPlatform>;

impl Planner<'_> {
    /// Runs what runs with jobs that run, on the platforms that they have in common. A request by hand names all that runs.
    pub(super) fn follow(&self, jobs: &mut Jobs) {
        if self.request.jobs.is_some() {
            return;
        }
        for (name, job) in self.file.followers() {
            let mut leaders = job.leaders();
            leaders.retain(|name| jobs.get(*name).is_some_and(|it| it.run));
            if leaders.is_empty() || self.barred(job).is_some() || self.excluded(job).is_some() {
                continue;
            }
            let there = self.shared_with(job, &leaders, jobs);
            let Some(planned) = jobs.get_mut(name) else {
                continue;
            };
            // What builds packages runs for those that are missing alone.
            let builds = !self.builds(name).is_empty();
            if planned.run {
                let mut more = there;
                more.retain(|name, _| !planned.platforms.get(name).is_some_and(|it| it.run));
                if !builds && !more.is_empty() {
                    planned.matrix.extend(self.matrix(job, &more));
                    planned.platforms.extend(more);
                }
                continue;
            }
            let platforms = match there.is_empty() {
                true => self.platforms(job),
                false => self.only_there(job, there),
            };
            let nowhere = !platforms.values().any(|it| it.run);
            if nowhere && self.request.platforms.is_some() {
                continue;
            }
            let reason = format!("runs with {}", actions_core::list(&quoted(&leaders)));
            // Whether packages are due is for the event to say.
            let answer = match builds {
                true => Answer::Yes(reason),
                false => Answer::Forced(reason),
            };
            *planned = self.decided(name, job, answer, platforms);
        }
    }

    fn only_there(&self, job: &Job, there: Platforms) -> Platforms {
        let nobody = "none of the jobs that it runs with runs there";
        let off = |_: &str, _: &Platform| PlannedPlatform::off(nobody);
        let mut platforms = self.platforms_by(job, off);
        platforms.extend(there);
        platforms
    }

    /// Platforms of a job on which one of the others runs.
    fn shared_with(&self, job: &Job, leaders: &[&str], jobs: &Jobs) -> Platforms {
        let leader_on = |platform: &String| {
            let mut leaders = leaders.iter().copied();
            leaders.find(|name| {
                let platforms = jobs.get(*name).map(|it| &it.platforms);
                platforms.is_some_and(|it| it.get(platform).is_some_and(|it| it.run))
            })
        };
        let own = job.platforms.iter();
        own.filter_map(|platform| {
            let leader = leader_on(platform)?;
            let reason = format!("`{leader}` runs there");
            Some((platform.clone(), PlannedPlatform::on(reason)))
        })
        .collect()
    }
}

pub(crate) fn quoted(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}
