//! Servers that fail once, at any request: the release still ends well, and the same.

use crate::{
    play::{UNDISTURBED, each, sample},
    world::World,
};
use testkit::gate::{Event, Failure};

/// Every kind of failure at a request, and not one of them.
const EVERY_FAILURE: &str = "EVERY_FAILURE";
/// Requests that fail.
const FAILING: usize = 20;

#[test]
fn a_release_ends_well_whichever_request_fails_once() {
    let requests = UNDISTURBED.requests;
    let all = std::env::var_os(EVERY_FAILURE).is_some();
    each(sample(requests, FAILING), |number| {
        let rotated = [Failure::ALL[number % Failure::ALL.len()]];
        let failures: &[Failure] = match all {
            true => &Failure::ALL,
            false => &rotated,
        };
        for failure in failures {
            let world = World::new();
            let what = format!("{failure:?} at request {number} of {requests}");
            world
                .run([(number, Event::Fail(*failure))])
                .assert_well(&what, &world);
            world.assert_complete(&what);
            world.assert_sent_once();
        }
    });
}
