//! A clock whose waits take no time.

use futures::future::BoxFuture;
use jiff::Timestamp;
use publishing::clock::Clock;
use std::{sync::Mutex, time::Duration};

/// Starts at the real time, because buckets and tokens know no other.
#[derive(Debug)]
pub(crate) struct NoWaits(Mutex<Timestamp>);

impl NoWaits {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Timestamp::now()))
    }
}

impl Clock for NoWaits {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        *self.0.lock().unwrap() += wait;
        // Others must come to their turn, most of all who holds what is waited for.
        Box::pin(tokio::time::sleep(Duration::from_millis(1)))
    }
}
