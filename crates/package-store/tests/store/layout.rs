//! The table of what a bucket holds is true: each path is in it, and nothing is replaced or deleted but what it says.

use std::collections::BTreeMap;

use package_store::layout::{Change, OBJECTS};
use package_store::{
    BenchmarkResult, BenchmarkResults, Channel, JournalEntry, NewPackage, PromotionOptions,
    PutSignature, SignatureKind, Site, Store, TestDurations,
};
use percent_encoding::percent_decode_str;
use regex::Regex;
use testkit::recording_proxy::Recorded;

use crate::buckets::{COMMIT, commit};
use crate::google::{Case, wheel};
use crate::pages::site;

/// What the table says of a path; a path that it has twice or never is a mistake.
fn change(path: &str) -> Change {
    let fits = |pattern: &str| {
        let escaped = regex::escape(pattern)
            .replace("<full id>", "[0-9a-f]{40}")
            .replace("<short id>", "[0-9a-f]{7}")
            .replace('…', ".+");
        let pattern = Regex::new("<[^>]+>")
            .unwrap()
            .replace_all(&escaped, "[^/]+");
        Regex::new(&format!("^{pattern}$")).unwrap().is_match(path)
    };
    let all: Vec<_> = OBJECTS.iter().filter(|it| fits(it.path)).collect();
    match all.as_slice() {
        [one] => one.change,
        // A short address has files of any name.
        [one, _] if one.path == "<short id>/commit" => one.change,
        other => panic!("{path} is {other:?}"),
    }
}

/// The object that a request writes or deletes, and whether it could replace one.
fn written(request: &Recorded) -> Option<(String, bool)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let create_only = request.query.contains("ifGenerationMatch=0");
    let path = match (request.method.as_str(), request.path.as_str()) {
        ("POST", path) if path.starts_with("/upload/") => {
            let mut pairs = request.query.split('&');
            decoded(pairs.find_map(|pair| pair.strip_prefix("name="))?)
        }
        ("POST", path) => decoded(
            path.rsplit_once("/o/")
                .filter(|_| path.contains("/rewriteTo/"))?
                .1,
        ),
        ("DELETE", path) => decoded(path.rsplit_once("/o/")?.1),
        _ => return None,
    };
    Some((path.strip_prefix("p/")?.to_owned(), !create_only))
}

async fn everything(case: &Case) {
    let store = Store::open(&case.address()).unwrap();
    let id = commit(COMMIT);
    let package = NewPackage {
        metadata: Some(b"Metadata-Version: 2.1\n".to_vec()),
        ..wheel(&case.local, b"bytes")
    };
    let folder = case.local.path().join("docs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("index.html"), "<p>").unwrap();
    let docs = NewPackage {
        kind: "docs-rust".to_owned(),
        file_name: "docs".to_owned(),
        path: folder,
        ..wheel(&case.local, b"")
    };
    for package in [&package, &docs] {
        store.put(&id, package).await.unwrap();
    }
    let records = store.records(&id).await.unwrap();
    for record in &records {
        for kind in SignatureKind::ALL {
            let put = store.put_signature(record, kind, "signature".into());
            assert_eq!(put.await.unwrap(), PutSignature::Created);
        }
    }
    let manifest = store.freeze("0.1.0", &id, &records).await.unwrap();
    let options = PromotionOptions::default();
    let latest = Channel::Latest;
    let promoted = store.promote(latest, manifest.manifest(), &options);
    promoted.await.unwrap();
    let entry = JournalEntry {
        version: "0.1.0".to_owned(),
        commit: id.clone(),
        action: "release".to_owned(),
        when: "2026-11-21T08:15:00Z".parse().unwrap(),
        who: None,
        run_url: None,
        steps: Vec::new(),
        error: None,
    };
    store.note(&entry).await.unwrap();
    store.mark_withdrawn(&entry).await.unwrap();
    let results = BenchmarkResults {
        commit: id.clone(),
        parent: None,
        committed: "2026-11-21T08:15:00Z".parse().unwrap(),
        commit_url: None,
        run_url: None,
        results: vec![BenchmarkResult {
            name: "parse".to_owned(),
            value: 12.5,
            unit: "ms".to_owned(),
            higher_is_better: false,
            exact: false,
        }],
    };
    assert!(store.put_benchmarks("speed", &results).await.unwrap());
    let program = case.local.path().join("speed");
    std::fs::write(&program, "bytes").unwrap();
    let put = store.put_benchmark_program("speed", &id, "linux-x64", &program);
    assert!(put.await.unwrap());
    let durations = TestDurations {
        commit: id.clone(),
        committed: results.committed,
        shard: 1,
        shards: 1,
        wall: 5,
        doctests: 0,
        tests: BTreeMap::new(),
    };
    assert!(store.put_test_durations("rust", &durations).await.unwrap());
    // Twice, so that each page is replaced.
    for title in ["Hello", "Hello again"] {
        let site = Site {
            title: Some(title.to_owned()),
            ..site()
        };
        store.write_index(&id).await.unwrap();
        store.write_commit(&id, &site, None).await.unwrap();
        store.write_channel(latest, &site).await.unwrap();
        store.write_all_pages(&site).await.unwrap();
    }
}

#[tokio::test]
async fn each_object_is_in_the_table_and_only_what_it_names_is_replaced_or_deleted() {
    let case = Case::new();
    everything(&case).await;
    let recorded = case.proxy.recorded();
    let written: Vec<(String, bool)> = recorded.iter().filter_map(written).collect();
    assert!(written.len() > 20, "{written:?}");
    for (path, replaces) in written {
        let change = change(&path);
        // Files of a folder are written plainly: its reservation says whose they are.
        if replaces && !path.contains("/docs/") {
            assert_ne!(change, Change::Never, "{path}");
        }
    }
}
