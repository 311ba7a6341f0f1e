//! Which rules and files miss each other: files that no rule knows, globs that match nothing, branches that do not exist.

use std::collections::BTreeSet;
use std::path::Path;

use actions_core::{Context, did_you_mean, text};
use affected::Affected;
use anyhow::bail;

use crate::changes::{Blind, Changes, Git};
use crate::config::{Config, Filter, Paths};
use crate::plan::{Facts, unknown_files};
use crate::reach::{self, Reached};
use crate::trigger::Trigger;

/// Files that the report names before it only counts.
const NAMED: usize = 100;

/// What was found, one sentence each.
pub(crate) fn look(cx: &Context, folder: &Path, file: &Config) -> anyhow::Result<Vec<String>> {
    let seen = cx.block_on(async { Ok(seen(cx, folder, file).await) })?;
    let seen = match seen {
        Ok(seen) => seen,
        Err(Blind(why)) => bail!("failed to list the files of the repository: {why}"),
    };
    if let Some(affected) = &seen.affected {
        let names = affected.packages.iter();
        reach::check(file, names.map(|(id, it)| (id.ecosystem, it.name.as_str())))?;
    }
    let mut found = globs(file, &seen.files);
    found.extend(branches(file, &seen.branches));
    let unknown = unknown(file, seen);
    found.extend(
        unknown
            .iter()
            .take(NAMED)
            .map(|path| format!("no rule knows `{}`", text::one_line(path))),
    );
    if let Some(more @ 1..) = unknown.len().checked_sub(NAMED) {
        found.push(format!("no rule knows {more} more files"));
    }
    Ok(found)
}

struct Seen {
    files: Vec<String>,
    branches: BTreeSet<String>,
    affected: Option<Affected>,
}

async fn seen(cx: &Context, folder: &Path, file: &Config) -> Result<Seen, Blind> {
    let git = Git::open(folder).await?;
    let head = git.commit("HEAD").await?;
    let args = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", &head];
    let listed = git.run(&args).await?;
    let files: Vec<String> = String::from_utf8_lossy(&listed)
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect();
    let args = [
        "for-each-ref",
        "--format=%(refname)",
        "refs/heads",
        "refs/remotes/origin",
    ];
    let refs = git.run(&args).await?;
    let refs = String::from_utf8_lossy(&refs);
    let branches = refs.lines().filter_map(|line| {
        let name = line.strip_prefix("refs/remotes/origin/");
        name.or_else(|| line.strip_prefix("refs/heads/"))
    });
    let asked = file.ecosystems();
    let affected = match asked.is_empty() {
        true => None,
        false => Some(reach::all(cx, &git, &head, &files, &asked).await?),
    };
    Ok(Seen {
        branches: branches.map(str::to_owned).collect(),
        files,
        affected,
    })
}

fn globs(file: &Config, files: &[String]) -> Vec<String> {
    let of_jobs = file.jobs.iter().flat_map(|(name, job)| {
        let globs = job.paths.iter().flat_map(|paths| paths.globs());
        globs.map(move |glob| (format!("`paths` of job `{name}`"), glob))
    });
    let ignored = file.ignore.globs().iter();
    let ignored = ignored.map(|glob| ("`ignore`".to_owned(), glob));
    let written_there = of_jobs
        .chain(ignored)
        .filter(|(_, glob)| glob.sets().is_empty());
    let of_sets = file.sets.own().flat_map(|(name, globs)| {
        let globs = globs.into_iter();
        globs.map(move |glob| (format!("set `{name}` of `[paths]`"), glob))
    });
    let used = file.jobs.values().filter_map(|job| job.paths.as_ref());
    let used = used.chain([&file.ignore]).flat_map(Paths::globs);
    let unused = file.sets.unused(used);
    let unused = unused.map(|name| format!("set `{name}` of `[paths]` is not used"));
    written_there
        .chain(of_sets)
        .filter(|(_, glob)| !files.iter().any(|path| glob.matches(path)))
        .map(|(place, glob)| format!("glob \"{}\" in {place} matches no file", glob.text()))
        .chain(unused)
        .collect()
}

/// Branches that filters name and this clone does not have.
fn branches(file: &Config, known: &BTreeSet<String>) -> Vec<String> {
    let of_platforms = file.platforms.iter().flat_map(|(name, platform)| {
        let filters = platform.on.iter();
        filters.map(move |filter| (format!("platform `{name}`"), filter))
    });
    let of_jobs = file.jobs.iter().flat_map(|(name, job)| {
        let filters = job.on.iter().flatten().chain(&job.always);
        filters.map(move |filter| (format!("job `{name}`"), filter))
    });
    let missing = |filter: &Filter| {
        let branch = filter.subject()?;
        let of_branch = ["push", "pull_request", "merge_group"].contains(&filter.word());
        (of_branch && !known.contains(branch)).then(|| branch.to_owned())
    };
    let all = of_platforms.chain(of_jobs);
    all.filter_map(|(place, filter)| {
        let branch = missing(filter)?;
        let hint = did_you_mean(&branch, known.iter().map(String::as_str));
        let hint = hint.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
        Some(format!(
            "event \"{}\" of {place} names a branch that is not in this clone{hint}",
            filter.text()
        ))
    })
    .collect()
}

/// Files that would run everything if they changed.
fn unknown(file: &Config, seen: Seen) -> Vec<String> {
    let facts = Facts {
        trigger: Trigger::laptop("HEAD"),
        labels: Vec::new(),
        request: Vec::new(),
        changes: Changes::Files(seen.files),
        remark: None,
        before: crate::plan::Before::Unknown,
        reached: seen.affected.map_or(Reached::NotAsked, Reached::Known),
        packages: None,
    };
    unknown_files(file, &facts)
}
