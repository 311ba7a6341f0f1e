//! What can be set.

use std::path::PathBuf;

use anyhow::Context as _;
use bench_statistics::Rule;
use clap::ValueEnum;

use crate::amount::{Budget, Percent};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Command that runs the benchmarks of head, without a shell: an executable and its arguments, such as `target/release/speed --bench`
    #[arg(long, value_name = "COMMAND")]
    pub head: Option<String>,
    /// Command that runs those of base; by default that of head, with the executable of `base-commit` from the bucket
    #[arg(long, value_name = "COMMAND")]
    pub base: Option<String>,
    /// Command for bash that builds base where the bucket does not have it: it runs in a clone of `base-commit` and makes the executable of `head` at the same path
    #[arg(long, value_name = "COMMAND")]
    pub build_base: Option<String>,
    /// What is measured: `json` reads what the command prints, `criterion` the files that Criterion writes, `time` takes the whole process
    #[arg(long, value_name = "WHAT", default_value = "json")]
    pub measure: Source,
    /// Units in which a higher value is better; those per second, such as MB/s, always are
    #[arg(long, value_name = "UNITS")]
    pub higher_is_better: Vec<String>,
    /// Also count the instructions of both commands, with valgrind's callgrind
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub instructions: bool,
    /// Files whose size is compared, as paths or globs that match one file each: wheels, programs, wasm
    #[arg(long, value_name = "PATHS")]
    pub sizes: Vec<String>,
    /// Folder with base's files for `sizes`, at the same paths; by default the sizes that the bucket has of `base-commit`
    #[arg(long, value_name = "DIR")]
    pub base_files: Option<PathBuf>,
    /// How long base and head are run in turns at most, such as 90s or 10m
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub time_budget: Budget,
    /// Smallest change that is reported
    #[arg(long, value_name = "PERCENT", default_value = "2%")]
    pub minimum_effect: Percent,
    /// Probability of any false alarm in the whole suite
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    pub false_alarms: Percent,
    /// Largest change of an instruction count that is the same
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    pub instructions_threshold: Percent,
    /// Largest change of a size that is the same
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    pub size_threshold: Percent,
    /// Whether the check fails if a benchmark became worse
    #[arg(long, value_name = "VERDICT", default_value = "worse")]
    pub fail_on: FailOn,
    /// Bucket with the history and with executables of earlier commits
    #[arg(long, value_name = "URL")]
    pub bucket: Option<String>,
    /// Name of the suite in the bucket; another system or another set of benchmarks is another suite
    #[arg(long, value_name = "NAME", default_value = "benchmarks")]
    pub suite: String,
    /// What to do: `auto` records on a push to the default branch, by hand or on a schedule there, and compares otherwise
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub mode: Mode,
    /// Commit of head; by default the event's, else HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Commit of base; by default the one that the pull request or the merge queue is compared with
    #[arg(long, value_name = "COMMIT")]
    pub base_commit: Option<String>,
    /// How often the benchmarks run to be recorded; the median is kept
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub runs: u32,
    /// File that gets what head measured, as JSON; `mode: store` reads it
    #[arg(long, value_name = "FILE", default_value = "bench-results.json")]
    pub results: PathBuf,
    /// Seed of the order in which base and head run, to repeat it
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Write nothing to the bucket, and say what would be written
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// Where measurements come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// `[{"name": …, "value": …, "unit": …}]` on standard output, hyperfine's export, or messages of cargo-criterion.
    Json,
    /// The files that an executable of Criterion writes.
    Criterion,
    /// From start to end of the process.
    Time,
}

/// When the check fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// If anything became worse.
    Worse,
    /// Only if it could not run.
    Never,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// As the event asks.
    Auto,
    /// Run base and head in turns.
    Compare,
    /// Run head, and keep the results.
    Record,
    /// Keep results that another job measured.
    Store,
}

impl Inputs {
    pub(crate) fn rule(&self) -> anyhow::Result<Rule> {
        Rule::new(self.false_alarms.0, self.minimum_effect.0)
            .context("failed to read the inputs `false-alarms` and `minimum-effect`")
    }

    pub(crate) fn head(&self) -> anyhow::Result<&str> {
        let head = self.head.as_deref();
        head.context("missing input `head`: give the command that runs the benchmarks, such as `target/release/speed --bench`")
    }

    pub(crate) fn bucket(&self, why: &str) -> anyhow::Result<&str> {
        let bucket = self.bucket.as_deref();
        bucket.with_context(|| format!("missing input `bucket`: {why}"))
    }
}
