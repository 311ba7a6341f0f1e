//! The steps of a release, one function each: what it asks of the library that does the work, and what it tells of it.

use package_store::Channel;
use secrecy::SecretString;

use super::{Error, Packages, Release, Row, Step, driver::Memory, sign};
use crate::{
    channels::{self, Move},
    crates_io,
    github_release::{Asset, Placed},
    outcome::State,
    preflight::preflight,
    pypi,
    verify::{Finding, GITHUB, Verdict, Verification, Verified},
};

/// What stands where nothing is.
const NOTHING: &str = "nothing";
const SAME: &str = "the same bytes";

pub(super) async fn run(
    release: &Release<'_>,
    step: Step,
    memory: &mut Memory,
) -> Result<Vec<Row>, Error> {
    match step {
        Step::Preflight => look(release, memory).await,
        Step::Sign => sign::run(release, memory).await,
        Step::Stage => stage(release, memory).await,
        Step::Pypi => send_wheels(release, memory).await,
        Step::Crates => send_crates(release).await,
        Step::GitHub => publish(release, memory).await,
        Step::Channels => promote(release, memory).await,
        Step::Verify => read_back(release, memory).await,
    }
}

/// Looks at everything; nothing is written while there is a problem, or a place that could not be looked at.
async fn look(release: &Release<'_>, memory: &mut Memory) -> Result<Vec<Row>, Error> {
    let (packages, targets) = (release.packages, release.targets);
    let report = preflight(packages, release.store, targets, &release.around).await;
    for caution in &report.cautions {
        release.note(memory, caution.to_string());
    }
    memory.estimate = report.estimate;
    if !report.is_clear() {
        let problems = report.problems.iter().map(ToString::to_string);
        let unseen = report.unseen.iter().map(ToString::to_string);
        return Err(Error::Preflight(problems.chain(unseen).collect()));
    }
    let rows = report.rows.into_iter();
    Ok(rows.map(|row| Row::kept(row.subject, row.found)).collect())
}

async fn stage(release: &Release<'_>, memory: &mut Memory) -> Result<Vec<Row>, Error> {
    let Some(repository) = &release.targets.github else {
        return Ok(Vec::new());
    };
    let (packages, signatures) = assets(release.packages, memory)?;
    let (tag, commit) = (&release.packages.tag, release.packages.commit());
    let staged = repository
        .stage_signed(tag, commit, &packages, &signatures)
        .await?;
    let rows = staged.files.iter().map(|file| match file.placed {
        Placed::Unchanged => Row::kept(&file.name, SAME),
        Placed::Uploaded => Row::changed(&file.name, NOTHING, release.did("uploaded")),
        Placed::Replaced => Row::changed(&file.name, "other bytes", release.did("replaced")),
    });
    let rows = rows.collect();
    let at = staged.url().unwrap_or_default();
    for other in &staged.others {
        let caution = format!(
            "the release on GitHub also has {other}, which is not in this version's list and stays: `verify-release` will report it; delete it at {at}"
        );
        release.note(memory, caution);
    }
    if !staged.lacking.is_empty() {
        let caution = format!(
            "the release on GitHub is immutable and lacks signatures, which are only in the bucket: {}; {at}",
            staged.lacking.join(", ")
        );
        release.note(memory, caution);
    }
    memory.staged = Some(staged);
    Ok(rows)
}

/// What GitHub's release gets: each package that is one file, and the signatures of these.
fn assets(packages: &Packages, memory: &Memory) -> Result<(Vec<Asset>, Vec<Asset>), Error> {
    let mut assets = Vec::new();
    let mut signatures = Vec::new();
    for package in packages.assets() {
        let record = &package.record;
        assets.push(Asset::of(record, &package.path));
        for path in memory.signatures.get(&record.file).into_iter().flatten() {
            signatures.push(Asset::open(path)?);
        }
    }
    Ok((assets, signatures))
}

async fn send_wheels(release: &Release<'_>, memory: &mut Memory) -> Result<Vec<Row>, Error> {
    let Some((index, credentials)) = release.targets.pypi.as_ref() else {
        return Ok(Vec::new());
    };
    let mut files = release.packages.distributions();
    if files.is_empty() {
        return Ok(Vec::new());
    }
    for file in &mut files {
        for attestation in memory
            .attestations
            .remove(&file.file_name)
            .unwrap_or_default()
        {
            let name = file.file_name.clone();
            if let Err(why) = pypi::add_attestation(file, attestation) {
                let caution = format!("{name} is published without its attestation: {why}");
                release.note(memory, caution);
            }
        }
    }
    let plan = index.plan(&files, credentials.as_ref()).await?;
    pypi::refuse_conflicts(&plan)?;
    if let (Some(credentials), false) = (credentials, release.dry_run) {
        index.publish_planned(&files, &plan, credentials).await?;
    }
    let rows = plan.iter().map(|one| match one.state {
        State::Same => Row::kept(&one.file, SAME),
        _ if one.new_project => Row::changed(&one.file, "no such project", release.did("sent")),
        _ => Row::changed(&one.file, NOTHING, release.did("sent")),
    });
    Ok(rows.collect())
}

async fn send_crates(release: &Release<'_>) -> Result<Vec<Row>, Error> {
    let targets = release.targets.crates.as_ref();
    let Some((registry, credentials)) = targets else {
        return Ok(Vec::new());
    };
    let crates = release.packages.crates();
    if crates.is_empty() {
        return Ok(Vec::new());
    }
    // Whoever only looks needs no token, unless the registry asks for one.
    let nobody = || crates_io::Credentials::Token(SecretString::default());
    let asking = credentials.clone().unwrap_or_else(nobody);
    let plan = registry.plan(&crates, &asking).await?;
    if let (Some(credentials), false) = (credentials, release.dry_run) {
        let plan = plan.clone();
        registry.publish_planned(&crates, plan, credentials).await?;
    }
    let rows = plan.crates.iter().map(|one| match one.state {
        State::Same => Row::kept(&one.file, SAME),
        _ if one.new_crate => Row::changed(&one.file, "no such crate", release.did("sent")),
        _ => Row::changed(&one.file, NOTHING, release.did("sent")),
    });
    Ok(rows.collect())
}

async fn publish(release: &Release<'_>, memory: &mut Memory) -> Result<Vec<Row>, Error> {
    let (Some(repository), Some(staged)) = (&release.targets.github, &memory.staged) else {
        return Ok(Vec::new());
    };
    let version = release.packages.parsed_version()?;
    let latest = repository.latest_for(&version).await?;
    let published = repository.publish(staged, latest).await?;
    let what = format!("release {}", staged.tag);
    Ok(vec![match published.was_published {
        true => Row::kept(what, "published"),
        false => {
            let done = match published.latest {
                true => "published as the latest release",
                false => "published, not as the latest release",
            };
            Row::changed(what, "a draft", release.did(done))
        }
    }])
}

async fn promote(release: &Release<'_>, memory: &mut Memory) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    let repository = release.targets.github.as_ref().filter(|_| release.git_tags);
    for channel in release.channels {
        let options = release.promotion();
        let moved = channels::forward(
            release.store,
            *channel,
            &release.packages.manifest,
            &options,
        )
        .await?;
        if let Move::Unfit(why) = moved {
            // It is withdrawn since the last look, and the channel is back where it was.
            release.refuse_withdrawn().await?;
            let channel = *channel;
            return Err(Error::Unfit { channel, why });
        }
        rows.push(channel_row(release, *channel, &moved));
        if let Move::Newer(current) = &moved {
            let caution = format!(
                "`{channel}` stays at {}, which is newer than {}",
                current.version,
                release.packages.version()
            );
            release.note(memory, caution);
        }
        if let (Some(repository), Some(there)) = (repository, moved.there()) {
            let tag = channels::tag(release.store, *channel, repository, there).await?;
            rows.push(tag.row(&|verb| release.did(verb)));
        }
    }
    Ok(rows)
}

fn channel_row(release: &Release<'_>, channel: Channel, moved: &Move) -> Row {
    let what = format!("channel {channel}");
    match moved {
        Move::Moved { to, from } => {
            let before = from.as_ref().map_or(NOTHING, |from| from.version.as_str());
            Row::changed(
                what,
                before,
                release.did(&format!("moved to {}", to.version)),
            )
        }
        Move::Already(entry) => Row::kept(what, &entry.version),
        Move::Newer(current) => Row::left(what, &current.version, "stays, because it is newer"),
        Move::Unfit(reason) => Row::left(what, NOTHING, reason),
    }
}

/// Reads everything back. What differs, or cannot be read, fails the release: it is not known to be what it should be.
async fn read_back(release: &Release<'_>, memory: &mut Memory) -> Result<Vec<Row>, Error> {
    if release.dry_run {
        return Ok(Vec::new());
    }
    let asked = Verification {
        store: release.store,
        manifest: &release.packages.manifest,
        targets: release.targets,
        channels: Vec::new(),
        // They were read and compared a moment ago, and so were the signatures.
        read_bytes: false,
        expected: None,
    };
    let Verified {
        mut findings,
        commands,
    } = asked.run().await;
    memory.commands = commands;
    // What was in the release before, or could not be added to it, was told of then.
    if let Some(staged) = &memory.staged {
        let is_told = |one: &Finding| match one.verdict {
            Verdict::Added => staged.others.contains(&one.what),
            _ => staged.lacking.contains(&one.what),
        };
        findings.retain(|one| one.place != GITHUB || !is_told(one));
    }
    let of = |wanted: fn(&Verdict) -> bool| -> Vec<String> {
        let found = findings.iter().filter(|one| wanted(&one.verdict));
        found.map(Finding::to_string).collect()
    };
    let wrong = of(Verdict::is_wrong);
    if !wrong.is_empty() {
        return Err(Error::NotAsReleased(wrong));
    }
    let unread = of(|verdict| matches!(verdict, Verdict::Unread(_)));
    if !unread.is_empty() {
        return Err(Error::NotReadBack(unread));
    }
    let is_note = |one: &&Finding| matches!(one.verdict, Verdict::Note(_)) && !one.is_of_channel();
    for finding in findings.iter().filter(is_note) {
        release.note(memory, finding.to_string());
    }
    let rows = findings.iter().map(|one| {
        let what = format!("{}: {}", one.place, one.what);
        Row::kept(what, one.verdict.to_string())
    });
    Ok(rows.collect())
}
