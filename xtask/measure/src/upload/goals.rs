//! What was aimed at, and whether it was met.

use std::time::Duration;

use anyhow::Result;

use super::Sink;
use super::contenders::{CURL, NODE, OURS, PYTHON};
use crate::report::{self, verdict};
use crate::turns::{self, Row};

const SLOWER_THAN_CURL: f64 = 1.15;
const LESS_CPU: f64 = 5.0;
const OBJECTS: f64 = 5_000.0;
const BYTES: f64 = 1e9;
const AGAIN: Duration = Duration::from_millis(100);
const REQUESTS: usize = 3;
const MEMORY: u64 = 64_000_000;

pub(super) fn all(
    small: &[Row],
    sink: &Sink,
    requests: usize,
    peak: Option<u64>,
) -> Result<String> {
    let find = |name: &str| turns::find(small, name);
    let ours = find(OURS)?;
    let floor = turns::slower(ours, find(CURL)?);
    let cpu = |name: &str| -> Result<f64> {
        Ok(find(name)?.first.cpu.as_secs_f64() / ours.first.cpu.as_secs_f64())
    };
    let (python, node) = (cpu(PYTHON)?, cpu(NODE)?);
    let again = ours.again.map_or(Duration::ZERO, |again| again.wall);
    Ok([
        format!(
            "- Goal: the small files within {SLOWER_THAN_CURL} times of `curl`: {floor:.2} times: {}.",
            verdict(floor <= SLOWER_THAN_CURL)
        ),
        format!(
            "- Goal: the clients of Python and Node take {LESS_CPU:.0} times our CPU or more: {python:.1} and {node:.1} times: {}.",
            verdict(python.min(node) >= LESS_CPU)
        ),
        format!(
            "- Goal: {OBJECTS:.0} objects a second into the sink, on one core: {:.0}: {}.",
            sink.objects,
            verdict(sink.objects >= OBJECTS)
        ),
        format!(
            "- Goal: 1 GB a second into the sink, on one core: {:.2}: {}.",
            sink.bytes / 1e9,
            verdict(sink.bytes >= BYTES)
        ),
        format!(
            "- Goal: a second run under 0.1 s in {REQUESTS} requests at most: {} in {requests}: {}.",
            report::millis(again),
            verdict(again < AGAIN && requests <= REQUESTS)
        ),
        format!(
            "- Goal: under 64 MB of memory with the large files: {}: {}.",
            peak.map_or_else(|| "unknown".to_owned(), report::megabytes),
            verdict(peak.is_some_and(|bytes| bytes < MEMORY))
        ),
    ]
    .join("\n"))
}
