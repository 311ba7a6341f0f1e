//! `cargo xtask fuzz`: each parser for a while with texts that no test has seen; the same targets run briefly in the tests.

use anyhow::{Result, bail, ensure};

use crate::process::{Cmd, tail};
use crate::{project, term};

/// Names the variable that targets read: `testkit::fuzz::SECONDS`.
const SECONDS: &str = "FUZZ_SECONDS";

/// How much of a failure is shown: it ends with the text that failed.
const SHOWN_LINES: usize = 80;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Seconds to run each target.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let seconds = options.seconds;
    let progress = term::Progress::start(&format!("every target for {seconds} s"));
    let finished = Cmd::new("cargo")
        .args(["test", "--quiet", "--workspace", "--lib"])
        .args(["--", "fuzz::", "--show-output"])
        .dir(project::root())
        .env(SECONDS, seconds.to_string())
        .finish()?;
    if !finished.status.success() {
        progress.failed("");
        term::info(&tail(&finished.output(), SHOWN_LINES));
        bail!(
            "failed to fuzz: an invariant was violated, see the text above, and turn it into a test"
        );
    }
    let rows = fed(&finished.stdout);
    ensure!(!rows.is_empty(), "failed to find any target");
    progress.passed(&format!("{} targets", rows.len()));
    term::table(&["target", "texts"], &rows);
    Ok(())
}

/// The lines `gates::x::fuzz::name: 12 texts` of the targets.
fn fed(output: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = output
        .lines()
        .filter_map(|line| line.strip_suffix(" texts")?.rsplit_once(": "))
        .map(|(target, texts)| vec![target.to_owned(), texts.to_owned()])
        .collect();
    rows.sort();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_target_was_fed_is_read_from_its_output() {
        let output = "running 1 test\n.\n---- a::fuzz::b stdout ----\na::fuzz::b: 12 texts\n\n";
        assert_eq!(fed(output), [["a::fuzz::b", "12"]]);
    }

    #[test]
    fn the_variable_is_the_one_that_targets_read() {
        assert_eq!(SECONDS, testkit::fuzz::SECONDS);
    }
}
