//! Durations of tests: a run counts once all of its parts are there, and never changes again.

use std::collections::BTreeMap;
use std::fs;

use package_store::{Store, StoreError, TestDurations, TimedRun};

use crate::buckets::{COMMIT, commit};

const OTHER: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";

fn part(id: &str, time: &str, shard: u32, shards: u32) -> TestDurations {
    let tests = BTreeMap::from([(format!("case_{shard}"), 70)]);
    TestDurations {
        commit: commit(id),
        committed: time.parse().unwrap(),
        shard,
        shards,
        wall: 100,
        doctests: 5,
        tests: BTreeMap::from([("a::it".to_owned(), tests)]),
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("bucket").to_str().unwrap()).unwrap();
    (folder, store)
}

async fn newest(store: &Store) -> Option<String> {
    let newest = store.newest_test_durations().await.unwrap();
    newest.get("rust").map(TimedRun::to_string)
}

#[tokio::test]
async fn the_newest_commit_counts_whose_shards_are_all_there() {
    let (_folder, store) = store();
    assert_eq!(newest(&store).await, None);
    let put = |part| {
        let store = &store;
        async move { store.put_test_durations("rust", &part).await.unwrap() }
    };
    let (earlier, later) = ("2026-11-20T08:15:00Z", "2026-11-21T08:15:00Z");
    for shard in [1, 2] {
        assert!(put(part(OTHER, earlier, shard, 2)).await);
    }
    assert!(put(part(COMMIT, later, 3, 3)).await);
    assert!(put(part(COMMIT, later, 1, 3)).await);
    let of_earlier = format!("20261120T081500Z-{OTHER}/2");
    assert_eq!(newest(&store).await, Some(of_earlier.clone()));
    assert!(put(part(COMMIT, later, 2, 3)).await);
    let of_later = format!("20261121T081500Z-{COMMIT}/3");
    assert_eq!(newest(&store).await, Some(of_later.clone()));

    // Who was told of the earlier run reads the same as before; and nothing is replaced.
    let run: TimedRun = of_earlier.parse().unwrap();
    let parts = store.test_durations("rust", &run).await.unwrap();
    assert_eq!(parts, [1, 2].map(|shard| part(OTHER, earlier, shard, 2)));
    let mut again = part(OTHER, earlier, 1, 2);
    again.wall = 7;
    assert!(!put(again).await);
    assert_eq!(store.test_durations("rust", &run).await.unwrap(), parts);
}

#[tokio::test]
async fn a_damaged_run_is_passed_over_and_refused_by_name() {
    let (folder, store) = store();
    for (id, time) in [
        (OTHER, "2026-11-20T08:15:00Z"),
        (COMMIT, "2026-11-21T08:15:00Z"),
    ] {
        let part = part(id, time, 1, 1);
        assert!(store.put_test_durations("rust", &part).await.unwrap());
    }
    let place = folder.path().join("bucket/tests/rust/durations");
    let of = |time, id| place.join(format!("{time}-{id}/1/1.json"));
    let good = fs::read(of("20261120T081500Z", OTHER)).unwrap();
    // It says that it is of another commit.
    fs::write(of("20261121T081500Z", COMMIT), good).unwrap();
    let of_other = format!("20261120T081500Z-{OTHER}/1");
    assert_eq!(newest(&store).await, Some(of_other));
    for shards in [1, 2] {
        let run = format!("20261121T081500Z-{COMMIT}/{shards}");
        let read = store.test_durations("rust", &run.parse().unwrap()).await;
        let error = read.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_run_and_a_shard_have_one_form() {
    let (_folder, store) = store();
    for wrong in ["", "x", "../../1", "20261121T081500Z-6e4ddaf/1"] {
        assert!(wrong.parse::<TimedRun>().is_err(), "{wrong}");
    }
    for (time, shards) in [("2026112/T081500Z", "1"), ("20261121T081500Z", "0")] {
        let wrong = format!("{time}-{COMMIT}/{shards}");
        assert!(wrong.parse::<TimedRun>().is_err(), "{wrong}");
    }
    for (shard, shards) in [(0, 1), (2, 1), (1, 100_000)] {
        let wrong = part(COMMIT, "2026-11-21T08:15:00Z", shard, shards);
        assert!(store.put_test_durations("rust", &wrong).await.is_err());
    }
}
