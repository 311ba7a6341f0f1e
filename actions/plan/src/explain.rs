//! Why a job runs, or why not: each changed file and each platform with the rule that decided.

use std::fmt::Write as _;

use actions_core::{did_you_mean, list, text};
use anyhow::bail;

use crate::changes::Changes;
use crate::config::Config;
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
    if !job.drafts {
        line("  ", "never runs for draft pull requests");
    }
    if !job.forks {
        line("  ", "never runs for pull requests from forks");
    }
    if !job.not_labels.is_empty() {
        let labels = list(&job.not_labels);
        line("  ", &format!("never runs with the labels {labels}"));
    }
    if !job.runs_with.is_empty() {
        let leaders = list(&job.leaders());
        line("  ", &format!("runs if one of these runs: {leaders}"));
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
    if let Some((what, why)) = facts.reached.unknown() {
        line("  ", &format!("the affected {what} cannot be known: {why}"));
    }
    for (_, reason) in facts.reached.of_job(job) {
        let tests = if reason.in_tests_only {
            "the tests of "
        } else {
            ""
        };
        line("  ", &format!("{tests}`{}`: {reason}", reason.name));
    }
    match (&facts.changes, &job.paths, job.its_packages()) {
        (Changes::Everything(why), ..) => line("  ", why),
        (Changes::Files(_), None, None) => line("  ", "it looks at no file"),
        (Changes::Files(changed), paths, packages) => {
            for changed in changed {
                let matching = paths.as_ref().and_then(|paths| paths.matching(changed));
                let why = match matching {
                    Some(glob) => format!("matches `{glob}`"),
                    None if plan.unknown_files.contains(changed) => {
                        "is known to no rule, so it runs every job that looks at files".to_owned()
                    }
                    None if *changed == file.path => "is the config file itself".to_owned(),
                    None => match (packages, paths) {
                        (Some(its), _) if facts.reached.reaches(job, changed) => {
                            format!("reaches {its}")
                        }
                        (Some(its), None) => format!("does not reach {its}"),
                        _ => "is not among its `paths`".to_owned(),
                    },
                };
                line("  ", &format!("{changed} {why}"));
            }
        }
    }
    lines
}
