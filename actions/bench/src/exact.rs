//! Numbers that repeat: instructions of a run and sizes of files, compared by a threshold.

use std::path::{Path, PathBuf};

use actions_core::{Context, text::one_line};
use anyhow::{Context as _, bail};
use bench_statistics::exact;
use package_store::{BenchmarkResult, Commit};
use untrusted_input::checkout;
use untrusted_input::walk::{self, Hidden};

use crate::inputs::Inputs;
use crate::program::Command;
use crate::report::Row;

const INSTRUCTIONS: &str = "instructions";
const BYTES: &str = "bytes";

/// Counts the instructions of both commands, each in one run.
pub(crate) async fn instructions(
    cx: &Context,
    inputs: &Inputs,
    base: &Command,
    head: &Command,
) -> anyhow::Result<(Row, BenchmarkResult)> {
    let (before, after) = (count(cx, base).await?, count(cx, head).await?);
    let result = of_instructions(head, after);
    let threshold = inputs.instructions_threshold.0;
    let verdict = exact(&result.name, before, after, threshold)?;
    Ok((Row::of_exact(&result, before, verdict), result))
}

/// The instructions of head alone.
pub(crate) async fn record_instructions(
    cx: &Context,
    head: &Command,
) -> anyhow::Result<BenchmarkResult> {
    Ok(of_instructions(head, count(cx, head).await?))
}

fn of_instructions(head: &Command, value: f64) -> BenchmarkResult {
    BenchmarkResult {
        name: format!("instructions of {}", head.name()),
        value,
        unit: INSTRUCTIONS.to_owned(),
        higher_is_better: false,
        exact: true,
    }
}

async fn count(cx: &Context, command: &Command) -> anyhow::Result<f64> {
    let folder =
        tempfile::tempdir_in(cx.temp_dir()).context("failed to create a temporary folder")?;
    let out = folder.path().join("callgrind.out");
    let arguments = [
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
    ];
    cx.log
        .info(format!("counting the instructions of {}", command.side));
    let program = command
        .under("valgrind", &arguments)
        .env("CRITERION_HOME", folder.path());
    let ran = command.output(cx, program).await;
    ran.context("failed to count instructions: the input `instructions` needs valgrind (Debian and Ubuntu: `apt-get install valgrind`)")?;
    let text =
        checkout::read_text(&out, checkout::LARGE).context("failed to read callgrind's counts")?;
    total(&text).with_context(|| {
        format!(
            "failed to read callgrind's counts of {}: there is no total",
            command.side
        )
    })
}

/// Callgrind ends its file with `totals: 12345`; threads that ended before have a `summary:` each.
fn total(text: &str) -> Option<f64> {
    let number = |line: &str| line.split_whitespace().next()?.parse::<f64>().ok();
    let last = |key: &str| {
        let mut lines = text.lines().rev();
        lines
            .find_map(|line| line.strip_prefix(key))
            .and_then(number)
    };
    last("totals:")
        .or_else(|| last("summary:"))
        .filter(|count| *count > 0.0)
}

/// The sizes of head, and how they compare.
#[derive(Debug, Default)]
pub(crate) struct Sizes {
    pub(crate) results: Vec<BenchmarkResult>,
    pub(crate) rows: Vec<Row>,
    /// Those that base does not have.
    pub(crate) added: Vec<String>,
}

/// Compares the sizes with files of base, or with what the bucket has of it: a size has no noise.
pub(crate) async fn sizes(
    cx: &Context,
    inputs: &Inputs,
    base_commit: Option<&str>,
) -> anyhow::Result<Sizes> {
    let mut sizes = Sizes {
        results: of_files(inputs)?,
        ..Sizes::default()
    };
    if sizes.results.is_empty() {
        return Ok(sizes);
    }
    let before = base_sizes(cx, inputs, base_commit).await?;
    for result in &sizes.results {
        match before.iter().find(|one| one.name == result.name) {
            Some(one) => {
                let verdict = exact(
                    &result.name,
                    one.value,
                    result.value,
                    inputs.size_threshold.0,
                )?;
                sizes.rows.push(Row::of_exact(result, one.value, verdict));
            }
            None => sizes.added.push(result.name.clone()),
        }
    }
    Ok(sizes)
}

/// The sizes of the files here.
pub(crate) fn of_files(inputs: &Inputs) -> anyhow::Result<Vec<BenchmarkResult>> {
    let here = inputs.sizes.iter();
    here.map(|pattern| size(Path::new("."), pattern)).collect()
}

fn size(folder: &Path, pattern: &str) -> anyhow::Result<BenchmarkResult> {
    let found: Vec<PathBuf> = match folder.join(pattern).is_file() {
        true => vec![folder.join(pattern)],
        false => walk::matching(folder, pattern, Hidden::LeftOut)?,
    };
    let [file] = found.as_slice() else {
        bail!(
            "failed to measure the size of \"{}\": it matches {} files in `{}`, but must match one",
            one_line(pattern),
            found.len(),
            folder.display()
        );
    };
    let bytes = std::fs::metadata(file)
        .with_context(|| format!("failed to read the size of `{}`", file.display()))?
        .len();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a size below 2^52 bytes is exact"
    )]
    let value = bytes as f64;
    if bytes == 0 {
        bail!(
            "failed to measure the size of `{}`: it is empty",
            file.display()
        );
    }
    Ok(BenchmarkResult {
        name: format!("size of {pattern}"),
        value,
        unit: BYTES.to_owned(),
        higher_is_better: false,
        exact: true,
    })
}

async fn base_sizes(
    cx: &Context,
    inputs: &Inputs,
    base_commit: Option<&str>,
) -> anyhow::Result<Vec<BenchmarkResult>> {
    if let Some(folder) = &inputs.base_files {
        let sizes = inputs.sizes.iter().map(|pattern| size(folder, pattern));
        return sizes.collect();
    }
    let why =
        "sizes are compared with those of `base-commit` in it, or with the files in `base-files`";
    let store = connections::bucket(cx, inputs.bucket(why)?, inputs.dry_run)?;
    let commit = match base_commit {
        Some(commit) => commit.to_owned(),
        None => crate::commits::base(cx, inputs).await?,
    };
    let commit: Commit = commit.parse()?;
    match store.benchmarks_of(&inputs.suite, &commit).await? {
        Some(stored) => Ok(stored.results),
        None => bail!(
            "failed to find the sizes of base: the bucket's suite `{}` has no results of commit {commit}; set the input `base-files`",
            inputs.suite
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_the_last_one() {
        let one = "events: Ir\nsummary: 10\nfn=x\n1 5\ntotals: 213422\n";
        assert_eq!(total(one), Some(213_422.0));
        assert_eq!(total("part: 1\nsummary: 77 1 2\n"), Some(77.0));
        assert_eq!(total("events: Ir\n"), None);
        assert_eq!(total("totals: 0\n"), None);
    }
}
