//! Bytes that are gone while their record is there: noticed by everybody, and sent again by the next upload.

use package_store::{Channel, NewPackage, PromotionOptions, Put, Record, StoreError, layout};

use crate::buckets::{COMMIT, Case, commit, folder, root};

const WHEEL: &str = "hello_sdk-0.1.0-py3-none-any.whl";

fn wheel(case: &Case) -> NewPackage {
    NewPackage {
        metadata: Some(b"Metadata-Version: 2.1\n".to_vec()),
        ..case.wheel(WHEEL, b"bytes of the wheel")
    }
}

fn docs(case: &Case) -> NewPackage {
    let path = case.local.path().join("docs");
    std::fs::create_dir_all(path.join("sub")).unwrap();
    std::fs::write(path.join("index.html"), "index").unwrap();
    std::fs::write(path.join("sub/page.html"), "page").unwrap();
    NewPackage {
        kind: "docs-rust".to_owned(),
        path,
        ..case.wheel("docs", b"")
    }
}

async fn uploaded() -> (Case, Vec<Record>) {
    let case = folder();
    for package in [wheel(&case), docs(&case)] {
        case.store.put(&commit(COMMIT), &package).await.unwrap();
    }
    let records = case.store.records(&commit(COMMIT)).await.unwrap();
    (case, records)
}

/// Files of the two packages, with what else can become of them than being gone.
fn files() -> [(String, Option<&'static str>); 6] {
    let id = commit(COMMIT);
    let page = layout::folder_file(&id, "release", "docs", "sub/page.html");
    let file = layout::package(&id, "release", WHEEL);
    [
        (file.clone(), None),
        (file, Some("cut")),
        (layout::metadata(&id, "release", WHEEL), None),
        (page.clone(), None),
        (page, Some("page and more")),
        (layout::listing(&id, "docs-rust", "release", "docs"), None),
    ]
}

#[tokio::test]
async fn what_is_lost_is_told_by_size_and_the_next_upload_sends_it_again() {
    for (path, other) in files() {
        let (case, records) = uploaded().await;
        let object = root(&case).join(&path);
        let before = std::fs::read(&object).unwrap();
        match other {
            None => std::fs::remove_file(&object).unwrap(),
            Some(text) => std::fs::write(&object, text).unwrap(),
        }
        let lost = case.store.lost(&records).await.unwrap();
        assert_eq!(lost.len(), 1, "{path}: {lost:?}");
        let rehearsal = case.store.to_dry_run();
        let mut would = Vec::new();
        for package in [wheel(&case), docs(&case)] {
            let put = rehearsal.put(&commit(COMMIT), &package).await.unwrap();
            would.extend(matches!(put, Put::Created(_)).then_some(package.file_name));
        }
        assert_eq!(would, [lost[0].record.file.clone()], "{path}");
        for package in [wheel(&case), docs(&case)] {
            let put = case.again().put(&commit(COMMIT), &package).await.unwrap();
            assert!(matches!(put, Put::Unchanged(_)), "{path}");
        }
        assert_eq!(std::fs::read(&object).unwrap(), before, "{path}");
        assert_eq!(case.store.lost(&records).await.unwrap(), []);
    }
}

#[tokio::test]
async fn nothing_is_frozen_and_no_channel_moves_while_bytes_are_lost() {
    let (case, records) = uploaded().await;
    let options = PromotionOptions::default();
    let put = |version: &'static str| {
        let (case, records) = (&case, &records);
        async move { case.store.freeze(version, &commit(COMMIT), records).await }
    };
    let frozen = put("0.1.0").await.unwrap();
    let moved = case
        .store
        .promote(Channel::Latest, frozen.manifest(), &options);
    moved.await.unwrap();
    let path = layout::package(&commit(COMMIT), "release", WHEEL);
    std::fs::remove_file(root(&case).join(&path)).unwrap();

    let is_told = |error: StoreError| {
        let text = error.to_string();
        assert!(matches!(error, StoreError::Lost { .. }), "{error:?}");
        assert!(text.contains(&path) && text.contains("upload"), "{text}");
    };
    is_told(put("0.1.0").await.unwrap_err());
    let moved = case
        .store
        .promote(Channel::Prerelease, frozen.manifest(), &options);
    is_told(moved.await.unwrap_err());
    assert_eq!(case.store.current(Channel::Prerelease).await.unwrap(), None);
    let wheel = records
        .iter()
        .find(|record| record.kind == "wheel")
        .unwrap();
    is_told(case.store.fetch(wheel, &case.out()).await.unwrap_err());
    assert_eq!(std::fs::read_dir(case.out()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_channel_is_not_rolled_back_to_lost_bytes() {
    let case = folder();
    let options = PromotionOptions::default();
    for (id, version) in [(COMMIT, "0.1.0"), (crate::buckets::OTHER, "0.2.0")] {
        let package = NewPackage {
            version: version.to_owned(),
            ..wheel(&case)
        };
        case.store.put(&commit(id), &package).await.unwrap();
        let records = case.store.records(&commit(id)).await.unwrap();
        let frozen = case
            .store
            .freeze(version, &commit(id), &records)
            .await
            .unwrap();
        let moved = case
            .store
            .promote(Channel::Latest, frozen.manifest(), &options);
        moved.await.unwrap();
    }
    let path = layout::package(&commit(COMMIT), "release", WHEEL);
    std::fs::remove_file(root(&case).join(path)).unwrap();
    let error = case
        .store
        .rollback(Channel::Latest, &options)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Lost { .. }), "{error:?}");
    let current = case.store.current(Channel::Latest).await.unwrap().unwrap();
    assert_eq!(current.version, "0.2.0");
}
