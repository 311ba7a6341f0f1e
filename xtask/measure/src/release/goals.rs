//! What was aimed at, and whether it was met.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{Part, crates, wheels};
use crate::report::{self, verdict};
use crate::turns::{self, Row};

const FASTER_THAN_CARGO: f64 = 5.0;
const AGAIN: Duration = Duration::from_secs(1);
const MEMORY: u64 = 128_000_000;

pub(super) fn all(crates: &Part, wheels: &Part) -> Result<String> {
    let of_crates = turns::find(&crates.rows, crates::OURS)?;
    let of_wheels = turns::find(&wheels.rows, wheels::OURS)?;
    let cargo = turns::slower(turns::find(&crates.rows, crates::CARGO)?, of_crates);
    let uv = turns::slower(turns::find(&wheels.rows, wheels::UV)?, of_wheels);
    let again = [again(of_crates)?, again(of_wheels)?];
    let peaks = [crates.peak, wheels.peak];
    let told = |peak: Option<u64>| peak.map_or_else(|| "unknown".to_owned(), report::megabytes);
    Ok(format!(
        "- Goal: crates at least {FASTER_THAN_CARGO:.0} times as fast as `cargo publish`: {cargo:.1} times: {}.\n\
         - Goal: wheels at least as fast as `uv publish`: {uv:.2} times: {}.\n\
         - Goal: a second run under 1 s: {} with the crates, {} with the wheels: {}.\n\
         - Goal: under 128 MB of memory: {} with the crates, {} with the wheels: {}.",
        verdict(cargo >= FASTER_THAN_CARGO),
        verdict(uv >= 1.0),
        report::millis(again[0]),
        report::millis(again[1]),
        verdict(again.iter().all(|time| *time < AGAIN)),
        told(peaks[0]),
        told(peaks[1]),
        verdict(
            peaks
                .iter()
                .all(|peak| peak.is_some_and(|bytes| bytes < MEMORY))
        ),
    ))
}

fn again(row: &Row) -> Result<Duration> {
    let again = row.again.context("failed to measure a second run")?;
    Ok(again.wall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timed::Timed;

    fn row(name: &str, millis: u64, again: Option<u64>) -> Row {
        let timed = |millis| Timed {
            wall: Duration::from_millis(millis),
            cpu: Duration::ZERO,
        };
        Row {
            name: name.to_owned(),
            first: timed(millis),
            again: again.map(timed),
        }
    }

    #[test]
    fn each_goal_is_judged_by_what_it_names() {
        let part = |ours: Row, theirs: Row, peak| Part {
            rows: vec![ours, theirs],
            peak: Some(peak),
        };
        let crates = part(
            row(crates::OURS, 100, Some(50)),
            row(crates::CARGO, 500, None),
            10_000_000,
        );
        let wheels = part(
            row(wheels::OURS, 101, Some(1000)),
            row(wheels::UV, 100, Some(1)),
            128_000_000,
        );
        let goals = all(&crates, &wheels).unwrap();
        let verdicts: Vec<&str> = goals
            .lines()
            .map(|line| line.rsplit(' ').next().unwrap())
            .collect();
        assert_eq!(verdicts, ["held.", "missed.", "missed.", "missed."]);
        assert!(goals.contains("5.0 times"), "{goals}");
        assert!(goals.contains("0.99 times"), "{goals}");
    }
}
