//! A clock whose waits take no time and are written down, and a listener that keeps what it hears.

use futures::future::BoxFuture;
use jiff::Timestamp;
use publishing::{Event, Options, Policy, Proxy, Transport, clock::Clock};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

#[derive(Debug)]
pub(crate) struct TestClock {
    now: Mutex<Timestamp>,
    waits: Mutex<Vec<Duration>>,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        *self.now.lock().unwrap() += wait;
        self.waits.lock().unwrap().push(wait);
        Box::pin(async { tokio::task::yield_now().await })
    }
}

impl TestClock {
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.now.lock().unwrap() += by;
    }
}

/// A transport with everything that a test wants to look at.
pub(crate) struct Bench {
    pub(crate) transport: Transport,
    pub(crate) clock: Arc<TestClock>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::start(None, Policy::default())
    }

    /// The same, which takes a server for gone after this.
    pub(crate) fn with_longest_silence(longest_silence: Duration) -> Self {
        let policy = Policy {
            longest_silence,
            ..Policy::default()
        };
        Self::start(None, policy)
    }

    /// The same, with this server as its proxy.
    pub(crate) fn through(proxy: &str) -> Self {
        let proxy = Proxy {
            url: proxy.parse().unwrap(),
            except: String::new(),
        };
        Self::start(Some(proxy), Policy::default())
    }

    fn start(proxy: Option<Proxy>, policy: Policy) -> Self {
        let clock = Arc::new(TestClock {
            now: Mutex::new("2026-01-01T00:00:00Z".parse().unwrap()),
            waits: Mutex::default(),
        });
        let events = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&events);
        let transport = Transport::new(Options {
            policy: Policy {
                attempts: 4,
                ..policy
            },
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            listener: Arc::new(move |event| heard.lock().unwrap().push(event.clone())),
            proxy,
        })
        .unwrap();
        Self {
            transport,
            clock,
            events,
        }
    }

    /// `attempt/of` of every retry.
    pub(crate) fn retries(&self) -> Vec<String> {
        self.heard(|event| match event {
            Event::Retrying { attempt, of, .. } => Some(format!("{attempt}/{of}")),
            _ => None,
        })
    }

    /// Every file whose bytes went out.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.heard(|event| match event {
            Event::Sending { file, .. } => Some(file.clone()),
            _ => None,
        })
    }

    /// What a person should know.
    pub(crate) fn cautions(&self) -> Vec<String> {
        self.heard(|event| match event {
            Event::Caution { text } => Some(text.clone()),
            _ => None,
        })
    }

    /// Everything heard, as a log might show it.
    pub(crate) fn log(&self) -> String {
        format!("{:?}", self.events.lock().unwrap())
    }

    fn heard(&self, pick: impl Fn(&Event) -> Option<String>) -> Vec<String> {
        self.events
            .lock()
            .unwrap()
            .iter()
            .filter_map(pick)
            .collect()
    }
}
