//! Downloads: whole, verified and under their own name, or not at all.

use package_store::{Record, StoreError, layout};

use crate::buckets::{COMMIT, Case, all, commit, folder, root};

const FILE: &str = "hello_sdk-0.1.0-py3-none-any.whl";

async fn uploaded(case: &Case) -> Record {
    let package = case.wheel(FILE, b"bytes");
    let put = case.store.put(&commit(COMMIT), &package).await.unwrap();
    put.record().clone()
}

#[tokio::test]
async fn a_file_that_is_there_already_is_not_downloaded_again() {
    let case = folder();
    let record = uploaded(&case).await;
    let path = case.store.fetch(&record, &case.out()).await.unwrap();
    assert_eq!(path, case.out().join(FILE));
    std::fs::remove_file(root(&case).join(layout::package(&commit(COMMIT), "release", FILE)))
        .unwrap();
    assert_eq!(
        case.store.fetch(&record, &case.out()).await.unwrap(),
        case.out().join(FILE)
    );
}

#[tokio::test]
async fn a_file_with_other_bytes_is_replaced() {
    for case in all() {
        let record = uploaded(&case).await;
        std::fs::create_dir_all(case.out()).unwrap();
        std::fs::write(case.out().join(FILE), b"BYTES").unwrap();
        assert_eq!(case.bytes_of(&record).await, b"bytes", "{}", case.name);
    }
}

#[tokio::test]
async fn a_package_that_is_not_as_recorded_never_gets_its_name() {
    let case = folder();
    let record = uploaded(&case).await;
    let stored = root(&case).join(layout::package(&commit(COMMIT), "release", FILE));
    for bytes in [b"BYTES".as_slice(), b"byt", b"bytes and more"] {
        std::fs::write(&stored, bytes).unwrap();
        let error = case.store.fetch(&record, &case.out()).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        assert_eq!(std::fs::read_dir(case.out()).unwrap().count(), 0);
    }
    std::fs::remove_file(&stored).unwrap();
    let error = case.store.fetch(&record, &case.out()).await.unwrap_err();
    assert!(matches!(error, StoreError::Lost { .. }), "{error:?}");
}

#[tokio::test]
async fn a_name_that_leaves_the_folder_is_refused() {
    let case = folder();
    let record = uploaded(&case).await;
    for name in ["../evil", "/etc/evil", "a\\b", "..", "a\0b", "a\nb"] {
        let evil = Record {
            file: name.to_owned(),
            ..record.clone()
        };
        let error = case.store.fetch(&evil, &case.out()).await.unwrap_err();
        assert!(matches!(error, StoreError::FileName { .. }), "{error:?}");
    }
    assert!(!case.out().exists());
}
