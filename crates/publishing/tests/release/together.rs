//! Two releases of one version that run at the same time, in many orders.
//!
//! Each seed is one order. A failing one is printed; `SEED=<number> cargo test --workspace --test release together` runs it
//! again, and `SEEDS=<number>` runs more than the usual number.

use crate::{
    play::{UNDISTURBED, each},
    world::{World, runtime},
};
use std::{collections::BTreeMap, time::Duration};
use testkit::gate::{Event, Exchange, taken_again};

const SEEDS: usize = 8;
/// Longest wait of one request, so that the two overtake each other.
const LONGEST_DELAY: Duration = Duration::from_millis(3);

/// Starts two runs. One request waits until one of the runs has ended, all others for a moment.
fn play(seed: usize) {
    let world = World::new();
    // Far from each other, so that a few seeds reach every step.
    let held = (seed * 109) % UNDISTURBED.requests + 1;
    world.gate.begin([(held, Event::Hold)]);
    world.gate.delay(LONGEST_DELAY, seed as u64);
    let run = || {
        let ended = runtime().block_on(world.release());
        world.gate.release();
        ended
    };
    let (one, other) = std::thread::scope(|scope| {
        let [one, other] = [scope.spawn(run), scope.spawn(run)];
        (one.join().unwrap(), other.join().unwrap())
    });
    let what = format!("seed {seed}, which holds request {held}");
    let errors: Vec<String> = [one.err(), other.err()].into_iter().flatten().collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}\n{}", world.story());
    world.assert_complete(&what);
    // GitHub takes a second draft, of which one is deleted; a registry takes nothing twice.
    let mut exchanges = world.gate.exchanges();
    exchanges.retain(|one| ["pypi", "crates"].contains(&one.server));
    assert_eq!(taken_again(&exchanges), None, "{what}\n{}", world.story());
    // And none of the two sends a thing twice.
    let mut by_run: BTreeMap<String, Vec<Exchange>> = BTreeMap::new();
    for exchange in exchanges {
        let token = exchange.headers.get("authorization");
        let token = format!("{} {token:?}", exchange.server);
        by_run.entry(token).or_default().push(exchange);
    }
    for exchanges in by_run.values() {
        world.assert_once(exchanges);
    }
}

fn number(name: &str) -> Option<usize> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap())
}

#[test]
fn two_releases_of_one_version_at_once_end_the_same_and_send_nothing_twice() {
    match number("SEED") {
        Some(seed) => play(seed),
        None => each(0..number("SEEDS").unwrap_or(SEEDS), play),
    }
}
