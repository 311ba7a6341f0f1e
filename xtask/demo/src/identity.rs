//! What a job may do is what its `permissions:` say: a bucket that wants the job's own identity, and runs of the same
//! workflows with one permission less.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use testkit::{
    google_storage::{Access, GoogleStorage},
    token_service::TokenService,
    workflows::Change,
};

use super::{
    act::{self, Run, Start},
    events, expect, packages,
    story::{Row, all_succeeded, step},
    strangers,
    world::World,
};
use crate::process::Cmd;

/// How the bucket's owner calls GitHub.
pub(super) const PROVIDER: &str =
    "projects/123/locations/global/workloadIdentityPools/github/providers/acme";
/// The owner's token, who fills the bucket.
const OWNER: &str = "ya29.demo-owner-31c7aa";
/// Where in the bucket the packages are.
const PREFIX: &str = "packages";

const RULES: &str = "GitHub's rules";

/// A bucket in which anybody reads and those write whom the token service knows.
pub(super) fn bucket(tokens: &TokenService) -> GoogleStorage {
    let gave = tokens.watcher();
    GoogleStorage::requiring_tokens(move |token, permission| match token {
        Some(OWNER) => Access::Granted,
        Some(token) if gave(token) => Access::Granted,
        Some(_) => Access::Unknown,
        None if permission == "storage.objects.get" => Access::Granted,
        None => Access::Denied("nobody".to_owned()),
    })
}

/// The bucket's address, for jobs of this repository.
fn address(world: &World) -> String {
    let bucket = world.storage.bucket(PREFIX);
    format!("{bucket}&workload-identity-provider={PROVIDER}")
}

pub(super) fn rules(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    world.tokens.require("repository", super::world::REPOSITORY);
    fill(world)?;
    identity(world, rows)?;
    without_identity(world, rows)?;
    without_pull_requests(world, rows)
}

/// The same objects as in the folder.
fn fill(world: &World) -> Result<()> {
    for path in strangers::objects(world)?.keys() {
        let name = path
            .strip_prefix(world.bucket())
            .with_context(|| format!("`{}` is in the bucket", path.display()))?;
        let name = encoded(&format!("{PREFIX}/{}", name.display()));
        Cmd::new("curl")
            .args(["--silent", "--show-error", "--fail", "--request", "POST"])
            .args(["--header", &format!("Authorization: Bearer {OWNER}")])
            .args(["--header", "Content-Type: application/octet-stream"])
            .arg("--data-binary")
            .arg(format!("@{}", path.display()))
            .arg(format!(
                "{}/upload/storage/v1/b/tests/o?uploadType=media&name={name}",
                world.storage.url()
            ))
            .run()?;
    }
    Ok(())
}

/// A name as part of a query.
fn encoded(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    let mut encoded = String::new();
    for byte in name.bytes() {
        match char::from(byte) {
            c if plain(c) => encoded.push(c),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn change(file: &str, from: &str, to: &str) -> Change {
    Change {
        file: file.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

/// Plan, build, upload and release, each job with an identity of its own.
fn identity(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    // A box that is left out counts as ticked, as it is at first.
    let boxes = packages::JOBS.iter().copied();
    let inputs: serde_json::Map<String, Value> = boxes
        .map(|job| (job, if job == "crates" { "true" } else { "false" }))
        .chain([
            ("force", "true"),
            ("draft-release", "false"),
            ("platforms", "linux-x64"),
        ])
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let event = events::by_hand_with(&inputs.into());
    let start = Start {
        bucket: Some(address(world)),
        ..Start::from(("create-packages.yml", "workflow_dispatch", &event))
    };
    let what = "a bucket that requires the job's identity: plan and upload";
    step(
        world,
        rows,
        (RULES, what, "identity-packages"),
        start,
        |run| {
            all_succeeded(run, &["Plan", "crates"])?;
            expect(run.printed("already there"), || {
                "to be told that the crates are there".to_owned()
            })?;
            nobody_complained(world)
        },
    )?;
    let event = events::by_hand_with(&json!({"version": "v0.1.0"}));
    let start = Start {
        bucket: Some(address(world)),
        ..Start::from(("release.yml", "workflow_dispatch", &event))
    };
    let what = "the same bucket: release, and move `latest`";
    step(
        world,
        rows,
        (RULES, what, "identity-release"),
        start,
        |run| {
            all_succeeded(run, &["Release"])?;
            nobody_complained(world)
        },
    )
}

fn nobody_complained(world: &World) -> Result<(&'static str, String)> {
    let complaints = world.tokens.complaints();
    expect(complaints.is_empty(), || {
        format!("no complaint of the token service, but: {complaints:?}")
    })?;
    Ok(("passed", "an identity for each job, and no key".to_owned()))
}

/// The job fails because GitHub answered 403, and says what to write.
fn forbidden(world: &World, run: &Run, job: &str, told: &str) -> Result<(&'static str, String)> {
    let requests = world.github.requests();
    let of_the_job = requests.iter().filter(|one| {
        let token = one.token.as_deref().unwrap_or_default();
        token.ends_with(&job.to_lowercase().replace(' ', "-"))
    });
    let refused = of_the_job.filter(|one| one.status == 403).count();
    expect(refused > 0, || format!("a 403 for the job `{job}`"))?;
    fails_with(run, job, told)
}

fn fails_with(run: &Run, job: &str, told: &str) -> Result<(&'static str, String)> {
    expect(run.job(job) == Some("failure"), || {
        format!("the job `{job}` to fail, but it is {:?}", run.job(job))
    })?;
    let said = run.printed(told) || run.annotations.iter().any(|one| one.message.contains(told));
    expect(said, || format!("to be told \"{told}\""))?;
    Ok(("refused", told.to_owned()))
}

fn without_identity(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let event = events::by_hand_with(&json!({"version": "v0.1.0"}));
    let start = Start {
        bucket: Some(address(world)),
        changes: vec![change(
            "release.yml",
            "      id-token: write",
            "      actions: read",
        )],
        ..Start::from(("release.yml", "workflow_dispatch", &event))
    };
    let what = "the release without `id-token: write`";
    step(world, rows, (RULES, what, "no-identity"), start, |run| {
        fails_with(run, "Release", "id-token: write")
    })
}

fn without_pull_requests(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let event = events::pull_request(&world.repository, "synchronize")?;
    let start = Start {
        changes: vec![change(
            "pr-gates.yml",
            "      pull-requests: read",
            "      actions: read",
        )],
        ..Start::from(("pr-gates.yml", "pull_request", &event))
    };
    let what = "the gates without `pull-requests: read`";
    step(
        world,
        rows,
        (RULES, what, "no-pull-requests"),
        start,
        |run| forbidden(world, run, "PR Gates", "pull-requests: read"),
    )
}

/// A called workflow that asks for more than its caller has starts nothing at all. Shown while there is a draft to write.
pub(super) fn without_contents(world: &World, rows: &mut Vec<Row>) -> Result<()> {
    let event = events::tag("v0.1.0", &world.repository.commit_of("v0.1.0")?);
    let mut start = Start::from(("create-packages.yml", "push", &event));
    start.changes = vec![change(
        "repository/.github/workflows/create-packages.yml",
        "      contents: write",
        "      contents: read",
    )];
    let refused = act::prepare(world, "no-contents", &start).err();
    let told = refused
        .map(|error| format!("{error:#}"))
        .unwrap_or_default();
    let expected = "The nested job 'draft-release' is requesting 'contents: write', but is only allowed 'contents: read'.";
    expect(told.contains(expected), || {
        format!("the run to be refused with \"{expected}\", but: {told}")
    })?;
    // Asked for and not granted: the caller has it, the job does not.
    start.changes = vec![change(
        "tree/.github/workflows/create-packages.yml",
        "      contents: write",
        "      contents: read",
    )];
    let what = "the draft without `contents: write`";
    step(world, rows, (RULES, what, "no-contents"), start, |run| {
        forbidden(world, run, "Draft release", "contents: write")
    })
}
