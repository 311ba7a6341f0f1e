//! A release that is killed at any of its requests, and run again.
//!
//! What a kill leaves depends only on the last change before it: between two changes a run reads. So each state that an
//! undisturbed run passes through is what a kill at each request up to the next change leaves, and a run goes on from every
//! one of them. (Pages, which every run writes whole, are taken in turn.) Runs that are really stopped, before the server sees a request or before the client sees the answer,
//! show that nothing else happens; `EVERY_REQUEST=1` stops one at each request, which takes some minutes.

use crate::{
    play::{Ended, Passed, UNDISTURBED, each, every_request, sample},
    world::World,
};
use testkit::gate::{Event, Exchange, Stop};

/// Runs that are stopped, of each kind.
const STOPPED: usize = 6;

#[test]
fn a_release_goes_on_from_every_state_that_a_kill_can_leave() {
    let undisturbed = &*UNDISTURBED;
    let (requests, states) = (undisturbed.requests, &undisturbed.states);
    assert!(states.len() > 60, "{} changes are too few", states.len());
    let chosen = (0..states.len())
        .filter(|index| every_request() || index % 2 == 0 || !states[*index].is_of_a_page());
    each(chosen, |index| {
        let Passed {
            number,
            snapshot,
            exchanges,
        } = states[index].clone();
        let world = World::from(snapshot);
        let what = format!("killed after request {number} of {requests}");
        world.run([]).assert_well(&what, &world);
        world.assert_complete(&what);
        let all = [exchanges, world.gate.exchanges()].concat();
        world.assert_once(&all);
    });
}

fn stopped_at_each(stop: Stop) {
    let requests = UNDISTURBED.requests;
    each(sample(requests, STOPPED), |number| {
        let world = World::new();
        let what = format!("killed {stop:?} request {number} of {requests}");
        let first = world.run([(number, Event::Stop(stop))]);
        // Where requests go out side by side, a run may do with a few less.
        let near_the_end = number + 10 > requests;
        let fits = matches!(first, Ended::Stopped) || near_the_end && matches!(first, Ended::Well);
        assert!(fits, "{what}: {first:?}\n{}", world.story());
        world.run([]).assert_well(&what, &world);
        world.assert_complete(&what);
        world.assert_sent_once();
    });
}

#[test]
fn a_release_that_is_killed_before_a_request_ends_the_same_and_sends_nothing_twice() {
    stopped_at_each(Stop::Before);
}

#[test]
fn a_release_that_is_killed_before_an_answer_ends_the_same_and_sends_nothing_twice() {
    stopped_at_each(Stop::After);
}

#[test]
fn a_second_run_changes_nothing() {
    let world = World::new();
    world.run([]);
    let before = world.gate.exchanges().len();
    world.run([]).assert_well("a second run", &world);
    let seen = world.gate.exchanges().split_off(before);
    let changed: Vec<String> = seen
        .iter()
        .filter(|one| one.changed && !is_announcement(one))
        .map(ToString::to_string)
        .collect();
    assert_eq!(changed, Vec::<String>::new());
    world.assert_complete("a second run");
}

/// A run says in the bucket that it is at work, and takes that back.
fn is_announcement(exchange: &Exchange) -> bool {
    exchange.server == "bucket" && exchange.target.contains("/active/")
}
