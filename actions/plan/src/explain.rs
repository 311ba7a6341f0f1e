//! Why a job runs, or why not: each changed file and each platform with the rule that decided.

use std::fmt::Write as _;

use actions_core::{did_you_mean, list, text};
use anyhow::bail;

use crate::changes::Changes;
use crate::config::{Config, Job};
use crate::plan::{Facts, Plan};

/// Fails where there is no such job.
pub(crate) fn known(file: &Config, input: &str, job: &str) -> anyhow::Result<()> {
    if file.jobs.contains_key(job) {
        return Ok(());
    }
    let names: Vec<&str> = file.jobs.keys().map(String::as_str).collect();
    let hint = did_you_mean(job, names.iter().copied())
        .map(|near| format!("did you mean `{near}`? "))
        .unwrap_or_default();
    bail!(
        "unknown job {job:?} in input `{input}`: {hint}the jobs are {}",
        list(&names)
    )
}

/// The explanation, in lines.
pub(crate) fn explain(file: &Config, facts: &Facts, plan: &Plan, name: &str) -> String {
    let mut lines = String::new();
    let (Some(job), Some(planned)) = (file.jobs.get(name), plan.jobs.get(name)) else {
        return lines;
    };
    let mut line = |indent: &str, text: &str| {
        let _infallible = writeln!(lines, "{indent}{}", text::one_line(text));
    };
    let runs = |run: bool| if run { "runs" } else { "does not run" };
    line(
        "",
        &format!("{name} {}: {}", runs(planned.run), planned.reason),
    );
    if !job.description.is_empty() {
        line("  ", &job.description);
    }
    for (platform, planned) in &planned.platforms {
        let runs = runs(planned.run);
        line(
            "  ",
            &format!("on {platform} it {runs}: {}", planned.reason),
        );
    }
    for build in facts.packages.iter().flat_map(|it| it.of_job(name)) {
        let there = if build.there { "is" } else { "is not" };
        line("  ", &format!("{} {there} in the bucket", build.what));
    }
    if let Some(why) = facts.crates.unknown() {
        line("  ", &format!("the affected crates cannot be known: {why}"));
    }
    for reason in facts.crates.of_job(job) {
        let tests = if reason.in_tests_only {
            "the tests of "
        } else {
            ""
        };
        line("  ", &format!("{tests}`{}`: {reason}", reason.name));
    }
    match (&facts.changes, &job.paths, &job.crates) {
        (Changes::Everything(why), ..) => line("  ", why),
        (Changes::Files(_), None, None) => line("  ", "it looks at no file"),
        (Changes::Files(changed), paths, _) => {
            for changed in changed {
                let matching = paths.as_ref().and_then(|paths| paths.matching(changed));
                let why = match matching {
                    Some(glob) => format!("matches `{glob}`"),
                    None if plan.unknown_files.contains(changed) => {
                        "is known to no rule, so it runs every job that looks at files".to_owned()
                    }
                    None if *changed == file.path => "is the config file itself".to_owned(),
                    None if reaches(facts, job, changed) => "reaches its `crates`".to_owned(),
                    None if job.paths.is_none() => "does not reach its `crates`".to_owned(),
                    None => "is not among its `paths`".to_owned(),
                };
                line("  ", &format!("{changed} {why}"));
            }
        }
    }
    lines
}

/// Whether one changed file affects a crate that the job depends on.
fn reaches(facts: &Facts, job: &Job, path: &str) -> bool {
    let Some((affected, names)) = facts.crates.affected().zip(job.crates.as_ref()) else {
        return false;
    };
    let reached = affected.of_file(path).into_iter().flatten();
    let mut reached = reached.filter_map(|id| affected.packages.get(id));
    reached.any(|reason| names.matching(&reason.name).is_some())
}
