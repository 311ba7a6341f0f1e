//! `cargo xtask bench upload`: uploads beside what people use today, on the same server, and beside a sink that keeps nothing.

mod contenders;
mod files;
mod goals;

use std::time::Duration;

use anyhow::{Context as _, Result};
use testkit::bucket_server::BucketServer;
use testkit::recording_proxy::RecordingProxy;
use testkit::storage_sink::StorageSink;

use super::measure::Contender;
use super::{machine, measure, memory, report};
use crate::process::Cmd;
use crate::setup::{self, Needs};
use crate::{dist, term};
use contenders::{Timed, ours};
use files::Files;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Day of the measurement, `2026-01-31`; today when left out.
    #[arg(long)]
    date: Option<String>,
    /// Measured runs of each program; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
}

/// What a program took, in the middle of its runs.
#[derive(Debug)]
struct Row {
    name: String,
    first: Timed,
    /// The same again on the same bucket, where the program can tell that all is there.
    again: Option<Timed>,
}

pub(super) fn run(options: &Options) -> Result<()> {
    term::heading("Set up");
    setup::run(Needs::Tests)?;
    let progress = term::Progress::start("build upload-packages as a release ships it");
    let binary = dist::build_one(dist::Profile::Dist, "upload-packages")?;
    progress.passed("");
    term::heading("Measure");
    let mut parts = Vec::new();
    let mut small_rows = Vec::new();
    for files in [files::SMALL, files::LARGE] {
        let files = files.make()?;
        let mut rows = Vec::new();
        for program in contenders::all(&binary) {
            let progress = term::Progress::start(&format!("{}, {}", files.name, program.name));
            let row = row(&program, &files, options.rounds)?;
            progress.passed(&format!(
                "{} a run, {} CPU",
                report::millis(row.first.wall),
                report::millis(row.first.cpu)
            ));
            rows.push(row);
        }
        parts.push(table(&files, &rows));
        if small_rows.is_empty() {
            small_rows = rows;
        }
    }
    let sink = sink(&binary, options.rounds)?;
    let requests = requests(&binary)?;
    let peak = peak(&binary)?;
    let date = options.date.clone().or_else(machine::today);
    let mut body = vec![conditions(options, &date.unwrap_or_default())];
    body.extend(parts);
    body.push(goals::all(&small_rows, &sink, requests, peak)?);
    let body = body.join("\n\n");
    report::write("bench upload", &body)?;
    term::info(&body);
    Ok(())
}

/// Each run has a server of its own, so that none pays for what another one left there.
fn row(program: &contenders::Program, files: &Files, rounds: u32) -> Result<Row> {
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let server = BucketServer::google();
        let command = (program.command)(server.url(), files)?;
        first.push(contenders::time(&command)?);
        if program.again {
            again.push(contenders::time(&command)?);
        }
    }
    Ok(Row {
        name: program.name.clone(),
        first: contenders::median(first).context("failed to measure anything")?,
        again: contenders::median(again),
    })
}

/// What our client takes on one core while a server on another one only counts: objects and bytes a second.
#[derive(Debug)]
struct Sink {
    objects: f64,
    bytes: f64,
}

fn sink(binary: &std::path::Path, rounds: u32) -> Result<Sink> {
    let rate = |files: files::Shape, amount: f64| -> Result<f64> {
        let files = files.make()?;
        let mut times = Vec::new();
        for _ in 0..rounds {
            let sink = StorageSink::start()?;
            let command = ours(binary, sink.url(), &files);
            times.push(contenders::time(&contenders::on_one_core(&command))?);
        }
        let time = contenders::median(times).context("failed to measure anything")?;
        Ok(amount / time.wall.as_secs_f64())
    };
    let progress = term::Progress::start("the sink, one core");
    let sink = Sink {
        objects: rate(files::SMALL, files::SMALL.count as f64)?,
        bytes: rate(
            files::LARGE,
            (files::LARGE.count * files::LARGE.size) as f64,
        )?,
    };
    progress.passed("");
    Ok(sink)
}

/// Requests of a second run that finds all in place.
fn requests(binary: &std::path::Path) -> Result<usize> {
    let files = files::SMALL.make()?;
    let server = BucketServer::google();
    ours(binary, server.url(), &files).run()?;
    let proxy = RecordingProxy::start(server.url())?;
    ours(binary, proxy.url(), &files).run()?;
    Ok(proxy.recorded().len())
}

fn peak(binary: &std::path::Path) -> Result<Option<u64>> {
    let files = files::LARGE.make()?;
    let server = BucketServer::google();
    memory::peak(&Contender {
        name: "upload-packages".to_owned(),
        command: ours(binary, server.url(), &files),
    })
}

fn conditions(options: &Options, date: &str) -> String {
    let version = |program: &str, arguments: &[&str]| {
        let said = machine::said(program, arguments).unwrap_or_else(|| "unknown".to_owned());
        said.lines().next().unwrap_or_default().to_owned()
    };
    format!(
        "`cargo xtask bench upload` on {date}: {}; {}, Node {}.\n\n\
         Random files go to fake-gcs-server on the same machine, a new server for each run; the median of {} runs. CPU is the \
         client's own. A second run finds all in place. `curl` sends the same bytes without looking at anything: the floor. \
         The sink answers at once and keeps nothing; there our client runs on one core.",
        machine::class(),
        version("curl", &["--version"]),
        version("node", &["--version"]),
        options.rounds,
    )
}

fn table(files: &Files, rows: &[Row]) -> String {
    let header = [
        files.name,
        "time",
        "times `upload-packages`",
        "client's CPU",
        "second run",
    ];
    let ours = rows.first().map_or(Duration::ZERO, |row| row.first.wall);
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let ratio = row.first.wall.as_secs_f64() / ours.as_secs_f64();
            vec![
                row.name.clone(),
                report::millis(row.first.wall),
                format!("{ratio:.2}"),
                report::millis(row.first.cpu),
                row.again
                    .map_or_else(String::new, |again| report::millis(again.wall)),
            ]
        })
        .collect();
    report::markdown(&header, &rows)
}

/// `measure` sorts and halves times; here each comes with the CPU that it took.
fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    measure::median(&times)
}

/// A command whose output nobody reads.
fn quiet(program: impl AsRef<std::ffi::OsStr>) -> Cmd {
    Cmd::new(program).env("RUST_BACKTRACE", "0")
}
