//! `cargo xtask bench upload`: uploads beside what people use today, on the same server, and beside a sink that keeps nothing.

mod contenders;
mod files;
mod goals;

use std::rc::Rc;

use anyhow::{Context as _, Result};
use testkit::bucket_server::BucketServer;
use testkit::recording_proxy::RecordingProxy;
use testkit::storage_sink::StorageSink;

use super::measure::Contender;
use super::{machine, memory, report, timed, turns};
use crate::programs::BenchUpload as Options;
use crate::setup::{self, Needs};
use crate::{dist, term};
use contenders::ours;

pub(super) fn run(options: &Options) -> Result<()> {
    term::heading("Set up");
    setup::run(Needs::Tests)?;
    let binary = dist::build_one(dist::Profile::Dist, "upload-packages")?;
    term::heading("Measure");
    let mut parts = Vec::new();
    let mut small_rows = Vec::new();
    for files in [files::SMALL, files::LARGE] {
        let files = Rc::new(files.make()?);
        let programs = contenders::all(&binary, &files);
        let start = || Ok(BucketServer::google());
        // Each of these programs says itself when an object did not arrive.
        let rows = turns::run(files.name, &programs, options.rounds, start, |_| Ok(()))?;
        parts.push(turns::table(files.name, "upload-packages", &rows));
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
            times.push(timed::time(&contenders::on_one_core(&command))?);
        }
        let time = timed::median(&times).context("failed to measure anything")?;
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
         client's own. A second run finds everything uploaded. `curl`, which sends the same bytes without any checks, is the lower bound. \
         The sink answers immediately and stores nothing; there, our client runs on one core.",
        machine::class(),
        version("curl", &["--version"]),
        version("node", &["--version"]),
        options.rounds,
    )
}
