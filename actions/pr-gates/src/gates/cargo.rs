//! Gate `cargo`: a crate that cannot be published, or is by accident, is noticed on the day of the release.

mod manifest;
mod workspace;

use std::collections::{BTreeMap, HashMap, VecDeque};

use clap::ValueEnum;

use self::{
    manifest::{Kind, Manifest},
    workspace::{Crate, Edge},
};
use super::{Gate, Group};
use crate::{
    finding::Finding,
    path,
    pull_request::{Entry, Fact, PullRequest, Want},
};

pub(crate) const GATE: Gate = Gate {
    id: "cargo",
    group: Group::Content,
    rule: "If a pull request changes a `Cargo.toml`, all crates follow the rules listed in `cargo`: `publish` is explicit, published crates do not depend on unpublished ones, and there is no dependency cycle.",
    help: "Fix the `Cargo.toml` named in the finding.",
    needs: |inputs| match inputs.cargo.cargo.is_empty() {
        true => Vec::new(),
        false => vec![Fact::Tree],
    },
    reads: |pr, _| {
        let all = manifests(pr).map(|entry| Want::new(&entry.id, LONGEST_MANIFEST));
        all.collect()
    },
    check: |pr, inputs| check(pr, &inputs.cargo),
};

/// Bytes; cargo's own limit is far above what people write.
const LONGEST_MANIFEST: u64 = 1 << 20;
const MANIFEST: &str = "Cargo.toml";

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Rules for the crates: `explicit-publish`, `published-dependencies`, `no-cycles`, or `all`.
    #[arg(long, value_name = "RULES")]
    cargo: Vec<Rule>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rule {
    /// All of the others.
    All,
    /// Each member of a workspace says `publish`, itself or by its workspace.
    ExplicitPublish,
    /// A published crate depends on no unpublished one, not even by another one.
    PublishedDependencies,
    /// No crates depend on each other in a circle; dev-dependencies count.
    NoCycles,
}

/// None where no manifest changed: then no answer can have changed.
fn manifests(pr: &PullRequest) -> impl Iterator<Item = &Entry> {
    let is_manifest = |path: &str| path::name(path) == MANIFEST;
    let changed = pr.changes.iter().any(|change| is_manifest(&change.path));
    let entries = pr.tree.entries.iter().filter(move |_| changed);
    entries.filter(move |entry| entry.is_file() && is_manifest(&entry.path))
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let has = |rule: Rule| inputs.cargo.contains(&rule) || inputs.cargo.contains(&Rule::All);
    let mut found = Vec::new();
    let mut read: BTreeMap<String, Manifest> = BTreeMap::new();
    for entry in manifests(pr) {
        match pr.text(&entry.id).map(manifest::parse) {
            Some(Ok(manifest)) => {
                read.insert(path::folder(&entry.path).to_owned(), manifest);
            }
            Some(Err((problem, line))) if pr.changes_path(&entry.path) => {
                let finding = Finding::new(format!("manifest cannot be read: {problem}"));
                found.push(finding.file(&entry.path).line(line));
            }
            // Test data may be anything.
            _ => {}
        }
    }
    let crates = workspace::crates(&read);
    if has(Rule::ExplicitPublish) {
        found.extend(silent(&crates));
    }
    if has(Rule::PublishedDependencies) {
        found.extend(unpublished(&crates));
    }
    if has(Rule::NoCycles) {
        found.extend(cycles(&crates));
    }
    found
}

fn silent(crates: &[Crate]) -> impl Iterator<Item = Finding> {
    let silent = crates.iter().filter(|one| !one.says_publish);
    silent.map(|one| {
        let would = match one.is_published {
            true => "and would be published",
            false => "and would not be, because it has no `version`",
        };
        let name = &one.name;
        Finding::new(format!("crate `{name}` does not set `publish`, {would}"))
            .file(&one.manifest)
            .help("Write `publish = true` or `publish = false` under `[package]`, or `publish.workspace = true`.")
    })
}

/// For each published crate the nearest unpublished ones that it cannot do without.
fn unpublished(crates: &[Crate]) -> Vec<Finding> {
    let published = (0..).zip(crates).filter(|(_, one)| one.is_published);
    published
        .flat_map(|(start, one)| {
            let follow = |edge: &Edge| edge.is_published;
            let go_on = |at: usize| crates.get(at).is_some_and(|one| one.is_published);
            let ways = ways(crates, start, follow, go_on).into_iter();
            let last = |way: &[usize]| crates.get(way.last().copied()?);
            ways.filter_map(move |way| {
                let end = last(&way).filter(|end| !end.is_published)?;
                let (name, end) = (&one.name, &end.name);
                let finding = Finding::new(format!(
                    "published crate `{name}` depends on `{end}`, which is not published: {}",
                    shown(crates, &way)
                ));
                Some(finding.file(&one.manifest).help(format!(
                    "Publish `{end}`, remove the dependency, or set `publish = false` for `{name}`."
                )))
            })
        })
        .collect()
}

/// The shortest circle through each crate that is in one, each crate in one finding only.
fn cycles(crates: &[Crate]) -> Vec<Finding> {
    let mut said = vec![false; crates.len()];
    let mut found = Vec::new();
    for (start, one) in crates.iter().enumerate() {
        if said.get(start) == Some(&true) {
            continue;
        }
        let Some(way) = circle(crates, start) else {
            continue;
        };
        for &at in &way {
            if let Some(said) = said.get_mut(at) {
                *said = true;
            }
        }
        let finding = Finding::new(format!(
            "crates form a dependency cycle: {}",
            shown(crates, &way)
        ));
        found.push(finding.file(&one.manifest).help(
            "Remove one of these dependencies, or move shared code into its own crate; \
             a cycle of dev-dependencies builds, but cannot be published in any order.",
        ));
    }
    found
}

fn circle(crates: &[Crate], start: usize) -> Option<Vec<usize>> {
    // A crate may be its own dev-dependency, to switch its features on in tests.
    let own = |edge: &Edge| edge.to == start;
    let itself = crates.get(start)?.edges.iter().filter(|edge| own(edge));
    if itself.clone().any(|edge| edge.kind != Kind::Dev) {
        return Some(vec![start, start]);
    }
    let mut ways = ways(crates, start, |_| true, |_| true);
    ways.retain(|way| {
        let last = way.last().and_then(|at| crates.get(*at));
        way.len() > 1 && last.is_some_and(|last| last.edges.iter().any(own))
    });
    let mut way = ways.into_iter().min_by_key(Vec::len)?;
    way.push(start);
    Some(way)
}

/// The shortest way from a crate to each that it reaches, itself among them; no further than where it may go on.
fn ways(
    crates: &[Crate],
    start: usize,
    follow: impl Fn(&Edge) -> bool,
    go_on: impl Fn(usize) -> bool,
) -> Vec<Vec<usize>> {
    let mut from: HashMap<usize, usize> = HashMap::from([(start, start)]);
    let mut order = vec![start];
    let mut ahead = VecDeque::from([start]);
    while let Some(at) = ahead.pop_front() {
        let edges = crates.get(at).map_or(&[][..], |one| one.edges.as_slice());
        for edge in edges.iter().filter(|edge| follow(edge)) {
            if from.contains_key(&edge.to) {
                continue;
            }
            from.insert(edge.to, at);
            order.push(edge.to);
            if go_on(edge.to) {
                ahead.push_back(edge.to);
            }
        }
    }
    let way = |end: usize| {
        let back = |at: &usize| from.get(at).copied().filter(|before| before != at);
        let mut way: Vec<usize> = std::iter::successors(Some(end), back).collect();
        way.reverse();
        way
    };
    order.into_iter().map(way).collect()
}

/// `a → b → c (dev)`
fn shown(crates: &[Crate], way: &[usize]) -> String {
    let mut text = String::new();
    let mut before: Option<usize> = None;
    for &at in way {
        let Some(one) = crates.get(at) else { continue };
        let edges = before.and_then(|before| crates.get(before));
        let edges = edges.map_or(&[][..], |one| one.edges.as_slice());
        let kind = edges
            .iter()
            .filter(|edge| edge.to == at)
            .map(|edge| edge.kind)
            .min();
        if before.is_some() {
            text.push_str(" → ");
        }
        text.push_str(&one.name);
        text.push_str(match kind {
            Some(Kind::Dev) => " (dev)",
            Some(Kind::Build) => " (build)",
            Some(Kind::Normal) | None => "",
        });
        before = Some(at);
    }
    text
}

#[cfg(test)]
mod tests;
