//! What a person reads of a plan: a table in the log and in the summary.

use actions_core::{Context, Summary, Table, list, text};

use crate::changes::Changes;
use crate::config::Config;
use crate::packages::{Build, Packages};
use crate::plan::{Facts, Plan, PlannedJob, platforms_of};

/// Files that a message names before it only counts.
const NAMED_FILES: usize = 10;

const ASSUMED_EMPTY: &str =
    "The bucket was not asked (`assume-empty`): packages are built as if it were empty.";

pub(crate) fn log(cx: &Context, file: &Config, facts: &Facts, plan: &Plan, warning: Option<&str>) {
    if let Some(warning) = warning {
        cx.log.warning(warning);
    }
    if let Some((what, why)) = facts.reached.unknown() {
        cx.log.warning(format!(
            "failed to find the affected {what}, so every job that looks at files runs: {why}"
        ));
    }
    if !plan.removed_jobs.is_empty() {
        let removed: Vec<&str> = plan.removed_jobs.iter().map(String::as_str).collect();
        cx.log.notice(format!(
            "the change removes jobs from {}, so they do not run: {}",
            file.path,
            list(&removed)
        ));
    }
    if !plan.unknown_files.is_empty() {
        cx.log.notice(unknown_files(file, plan));
    }
    cx.log.info(format!("{}:", what_happened(facts)));
    if let Some(remark) = &facts.remark {
        cx.log.info(remark);
    }
    cx.log.info(table(plan).to_text().trim_end());
    if let Some(packages) = &facts.packages {
        if packages.assumed_empty {
            cx.log.notice(ASSUMED_EMPTY);
        }
        cx.log
            .info(format!("packages of commit {}:", packages.commit));
        let table = packages_table(file, packages, plan);
        cx.log.info(table.to_text().trim_end());
    }
    let running = plan.running();
    let total = plan.jobs.len();
    cx.log.info(match running.len() {
        0 => format!("planned: none of {total} jobs runs"),
        1 => format!("planned: 1 of {total} jobs runs: {}", list(&running)),
        count => format!("planned: {count} of {total} jobs run: {}", list(&running)),
    });
}

pub(crate) fn summary(file: &Config, facts: &Facts, plan: &Plan, warning: Option<&str>) -> Summary {
    let mut summary = Summary::new();
    summary.heading("Plan");
    summary.paragraph(&text::markdown(&format!("For {}.", what_happened(facts))));
    if let Some(remark) = &facts.remark {
        summary.paragraph(&text::markdown(remark));
    }
    if let Some(warning) = warning {
        summary.paragraph(&format!("⚠️ {}", text::markdown(warning)));
    }
    summary.table(&table(plan));
    if let Some(packages) = &facts.packages {
        let commit = text::markdown_code(&packages.commit);
        if packages.assumed_empty {
            summary.paragraph(ASSUMED_EMPTY);
        }
        summary.paragraph(&format!("Packages of commit {commit}:"));
        summary.table(&packages_table(file, packages, plan));
    }
    summary
}

/// Names what is not built although the plan asks for it.
pub(crate) fn left_out(cx: &Context, labels: &[String]) {
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    if !labels.is_empty() {
        cx.log.notice(format!(
            "not built: {}, made with a Linux wheel that this run neither builds nor fetches",
            list(&labels)
        ));
    }
}

fn what_happened(facts: &Facts) -> String {
    let what = facts.trigger.text();
    let what = text::one_line(&what);
    let asked: Vec<&str> = facts
        .request
        .iter()
        .map(|word| word.trim())
        .filter(|word| !word.is_empty())
        .collect();
    if !asked.is_empty() {
        return format!("{what}, on request of {}", list(&asked));
    }
    match &facts.changes {
        Changes::Files(files) if files.len() == 1 => format!("{what}, with 1 changed file"),
        Changes::Files(files) => format!("{what}, with {} changed files", files.len()),
        Changes::Everything(_) => what.into_owned(),
    }
}

fn table(plan: &Plan) -> Table {
    let mut table = Table::new(&["job", "runs", "platforms", "reason"]);
    for (name, job) in &plan.jobs {
        let runs = if job.run { "yes" } else { "no" };
        table.row([name.as_str(), runs, &platforms(job), &job.reason]);
    }
    table
}

/// Each package of a complete commit: there, coming, or why not.
fn packages_table(file: &Config, packages: &Packages, plan: &Plan) -> Table {
    let mut table = Table::new(&["package", "in the bucket", "in this run"]);
    for build in &packages.builds {
        let there = match (build.there, build.required) {
            _ if packages.assumed_empty => "not asked",
            (true, _) => "yes",
            (false, true) => "no",
            (false, false) => "no, and may be missing",
        };
        let name = build.what.to_string();
        table.row([
            name.as_str(),
            there,
            &in_this_run(file, packages, plan, build),
        ]);
    }
    table
}

fn in_this_run(file: &Config, packages: &Packages, plan: &Plan, build: &Build) -> String {
    let Some(name) = &build.job else {
        return "no job builds it".to_owned();
    };
    let (Some(job), Some(planned)) = (file.jobs.get(name), plan.jobs.get(name)) else {
        return String::new();
    };
    if build.there && !packages.force {
        return "not built again".to_owned();
    }
    if !planned.run {
        return format!("not built: {name} does not run, {}", planned.reason);
    }
    let makers = platforms_of(file, job, build);
    let runs = |name: &&&str| planned.platforms.get(**name).is_some_and(|it| it.run);
    match (makers.is_empty(), makers.iter().find(runs)) {
        (true, _) => format!("built by {name}"),
        (false, Some(platform)) => format!("built by {name} on {platform}"),
        (false, None) => format!("not built: {name} does not run on {}", list(&makers)),
    }
}

fn platforms(job: &PlannedJob) -> String {
    let running = job.platforms.iter().filter(|(_, platform)| platform.run);
    let names: Vec<&str> = running.map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        "-".to_owned()
    } else {
        names.join(", ")
    }
}

fn unknown_files(file: &Config, plan: &Plan) -> String {
    let shown = plan.unknown_files.iter().take(NAMED_FILES);
    let mut names: Vec<String> = shown.map(|name| format!("`{name}`")).collect();
    let more = plan.unknown_files.len().saturating_sub(NAMED_FILES);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    format!(
        "no rule knows {}, so every job that looks at files runs: add a glob to a job's `paths` or to `ignore` in {}",
        list(&names),
        file.path
    )
}
