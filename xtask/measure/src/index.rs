//! `cargo xtask bench index`: how long pip's index of very many wheels takes to make, from the records to
//! the last page.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use package_store::{Commit, Digest, Manifest, Record, Store, layout};

use super::{machine, measure, report};
use crate::programs::BenchIndex as Options;
use crate::term;

/// What was aimed at.
const GOAL: Duration = Duration::from_secs(2);
const VERSION: &str = "0.3.0";

pub(super) fn run(options: &Options) -> Result<()> {
    term::heading("Measure");
    let runtime = tokio::runtime::Runtime::new().context("failed to start")?;
    let mut rows = Vec::new();
    let mut slowest = Duration::ZERO;
    for place in ["memory", "folder"] {
        let progress = term::Progress::start(&format!("{} wheels, {place}", options.wheels));
        let (times, bytes) = runtime.block_on(measured(place, options))?;
        let median = measure::median(&times);
        slowest = slowest.max(median);
        progress.passed("");
        let shown =
            |time: Option<&Duration>| time.map_or_else(String::new, |time| report::millis(*time));
        rows.push(vec![
            place.to_owned(),
            report::millis(median),
            shown(times.first()),
            shown(times.last()),
            report::megabytes(bytes),
        ]);
    }
    let date = options
        .date
        .clone()
        .or_else(machine::today)
        .unwrap_or_default();
    let header = ["bucket", "median", "fastest", "slowest", "pages"];
    let body = format!(
        "`cargo xtask bench index` on {date}: {}; a build {}.\n\n\
         pip's index of {} wheels of {} projects, written from scratch as HTML and JSON, each in an empty bucket: the median of {} runs.\n\n\
         {}\n\n\
         - Goal: under {:.0} s: {} at most: {}.",
        machine::class(),
        if cfg!(debug_assertions) {
            "without optimisation"
        } else {
            "with optimisation"
        },
        options.wheels,
        PROJECTS,
        options.rounds,
        report::markdown(&header, &rows),
        GOAL.as_secs_f64(),
        report::millis(slowest),
        report::verdict(slowest < GOAL),
    );
    report::write("bench index", &body)?;
    term::info(&body);
    Ok(())
}

const PROJECTS: u32 = 4;

/// Sorted times, and the bytes of the pages.
async fn measured(place: &str, options: &Options) -> Result<(Vec<Duration>, u64)> {
    let source = Store::open("memory://")?;
    let commit: Commit = "6e4ddaf0123456789abcdef0123456789abcdef0".parse()?;
    let records = (0..options.wheels).map(|number| record(&commit, number));
    let records = records.collect::<Result<Vec<Record>>>()?;
    let frozen = source.freeze(VERSION, &commit, &records).await?;
    let (mut times, mut bytes) = (Vec::new(), 0);
    for _ in 0..options.rounds {
        let scratch = tempfile::tempdir().context("failed to create a folder")?;
        let store = match place {
            "memory" => Store::open("memory://")?,
            _ => Store::open(&scratch.path().to_string_lossy())?,
        };
        times.push(once(&store, frozen.manifest()).await?);
        if place != "memory" {
            let root = scratch
                .path()
                .join(layout::version_simple(&VERSION.parse()?));
            bytes = size(&root)?;
        }
    }
    times.sort_unstable();
    Ok((times, bytes))
}

async fn once(store: &Store, manifest: &Manifest) -> Result<Duration> {
    let started = Instant::now();
    store.write_version_index(manifest).await?;
    Ok(started.elapsed())
}

fn size(folder: &std::path::Path) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() {
            size(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(sum)
}

fn record(commit: &Commit, number: u32) -> Result<Record> {
    let project = format!("hello-{}", number % PROJECTS);
    let digest = Digest::of(&number.to_le_bytes());
    Ok(Record {
        kind: "wheel".to_owned(),
        file: format!(
            "hello_{}-{VERSION}-{number}-cp39-abi3-manylinux_2_28_x86_64.whl",
            number % PROJECTS
        ),
        project,
        version: VERSION.to_owned(),
        platform: "linux-x64".to_owned(),
        profile: layout::RELEASE.to_owned(),
        files: None,
        size: 12_345_678,
        sha256: digest,
        content_type: "application/zip".to_owned(),
        commit: commit.clone(),
        run_url: None,
        toolchain: None,
        requires_python: Some(">=3.9".to_owned()),
        metadata_sha256: Some(digest),
        uploaded: "2026-11-21T08:15:00Z".parse()?,
    })
}
