//! Time, handed in from outside, so that a test of a ten minute wait takes no ten minutes.

use futures::future::BoxFuture;
use jiff::Timestamp;
use std::{fmt::Debug, time::Duration};

/// What the library knows of time.
pub trait Clock: Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
    /// Waits; dropping the future ends the wait.
    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(wait))
    }
}

/// A wait as people read it: `45s`, `2m 5s`, `1h 30m`.
pub fn spoken(wait: Duration) -> String {
    let seconds = wait.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, 0) => format!("{} ms", wait.as_millis()),
        (0, 0, s) => format!("{s}s"),
        (0, m, 0) => format!("{m}m"),
        (0, m, s) => format!("{m}m {s}s"),
        (h, 0, _) => format!("{h}h"),
        (h, m, _) => format!("{h}h {m}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_spoken_in_its_two_largest_units() {
        let said = [0, 45, 125, 600, 5400, 7200].map(|s| spoken(Duration::from_secs(s)));
        assert_eq!(said, ["0 ms", "45s", "2m 5s", "10m", "1h 30m", "2h"]);
    }
}
