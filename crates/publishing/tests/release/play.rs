//! Runs releases in a world, stopped where a test says, and judges what they leave.

use crate::world::{Snapshot, World, runtime};
use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use testkit::{
    gate::{Event, Exchange, sent_again},
    release_world::places::{Held, differences},
};

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Well,
    Badly(String),
    /// It was stopped where the script says.
    Stopped,
}

impl Ended {
    /// The release reached its end.
    #[track_caller]
    pub(crate) fn assert_well(&self, what: &str, world: &World) {
        match self {
            Self::Well => {}
            Self::Badly(error) => panic!("{what}: {error}\n{}", world.story()),
            Self::Stopped => panic!("{what}: it was stopped\n{}", world.story()),
        }
    }
}

/// A state that a release passes through.
#[derive(Clone)]
pub(crate) struct Passed {
    /// The request that led to it; 0 for the first state.
    pub(crate) number: usize,
    pub(crate) snapshot: Snapshot,
    /// What was answered until then.
    pub(crate) exchanges: Vec<Exchange>,
}

impl Passed {
    /// Whether a page of the bucket was written last.
    pub(crate) fn is_of_a_page(&self) -> bool {
        self.exchanges.last().is_some_and(|last| {
            let is_page = last.target.ends_with(".html") || last.target.contains("/simple/");
            last.server == "bucket" && is_page
        })
    }
}

/// A release that nobody disturbed.
pub(crate) struct Undisturbed {
    pub(crate) held: Held,
    /// How many requests it takes.
    pub(crate) requests: usize,
    pub(crate) states: Vec<Passed>,
}

pub(crate) static UNDISTURBED: LazyLock<Undisturbed> = LazyLock::new(|| {
    let world = World::new();
    let passed = |number, snapshot, exchanges| Passed {
        number,
        snapshot,
        exchanges,
    };
    let first = passed(0, Snapshot::at_first(), Vec::new());
    let states = Arc::new(Mutex::new(vec![first]));
    let (seen, gate) = (Arc::clone(&states), world.gate.clone());
    world.on_change(move |number, snapshot| {
        let exchanges = gate.exchanges();
        let passed = passed(number, snapshot(), exchanges);
        seen.lock().unwrap().push(passed);
    });
    world.run([]).assert_well("nothing disturbs it", &world);
    world.assert_sent_once();
    let states = states.lock().unwrap().clone();
    Undisturbed {
        held: world.held(),
        requests: world.gate.count(),
        states,
    }
});

impl World {
    /// One run of the release, in a runtime of its own: when it is stopped, nothing of it goes on.
    pub(crate) fn run(&self, script: impl IntoIterator<Item = (usize, Event)>) -> Ended {
        self.gate.begin(script);
        let runtime = runtime();
        let ended = runtime.block_on(async {
            tokio::select! {
                released = self.release() => match released {
                    Ok(_) => Ended::Well,
                    Err(error) => Ended::Badly(error),
                },
                () = self.gate.stopped() => Ended::Stopped,
            }
        });
        drop(runtime);
        futures::executor::block_on(self.gate.quiet());
        ended
    }

    /// What is there is what an undisturbed release leaves.
    pub(crate) fn assert_complete(&self, what: &str) {
        let differing = differences(&self.held(), &UNDISTURBED.held);
        assert!(
            differing.is_empty(),
            "{what}:\n{}\n{}",
            differing.join("\n"),
            self.story()
        );
    }

    /// No request that changed something was sent again after it had succeeded.
    #[track_caller]
    pub(crate) fn assert_sent_once(&self) {
        self.assert_once(&self.gate.exchanges());
    }

    /// The same for these requests.
    #[track_caller]
    pub(crate) fn assert_once(&self, exchanges: &[Exchange]) {
        if let Some(again) = sent_again(exchanges) {
            panic!("sent again: {again}\n{}", self.story());
        }
    }
}

/// Plays every number, on two threads.
pub(crate) fn each(numbers: impl IntoIterator<Item = usize>, play: impl Fn(usize) + Sync) {
    let numbers: Vec<usize> = numbers.into_iter().collect();
    let next = AtomicUsize::new(0);
    // The first failure is the one to look at.
    let failed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = numbers.get(next.fetch_add(1, Ordering::Relaxed));
                    let Some(&number) = number.filter(|_| !failed.load(Ordering::Relaxed)) else {
                        return;
                    };
                    let played = std::panic::catch_unwind(AssertUnwindSafe(|| play(number)));
                    if let Err(panic) = played {
                        failed.store(true, Ordering::Relaxed);
                        std::panic::resume_unwind(panic);
                    }
                }
            });
        }
    });
}

/// Whether nothing is left out.
pub(crate) fn every_request() -> bool {
    std::env::var_os("EVERY_REQUEST").is_some()
}

/// Of the numbers up to `count`, every one if the variable `EVERY_REQUEST` is set, and else `most`, evenly.
pub(crate) fn sample(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let step = match every_request() {
        true => 1,
        false => count.div_ceil(most),
    };
    (1..=count).step_by(step)
}
