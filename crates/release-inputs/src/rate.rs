//! How fast files travel to an index: as the input says, else as fast as they came from the bucket.

use std::time::Duration;

use bytesize::ByteSize;
use publishing::preflight::{Rate, RateSource};

/// Less than this is on its way for so short a time that it says nothing about the line.
const ENOUGH: u64 = 1 << 20;

/// The rate of the input `upload-rate`, or that of a download of `bytes` from `bucket`; copying from a folder says nothing about
/// a line.
pub fn rate(given: Option<ByteSize>, bucket: &str, bytes: u64, took: Duration) -> Option<Rate> {
    if let Some(given) = given {
        return Some(Rate {
            bytes_per_second: given.as_u64(),
            source: RateSource::Given,
        });
    }
    let is_remote = bucket.contains("://") && !bucket.starts_with("file://");
    if !is_remote || bytes < ENOUGH {
        return None;
    }
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    Some(Rate {
        bytes_per_second: bytes.saturating_mul(1000) / milliseconds,
        source: RateSource::Downloads,
    })
}
