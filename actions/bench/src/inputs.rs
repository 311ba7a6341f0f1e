//! What can be set.

use std::path::PathBuf;

use anyhow::Context as _;
use bench_statistics::Rule;
use clap::ValueEnum;

use crate::amount::{Budget, Percent};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Command that runs head's benchmarks, without a shell: an executable and its arguments, such as `target/release/speed --bench`
    #[arg(long, value_name = "COMMAND")]
    pub head: Option<String>,
    /// Command that runs base's benchmarks; defaults to `head` with the executable of `base-commit` from the bucket
    #[arg(long, value_name = "COMMAND")]
    pub base: Option<String>,
    /// Bash command that builds base if the bucket does not have it: it runs in a clone of `base-commit` and must create the executable of `head` at the same path
    #[arg(long, value_name = "COMMAND")]
    pub build_base: Option<String>,
    /// Where results come from: `json` is the command's output, `criterion` is Criterion's files, `time` is the run time of the process
    #[arg(long, value_name = "WHAT", default_value = "json")]
    pub measure: Source,
    /// Units in which higher is better; rates such as MB/s always are
    #[arg(long, value_name = "UNITS")]
    pub higher_is_better: Vec<String>,
    /// Also count the instructions of both commands, with valgrind's callgrind
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub instructions: bool,
    /// Files whose sizes to compare, such as wheels, programs or wasm: paths, or globs that match one file each
    #[arg(long, value_name = "PATHS")]
    pub sizes: Vec<String>,
    /// Folder with base's files for `sizes`, at the same paths; defaults to the sizes that the bucket has for `base-commit`
    #[arg(long, value_name = "DIR")]
    pub base_files: Option<PathBuf>,
    /// Maximum time for the alternating runs of base and head, such as 90s or 10m
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub time_budget: Budget,
    /// Smallest change to report
    #[arg(long, value_name = "PERCENT", default_value = "2%")]
    pub minimum_effect: Percent,
    /// Probability of any false alarm in the whole suite
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    pub false_alarms: Percent,
    /// Largest change of an instruction count that counts as unchanged
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    pub instructions_threshold: Percent,
    /// Largest change of a size that counts as unchanged
    #[arg(long, value_name = "PERCENT", default_value = "1%")]
    pub size_threshold: Percent,
    /// Whether the check fails if a benchmark got worse
    #[arg(long, value_name = "VERDICT", default_value = "worse")]
    pub fail_on: FailOn,
    /// Bucket with the history and the executables of earlier commits
    #[arg(long, value_name = "URL")]
    pub bucket: Option<String>,
    /// Name of the suite in the bucket; use another one for each system or set of benchmarks
    #[arg(long, value_name = "NAME", default_value = "benchmarks")]
    pub suite: String,
    /// What to do: `auto` records pushes, manual runs and scheduled runs on the default branch, and compares otherwise
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub mode: Mode,
    /// Commit of head; defaults to the event's, or HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Commit of base; defaults to the base of the pull request or merge queue entry
    #[arg(long, value_name = "COMMIT")]
    pub base_commit: Option<String>,
    /// How many times to run the benchmarks when recording; the median is kept
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub runs: u32,
    /// File for head's results, as JSON; `mode: store` reads it
    #[arg(long, value_name = "FILE", default_value = "bench-results.json")]
    pub results: PathBuf,
    /// Seed for the order of base and head, to repeat a run
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Say what would be written to the bucket, but write nothing
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
