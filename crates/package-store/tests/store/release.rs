//! Manifests and channels.

use package_store::{
    Channel, Commit, Frozen, Manifest, NewPackage, Promotion, PromotionOptions, Record, Store,
    StoreError, layout,
};

use crate::buckets::{COMMIT, Case, OTHER, all, commit, folder, root};

async fn uploaded(case: &Case, id: &str, version: &str) -> Vec<Record> {
    let file = format!("hello_sdk-{version}-py3-none-any.whl");
    let package = NewPackage {
        version: version.to_owned(),
        ..case.wheel(&file, version.as_bytes())
    };
    case.store.put(&commit(id), &package).await.unwrap();
    let records = case.store.records(&commit(id)).await.unwrap();
    let of_version = |record: &Record| record.version == version;
    records.into_iter().filter(of_version).collect()
}

async fn frozen(case: &Case, version: &str) -> Manifest {
    let records = uploaded(case, COMMIT, version).await;
    let frozen = case.store.freeze(version, &commit(COMMIT), &records).await;
    frozen.unwrap().manifest().clone()
}

async fn promote(store: &Store, channel: Channel, manifest: &Manifest) -> Promotion {
    let options = PromotionOptions {
        who: Some("octocat".to_owned()),
        ..PromotionOptions::default()
    };
    store.promote(channel, manifest, &options).await.unwrap()
}

async fn version_of(store: &Store, channel: Channel) -> String {
    store.current(channel).await.unwrap().unwrap().version
}

#[tokio::test]
async fn a_version_is_frozen_once() {
    for case in all() {
        let records = uploaded(&case, COMMIT, "1.2.0").await;
        let freeze = |version: &'static str| {
            let (store, records) = (case.again(), records.clone());
            async move { store.freeze(version, &commit(COMMIT), &records).await }
        };
        let Frozen::Created(first) = freeze("v1.2.0").await.unwrap() else {
            panic!("{}", case.name);
        };
        assert_eq!(
            freeze("1.2.0").await.unwrap(),
            Frozen::Unchanged(first.clone())
        );
        // pip's spelling of the same version.
        assert_eq!(case.store.manifest("1.2").await.unwrap(), first);
        assert_eq!(first.packages(), records);

        let others = uploaded(&case, OTHER, "1.2.0").await;
        let error = case
            .store
            .freeze("1.2.0", &commit(OTHER), &others)
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, StoreError::FrozenOtherwise { .. }));
        assert!(text.contains(COMMIT) && text.contains(OTHER), "{text}");
    }
}

#[tokio::test]
async fn a_manifest_holds_packages_of_its_version_and_commit_only() {
    let case = folder();
    let records = uploaded(&case, COMMIT, "1.2.0").await;
    let freeze = |version: &'static str, commit: Commit, records: Vec<Record>| {
        let store = case.again();
        async move { store.freeze(version, &commit, &records).await.unwrap_err() }
    };
    for error in [
        freeze("1.3.0", commit(COMMIT), records.clone()).await,
        freeze("1.2.0", commit(OTHER), records).await,
        freeze("1.2.0", commit(COMMIT), Vec::new()).await,
    ] {
        assert!(
            matches!(error, StoreError::CannotFreeze { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn an_unknown_version_is_answered_with_those_there_are() {
    for case in all() {
        let error = case.store.manifest("1.0.0").await.unwrap_err().to_string();
        assert!(error.contains("the bucket has none"), "{error}");
        for version in ["1.10.0", "1.9.0"] {
            frozen(&case, version).await;
        }
        let error = case.store.manifest("1.0.0").await.unwrap_err().to_string();
        assert!(
            error.ends_with("the bucket has 1.9.0, 1.10.0"),
            "{}: {error}",
            case.name
        );
    }
}

#[tokio::test]
async fn a_channel_moves_forward_only_unless_forced() {
    for case in all() {
        let store = &case.store;
        let (old, new) = (frozen(&case, "1.1.5").await, frozen(&case, "1.2.0").await);
        let moved = promote(store, Channel::Latest, &new).await;
        assert!(matches!(moved, Promotion::Moved { from: None, .. }));
        let again = promote(store, Channel::Latest, &new).await;
        assert!(matches!(again, Promotion::Already { .. }), "{again:?}");

        let Promotion::Refused { current } = promote(store, Channel::Latest, &old).await else {
            panic!("{}: an older line took `latest`", case.name);
        };
        assert_eq!(current.version, "1.2.0");
        // Other channels are not concerned.
        promote(store, Channel::Pr(7), &old).await;
        assert_eq!(version_of(store, Channel::Latest).await, "1.2.0");
        assert_eq!(version_of(store, Channel::Pr(7)).await, "1.1.5");

        let force = PromotionOptions {
            force: true,
            ..PromotionOptions::default()
        };
        store.promote(Channel::Latest, &old, &force).await.unwrap();
        assert_eq!(version_of(store, Channel::Latest).await, "1.1.5");
    }
}

#[tokio::test]
async fn rollback_goes_back_one_version_each_time_and_the_log_keeps_everything() {
    for case in all() {
        let store = &case.store;
        for version in ["1.0.0", "1.1.0", "1.2.0"] {
            let manifest = frozen(&case, version).await;
            promote(store, Channel::Latest, &manifest).await;
        }
        let options = PromotionOptions::default();
        for expected in ["1.1.0", "1.0.0"] {
            let answer = store.rollback(Channel::Latest, &options).await.unwrap();
            assert!(matches!(answer, Promotion::Moved { .. }));
            assert_eq!(version_of(store, Channel::Latest).await, expected);
        }
        let error = store.rollback(Channel::Latest, &options).await.unwrap_err();
        assert!(matches!(error, StoreError::NothingBefore { .. }), "{error}");

        let fixed = frozen(&case, "1.2.1").await;
        promote(store, Channel::Latest, &fixed).await;
        store.rollback(Channel::Latest, &options).await.unwrap();
        let log: Vec<_> = store
            .history(Channel::Latest)
            .await
            .unwrap()
            .into_iter()
            .map(|entry| (entry.number, entry.version, entry.rollback_of))
            .collect();
        let entry = |number, version: &str, of| (number, version.to_owned(), of);
        assert_eq!(
            log,
            [
                entry(7, "1.0.0", Some(6)),
                entry(6, "1.2.1", None),
                entry(5, "1.0.0", Some(4)),
                entry(4, "1.1.0", Some(3)),
                entry(3, "1.2.0", None),
                entry(2, "1.1.0", None),
                entry(1, "1.0.0", None),
            ],
            "{}",
            case.name
        );
        assert!(matches!(
            store.rollback(Channel::Nightly, &options).await,
            Err(StoreError::EmptyChannel { .. })
        ));
    }
}

#[tokio::test]
async fn promotions_at_the_same_time_end_at_the_newest_version() {
    let case = folder();
    let mut manifests = Vec::new();
    for minor in 0..6 {
        manifests.push(frozen(&case, &format!("1.{minor}.0")).await);
    }
    let jobs: Vec<_> = manifests
        .into_iter()
        .map(|manifest| {
            let store = case.again();
            tokio::spawn(async move { promote(&store, Channel::Latest, &manifest).await })
        })
        .collect();
    for job in jobs {
        job.await.unwrap();
    }
    assert_eq!(version_of(&case.store, Channel::Latest).await, "1.5.0");
    let history = case.store.history(Channel::Latest).await.unwrap();
    let numbers: Vec<u64> = history.iter().rev().map(|entry| entry.number).collect();
    let expected: Vec<u64> = (1..=history.len() as u64).collect();
    assert_eq!(numbers, expected);
    let copy = root(&case).join(layout::channel_current(&Channel::Latest));
    let copy: serde_json::Value = serde_json::from_slice(&std::fs::read(copy).unwrap()).unwrap();
    assert_eq!(copy["version"], "1.5.0");
}

#[tokio::test]
async fn a_dry_run_promotes_and_freezes_nothing() {
    for case in all() {
        let records = uploaded(&case, COMMIT, "1.2.0").await;
        let dry = case.store.to_dry_run();
        let would = dry
            .freeze("1.2.0", &commit(COMMIT), &records)
            .await
            .unwrap();
        assert!(matches!(would, Frozen::Created(_)));
        assert!(case.store.manifest("1.2.0").await.is_err());
        let moved = promote(&dry, Channel::Latest, would.manifest()).await;
        assert!(matches!(moved, Promotion::Moved { .. }));
        assert_eq!(case.store.current(Channel::Latest).await.unwrap(), None);
    }
}
