//! Tests by `cargo test`, where nextest is not installed, and documentation tests, which only it runs.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Instant,
};

use actions_core::{Context, process::Program};
use anyhow::{Context as _, bail};
use jiff::SignedDuration;
use test_reports::{Case, End};

use crate::{
    Inputs,
    libtest::{Reader, header},
    shard::Shard,
    workspace::Workspace,
};

/// What a run gave.
#[derive(Debug, Default)]
pub(crate) struct Tested {
    pub(crate) cases: Vec<Case>,
    /// Test programs, each with its seconds.
    pub(crate) programs: Vec<(String, f64)>,
    /// How many tests there are in all shards.
    pub(crate) total: usize,
}

/// The longest list of names that one command takes, in bytes: Windows has the lowest limit.
const LONGEST: usize = 24_000;

/// Runs the tests; those that fail are run again as often as `retries` says.
pub(crate) async fn run(
    cx: &Context,
    inputs: &Inputs,
    workspace: &Workspace,
    programs: &BTreeMap<String, String>,
) -> anyhow::Result<Tested> {
    let _group = cx.log.group("Test");
    let tests = || workspace.cargo_test().args(["--tests", "--no-fail-fast"]);
    let watch = Watch::new(workspace, inputs);
    let mut tested = match inputs.shard {
        None => read(cx, tests(), programs, watch).await?,
        Some(shard) => {
            let all = list(workspace).await?;
            let mut tested = named(cx, inputs, workspace, programs, &of_shard(&all, shard)).await?;
            tested.total = all.len();
            tested
        }
    };
    for _ in 0..inputs.retries.unwrap_or_default() {
        let failed: Vec<String> = failed(&tested.cases)
            .map(|case| case.name.clone())
            .collect();
        if failed.is_empty() {
            break;
        }
        let again = named(cx, inputs, workspace, programs, &failed).await?;
        for case in &mut tested.cases {
            let passed = again.cases.iter().any(|one| {
                (&one.class, &one.name) == (&case.class, &case.name) && one.end == End::Passed
            });
            if let End::Failed(first) = &case.end
                && passed
            {
                case.end = End::Flaky(first.clone());
            }
        }
    }
    Ok(tested)
}

/// What stands for a whole program has no name to run it by.
fn failed(cases: &[Case]) -> impl Iterator<Item = &Case> {
    let failed = |case: &&Case| matches!(case.end, End::Failed(_)) && case.name != "main";
    cases.iter().filter(failed)
}

/// Runs documentation tests; without timing, which stable Rust has for none of them.
pub(crate) async fn doctests(cx: &Context, workspace: &Workspace) -> anyhow::Result<Vec<Case>> {
    let _group = cx.log.group("Documentation tests");
    let doctests = workspace.cargo_test().args(["--doc", "--no-fail-fast"]);
    let tested = read(cx, doctests, &BTreeMap::new(), None).await?;
    Ok(tested.cases)
}

/// The names of all tests.
async fn list(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let said = workspace
        .cargo_test()
        .args([
            "--tests",
            "--no-fail-fast",
            "--",
            "--list",
            "--format",
            "terse",
        ])
        .captured()
        .await?;
    // A test program without Rust's harness runs instead of listing, and may fail; it fails again when it counts.
    let stdout = String::from_utf8_lossy(&said.stdout);
    let mut names: Vec<String> = stdout
        .lines()
        .filter_map(|line| line.strip_suffix(": test").map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    if names.is_empty() && said.code != Some(0) {
        bail!("failed to list the tests: {}", said.stderr.join(" | "));
    }
    Ok(names)
}

fn of_shard(names: &[String], shard: Shard) -> Vec<String> {
    names
        .iter()
        .filter(|name| shard.has(name))
        .cloned()
        .collect()
}

/// Runs the tests with these names.
async fn named(
    cx: &Context,
    inputs: &Inputs,
    workspace: &Workspace,
    programs: &BTreeMap<String, String>,
    names: &[String],
) -> anyhow::Result<Tested> {
    let mut tested = Tested::default();
    let mut rest = names;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fit = rest.iter().take_while(|name| {
            bytes += name.len() + 3;
            bytes <= LONGEST
        });
        let (chunk, after) = rest.split_at(fit.count().max(1));
        rest = after;
        let tests = workspace
            .cargo_test()
            .args(["--tests", "--no-fail-fast", "--", "--exact"])
            .args(chunk);
        let part = read(cx, tests, programs, Watch::new(workspace, inputs)).await?;
        tested.programs.extend(part.programs);
        for case in part.cases {
            // A program without Rust's harness runs for every chunk.
            let known = |one: &Case| (&one.class, &one.name) == (&case.class, &case.name);
            if case.name != "main" || !tested.cases.iter().any(known) {
                tested.cases.push(case);
            }
        }
    }
    Ok(tested)
}

/// Runs it with its output in the log, and reads that.
async fn read(
    cx: &Context,
    program: Program,
    programs: &BTreeMap<String, String>,
    watch: Option<Watch<'_>>,
) -> anyhow::Result<Tested> {
    cx.log.info(format!("$ {}", program.shown()));
    let (reader, last) = (RefCell::new(Reader::default()), Cell::new(Instant::now()));
    let running = program.merged(|line| {
        cx.log.child_line(line);
        last.set(Instant::now());
        let line = line.trim_end_matches(['\r', '\n']);
        reader.borrow_mut().line(line, |what| class(what, programs));
    });
    let ended = match &watch {
        None => Some(running.await),
        // What hangs is ended with the future that waits for it.
        Some(watch) => tokio::select! {
            ended = running => Some(ended),
            () = silence(&last, watch.limit) => None,
        },
    };
    let mut reader = reader.into_inner();
    if let (None, Some(watch)) = (&ended, watch) {
        let why = watch.why(&reader, programs).await?;
        reader.stop(&why);
    }
    reader.end();
    let tested = Tested {
        cases: reader.cases,
        programs: reader.programs,
        total: 0,
    };
    let failed = tested
        .cases
        .iter()
        .any(|case| matches!(case.end, End::Failed(_)));
    match ended.transpose().context("failed to run the tests")? {
        Some(code) if code != 0 && !failed => bail!(
            "failed to run the tests: cargo ended with exit code {code} and names no test that failed, see its output above"
        ),
        None if !failed => bail!("failed to run the tests: cargo hangs, see its output above"),
        _ => Ok(tested),
    }
}

/// Ends when nothing was written for this long.
async fn silence(last: &Cell<Instant>, limit: SignedDuration) {
    let limit = limit.unsigned_abs();
    while let Some(left) = limit
        .checked_sub(last.get().elapsed())
        .filter(|left| !left.is_zero())
    {
        tokio::time::sleep(left).await;
    }
}

/// How long a test program may be silent.
#[derive(Clone, Copy)]
struct Watch<'a> {
    workspace: &'a Workspace,
    limit: SignedDuration,
}

impl<'a> Watch<'a> {
    fn new(workspace: &'a Workspace, inputs: &Inputs) -> Option<Self> {
        let limit = inputs.test_timeout?;
        Some(Self { workspace, limit })
    }

    /// Names the tests that have not ended.
    async fn why(
        self,
        reader: &Reader,
        programs: &BTreeMap<String, String>,
    ) -> anyhow::Result<String> {
        let Some((of, ended)) = reader.running() else {
            return Ok(String::new());
        };
        let (mut names, mut current) = (Vec::new(), None);
        let listed = self.workspace.cargo_test().args(LIST);
        listed
            .merged(|line| {
                let line = line.trim_end_matches(['\r', '\n']);
                if let Some(class) = header(line).and_then(|what| class(what, programs)) {
                    current = Some(class);
                } else if let Some(name) = line.strip_suffix(": test")
                    && current.as_deref() == Some(of)
                    && !ended.contains(&name)
                {
                    names.push(name.to_owned());
                }
            })
            .await?;
        Ok(format!(
            "it wrote nothing for {:#} (`test-timeout`) and was ended; of its tests these had not ended: {}",
            self.limit,
            actions_core::list(&names)
        ))
    }
}

/// Arguments that list tests instead of running them.
const LIST: [&str; 6] = [
    "--tests",
    "--no-fail-fast",
    "--",
    "--list",
    "--format",
    "terse",
];

/// The name of a test program that was built, or of documentation, from what cargo says when it starts it.
fn class(what: &str, programs: &BTreeMap<String, String>) -> Option<String> {
    if let Some(name) = what.strip_prefix("Doc-tests ") {
        return programs.is_empty().then(|| format!("{name}::doc"));
    }
    // As in `unittests src/lib.rs (target/debug/deps/a-0123456789abcdef)`.
    let (_, path) = what.strip_suffix(')')?.rsplit_once('(')?;
    let file = path.rsplit(['/', '\\']).next()?;
    programs.get(file).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_the_name_that_the_build_gave_it() {
        let programs = BTreeMap::from([("it-01ab".to_owned(), "a::it".to_owned())]);
        let name = |what: &str| class(what, &programs);
        assert_eq!(
            name("tests/it.rs (target/debug/deps/it-01ab)").as_deref(),
            Some("a::it")
        );
        assert_eq!(
            name("tests/it.rs (C:\\target\\it-01ab)").as_deref(),
            Some("a::it")
        );
        assert_eq!(name("tests/other.rs (target/debug/deps/other-01ab)"), None);
        let none = BTreeMap::new();
        assert_eq!(class("Doc-tests a", &none).as_deref(), Some("a::doc"));
    }
}
