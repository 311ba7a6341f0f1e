//! Decides which request comes next, by a seed: runs of the program take turns at each request, and may be killed before any.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use super::note;
use futures::FutureExt;
use futures::channel::oneshot;
use opendal::Operator;
use opendal::layers::{ConcurrentLimitLayer, ConcurrentLimitSemaphore};

use crate::bucket::{Bucket, connect};
use crate::store::Store;
use crate::time::Time;

/// More requests than any scenario needs.
const MOST_STEPS: usize = 20_000;

/// Numbers that follow from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

struct Waiting {
    run: usize,
    go: oneshot::Sender<()>,
    /// Seconds that pass, where it is no request but a pause.
    seconds: u64,
}

#[derive(Default)]
struct Shared {
    waiting: Vec<Waiting>,
    /// Seconds since the scenario began.
    clock: u64,
}

/// The turns of one run: each of its requests waits for one.
#[derive(Clone)]
pub(crate) struct Turns {
    run: usize,
    shared: Arc<Mutex<Shared>>,
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "turns of run {}", self.run)
    }
}

impl Turns {
    pub(super) fn run(&self) -> usize {
        self.run
    }

    pub(crate) fn now(&self) -> Time {
        let clock = self.shared.lock().unwrap().clock;
        time(clock)
    }

    pub(crate) async fn pause(&self, seconds: u64) {
        let (go, turn) = oneshot::channel();
        self.shared.lock().unwrap().waiting.push(Waiting {
            run: self.run,
            go,
            seconds,
        });
        turn.await.ok();
    }
}

impl ConcurrentLimitSemaphore for Turns {
    type Permit = ();

    async fn acquire(&self) {
        self.pause(0).await;
    }
}

/// 2026-11-21T08:15:00Z and so many seconds.
pub(super) fn time(clock: u64) -> Time {
    Time::from_unix(1_795_248_900 + i64::try_from(clock).unwrap()).unwrap()
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

type Work<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// When runs are killed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kills {
    /// So many of them, before any request.
    AtMost(usize),
    /// One, before the request of this number.
    At(usize),
    /// None; but the first run waits before the request of this number until the others have ended.
    Pause(usize),
}

impl Kills {
    /// The run whose turn it is, where the order is given.
    fn next(self, step: usize, first: usize, waiting: &[usize]) -> Option<usize> {
        let Self::Pause(at) = self else {
            return None;
        };
        let other = waiting.iter().copied().find(|run| *run != first);
        match step < at && waiting.contains(&first) {
            true => Some(first),
            false => other.or(Some(first)),
        }
    }
}

/// Some runs of the program on one bucket in memory.
pub(super) struct World {
    operator: Operator,
    shared: Arc<Mutex<Shared>>,
    times: Arc<Mutex<BTreeMap<String, Time>>>,
    /// What was written or deleted since the last look.
    changed: Arc<Mutex<Vec<String>>>,
    /// Requests of the first run, the last time that some were run.
    pub(super) of_first: Cell<usize>,
    runs: usize,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            operator: connect::memory().unwrap(),
            shared: Arc::default(),
            times: Arc::default(),
            changed: Arc::default(),
            of_first: Cell::new(0),
            runs: 0,
        }
    }

    /// The bucket as a new run sees it.
    pub(super) fn store(&mut self) -> Store {
        let turns = Turns {
            run: self.runs,
            shared: self.shared.clone(),
        };
        self.runs += 1;
        let layer = ConcurrentLimitLayer::with_semaphore(turns.clone());
        let mut store = Store::open("memory://").unwrap();
        store.bucket = Bucket::new(self.operator.clone().layer(layer), None, "memory:", false);
        store.bucket.times = self.times.clone();
        store.bucket.changed = self.changed.clone();
        store.clock = Some(turns);
        store
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.shared.lock().unwrap().clock += seconds;
    }

    pub(super) fn now(&self) -> Time {
        time(self.shared.lock().unwrap().clock)
    }

    /// Runs works until all have ended or were killed; answers which were killed. `check` sees the bucket's paths whenever
    /// they have changed.
    pub(super) fn run(
        &self,
        random: &mut Random,
        works: Vec<(usize, Work<'_>)>,
        kills: Kills,
        mut check: impl FnMut(&Self, &BTreeMap<String, Time>),
    ) -> Vec<usize> {
        let flag = Arc::new(Flag(AtomicBool::new(false)));
        let waker = Waker::from(flag.clone());
        let mut works: Vec<(usize, Option<Work<'_>>)> = works
            .into_iter()
            .map(|(run, work)| (run, Some(work)))
            .collect();
        // From taking turns at each request to long stretches of one run.
        let stays = [0, 50, 90, 98][random.below(4)];
        let mut killed = Vec::new();
        let mut last = None;
        self.of_first.set(0);
        for (_, work) in &mut works {
            poll(work, &flag, &waker);
        }
        for step in 0..MOST_STEPS {
            let waiting = self.waiting();
            if waiting.is_empty() {
                assert!(
                    works.iter().all(|(_, work)| work.is_none()),
                    "a run waits for nothing"
                );
                return killed;
            }
            let run = match last {
                Some(last) if waiting.contains(&last) && random.chance(stays) => last,
                _ => waiting[random.below(waiting.len())],
            };
            let run = kills.next(step, works[0].0, &waiting).unwrap_or(run);
            last = Some(run);
            if run == works[0].0 {
                self.of_first.set(self.of_first.get() + 1);
            }
            let (_, work) = works.iter_mut().find(|(other, _)| *other == run).unwrap();
            let kill = match kills {
                Kills::AtMost(most) => killed.len() < most && random.chance(2),
                Kills::At(at) => step == at,
                Kills::Pause(_) => false,
            };
            if kill {
                note(|| format!("run {run} is killed"));
                *work = None;
                killed.push(run);
                continue;
            }
            self.grant(run, random);
            poll(work, &flag, &waker);
            if self.look_at_changes(run) {
                check(self, &self.times.lock().unwrap());
            }
        }
        panic!("it never ends");
    }

    /// The runs that wait for a turn, once for each request.
    fn waiting(&self) -> Vec<usize> {
        let mut shared = self.shared.lock().unwrap();
        shared.waiting.retain(|one| !one.go.is_canceled());
        shared.waiting.iter().map(|one| one.run).collect()
    }

    fn grant(&self, run: usize, random: &mut Random) {
        let mut shared = self.shared.lock().unwrap();
        let own: Vec<usize> = (0..shared.waiting.len())
            .filter(|index| shared.waiting[*index].run == run)
            .collect();
        let chosen = shared.waiting.remove(own[random.below(own.len())]);
        shared.clock += chosen.seconds;
        drop(shared);
        chosen.go.send(()).ok();
    }

    /// Notes when objects came; whether any came or went.
    fn look_at_changes(&self, run: usize) -> bool {
        let changed = std::mem::take(&mut *self.changed.lock().unwrap());
        let mut any = false;
        for path in changed {
            let is_there = self.paths_contain(&path);
            let mut times = self.times.lock().unwrap();
            if is_there == times.contains_key(&path) {
                continue;
            }
            any = true;
            let verb = if is_there { "creates" } else { "deletes" };
            note(|| format!("run {run} {verb} {path}"));
            match is_there {
                true => times.insert(path, self.now()),
                false => times.remove(&path),
            };
        }
        any
    }

    /// The objects and when they came.
    pub(super) fn paths(&self) -> BTreeMap<String, Time> {
        let listed = self.operator.list_with("").recursive(true);
        let listed = listed.into_future().now_or_never().unwrap().unwrap();
        let mut paths: Vec<String> = listed
            .into_iter()
            .filter(|entry| entry.metadata().is_file())
            .map(|entry| entry.path().to_owned())
            .collect();
        paths.sort();
        self.look_at_changes(usize::MAX);
        let times = self.times.lock().unwrap().clone();
        let known: Vec<String> = times.keys().cloned().collect();
        assert_eq!(paths, known, "something was written or deleted unseen");
        times
    }

    pub(super) fn read(&self, path: &str) -> Vec<u8> {
        let read = self.operator.read(path).now_or_never().unwrap();
        read.unwrap().to_vec()
    }

    pub(super) fn paths_contain(&self, path: &str) -> bool {
        self.operator.exists(path).now_or_never().unwrap().unwrap()
    }
}

fn poll(work: &mut Option<Work<'_>>, flag: &Flag, waker: &Waker) {
    while let Some(running) = work {
        flag.0.store(false, Ordering::SeqCst);
        match running.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(()) => *work = None,
            Poll::Pending if flag.0.load(Ordering::SeqCst) => {}
            Poll::Pending => return,
        }
    }
}
