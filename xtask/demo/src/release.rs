//! Phase 4 of the story: a rehearsal, the release, the same again, a newer version, an older line's patch, and one taken back.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    act::Run,
    events, expect, hub,
    story::{Row, all_succeeded, step},
    strangers,
    world::World,
};

const RELEASE: &str = "Release";

/// What is released first: main, with packages of all kinds.
const VERSION: &str = "0.1.0";
/// The patch that comes after it.
const NEWER: (&str, &str) = ("release/0.1", "0.1.1");
/// The patch of a line that is older than both.
const OLDER: (&str, &str) = ("release/0.0", "0.0.9");

pub(super) fn release(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    rehearse(world, rows)?;
    first(world, rows)?;
    again(world, rows)?;
    verify(world, rows)?;
    newer(world, rows)?;
    older(world, rows)?;
    withdraw(world, rows)
}

fn by_hand(version: &str, dry_run: bool) -> Value {
    events::by_hand_with(&json!({"version": format!("v{version}"), "dry-run": dry_run.to_string()}))
}

/// All that a release may change: the bucket, the registries, the releases on GitHub.
fn everything(world: &World) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut all = strangers::files(&world.folder().join("pypi"))?;
    all.append(&mut strangers::files(
        &world.folder().join("cargo-registry"),
    )?);
    all.append(&mut strangers::files(&world.bucket())?);
    let mut all: BTreeMap<String, Vec<u8>> = all
        .into_iter()
        .map(|(path, bytes)| (path.display().to_string(), bytes))
        .collect();
    let releases = hub::releases(world)?;
    all.insert("releases".to_owned(), releases.to_string().into_bytes());
    Ok(all)
}

fn rehearse(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let before = everything(world)?;
    step(
        world,
        rows,
        (
            RELEASE,
            "a dry run: everything is checked, nothing is sent",
            "4-dry-run",
        ),
        ("release.yml", "workflow_dispatch", &by_hand(VERSION, true)),
        |run| {
            all_succeeded(run, &[RELEASE])?;
            expect(run.printed("would be sent"), || {
                "to be told what would be sent".to_owned()
            })?;
            expect(everything(world)? == before, || {
                "bucket, registries and GitHub to be as they were".to_owned()
            })?;
            Ok((
                "passed",
                "bucket, registries and GitHub are as they were".to_owned(),
            ))
        },
    )
}

fn first(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    step(
        world,
        rows,
        (
            RELEASE,
            "the release: sign, stage, publish, move `latest`, verify",
            "4-release",
        ),
        ("release.yml", "workflow_dispatch", &by_hand(VERSION, false)),
        |run| {
            all_succeeded(run, &[RELEASE])?;
            let sent = |name| run.output("release", name).unwrap_or_default();
            let (wheels, crates) = (sent("wheels"), sent("crates"));
            expect(
                wheels.contains("hello_sdk") && crates.contains("hello-core"),
                || format!("wheel and crates to be published, but: {wheels} {crates}"),
            )?;
            let release = published(world, VERSION)?;
            let signed = names(&release).filter(|name| name.ends_with(".sigstore.json"));
            let (files, signed) = (names(&release).count(), signed.count());
            expect(signed > 0 && files == 2 * signed, || {
                format!("a signature for each file of GitHub's release, but: {release}")
            })?;
            latest(world, VERSION)?;
            Ok((
                "passed",
                format!("1 wheel, 2 crates, {signed} files on GitHub, each signed"),
            ))
        },
    )
}

fn again(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let before = everything(world)?;
    step(
        world,
        rows,
        (
            RELEASE,
            "the same again: nothing is sent",
            "4-release-again",
        ),
        ("release.yml", "workflow_dispatch", &by_hand(VERSION, false)),
        |run| {
            all_succeeded(run, &[RELEASE])?;
            for output in ["wheels", "crates", "assets", "channels"] {
                let sent = run.output("release", output);
                expect(sent == Some("[]"), || {
                    format!("`{output}` to be empty, but it is {sent:?}")
                })?;
            }
            expect(everything(world)? == before, || {
                "bucket, registries and GitHub to be as they were".to_owned()
            })?;
            Ok(("passed", "everything was already there".to_owned()))
        },
    )
}

fn verify(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let event = events::schedule("47 4 * * *");
    step(
        world,
        rows,
        (
            RELEASE,
            "nightly run: published files are those of the release",
            "4-verify",
        ),
        ("verify-release.yml", "schedule", &event),
        |run| {
            all_succeeded(run, &["Verify release"])?;
            let version = run.output("verify-release", "version");
            expect(version == Some(VERSION), || {
                format!("{VERSION} to be verified, but: {version:?}")
            })?;
            Ok((
                "passed",
                format!("{VERSION}: registries, GitHub, bucket, channels"),
            ))
        },
    )
}

/// A line of its own with the crates alone: their packages are made, drafted and released.
fn of_branch(
    world: &World,
    rows: &mut Vec<Row>,
    (branch, version): (&str, &str),
    what: (&str, &str),
    check: impl FnOnce(&Run) -> Result<(&'static str, String)>,
) -> Result<()> {
    let commit = world.repository.release_branch(branch, version)?;
    let event = events::push_to(branch, &commit);
    let packages = format!("packages of {version} from `{branch}`");
    step(
        world,
        rows,
        (
            "Create Packages",
            &packages,
            &format!("4-packages-{version}"),
        ),
        ("create-packages.yml", "push", &event),
        |run| {
            all_succeeded(run, &["Plan", "crates", "Draft release"])?;
            Ok(("passed", "2 crates, drafted".to_owned()))
        },
    )?;
    step(
        world,
        rows,
        (RELEASE, what.0, what.1),
        ("release.yml", "workflow_dispatch", &by_hand(version, false)),
        |run| {
            all_succeeded(run, &[RELEASE])?;
            published(world, version)?;
            check(run)
        },
    )
}

fn newer(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    of_branch(
        world,
        rows,
        NEWER,
        ("a patch: `latest` moves", "4-patch"),
        |_| {
            latest(world, NEWER.1)?;
            Ok(("passed", format!("`latest` is at {}", NEWER.1)))
        },
    )
}

fn older(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    of_branch(
        world,
        rows,
        OLDER,
        (
            "a patch of an older line: `latest` stays, and the run is green",
            "4-older",
        ),
        |run| {
            let told = run.output("release", "cautions").unwrap_or_default();
            expect(told.contains("stays at"), || {
                format!("to be told that `latest` stays, but: {told}")
            })?;
            latest(world, NEWER.1)?;
            Ok(("passed", format!("`latest` is at {}", NEWER.1)))
        },
    )
}

fn withdraw(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let event = |dry_run: bool| {
        events::by_hand_with(&json!({
            "version": format!("v{}", NEWER.1), "reason": "It greets the wrong people.", "dry-run": dry_run.to_string(),
        }))
    };
    let before = everything(world)?;
    step(
        world,
        rows,
        (
            RELEASE,
            "the patch is bad: withdraw it, first as a dry run",
            "4-withdraw-dry-run",
        ),
        ("withdraw.yml", "workflow_dispatch", &event(true)),
        |run| {
            all_succeeded(run, &["Withdraw"])?;
            expect(everything(world)? == before, || {
                "bucket, registries and GitHub to be as they were".to_owned()
            })?;
            Ok(("passed", "nothing changed".to_owned()))
        },
    )?;
    step(
        world,
        rows,
        (
            RELEASE,
            "it is withdrawn: crates yanked, `latest` back",
            "4-withdraw",
        ),
        ("withdraw.yml", "workflow_dispatch", &event(false)),
        |run| {
            all_succeeded(run, &["Withdraw"])?;
            let yanked = world.registry.versions("hello-core");
            let yanked = yanked.iter().filter(|one| one.yanked).count();
            expect(yanked == 1, || {
                format!("one version to be yanked, but {yanked} are")
            })?;
            let release = published(world, NEWER.1)?;
            let body = release
                .get("body")
                .and_then(Value::as_str)
                .unwrap_or_default();
            expect(body.contains("It greets the wrong people."), || {
                format!("the reason on GitHub's page, but: {body}")
            })?;
            latest(world, VERSION)?;
            Ok(("passed", format!("`latest` is at {VERSION}")))
        },
    )
}

/// The release of a version, as everybody sees it.
fn published(world: &World, version: &str) -> Result<Value> {
    let releases = hub::releases(world)?;
    let tag = format!("v{version}");
    let found = releases.as_array().into_iter().flatten().find(|one| {
        one.get("tag_name").and_then(Value::as_str) == Some(&tag)
            && one.get("draft") == Some(&json!(false))
    });
    found
        .cloned()
        .with_context(|| format!("expected GitHub to show a published release {tag}"))
}

fn names(release: &Value) -> impl Iterator<Item = &str> {
    let assets = release.get("assets").and_then(Value::as_array);
    let names = assets.into_iter().flatten();
    names.filter_map(|asset| asset.get("name")?.as_str())
}

/// What the channel `latest` names, read as anybody may read it.
fn latest(world: &World, version: &str) -> Result<()> {
    let path = world.bucket().join("channels/latest/current.json");
    let text =
        std::fs::read(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let entry: Value = serde_json::from_slice(&text)?;
    let there = entry.get("version").and_then(Value::as_str);
    expect(there == Some(version), || {
        format!("`latest` at {version}, but it is at {there:?}")
    })
}
