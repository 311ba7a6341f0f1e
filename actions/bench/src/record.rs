//! Main: measures head, and keeps the medians and the executable in the bucket, by commit.

use actions_core::{Context, Done};
use anyhow::Context as _;
use package_formats::platform;
use package_store::{BenchmarkResult, BenchmarkResults, Site, Store};

use crate::inputs::Inputs;
use crate::program::Command;
use crate::{Outputs, commits, exact, measure, report, results};

/// Measures, writes the file with the results, and keeps them if there is a bucket.
pub(crate) async fn run(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let mut measured = Vec::new();
    let mut command = None;
    if inputs.head.is_some() || inputs.sizes.is_empty() {
        let head = Command::parse("head", inputs.head()?)?;
        let mut runs = Vec::new();
        for number in 1..=inputs.runs {
            runs.push(measure::run(cx, inputs, &head).await?);
            cx.log.info(format!("run {number} of {}", inputs.runs));
        }
        measured = results::medians(&runs).context("failed to read the results of head")?;
        if inputs.instructions {
            measured.push(exact::record_instructions(cx, &head).await?);
        }
        command = Some(head);
    }
    measured.extend(exact::of_files(inputs)?);
    results::write(&inputs.results, &measured)?;
    let page = match &inputs.bucket {
        Some(bucket) => keep(cx, inputs, bucket, measured, command.as_ref()).await?,
        None => {
            report::recorded(cx, &measured, None)?;
            None
        }
    };
    let file = command.as_ref().and_then(Command::file);
    Ok(Done::passed(Outputs {
        executable: file.map(|file| file.display().to_string()),
        ..outputs(inputs, page)
    }))
}

/// Keeps what another job measured, which ran the code of the repository and had no credentials.
pub(crate) async fn store(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let bucket = inputs.bucket("`mode: store` stores results in it")?;
    let measured = results::read(&inputs.results)?;
    let command = match &inputs.head {
        Some(head) => Some(Command::parse("head", head)?),
        None => None,
    };
    let page = keep(cx, inputs, bucket, measured, command.as_ref()).await?;
    Ok(Done::passed(outputs(inputs, page)))
}

fn outputs(inputs: &Inputs, page: Option<String>) -> Outputs {
    Outputs {
        verdict: "passed".to_owned(),
        results: inputs.results.display().to_string(),
        page,
        ..Outputs::default()
    }
}

async fn keep(
    cx: &Context,
    inputs: &Inputs,
    bucket: &str,
    measured: Vec<BenchmarkResult>,
    command: Option<&Command>,
) -> anyhow::Result<Option<String>> {
    let store = connections::bucket(cx, bucket, inputs.dry_run)?;
    let of_commit = commits::of_head(cx, inputs).await?;
    let results = BenchmarkResults {
        results: measured,
        ..of_commit
    };
    keep_program(cx, inputs, &store, &results, command).await?;
    let created = store.put_benchmarks(&inputs.suite, &results).await?;
    cx.log.info(match (created, inputs.dry_run) {
        (false, _) => format!(
            "the bucket already has results of commit {}, which are kept",
            results.commit
        ),
        (true, true) => format!(
            "dry run: would store the results of commit {}",
            results.commit
        ),
        (true, false) => format!("stored the results of commit {}", results.commit),
    });
    let pages = store
        .write_benchmark_pages(&inputs.suite, &Site::default())
        .await?;
    let path = pages.page.as_ref();
    let page = pages
        .url
        .clone()
        .or_else(|| path.map(|path| store.address(path)));
    report::recorded(cx, &results.results, page.as_deref())?;
    Ok(page)
}

async fn keep_program(
    cx: &Context,
    inputs: &Inputs,
    store: &Store,
    results: &BenchmarkResults,
    command: Option<&Command>,
) -> anyhow::Result<()> {
    let Some(file) = command.and_then(Command::file) else {
        return Ok(());
    };
    let host = platform::host();
    let kept = store
        .put_benchmark_program(&inputs.suite, &results.commit, &host, file)
        .await?;
    if kept && !inputs.dry_run {
        cx.log.info(format!("stored the executable for {host}"));
    }
    Ok(())
}
