//! What jobs are together with others: the jobs that they run with, and the size of their matrices.

use std::collections::BTreeMap;
use std::ops::Range;

use actions_core::{Place, PlacedError};

use super::platform::combinations;
use super::{Config, Job, MATRIX_LIMIT, Platform};

type Jobs = BTreeMap<String, Job>;

/// Fails for a job that runs with itself, or with one that does not exist.
pub(super) fn check(
    place: &Place<'_>,
    jobs: &Jobs,
    spans: &BTreeMap<String, Range<usize>>,
) -> Result<(), PlacedError> {
    for job in jobs.values() {
        for other in &job.runs_with {
            if !jobs.contains_key(other.get_ref()) {
                let known: Vec<&str> = jobs.keys().map(String::as_str).collect();
                return Err(place.unknown("job", other.get_ref(), other.span(), &known));
            }
        }
    }
    for name in jobs.keys() {
        if let Some(way) = back_to(jobs, name, name) {
            let span = spans.get(name).cloned().unwrap_or_default();
            let problem = format!(
                "job `{name}` runs with itself: {name} → {}",
                way.join(" → ")
            );
            return Err(place.invalid(span, problem));
        }
    }
    Ok(())
}

/// The shortest way by `runs-with`.
fn back_to<'a>(jobs: &'a Jobs, from: &str, to: &str) -> Option<Vec<&'a str>> {
    let mut ways: Vec<Vec<&str>> = vec![Vec::new()];
    let mut seen = Vec::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last().copied().unwrap_or(from);
            let others = jobs.get(last).into_iter().flat_map(|job| &job.runs_with);
            for other in others {
                let mut way = way.clone();
                way.push(other.get_ref().as_str());
                if other.get_ref() == to {
                    return Some(way);
                }
                if !seen.contains(&other.get_ref()) {
                    seen.push(other.get_ref());
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// Fails for a job with two columns of one name, or with more rows than GitHub allows.
pub(super) fn rows(
    place: &Place<'_>,
    jobs: &Jobs,
    platforms: &BTreeMap<String, Platform>,
    spans: &BTreeMap<String, Range<usize>>,
) -> Result<(), PlacedError> {
    for (name, job) in jobs {
        let wrong = |problem: String| {
            let span = spans.get(name).cloned().unwrap_or_default();
            Err(place.invalid(span, format!("job `{name}` {problem}")))
        };
        let mut rows: usize = 0;
        let own = job.platforms.iter();
        for (at, platform) in own.filter_map(|it| Some((it, platforms.get(it)?))) {
            let mut columns = job.columns.keys();
            if let Some(column) = columns.find(|it| platform.columns.contains_key(*it)) {
                return wrong(format!(
                    "has a column `{column}`, and so has its platform `{at}`: remove one of them"
                ));
            }
            let product =
                combinations(&platform.columns).saturating_mul(combinations(&job.columns));
            rows = rows.saturating_add(product);
        }
        if rows > MATRIX_LIMIT {
            return wrong(format!(
                "has {rows} combinations of platforms and columns, over the limit of {MATRIX_LIMIT} rows of a matrix"
            ));
        }
    }
    Ok(())
}

impl Config {
    /// The jobs with `runs-with`, each after those that it runs with.
    pub(crate) fn followers(&self) -> Vec<(&String, &Job)> {
        let mut left: Vec<(&String, &Job)> = self.jobs.iter().collect();
        let mut sorted = Vec::new();
        loop {
            let count = left.len();
            let waits = |job: &Job, left: &[(&String, &Job)]| {
                let mut others = job.runs_with.iter();
                others.any(|it| left.iter().any(|(name, _)| *name == it.get_ref()))
            };
            let all = left.iter().copied();
            let (later, now): (Vec<_>, Vec<_>) = all.partition(|(_, job)| waits(job, &left));
            sorted.extend(now);
            left = later;
            if left.is_empty() || left.len() == count {
                sorted.retain(|(_, job)| !job.runs_with.is_empty());
                return sorted;
            }
        }
    }
}
