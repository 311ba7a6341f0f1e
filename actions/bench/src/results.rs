//! What head measured, as a file that another job can keep, and as it goes to the bucket.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use bench_statistics::{Good, Measurement, Run, Suite, median};
use package_store::BenchmarkResult;
use untrusted_input::checkout;

/// The medians of head in a comparison.
pub(crate) fn of_head(suite: &Suite) -> Vec<BenchmarkResult> {
    let series = suite.series().map(|(name, series)| BenchmarkResult {
        name: name.to_owned(),
        value: median(&series.head),
        unit: series.unit.clone(),
        higher_is_better: series.good == Good::Higher,
        exact: false,
    });
    series.collect()
}

/// The medians of several runs, which all measure the same.
pub(crate) fn medians(runs: &[Run]) -> anyhow::Result<Vec<BenchmarkResult>> {
    let mut by_name: BTreeMap<&str, Vec<&Measurement>> = BTreeMap::new();
    for one in runs.iter().flat_map(Run::measurements) {
        by_name.entry(&one.name).or_default().push(one);
    }
    let mut results = Vec::new();
    for (name, measured) in by_name {
        if measured.len() != runs.len() {
            bail!(
                "benchmark `{name}` is in {} of {} runs",
                measured.len(),
                runs.len()
            );
        }
        let Some(first) = measured.first() else {
            continue;
        };
        if let Some(other) = measured.iter().find(|one| one.unit != first.unit) {
            bail!(
                "benchmark `{name}` is measured in {:?} and {:?}",
                first.unit,
                other.unit
            );
        }
        let values: Vec<f64> = measured.iter().map(|one| one.value).collect();
        results.push(BenchmarkResult {
            name: name.to_owned(),
            value: median(&values),
            unit: first.unit.clone(),
            higher_is_better: first.good == Good::Higher,
            exact: false,
        });
    }
    Ok(results)
}

pub(crate) fn write(path: &Path, results: &[BenchmarkResult]) -> anyhow::Result<()> {
    let failed = || format!("failed to write `{}`", path.display());
    let mut json = serde_json::to_vec_pretty(results).with_context(failed)?;
    json.push(b'\n');
    untrusted_input::writes::replace(path, &json).with_context(failed)
}

/// Reads what [`write`] wrote in another job, which ran the code of the repository: it may hold anything.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<BenchmarkResult>> {
    let failed = || format!("failed to read the results in `{}`", path.display());
    let json = checkout::read(path, checkout::LARGE).with_context(failed)?;
    let results: Vec<BenchmarkResult> = serde_json::from_slice(&json).with_context(failed)?;
    Run::new(results.iter().map(|one| Measurement {
        name: one.name.clone(),
        value: one.value,
        unit: one.unit.clone(),
        good: Good::Lower,
    }))
    .with_context(failed)?;
    Ok(results)
}
