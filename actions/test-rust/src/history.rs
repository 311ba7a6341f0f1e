//! Durations of tests in the bucket: those of an earlier run are read, and those of this run are kept.

use std::{collections::BTreeMap, time::Duration};

use actions_core::Context;
use anyhow::Context as _;
use package_store::{TestDurations, Time, TimedRun};
use test_reports::Report;

use crate::{
    Inputs, Record,
    balance::{Durations, Test},
};

/// What this run measured.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// How long nextest took; `None` for cargo, which does not measure single tests.
    pub(crate) tests: Option<Duration>,
    pub(crate) doctests: Duration,
}

/// The durations of a run that `plan` has named. Other shards may have read them, so there is no way without them.
pub(crate) async fn read(
    cx: &Context,
    inputs: &Inputs,
    run: &TimedRun,
) -> anyhow::Result<Durations> {
    let bucket = inputs.bucket.as_deref().context(
        "missing input `bucket`: the durations that the input `durations` names are there",
    )?;
    let store = connections::bucket(cx, bucket, false)?;
    let parts = store.test_durations(&inputs.suite, run).await.context(
        "failed to read the durations that split the tests; other shards use them, so this one cannot do without",
    )?;
    let mut durations = Durations::default();
    for part in parts {
        durations.wall = durations.wall.saturating_add(part.wall);
        durations.doctests = durations.doctests.saturating_add(part.doctests);
        for (class, tests) in part.tests {
            for (name, time) in tests {
                let class = class.clone();
                durations.tests.insert(Test { class, name }, time);
            }
        }
    }
    Ok(durations)
}

/// Keeps what a run measured, if that is asked for. The tests have passed, so a bucket that takes nothing is but a warning.
pub(crate) async fn record(
    cx: &Context,
    inputs: &Inputs,
    report: &Report,
    measured: &Measured,
) -> anyhow::Result<()> {
    let (Some(bucket), Some(wall)) = (&inputs.bucket, measured.tests) else {
        return Ok(());
    };
    let wanted = match inputs.record {
        Record::Always => true,
        Record::Never => false,
        Record::Auto => cx
            .event(None)?
            .is_some_and(|event| cx.on_default_branch(&event)),
    };
    if !wanted || report.failed() > 0 {
        return Ok(());
    }
    match keep(cx, inputs, bucket, report, wall, measured.doctests).await {
        Ok(true) => cx.log.info("kept the durations of the tests"),
        Ok(false) => cx
            .log
            .info("the bucket has durations of this commit already, which stay"),
        Err(error) => cx.log.warning(format!(
            "failed to keep the durations of the tests: {error:#}"
        )),
    }
    Ok(())
}

async fn keep(
    cx: &Context,
    inputs: &Inputs,
    bucket: &str,
    report: &Report,
    wall: Duration,
    doctests: Duration,
) -> anyhow::Result<bool> {
    let commit = cx.commit(None).await?;
    let mut tests: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for case in &report.cases {
        if let Some(seconds) = case.seconds {
            let of_class = tests.entry(case.class.clone()).or_default();
            of_class.insert(
                case.name.clone(),
                millis(Duration::try_from_secs_f64(seconds)?),
            );
        }
    }
    let (shard, shards) = inputs
        .shard
        .map_or((1, 1), |shard| (shard.index, shard.count));
    let durations = TestDurations {
        commit: commit.id.parse()?,
        committed: Time::from_unix(commit.time)
            .with_context(|| format!("failed to read the time of the commit {}", commit.id))?,
        shard,
        shards,
        wall: millis(wall),
        doctests: millis(doctests),
        tests,
    };
    let store = connections::bucket(cx, bucket, false)?;
    Ok(store.put_test_durations(&inputs.suite, &durations).await?)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
