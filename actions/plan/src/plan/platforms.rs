//! On which of its platforms a job runs, and the rows of its matrix.

use std::collections::BTreeMap;

use serde_json::Value;

use super::matrix::{rows, sentinel};
use super::{PlannedPlatform, Planner};
use crate::config::{Job, Platform};

impl PlannedPlatform {
    pub(super) fn on(reason: impl Into<String>) -> Self {
        Self {
            run: true,
            reason: reason.into(),
        }
    }

    pub(super) fn off(reason: &str) -> Self {
        Self {
            run: false,
            reason: reason.to_owned(),
        }
    }
}

impl Planner<'_> {
    /// A job that was called for runs on the platforms that were asked for if it can, on those that the event has on
    /// if not, and else on all of its own.
    pub(super) fn find_somewhere_to_run(
        &self,
        job: &Job,
        platforms: &mut BTreeMap<String, PlannedPlatform>,
    ) {
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

    pub(super) fn platforms(&self, job: &Job) -> BTreeMap<String, PlannedPlatform> {
        self.platforms_by(job, |name, platform| match &self.request.platforms {
            None => self.by_event(platform),
            Some(asked) if asked.contains(name) => PlannedPlatform::on("asked for by `request`"),
            Some(_) => PlannedPlatform::off("not asked for by `request`"),
        })
    }

    pub(super) fn platforms_by(
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

    pub(super) fn matrix(
        &self,
        job: &Job,
        platforms: &BTreeMap<String, PlannedPlatform>,
    ) -> Vec<Value> {
        let running = platforms.iter().filter(|(_, planned)| planned.run);
        let running = running.filter_map(|(name, _)| self.file.platforms.get_key_value(name));
        let rows: Vec<Value> = running
            .flat_map(|(name, platform)| rows(name, platform, &job.columns))
            .collect();
        if rows.is_empty() {
            let of_job = platforms.keys();
            let of_job = of_job.filter_map(|name| self.file.platforms.get(name));
            vec![sentinel(of_job, &job.columns)]
        } else {
            rows
        }
    }
}
