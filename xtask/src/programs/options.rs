//! The options of the programs: here, so that `cargo xtask demo --help` needs no build of the demo.

use std::path::PathBuf;

#[derive(Debug, Default, clap::Args)]
pub struct CodegenOptions {
    /// Write nothing, and fail when a file differs from what would be written.
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Default, clap::Args)]
pub struct DemoOptions {
    /// Keep the folder in which it ran, and say where it is.
    #[arg(long)]
    pub keep: bool,
    /// Leave the servers up at the end until Ctrl-C.
    #[arg(long)]
    pub serve: bool,
}

#[derive(Debug, clap::Subcommand)]
pub enum BenchCommand {
    /// Sizes of the release tree and its binaries, and how long each action takes to start.
    Start(BenchStart),
    /// The whole set of gates beside pre-commit's hooks and `git ls-tree`, on a small and a large repository.
    Gates(BenchGates),
    /// pip's index of 100,000 wheels, from their records to the last page.
    Index(BenchIndex),
    /// A plan for 100 crates and 8,000 files, beside cargo and beside what paths-filter matches with.
    Plan(BenchPlan),
    /// Crates beside `cargo publish`, wheels beside twine and uv, each on the same server.
    Release(BenchRelease),
    /// Uploads beside Google's own clients and `curl`, on the same server, and into a sink.
    Upload(BenchUpload),
    /// How often verdicts on benchmarks are wrong, on simulated runners, beside the rules that others use.
    Verdicts(BenchVerdicts),
}

#[derive(Debug, clap::Args)]
pub struct BenchVerdicts {
    /// Day of the measurement, `2026-01-31`; today when left out.
    #[arg(long)]
    pub date: Option<String>,
    /// Simulated pull requests without a change, and as many with one.
    #[arg(long, default_value_t = 10_000)]
    pub runs: u32,
}

#[derive(Debug, clap::Args)]
pub struct BenchStart {
    /// Day of the measurement, `2026-01-31`; today when left out.
    #[arg(long)]
    pub date: Option<String>,
    /// Measured runs of each program; the median counts.
    #[arg(long, default_value_t = 20)]
    pub rounds: u32,
}

#[derive(Debug, clap::Args)]
pub struct BenchGates {
    /// Day of the measurement, `2026-01-31`; today when left out.
    #[arg(long)]
    pub date: Option<String>,
    /// Measured runs of each program on the small repository; the median counts.
    #[arg(long, default_value_t = 11)]
    pub rounds: u32,
    /// The same on the large one, where a run of the hooks takes long.
    #[arg(long, default_value_t = 3)]
    pub large_rounds: u32,
}

#[derive(Debug, clap::Args)]
pub struct BenchPlan {
    /// Day of the measurement, `2026-01-31`; today when left out.
    #[arg(long)]
    pub date: Option<String>,
    /// Measured runs of each program; the median counts.
    #[arg(long, default_value_t = 21)]
    pub rounds: u32,
    /// A clone to measure in place of the one that is made; `BENCHMARKS.md` stays as it is.
    #[arg(long, value_name = "DIR")]
    pub repository: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct BenchIndex {
    /// Day of the measurement, `2026-01-31`; today when left out.
    #[arg(long)]
    pub date: Option<String>,
    /// Wheels in the index.
    #[arg(long, default_value_t = 100_000)]
    pub wheels: u32,
    /// Measured runs; the median counts.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
}

#[derive(Debug, clap::Args)]
pub struct BenchUpload {
    /// Day of the measurement, `2026-01-31`; today when left out.
    #[arg(long)]
    pub date: Option<String>,
    /// Measured runs of each program; the median counts.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
}

#[derive(Debug, clap::Args)]
pub struct BenchRelease {
    /// Day of the measurement, `2026-01-31`; today when left out.
    #[arg(long)]
    pub date: Option<String>,
    /// Measured runs of each program; the median counts.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Crates in the workspace.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=999))]
    pub crates: u32,
    /// Bytes in each of the five wheels.
    #[arg(long, value_name = "BYTES", default_value_t = 100_000_000)]
    pub wheel_size: u64,
}
