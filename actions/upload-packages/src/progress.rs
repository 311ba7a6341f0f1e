//! How far long uploads are, in a line every few seconds: a log is read by people.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actions_core::Log;
use bytesize::ByteSize;
use package_store::Progress;

/// Time between two lines of one package.
const PAUSE: Duration = Duration::from_secs(5);

/// When a package's first bytes were seen, how many these were, and when the last line was printed.
struct Seen {
    since: Instant,
    bytes: u64,
    told: Instant,
}

/// Prints a line of a package at most every five seconds, and none of one that is quicker.
pub(crate) fn teller(log: Log) -> impl Fn(&Progress) + Send + Sync + 'static {
    let seen: Mutex<BTreeMap<String, Seen>> = Mutex::default();
    move |progress| {
        let now = Instant::now();
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let one = seen.entry(progress.package.clone()).or_insert(Seen {
            since: now,
            bytes: progress.bytes,
            told: now,
        });
        if now - one.told >= PAUSE {
            one.told = now;
            log.info(line(
                progress,
                progress.bytes.saturating_sub(one.bytes),
                now - one.since,
            ));
        }
    }
}

/// `sent` is what was sent within `elapsed`; what an earlier run left does not count into the rate.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a rate for eyes"
)]
fn line(progress: &Progress, sent: u64, elapsed: Duration) -> String {
    let Progress {
        package,
        files,
        of_files,
        bytes,
        of_bytes,
        ..
    } = progress;
    let rate = sent as f64 / elapsed.as_secs_f64().max(0.001);
    let left = of_bytes.saturating_sub(*bytes) as f64 / rate.max(1.0);
    let files = match of_files {
        1 => String::new(),
        _ => format!(", {files} of {of_files} files"),
    };
    format!(
        "{package}: {} of {}{files}, {}/s, {left:.0} s left",
        ByteSize::b(*bytes),
        ByteSize::b(*of_bytes),
        ByteSize::b(rate as u64)
    )
}
