//! One run against another, stopped at each of its requests in turn: what seeds alone would meet by chance.

use std::cell::RefCell;
use std::path::Path;

use super::invariants::{self, Invariants, digests};
use super::scheduler::{Kills, Random, World};
use super::{BUILD, COMMIT, DAY, NONE, Role, Scenario, left_of_commit, sources};
use crate::web::Site;

/// More requests than any run sends.
const MOST: usize = 1000;

const OLD: Role = Role::Upload {
    other_bytes: false,
    old: true,
};
const NEW: Role = Role::Upload {
    other_bytes: false,
    old: false,
};

fn scenario(sources: &Path) -> Scenario<'_> {
    Scenario {
        sources,
        version: BUILD,
        puts: RefCell::default(),
        failures: RefCell::default(),
    }
}

/// A bucket with a commit from long ago; with `kill`, its upload was killed before that request.
fn bucket(scenario: &Scenario<'_>, kill: Option<usize>) -> World {
    let mut world = World::new();
    let kills = kill.map_or(NONE, Kills::At);
    let works = vec![scenario.work(&mut world, OLD)];
    world.run(&mut Random::new(0), works, kills, |_, _| {});
    world.pass(10 * DAY);
    world
}

#[test]
fn a_prune_that_is_killed_at_any_request_is_finished_by_the_next() {
    let sources = sources();
    for at in 0.. {
        assert!(at < MOST, "it never ends");
        let random = &mut Random::new(0);
        let scenario = scenario(sources.path());
        let mut world = bucket(&scenario, None);
        let mut invariants = Invariants::default();
        let works = vec![scenario.work(&mut world, Role::Prune)];
        let killed = world.run(random, works, Kills::At(at), |world, paths| {
            invariants.check(world, paths);
        });
        let works = vec![scenario.work(&mut world, Role::Prune)];
        world.run(random, works, NONE, |world, paths| {
            invariants.check(world, paths)
        });
        invariants.check_at_rest(&world);
        assert_eq!(
            left_of_commit(&world),
            Vec::<String>::new(),
            "killed at request {at}"
        );
        assert_eq!(scenario.failures.take(), Vec::<String>::new());
        if killed.is_empty() {
            return;
        }
    }
}

/// Plays the first run up to a request, then the second to its end, then the rest of the first; `false` if the first had
/// ended before.
fn interrupted(sources: &Path, first: Role, second: Role, kill: Option<usize>, at: usize) -> bool {
    let scenario = scenario(sources);
    let mut world = bucket(&scenario, kill);
    let mut invariants = Invariants::default();
    let works = vec![
        scenario.work(&mut world, first),
        scenario.work(&mut world, second),
    ];
    let random = &mut Random::new(0);
    world.run(random, works, Kills::Pause(at), |world, paths| {
        invariants.check(world, paths);
    });
    invariants.check_at_rest(&world);
    if kill.is_none_or(|at| at == 0) {
        invariants::check_settled(&world);
    }
    let failures = scenario.failures.take();
    assert_eq!(failures, Vec::<String>::new());
    world.of_first.get() > at
}

#[test]
fn a_run_that_another_one_overtakes_at_any_request_leads_to_no_gap() {
    let sources = sources();
    for (first, second, kill) in [
        (Role::Prune, Role::Promote, None),
        (Role::Promote, Role::Prune, None),
        (Role::Prune, NEW, None),
        (NEW, Role::Prune, None),
        // Beside what a killed upload left.
        (Role::Prune, NEW, Some(8)),
        (NEW, Role::Prune, Some(8)),
        (Role::Index, Role::Prune, None),
        (Role::Prune, Role::Index, None),
        (Role::UploadBundle, NEW, Some(0)),
        (Role::Prune, Role::Prune, None),
    ] {
        for at in 0..MOST {
            let played =
                std::panic::catch_unwind(|| interrupted(sources.path(), first, second, kill, at));
            let more = played.unwrap_or_else(|_| {
                panic!("{second:?} runs before request {at} of {first:?}, with {kill:?}")
            });
            if !more {
                break;
            }
        }
    }
}

/// Two deletions, of which one has looked before the upload was finished that the other one deletes; `false` if the first
/// had ended before.
fn overlapping(sources: &Path, at: usize) -> bool {
    let scenario = scenario(sources);
    let random = &mut Random::new(0);
    let mut world = bucket(&scenario, Some(8));
    let store = world.store();
    let late = store.clock.as_ref().unwrap().run();
    let found = RefCell::default();
    let look = async { *found.borrow_mut() = Scenario::prunable(&store).await.unwrap() };
    world.run(random, vec![(late, Box::pin(look))], NONE, |_, _| {});
    let found = found.into_inner();
    assert!(!found.leftovers.is_empty());
    let works = vec![scenario.work(&mut world, OLD)];
    world.run(random, works, NONE, |_, _| {});

    let prune = async { drop(store.prune(&found, &Site::default()).await.unwrap()) };
    let works = vec![
        scenario.work(&mut world, Role::Prune),
        (late, Box::pin(prune)),
    ];
    world.run(random, works, Kills::Pause(at), |_, _| {});
    let more = world.of_first.get() > at;
    Invariants::default().check_at_rest(&world);
    assert_eq!(scenario.failures.take(), Vec::<String>::new());
    let works = vec![scenario.work(&mut world, Role::Prune)];
    world.run(random, works, NONE, |_, _| {});
    assert_eq!(left_of_commit(&world), Vec::<String>::new(), "request {at}");
    more
}

#[test]
fn two_deletions_of_a_commit_leave_nothing_at_its_short_address() {
    let sources = sources();
    let more = (0..MOST).take_while(|at| overlapping(sources.path(), *at));
    assert!(more.count() > 1);
}

/// Manifests, and moves of channels.
fn names(world: &World) -> Vec<String> {
    let paths = world.paths().into_keys();
    let is_name = |path: &String| path.starts_with("manifests/") || path.contains("/log/");
    paths.filter(is_name).collect()
}

/// Loses a file before a request of a run, then promotes, then uploads again; `false` if the run had ended before.
fn lost(sources: &Path, during: Role, file: &str, at: usize) -> bool {
    let scenario = scenario(sources);
    let random = &mut Random::new(0);
    let mut world = bucket(&scenario, None);
    let store = world.store();
    let loss = store.clock.as_ref().unwrap().run();
    let lose = async { store.bucket.delete(file).await.unwrap() };
    let works = vec![scenario.work(&mut world, during), (loss, Box::pin(lose))];
    world.run(random, works, Kills::Pause(at), |_, _| {});
    let more = world.of_first.get() > at;

    let before = names(&world);
    let is_lost = !world.paths_contain(file);
    let works = vec![scenario.work(&mut world, Role::Promote)];
    world.run(random, works, NONE, |_, _| {});
    let after = names(&world);
    match is_lost {
        true => assert_eq!(after, before, "{file} is gone and was promoted"),
        false => assert!(!after.is_empty(), "{file} is there and was not promoted"),
    }

    let works = vec![scenario.work(&mut world, NEW)];
    world.run(random, works, NONE, |_, _| {});
    assert!(world.paths_contain(file), "{file} was not sent again");
    Invariants::default().check_at_rest(&world);
    assert_eq!(scenario.failures.take(), Vec::<String>::new());
    more
}

#[test]
fn a_file_that_is_lost_at_any_request_is_not_promoted_and_sent_again() {
    let sources = sources();
    let world = bucket(&scenario(sources.path()), None);
    let records = format!("commit/{COMMIT}/records/");
    let paths = world.paths().into_keys();
    let files: Vec<String> = paths
        .filter(|path| path.starts_with(&records))
        .flat_map(|record| digests(&world, &record).into_keys())
        .collect();
    assert_eq!(files.len(), 5, "{files:?}");
    for during in [NEW, Role::Promote] {
        // A promotion only reads what is there, so one file stands for all.
        let some = if during == NEW { files.len() } else { 1 };
        for file in files.iter().take(some) {
            for at in 0..MOST {
                let played = std::panic::catch_unwind(|| lost(sources.path(), during, file, at));
                let more = played
                    .unwrap_or_else(|_| panic!("{file} is lost before request {at} of {during:?}"));
                if !more {
                    break;
                }
            }
        }
    }
}
