//! Phase 3 of the story: packages of all kinds, and that nothing is built or sent twice.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::Result;
use serde_json::Value;

use super::{
    act::Run,
    events, expect, hub, identity,
    story::{self, Row, all_succeeded, step},
    strangers,
    world::World,
};

const PACKAGES: &str = "Create Packages";
const WORKFLOW: &str = "create-packages.yml";
/// The line of the workflow's schedule at which `nightly` moves.
const NIGHT: &str = "17 3 * * *";

/// The boxes of a start by hand: the jobs that build packages.
pub(super) const JOBS: &[&str] = &[
    "wheels",
    "crates",
    "data",
    "web",
    "c",
    "cli",
    "docs-rust",
    "docs-python",
];

/// The jobs that build something, named after the packages of the example's table.
const BUILDS: &[&str] = &[
    "wheels (linux-x64)",
    "crates",
    "data",
    "web",
    "c (linux-x64)",
    "cli (linux-x64)",
    "docs-rust",
    "docs-python",
];

/// What the bucket then holds of the commit, sorted.
const KINDS: &[&str] = &[
    "binary",
    "bundle",
    "crate",
    "data",
    "docs-python",
    "docs-rust",
    "wasm",
    "wheel",
];

pub(super) fn packages(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let (before, after) = world.repository.merge()?;
    let event = events::push(&before, &after);
    story::main_moves(world, rows, &event)?;
    step(
        world,
        rows,
        (
            PACKAGES,
            "main moves: packages of all kinds are uploaded",
            "3-packages",
        ),
        (WORKFLOW, "push", &event),
        |run| all_there(world, run, &after),
    )?;
    again(world, rows, &event)?;
    night(world, rows)?;
    tag(world, rows)?;
    by_hand(world, rows)?;
    identity::without_contents(world, rows)
}

fn again(world: &World, rows: &mut Vec<Row>, event: &Value) -> Result<()> {
    let objects = strangers::objects(world)?;
    let what = "the same again: nothing to build";
    step(
        world,
        rows,
        (PACKAGES, what, "3-packages-again"),
        (WORKFLOW, "push", event),
        |run| {
            all_succeeded(run, &["Plan", "Draft release", "Channel"])?;
            nothing_is_built(run)?;
            unchanged(world, &objects)
        },
    )
}

/// Main has not moved since: the night has nothing to build, and finds a complete commit for its channel.
fn night(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let event = events::schedule(NIGHT);
    let what = "nightly run: nothing to build, `nightly` moves to the existing packages";
    step(
        world,
        rows,
        (PACKAGES, what, "3-packages-night"),
        (WORKFLOW, "schedule", &event),
        |run| {
            all_succeeded(run, &["Plan", "Channel"])?;
            nothing_is_built(run)?;
            let moved = ["channel", "changed"].map(|name| run.output("promote", name));
            expect(moved == [Some("nightly"), Some("true")], || {
                format!("`nightly` to move, but: {moved:?}")
            })?;
            Ok(("passed", "`nightly` is at 0.1.0".to_owned()))
        },
    )?;
    let objects = strangers::objects(world)?;
    let what = "next nightly run, main has not moved: nothing to do";
    step(
        world,
        rows,
        (PACKAGES, what, "3-packages-night-after"),
        (WORKFLOW, "schedule", &event),
        |run| {
            nothing_is_built(run)?;
            unchanged(world, &objects)
        },
    )
}

fn tag(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let objects = strangers::objects(world)?;
    let tag = "v0.1.0";
    let event = events::tag(tag, &world.repository.commit_of(tag)?);
    let what = "its tag, pushed by hand: the draft exists already";
    step(
        world,
        rows,
        (PACKAGES, what, "3-packages-tag"),
        (WORKFLOW, "push", &event),
        |run| {
            all_succeeded(run, &["Plan", "Draft release"])?;
            nothing_is_built(run)?;
            let drafts = hub::releases(world)?;
            let count = drafts.as_array().map(Vec::len);
            expect(count == Some(1), || {
                format!("one draft, but GitHub has {drafts}")
            })?;
            unchanged(world, &objects)
        },
    )
}

fn by_hand(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let objects = strangers::objects(world)?;
    let mut ticked = JOBS.to_vec();
    ticked.push("force");
    let event = events::by_hand(&ticked);
    let what = "manual full rebuild: identical bytes, nothing uploaded";
    step(
        world,
        rows,
        (PACKAGES, what, "3-packages-forced"),
        (WORKFLOW, "workflow_dispatch", &event),
        |run| {
            all_succeeded(run, BUILDS)?;
            expect(run.printed("already there"), || {
                "to be told that all is already there".to_owned()
            })?;
            unchanged(world, &objects)
        },
    )
}

fn nothing_is_built(run: &Run) -> Result<()> {
    for job in BUILDS {
        let built = run.job(job) == Some("success");
        expect(!built, || format!("the job `{job}` not to run"))?;
    }
    Ok(())
}

fn unchanged(world: &World, before: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(&'static str, String)> {
    let same = strangers::objects(world)? == *before;
    expect(same, || {
        "the same objects in the bucket, byte for byte".to_owned()
    })?;
    let count = before.len();
    Ok((
        "passed",
        format!("{count} objects in the bucket, unchanged"),
    ))
}

fn all_there(world: &World, run: &Run, commit: &str) -> Result<(&'static str, String)> {
    all_succeeded(run, &["Plan", "Draft release", "Channel"])?;
    all_succeeded(run, BUILDS)?;
    // Jobs that build have no credentials; others upload what they hand on.
    let uploads: Vec<String> = BUILDS.iter().map(|name| format!("Upload {name}")).collect();
    let uploads: Vec<&str> = uploads.iter().map(String::as_str).collect();
    all_succeeded(run, &uploads)?;
    let tag = run.output("draft-release", "tag").unwrap_or_default();
    expect(world.repository.commit_of(tag)? == commit, || {
        format!("the tag {tag} at {commit}")
    })?;
    let drafts = hub::releases(world)?;
    let draft = drafts.pointer("/0/draft").and_then(Value::as_bool);
    expect(draft == Some(true), || {
        format!("a draft release, but GitHub has {drafts}")
    })?;
    let kinds = strangers::kinds(world, commit)?;
    expect(kinds == KINDS, || {
        format!("packages of all kinds in the bucket, but there are {kinds:?}")
    })?;
    Ok(("passed", format!("draft {tag}, {}", kinds.join(", "))))
}
