//! The files that an executable of Criterion leaves: for each benchmark its full name and its estimates in nanoseconds.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use untrusted_input::checkout;

use super::{Value, check_names};

/// `new/benchmark.json`.
#[derive(Debug, Deserialize)]
struct Benchmark {
    full_id: String,
}

/// `new/estimates.json`.
#[derive(Debug, Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Debug, Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// Group, function and value are a folder each, and names may hold more.
const DEEPEST: usize = 8;

pub(super) fn read(home: &Path) -> anyhow::Result<Vec<Value>> {
    let mut folders = Vec::new();
    collect(home, 0, &mut folders)?;
    if folders.is_empty() {
        bail!(
            "it left no estimates in CRITERION_HOME: is it a Criterion executable, and does `head` have `--bench`?"
        );
    }
    folders.sort();
    let values = folders.iter().map(|folder| {
        let benchmark: Benchmark = parsed(&folder.join("benchmark.json"))?;
        let estimates: Estimates = parsed(&folder.join("estimates.json"))?;
        Ok(Value {
            name: benchmark.full_id,
            value: estimates.median.point_estimate,
            unit: "ns".to_owned(),
        })
    });
    let values: Vec<Value> = values.collect::<anyhow::Result<_>>()?;
    check_names(&values)?;
    Ok(values)
}

fn parsed<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let failed = || format!("failed to read Criterion's `{}`", path.display());
    let text = checkout::read(path, checkout::LARGE).with_context(failed)?;
    serde_json::from_slice(&text).with_context(failed)
}

/// The folders `new` with estimates.
fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if depth > DEEPEST {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("failed to read `{}`", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let path = entry.path();
        match entry.file_name() == "new" && path.join("estimates.json").is_file() {
            true => found.push(path),
            false => collect(&path, depth + 1, found)?,
        }
    }
    Ok(())
}
