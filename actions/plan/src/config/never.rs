//! Rules that cannot come true: a job that never runs is green, and nobody misses it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use actions_core::{Place, PlacedError};

use super::{Filter, Job, Platform};

/// Events that have the labels of a pull request.
const WITH_LABELS: [&str; 2] = ["pull_request", "merge_group"];

/// Fails for a platform that no event, label or missing package enables.
pub(super) fn platforms(
    place: &Place<'_>,
    platforms: &BTreeMap<String, Platform>,
    jobs: &BTreeMap<String, Job>,
    builders: &BTreeSet<String>,
    spans: &BTreeMap<String, Range<usize>>,
) -> Result<(), PlacedError> {
    for (name, platform) in platforms {
        let builds = |(job, declared): (&String, &Job)| {
            builders.contains(job) && declared.platforms.contains(name)
        };
        if !platform.can_be_on() && !jobs.iter().any(builds) {
            let span = spans.get(name).cloned().unwrap_or_default();
            return Err(place.invalid(span, format!(
                "platform `{name}` is never enabled: add `default = true`, `on` or `labels`, such as `on = [\"workflow_dispatch\"]` for one that only runs on request"
            )));
        }
    }
    Ok(())
}

/// Fails for a job that no event can run, and for an event in `always` that `on` excludes.
pub(super) fn jobs(
    place: &Place<'_>,
    platforms: &BTreeMap<String, Platform>,
    jobs: &BTreeMap<String, Job>,
    builders: &BTreeSet<String>,
    spans: &BTreeMap<String, Range<usize>>,
) -> Result<(), PlacedError> {
    for (name, job) in jobs {
        let wrong = |problem: String| {
            let span = spans.get(name).cloned().unwrap_or_default();
            Err(place.invalid(span, format!("job `{name}` {problem}")))
        };
        if job.platforms.is_empty() {
            return wrong("never runs, because it has no platform: name one in `platforms`, or set `default = true` for one".to_owned());
        }
        let on = job.on.as_deref();
        let excluded = job.always.iter().find(|filter| !meets(on, filter));
        if let Some(filter) = excluded {
            return wrong(format!(
                "never runs at `{0}` of its `always`, because its `on` excludes that event: add \"{0}\" to `on`",
                filter.text()
            ));
        }
        let mut unheard = job.labels.iter();
        if let Some(label) = unheard.find(|it| has(&job.not_labels, it)) {
            return wrong(format!(
                "has the label `{label}` in `labels` and in `not-labels`, where it keeps the job from running"
            ));
        }
        if !job.labels.is_empty() || builders.contains(name) {
            continue;
        }
        let own = job.platforms.iter().filter_map(|name| platforms.get(name));
        if !own.clone().any(|platform| platform.meets(on)) {
            let theirs = own.flat_map(|platform| platform.on.iter().map(Filter::text));
            let theirs: BTreeSet<String> = theirs.map(|text| format!("`{text}`")).collect();
            let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
            return wrong(format!(
                "never runs: its `on` has none of the events that enable its platforms, which are {}",
                actions_core::list(&theirs)
            ));
        }
        let looks_at_nothing = job
            .paths
            .as_ref()
            .is_some_and(|paths| paths.globs().is_empty())
            && job.its_packages().is_none()
            && job.runs_with.is_empty()
            && job.always.is_empty();
        if looks_at_nothing {
            return wrong("has an empty list as `paths`, so no change runs it: remove `paths` to run it for every change, or add `labels` or `always`".to_owned());
        }
    }
    Ok(())
}

/// GitHub ignores the case of labels.
fn has(labels: &[String], label: &str) -> bool {
    let label = label.to_lowercase();
    labels.iter().any(|it| it.to_lowercase() == label)
}

impl Platform {
    fn can_be_on(&self) -> bool {
        self.default || !self.on.is_empty() || !self.labels.is_empty()
    }

    /// Whether it can be on at an event that these filters allow; `None` allows all.
    fn meets(&self, on: Option<&[Filter]>) -> bool {
        let by_label = || {
            let mut allowed = on.into_iter().flatten();
            !self.labels.is_empty()
                && (on.is_none() || allowed.any(|filter| WITH_LABELS.contains(&filter.word())))
        };
        self.default || self.on.iter().any(|filter| meets(on, filter)) || by_label()
    }
}

/// Whether an event can be meant by a filter and by one of these; `None` allows all.
fn meets(on: Option<&[Filter]>, filter: &Filter) -> bool {
    on.is_none_or(|on| on.iter().any(|one| one.meets(filter)))
}
