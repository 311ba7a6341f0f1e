//! What an interrupted upload leaves is finished by the next one.

use package_store::{Digest, NewPackage, Put, StoreError, layout};

use crate::buckets::{COMMIT, Case, commit, folder, root};

const FILE: &str = "hello_sdk-0.1.0-py3-none-any.whl";

fn wheel(case: &Case) -> NewPackage {
    NewPackage {
        metadata: Some(b"Metadata-Version: 2.1\n".to_vec()),
        ..case.wheel(FILE, b"bytes")
    }
}

fn paths() -> [String; 5] {
    let commit = commit(COMMIT);
    [
        layout::package(&commit, "release", FILE),
        layout::metadata(&commit, "release", FILE),
        "6e4ddaf/commit".to_owned(),
        layout::short_package(&commit, "release", FILE),
        layout::record(&commit, "wheel", "release", FILE),
    ]
}

#[tokio::test]
async fn an_upload_that_ended_after_any_of_its_steps_is_completed() {
    let steps = paths();
    for done in 0..steps.len() {
        let case = folder();
        case.store
            .put(&commit(COMMIT), &wheel(&case))
            .await
            .unwrap();
        for undone in &steps[done..] {
            std::fs::remove_file(root(&case).join(undone)).unwrap();
        }
        assert_eq!(case.store.records(&commit(COMMIT)).await.unwrap(), []);

        let put = case
            .again()
            .put(&commit(COMMIT), &wheel(&case))
            .await
            .unwrap();
        assert!(matches!(put, Put::Created(_)), "after {done} steps");
        for path in &steps {
            assert!(root(&case).join(path).exists(), "{path} after {done} steps");
        }
        assert_eq!(case.bytes_of(put.record()).await, b"bytes");
    }
}

#[tokio::test]
async fn a_half_written_file_is_never_at_a_packages_address() {
    let case = folder();
    let partial = root(&case).join(".partial");
    std::fs::create_dir_all(&partial).unwrap();
    std::fs::write(partial.join("half"), b"by").unwrap();
    let put = case
        .store
        .put(&commit(COMMIT), &wheel(&case))
        .await
        .unwrap();
    assert_eq!(case.bytes_of(put.record()).await, b"bytes");
}

#[tokio::test]
async fn a_truncated_file_without_a_record_is_not_taken_for_complete() {
    let case = folder();
    let path = root(&case).join(&paths()[0]);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, b"by").unwrap();
    let error = case
        .store
        .put(&commit(COMMIT), &wheel(&case))
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("another run may be uploading it") && !text.contains("delete"),
        "{text}"
    );
    let StoreError::Conflict {
        existing,
        unfinished: Some(_),
        ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(existing, Digest::of(b"by"));
    assert_eq!(case.store.records(&commit(COMMIT)).await.unwrap(), []);
}

#[tokio::test]
async fn a_file_that_was_deleted_under_its_record_is_uploaded_again() {
    let case = folder();
    let first = case
        .store
        .put(&commit(COMMIT), &wheel(&case))
        .await
        .unwrap();
    std::fs::remove_file(root(&case).join(&paths()[0])).unwrap();
    let again = case
        .store
        .put(&commit(COMMIT), &wheel(&case))
        .await
        .unwrap();
    assert_eq!(again, Put::Unchanged(first.record().clone()));
    assert_eq!(case.bytes_of(first.record()).await, b"bytes");
}

#[tokio::test]
async fn a_record_that_lies_about_its_place_is_damaged() {
    let case = folder();
    case.store
        .put(&commit(COMMIT), &wheel(&case))
        .await
        .unwrap();
    let path = root(&case).join(&paths()[4]);
    let text = std::fs::read_to_string(&path).unwrap();
    for evil in [
        text.replace(FILE, "other.whl"),
        text.replace(FILE, "../../../etc/passwd"),
        "{\"kind\": \"wh".to_owned(),
    ] {
        std::fs::write(&path, evil).unwrap();
        let error = case.store.records(&commit(COMMIT)).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    }
}
