//! Sends packages: first a rehearsal of all of them, so that what stops one is known before the first byte of another.

use std::time::Instant;

use actions_core::Context;
use anyhow::{Context as _, anyhow, bail};
use bytesize::ByteSize;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use package_store::{Commit, Offer, Put, Record, Site, Store, StoreError};

use crate::describe::Described;
use crate::differences;

/// Packages in flight at the same time; each is streamed, so memory does not grow with their size.
const PARALLEL: usize = 4;

/// What is in the bucket now; in a dry run, what would be.
#[derive(Debug)]
pub(crate) struct Sent {
    /// In the order of the files.
    pub(crate) packages: Vec<Put>,
    /// The commit that holds the short address, if it is not ours.
    pub(crate) short_held_by: Option<Commit>,
    /// Bytes that were sent.
    pub(crate) bytes: u64,
}

/// Uploads what is not there yet, and brings the commit's pages up to date.
pub(crate) async fn send(
    cx: &Context,
    store: &Store,
    commit: &Commit,
    site: &Site,
    files: &[Described],
) -> anyhow::Result<Sent> {
    let offers = read(commit, files).await?;
    let rehearsed = rehearse(cx, store, &offers).await?;
    let work = offers
        .iter()
        .zip(rehearsed)
        .map(|(offer, rehearsed)| async move {
            match rehearsed {
                Answer {
                    put: Put::Created(_),
                    ..
                } if !store.is_dry_run() => one(cx, store, offer).await,
                answer => {
                    say(cx, store, &answer.put);
                    Ok(answer)
                }
            }
        });
    // Not stopped at the first error: what can be completed is completed, and the next run has less to do.
    let results: Vec<anyhow::Result<Answer>> =
        stream::iter(work).buffered(PARALLEL).collect().await;
    let answers = all_or_errors(results, "upload")?;
    let bytes = answers.iter().map(|answer| match &answer.put {
        Put::Created(record) => record.size,
        Put::Unchanged(_) => 0,
    });
    let sent = Sent {
        bytes: bytes.fold(0, u64::saturating_add),
        short_held_by: answers.iter().find_map(|answer| answer.held_by.clone()),
        packages: answers.into_iter().map(|answer| answer.put).collect(),
    };
    let nothing_new = sent
        .packages
        .iter()
        .all(|put| matches!(put, Put::Unchanged(_)));
    if nothing_new && store.pages_are_settled(commit, site).await? {
        return Ok(sent);
    }
    let pages = store
        .write_commit(commit, site, None)
        .await
        .context("failed to write the commit's pages; the packages themselves are uploaded")?;
    cx.log.debug(format!(
        "index of {} projects, {} pages written",
        pages.projects.len(),
        pages.written.len()
    ));
    Ok(sent)
}

/// How an upload ended, and who holds the short address if it is another commit.
struct Answer {
    put: Put,
    held_by: Option<Commit>,
}

/// Reads each package once; both the rehearsal and the upload go by what was read.
async fn read(commit: &Commit, files: &[Described]) -> anyhow::Result<Vec<Offer>> {
    let work = files.iter().map(|file| file.package.offer(commit));
    Ok(stream::iter(work).buffered(PARALLEL).try_collect().await?)
}

/// Looks at names and conflicts of all packages without writing.
async fn rehearse(cx: &Context, store: &Store, offers: &[Offer]) -> anyhow::Result<Vec<Answer>> {
    let rehearsal = store.to_dry_run();
    let rehearsal = &rehearsal;
    let work = offers.iter().map(|offer| async move {
        match answer(rehearsal.put_offer(offer).await) {
            Err(error) => Err(hint(differences::explain(cx, store, offer, error).await)),
            answer => answer,
        }
    });
    let results: Vec<anyhow::Result<Answer>> =
        stream::iter(work).buffered(PARALLEL).collect().await;
    all_or_errors(results, "upload anything")
}

fn all_or_errors(results: Vec<anyhow::Result<Answer>>, what: &str) -> anyhow::Result<Vec<Answer>> {
    let total = results.len();
    let (mut answers, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(answer) => answers.push(answer),
            Err(error) => errors.push(error),
        }
    }
    match errors.len() {
        0 => Ok(answers),
        1 => Err(errors.remove(0)),
        several => {
            let lines: Vec<String> = errors.iter().map(|error| format!("{error:#}")).collect();
            bail!(
                "failed to {what}: {several} of {total} packages conflict:\n{}",
                lines.join("\n")
            )
        }
    }
}

fn answer(result: Result<Put, StoreError>) -> anyhow::Result<Answer> {
    match result {
        Ok(put) => Ok(Answer { put, held_by: None }),
        Err(StoreError::AmbiguousShort { holder, put, .. }) => Ok(Answer {
            put: *put,
            held_by: Some(holder),
        }),
        Err(error) => Err(anyhow!(error)),
    }
}

/// Says what can be typed where an upload that never finished is in the way.
fn hint(error: anyhow::Error) -> anyhow::Error {
    let unfinished = error.downcast_ref().and_then(StoreError::unfinished);
    match unfinished.is_some() {
        true => anyhow!(
            "{error:#}; if that upload was stopped, set `replace-unfinished: true` to replace it"
        ),
        false => error,
    }
}

async fn one(cx: &Context, store: &Store, offer: &Offer) -> anyhow::Result<Answer> {
    let record = offer.record();
    let name = &record.file;
    let size = ByteSize::b(record.size);
    cx.log.info(match record.files {
        Some(files) => format!("uploading {name} ({files} files, {size})"),
        None => format!("uploading {name} ({size})"),
    });
    let started = Instant::now();
    let answer = answer(store.put_offer(offer).await).map_err(hint)?;
    match &answer.put {
        Put::Created(record) => {
            let seconds = started.elapsed().as_secs_f64();
            cx.log.info(format!(
                "uploaded {name}: {} in {seconds:.1} s ({}/s)",
                ByteSize::b(record.size),
                rate(record, seconds)
            ));
        }
        put => say(cx, store, put),
    }
    Ok(answer)
}

fn say(cx: &Context, store: &Store, put: &Put) {
    let name = &put.record().file;
    cx.log.info(match put {
        Put::Unchanged(_) => format!("{name} is already there, with the same bytes"),
        Put::Created(_) if store.is_dry_run() => format!("would upload {name}"),
        Put::Created(_) => format!("uploaded {name}"),
    });
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a rate for eyes"
)]
fn rate(record: &Record, seconds: f64) -> ByteSize {
    ByteSize::b((record.size as f64 / seconds.max(0.001)) as u64)
}
