//! The program is killed, or asked to end, and then run again.

use std::time::Duration;

use crate::world::World;
use testkit::gate::{Event, Failure, Stop, sent_again};

type Moment = (&'static str, &'static str, &'static str, Stop);

/// Requests at which nothing may go wrong, each by server, method and a part of its address.
const MOMENTS: [Moment; 7] = [
    ("github", "POST", "/assets", Stop::After),
    ("pypi", "POST", "/legacy/", Stop::After),
    ("crates", "PUT", "/crates/new", Stop::Before),
    ("crates", "PUT", "/crates/new", Stop::After),
    ("github", "PATCH", "/releases/", Stop::After),
    ("bucket", "PUT", "/channels/latest/log/", Stop::After),
    ("bucket", "PUT", "/journals/", Stop::After),
];

/// Starts a release and kills it at a request; what was done, in words.
fn killed(world: &World, (server, method, part, stop): Moment) -> String {
    let choice = move |at: &str, how: &str, target: &str| {
        at == server && how == method && target.contains(part)
    };
    let running = world.start_until(choice, Event::Stop(stop));
    running.signal("KILL");
    running.wait().assert_code(128 + 9);
    futures::executor::block_on(world.gate.quiet());
    format!("killed {stop:?} {server} {method} {part}")
}

#[test]
fn a_program_that_is_killed_goes_on_and_sends_nothing_twice() {
    for moment in MOMENTS {
        let world = World::new();
        let what = killed(&world, moment);
        let resumed = world.run();
        resumed.assert_code(0);
        world.assert_complete(&what);
        let again = sent_again(&world.gate.exchanges());
        assert_eq!(again, None, "{what}: sent again\n{resumed}");
    }
}

#[test]
fn a_release_that_signs_keeps_one_signature_of_each_package_however_it_is_killed() {
    let undisturbed = World::signing();
    undisturbed.run().assert_code(0);
    let signatures = undisturbed.signatures();
    assert!(!signatures.is_empty());
    for moment in [
        ("bucket", "PUT", "/signatures/", Stop::Before),
        ("bucket", "PUT", "/signatures/", Stop::After),
        ("github", "POST", ".sigstore.json", Stop::After),
        ("pypi", "POST", "/legacy/", Stop::After),
    ] {
        let world = World::signing();
        let what = killed(&world, moment);
        let kept = world.signatures();
        let resumed = world.run();
        resumed.assert_code(0);
        assert_eq!(world.signatures(), signatures, "{what}");
        assert!(kept.is_subset(&signatures), "{what}: {kept:?}");
        let again = sent_again(&world.gate.exchanges());
        assert_eq!(again, None, "{what}: sent again\n{resumed}");
    }
}

#[test]
fn a_program_that_is_asked_to_end_ends_soon_and_says_how_to_go_on() {
    for signal in ["TERM", "INT"] {
        let world = World::new();
        let choice = |server: &str, method: &str, _: &str| server == "crates" && method == "PUT";
        // The server holds the answer back, so the program waits when the signal comes.
        let mut running = world.start_until(choice, Event::Stop(Stop::After));
        running.limit(Duration::from_secs(10));
        running.signal(signal);
        let ended = running.wait();
        ended.assert_code(2);
        let told = format!("cancelled by SIG{signal}");
        assert!(ended.stdout.contains(&told), "{ended}");
        assert!(ended.stdout.contains("run it again to continue"), "{ended}");
        futures::executor::block_on(world.gate.quiet());
        world.run().assert_code(0);
        world.assert_complete(signal);
    }
}

#[test]
fn no_token_outlives_a_release_that_is_asked_to_end_or_fails() {
    let upload = |server: &str, method: &str, path: &str| {
        server == "pypi" && method == "POST" && path.starts_with("/legacy/")
    };
    for event in [Event::Hold, Event::Fail(Failure::Repeated(400))] {
        let world = World::new();
        world.gate.begin([]);
        world.gate.at_first(upload, event);
        let running = world.job().start();
        if event == Event::Hold {
            // The draft has its files: the upload to the index is what comes next.
            for _ in 0..10_000 {
                let exchanges = world.gate.exchanges();
                if exchanges.iter().any(|one| one.target.contains("/assets")) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            running.signal("TERM");
        }
        let ended = running.wait();
        ended.assert_code(2);
        world.gate.release();
        assert_ne!(world.index.minted(), Vec::<String>::new(), "{ended}");
        assert_eq!(world.index.burnt(), world.index.minted(), "{ended}");
    }
}
