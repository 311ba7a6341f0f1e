//! Which part of the tests this run is about, and how that was decided: shards that do not decide alike lose tests.
//!
//! A split by durations needs the same durations in every shard, whenever it starts and whatever was added to the bucket in between.
//! So an earlier job, `plan`, names the run whose durations count. They never change, and a shard that cannot read them fails.

use std::collections::{BTreeMap, BTreeSet};

use actions_core::Context;
use anyhow::{Context as _, bail};
use package_store::TimedRun;
use test_reports::Report;

use crate::{
    Inputs,
    balance::{self, Test},
    history, nextest,
    shard::Shard,
    workspace::Workspace,
};

/// The tests that this run is about.
#[derive(Debug)]
pub(crate) enum Part {
    Whole,
    /// The shard that a test is in depends on its name; with the reason.
    ByName(Shard, String),
    ByDurations(Balanced),
}

/// A shard of a split by durations.
#[derive(Debug)]
pub(crate) struct Balanced {
    pub(crate) shard: Shard,
    pub(crate) run: TimedRun,
    pub(crate) tests: Vec<Test>,
    /// The tests of all shards.
    pub(crate) all: Vec<Test>,
    /// In milliseconds.
    pub(crate) expected: u64,
}

impl Part {
    /// The part for cargo, whose tests have no durations.
    pub(crate) fn for_cargo(inputs: &Inputs) -> Self {
        match inputs.shard {
            None => Self::Whole,
            Some(shard) => Self::ByName(shard, "cargo does not measure single tests".to_owned()),
        }
    }

    /// The part for nextest.
    pub(crate) async fn find(
        cx: &Context,
        inputs: &Inputs,
        workspace: &Workspace,
        doctests: bool,
    ) -> anyhow::Result<Self> {
        let Some(shard) = inputs.shard else {
            return Ok(Self::Whole);
        };
        let run = match named(inputs)? {
            Ok(run) => run,
            Err(why) => return Ok(Self::ByName(shard, why)),
        };
        let durations = history::read(cx, inputs, &run).await?;
        let all = nextest::list(inputs, cx, workspace).await?.tests;
        let loads = durations.split(&all, doctests, shard.count);
        balance::prove(&all, &loads)?;
        let own = loads.into_iter().nth(shard.index as usize - 1);
        let own = own.context("failed to find the shard in its own split")?;
        cx.log.info(format!(
            "split {} tests into {} shards by the durations of commit {}: {} are in shard {}",
            all.len(),
            shard.count,
            run.commit(),
            own.tests.len(),
            shard.index
        ));
        Ok(Self::ByDurations(Balanced {
            expected: durations.expected(&own),
            shard,
            run,
            tests: own.tests,
            all,
        }))
    }
}

/// The run whose durations count, or why there is none.
fn named(inputs: &Inputs) -> anyhow::Result<Result<TimedRun, String>> {
    let Some(given) = &inputs.durations else {
        return Ok(Err("no durations are given".to_owned()));
    };
    let suites: BTreeMap<String, String> = serde_json::from_str(given).context(
        "failed to read the input `durations`: give it the output `test-durations` of `plan`",
    )?;
    match suites.get(&inputs.suite) {
        None => Ok(Err(format!(
            "the bucket has no durations of the suite {} yet",
            inputs.suite
        ))),
        Some(run) => {
            let run = run
                .parse()
                .context("failed to read the input `durations`")?;
            Ok(Ok(run))
        }
    }
}

impl Balanced {
    /// Fails unless the tests of this shard ran, and none of another.
    pub(crate) fn prove(&self, report: &Report) -> anyhow::Result<()> {
        let ran: BTreeSet<(&str, &str)> = report
            .cases
            .iter()
            .map(|case| (case.class.as_str(), case.name.as_str()))
            .collect();
        let did_run = |test: &&Test| ran.contains(&(test.class.as_str(), test.name.as_str()));
        let own: BTreeSet<&Test> = self.tests.iter().collect();
        let foreign = self
            .all
            .iter()
            .find(|test| did_run(test) && !own.contains(test));
        if let Some(Test { class, name }) = foreign {
            bail!(
                "failed to run the shard: the test `{name}` of {class} ran, which is in another shard"
            );
        }
        // A report cannot tell names with control characters.
        let missing = self
            .tests
            .iter()
            .find(|test| !did_run(test) && !test.name.contains(char::is_control));
        match missing {
            Some(Test { class, name }) if report.failed() == 0 => {
                bail!("failed to run the shard: its test `{name}` of {class} did not run")
            }
            _ => Ok(()),
        }
    }
}
