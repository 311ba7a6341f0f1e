//! Full and short commit ids.

use package_store::{Put, ShortAddress, StoreError, layout};

use crate::buckets::{COMMIT, OTHER, TWIN, all, commit, folder, root};

const FILE: &str = "hello_sdk-0.1.0-py3-none-any.whl";

#[tokio::test]
async fn a_short_id_leads_to_its_commit() {
    for case in all() {
        let package = case.wheel(FILE, b"bytes");
        case.store.put(&commit(COMMIT), &package).await.unwrap();
        for given in ["6e4ddaf", "6e4ddaf01", COMMIT] {
            assert_eq!(
                case.store.resolve(given).await.unwrap(),
                commit(COMMIT),
                "{} {given}",
                case.name
            );
        }
        // A full id is right even if nothing was uploaded for it.
        assert_eq!(case.store.resolve(OTHER).await.unwrap(), commit(OTHER));
    }
}

#[tokio::test]
async fn an_unknown_short_id_is_answered_with_the_nearest_commits() {
    for case in all() {
        let error = case.store.resolve("6e4dda0").await.unwrap_err();
        assert!(
            error.to_string().contains("the bucket has none"),
            "{}: {error}",
            case.name
        );
        let package = case.wheel(FILE, b"bytes");
        for id in [OTHER, COMMIT] {
            case.store.put(&commit(id), &package).await.unwrap();
        }
        let StoreError::UnknownCommit { known, .. } =
            case.store.resolve("6e4dda0").await.unwrap_err()
        else {
            panic!("{}", case.name);
        };
        assert_eq!(known, [commit(COMMIT), commit(OTHER)], "{}", case.name);
    }
}

#[tokio::test]
async fn what_is_no_commit_id_is_refused() {
    let case = folder();
    for given in ["", "6e4dda", "main", "6E4DDAF", "../6e4ddaf"] {
        assert!(
            matches!(
                case.store.resolve(given).await,
                Err(StoreError::CommitForm { .. })
            ),
            "{given}"
        );
    }
}

#[tokio::test]
async fn a_second_commit_with_the_same_short_id_is_stored_by_its_full_id_only() {
    for case in all() {
        let one = case.wheel(FILE, b"one");
        let two = case.wheel(FILE, b"the other");
        case.store.put(&commit(COMMIT), &one).await.unwrap();
        // The second time finds the package complete and gives the same answer.
        for round in 0..2 {
            let error = case.store.put(&commit(TWIN), &two).await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains(COMMIT) && text.contains(TWIN), "{text}");
            let StoreError::AmbiguousShort { holder, put, .. } = error else {
                panic!("{}: {error:?}", case.name);
            };
            assert_eq!(holder, commit(COMMIT));
            assert_eq!(matches!(*put, Put::Created(_)), round == 0, "{}", case.name);
            assert_eq!(case.bytes_of(put.record()).await, b"the other");
        }
        assert_eq!(
            case.store.short_address(&commit(TWIN)).await.unwrap(),
            ShortAddress::HeldBy(commit(COMMIT))
        );
        let StoreError::AmbiguousCommit { candidates, .. } =
            case.store.resolve("6e4ddaf").await.unwrap_err()
        else {
            panic!("{}: the short id is not refused", case.name);
        };
        assert_eq!(candidates, [commit(COMMIT), commit(TWIN)]);
        // A digit more tells them apart.
        assert_eq!(
            case.store.resolve("6e4ddaf9").await.unwrap(),
            commit(TWIN),
            "{}",
            case.name
        );
    }
}

#[tokio::test]
async fn the_short_address_keeps_serving_the_first_commit() {
    let case = folder();
    let one = case.wheel(FILE, b"one");
    case.store.put(&commit(COMMIT), &one).await.unwrap();
    let two = case.wheel(FILE, b"the other");
    assert!(case.store.put(&commit(TWIN), &two).await.is_err());
    let short = root(&case).join(layout::short_package(&commit(COMMIT), "release", FILE));
    assert_eq!(std::fs::read(short).unwrap(), b"one");
}
