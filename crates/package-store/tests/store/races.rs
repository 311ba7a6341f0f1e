//! Producers that upload at the same time.

use std::sync::Arc;

use package_store::{Commit, NewPackage, Put, Store, StoreError};
use tokio::sync::Barrier;

use crate::buckets::{COMMIT, Case, all, commit};

const FILE: &str = "hello_sdk-0.1.0-py3-none-any.whl";
const ROUNDS: u32 = 50;
/// Rounds on a server, each of which takes a hundred requests.
const ROUNDS_REMOTE: u32 = 15;

/// The buckets of one round.
fn buckets(round: u32) -> impl Iterator<Item = Case> {
    let wanted = move |case: &Case| round < ROUNDS_REMOTE || !case.is_remote();
    all().into_iter().filter(wanted)
}

async fn together(
    case: &Case,
    first: NewPackage,
    second: NewPackage,
) -> [Result<Put, StoreError>; 2] {
    let barrier = Arc::new(Barrier::new(2));
    let run = |store: Store, commit: Commit, package: NewPackage| {
        let barrier = barrier.clone();
        tokio::spawn(async move {
            barrier.wait().await;
            store.put(&commit, &package).await
        })
    };
    let first = run(case.again(), commit(COMMIT), first);
    let second = run(case.again(), commit(COMMIT), second);
    [first.await.unwrap(), second.await.unwrap()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_producers_of_equal_bytes_both_succeed_and_leave_one_record() {
    for round in 0..ROUNDS {
        for case in buckets(round) {
            let package = |url: &str| NewPackage {
                run_url: Some(url.to_owned()),
                ..case.wheel(FILE, &[7; 300_000])
            };
            let [a, b] = together(&case, package("a"), package("b")).await;
            let (a, b) = (a.unwrap(), b.unwrap());
            let records = case.store.records(&commit(COMMIT)).await.unwrap();
            assert_eq!(records.len(), 1, "{} round {round}", case.name);
            assert_eq!(
                (a.record(), b.record()),
                (&records[0], &records[0]),
                "{} round {round}",
                case.name
            );
            assert_eq!(case.bytes_of(&records[0]).await, [7; 300_000]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_producers_of_different_bytes_one_wins_and_the_record_is_its_own() {
    for round in 0..ROUNDS {
        for case in buckets(round) {
            let one = case.wheel(FILE, &[1; 300_000]);
            let two = case.wheel(FILE, &[2; 300_001]);
            let answers = together(&case, one, two).await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
            assert_eq!(won.len(), 1, "{} round {round}: {lost:?}", case.name);
            assert!(
                matches!(lost[0], Err(StoreError::Conflict { .. })),
                "{} round {round}: {lost:?}",
                case.name
            );
            let records = case.store.records(&commit(COMMIT)).await.unwrap();
            assert_eq!(records.len(), 1);
            assert_eq!(
                won[0].as_ref().unwrap(),
                &Put::Created(records[0].clone()),
                "{} round {round}",
                case.name
            );
            // Fails if the file's bytes are not the record's.
            case.bytes_of(&records[0]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_index_that_is_left_lists_the_packages_of_both_jobs() {
    for round in 0..ROUNDS {
        for case in buckets(round) {
            let barrier = Arc::new(Barrier::new(2));
            let jobs: Vec<_> = ["a", "b"]
                .into_iter()
                .map(|job| {
                    let (store, barrier) = (case.again(), barrier.clone());
                    let file = format!("hello_sdk-0.1.0-py3-none-{job}.whl");
                    let package = case.wheel(&file, job.repeat(1000).as_bytes());
                    tokio::spawn(async move {
                        barrier.wait().await;
                        store.put(&commit(COMMIT), &package).await.unwrap();
                        store.write_index(&commit(COMMIT)).await.unwrap();
                    })
                })
                .collect();
            for job in jobs {
                job.await.unwrap();
            }
            // A page that is not as the two records say it is would be written again.
            let index = case.store.write_index(&commit(COMMIT)).await.unwrap();
            assert_eq!(index.projects, ["hello-sdk"]);
            assert_eq!(
                index.written,
                Vec::<String>::new(),
                "{} round {round}",
                case.name
            );
        }
    }
}
