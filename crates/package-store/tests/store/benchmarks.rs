//! Results of benchmarks and their executables: created once, ordered by commit, refused if they lie.

use std::fs;

use package_store::{BenchmarkResult, BenchmarkResults, Site, Store, StoreError, layout};

use crate::buckets::{COMMIT, commit};

const OTHER: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";

fn results(id: &str, time: &str, value: f64) -> BenchmarkResults {
    BenchmarkResults {
        commit: commit(id),
        parent: None,
        committed: time.parse().unwrap(),
        commit_url: Some(format!("https://github.com/rerun-io/hello/commit/{id}")),
        run_url: None,
        results: vec![BenchmarkResult {
            name: "parse".to_owned(),
            value,
            unit: "ms".to_owned(),
            higher_is_better: false,
            exact: false,
        }],
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("bucket").to_str().unwrap()).unwrap();
    (folder, store)
}

#[tokio::test]
async fn results_come_back_by_the_time_of_their_commits_and_the_first_ones_stay() {
    let (_folder, store) = store();
    let later = results(COMMIT, "2026-11-21T08:15:00Z", 2.0);
    let earlier = results(OTHER, "2026-11-20T08:15:00Z", 1.0);
    assert!(store.put_benchmarks("speed", &later).await.unwrap());
    assert!(store.put_benchmarks("speed", &earlier).await.unwrap());
    let again = results(COMMIT, "2026-11-21T08:15:00Z", 3.0);
    assert!(!store.put_benchmarks("speed", &again).await.unwrap());
    assert_eq!(
        store.benchmarks("speed").await.unwrap(),
        [earlier, later.clone()]
    );
    let found = store.benchmarks_of("speed", &commit(COMMIT)).await.unwrap();
    assert_eq!(found, Some(later));
    assert_eq!(store.benchmarks("other").await.unwrap(), []);
}

#[tokio::test]
async fn what_is_no_measurement_is_not_kept() {
    let (_folder, store) = store();
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let wrong = results(COMMIT, "2026-11-21T08:15:00Z", value);
        let error = store.put_benchmarks("speed", &wrong).await.unwrap_err();
        assert!(
            error.to_string().contains("the result `parse` is"),
            "{error}"
        );
    }
    let mut empty = results(COMMIT, "2026-11-21T08:15:00Z", 1.0);
    empty.results.clear();
    assert!(store.put_benchmarks("speed", &empty).await.is_err());
    for suite in ["", "../up", "a/b", "-x"] {
        let good = results(COMMIT, "2026-11-21T08:15:00Z", 1.0);
        let error = store.put_benchmarks(suite, &good).await.unwrap_err();
        assert!(error.to_string().starts_with("bad suite"), "{error}");
    }
    assert_eq!(store.benchmarks("speed").await.unwrap(), []);
}

#[tokio::test]
async fn damaged_results_are_passed_over_and_pages_are_still_written() {
    let (folder, store) = store();
    let good = results(COMMIT, "2026-11-21T08:15:00Z", 2.0);
    store.put_benchmarks("speed", &good).await.unwrap();
    let place = folder.path().join("bucket/benchmarks/speed/results");
    let name = |id: &str| place.join(format!("20261122T081500Z-{id}.json"));
    fs::write(name(OTHER), "{").unwrap();
    // It says that it is of another commit.
    let lies = serde_json::to_vec(&good).unwrap();
    fs::write(name(&"b".repeat(40)), lies).unwrap();
    assert_eq!(store.benchmarks("speed").await.unwrap(), [good]);
    let pages = store
        .write_benchmark_pages("speed", &Site::default())
        .await
        .unwrap();
    assert_eq!(pages.page, Some(layout::benchmarks::suite_page("speed")));
    assert!(
        pages
            .written
            .contains(&layout::benchmarks::page("speed", "parse")),
        "{pages:?}"
    );
    let again = store
        .write_benchmark_pages("speed", &Site::default())
        .await
        .unwrap();
    assert_eq!(again.written, Vec::<String>::new());
}

#[tokio::test]
async fn an_executable_is_kept_once_and_verified_when_it_is_fetched() {
    let (folder, store) = store();
    let id = commit(COMMIT);
    let program = folder.path().join("speed");
    fs::write(&program, "first").unwrap();
    let put = || store.put_benchmark_program("speed", &id, "linux-x64", &program);
    assert!(put().await.unwrap());
    fs::write(&program, "second").unwrap();
    assert!(!put().await.unwrap());
    let fetch = |platform| store.fetch_benchmark_program("speed", &id, platform, folder.path());
    let fetched = fetch("linux-x64").await.unwrap().unwrap();
    assert_eq!(fs::read(fetched).unwrap(), b"first");
    assert_eq!(fetch("macos-arm64").await.unwrap(), None);

    let kept = format!("bucket/benchmarks/speed/programs/{COMMIT}/linux-x64/program");
    fs::write(folder.path().join(kept), "forged").unwrap();
    let error = fetch("linux-x64").await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn an_executable_whose_upload_was_stopped_is_replaced() {
    let (folder, store) = store();
    let id = commit(COMMIT);
    let kept = folder.path().join(format!(
        "bucket/benchmarks/speed/programs/{COMMIT}/linux-x64/program"
    ));
    fs::create_dir_all(kept.parent().unwrap()).unwrap();
    fs::write(&kept, "left by a run that stopped").unwrap();
    let program = folder.path().join("speed");
    fs::write(&program, "whole").unwrap();
    let put = store.put_benchmark_program("speed", &id, "linux-x64", &program);
    assert!(put.await.unwrap());
    assert_eq!(fs::read(kept).unwrap(), b"whole");
}
