//! Phase 3 of the story: packages of all kinds, and that nothing is built or sent twice.

use anyhow::Result;

use super::{
    act::Run,
    events, expect, hub,
    story::{Row, all_succeeded, step},
    strangers,
    world::World,
};

const PACKAGES: &str = "Create Packages";

/// The jobs that build something.
const BUILDS: &[&str] = &[
    "Wheel (linux-x64)",
    "Crates",
    "Data",
    "Web app",
    "C library (linux-x64)",
    "Program (linux-x64)",
    "Rust docs",
    "Python docs",
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
    step(
        world,
        rows,
        (
            PACKAGES,
            "main moves: packages of all kinds go to the bucket",
            "3-packages",
        ),
        ("create-packages.yml", "push", &event),
        |run| all_there(world, run, &after),
    )?;
    let objects = strangers::objects(world)?;
    let unchanged = || {
        let same = strangers::objects(world)? == objects;
        expect(same, || {
            "the same objects in the bucket, byte for byte".to_owned()
        })?;
        Ok((
            "passed",
            format!("{} objects in the bucket, unchanged", objects.len()),
        ))
    };
    step(
        world,
        rows,
        (
            PACKAGES,
            "the same again: nothing is built",
            "3-packages-again",
        ),
        ("create-packages.yml", "push", &event),
        |run| {
            all_succeeded(run, &["Plan", "Draft release"])?;
            for job in BUILDS {
                let built = run.job(job) == Some("success");
                expect(!built, || format!("the job `{job}` not to run"))?;
            }
            unchanged()
        },
    )?;
    let event = events::by_hand(&[
        "wheel",
        "crates",
        "data",
        "web",
        "c",
        "cli",
        "docs-rust",
        "docs-python",
        "force",
    ]);
    step(
        world,
        rows,
        (
            PACKAGES,
            "all of it built anew by hand: the same bytes, nothing is sent",
            "3-packages-forced",
        ),
        ("create-packages.yml", "workflow_dispatch", &event),
        |run| {
            all_succeeded(run, BUILDS)?;
            expect(run.printed("already there"), || {
                "to be told that all is already there".to_owned()
            })?;
            unchanged()
        },
    )
}

fn all_there(world: &World, run: &Run, commit: &str) -> Result<(&'static str, String)> {
    all_succeeded(run, &["Plan", "Draft release"])?;
    all_succeeded(run, BUILDS)?;
    let tag = run.output("draft-release", "tag").unwrap_or_default();
    expect(world.repository.commit_of(tag)? == commit, || {
        format!("the tag {tag} at {commit}")
    })?;
    let drafts = hub::releases(world)?;
    let draft = drafts
        .pointer("/0/draft")
        .and_then(serde_json::Value::as_bool);
    expect(draft == Some(true), || {
        format!("a draft release, but GitHub has {drafts}")
    })?;
    let kinds = strangers::kinds(world, commit)?;
    expect(kinds == KINDS, || {
        format!("packages of all kinds in the bucket, but there are {kinds:?}")
    })?;
    Ok(("passed", format!("draft {tag}, {}", kinds.join(", "))))
}
