//! What an upload left that never finished, in the way of other bytes: it stays while its run may be at work, and goes after.

use std::path::Path;
use std::time::Duration;

use package_store::{NewPackage, Put, Store, StoreError, StoreOptions, Time, layout};

use crate::buckets::{COMMIT, Case, commit, folder, root};

const FILE: &str = "hello_sdk-0.1.0-py3-none-any.whl";

fn docs(case: &Case, text: &str) -> NewPackage {
    let path = case.local.path().join(format!("docs-{text}"));
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(path.join("index.html"), text).unwrap();
    std::fs::write(path.join(format!("{text}.html")), text).unwrap();
    NewPackage {
        kind: "docs-rust".to_owned(),
        path,
        ..case.wheel("docs", b"")
    }
}

/// Uploads a package whose run ends before its record.
async fn unfinished(case: &Case, package: &NewPackage) {
    case.store.put(&commit(COMMIT), package).await.unwrap();
    let record = layout::record(
        &commit(COMMIT),
        &package.kind,
        "release",
        &package.file_name,
    );
    std::fs::remove_file(root(case).join(record)).unwrap();
}

/// Makes the upload of a name begin so many hours earlier.
fn age(case: &Case, name: &str, hours: u64) {
    let path = root(case).join(layout::reservation(&commit(COMMIT), "release", name));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let before = Time::now()
        .before(Duration::from_secs(hours * 60 * 60))
        .unwrap();
    json["added"] = before.to_string().into();
    std::fs::write(&path, json.to_string()).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn other_bytes_wait_for_a_young_upload_and_replace_an_old_one() {
    for (name, one, two) in [
        (
            FILE,
            (|case| case.wheel(FILE, b"one")) as fn(&Case) -> NewPackage,
            (|case| case.wheel(FILE, b"two!")) as fn(&Case) -> NewPackage,
        ),
        ("docs", |case| docs(case, "one"), |case| docs(case, "two")),
    ] {
        let case = folder();
        unfinished(&case, &one(&case)).await;
        let error = case
            .store
            .put(&commit(COMMIT), &two(&case))
            .await
            .unwrap_err();
        let told = error.unfinished().unwrap();
        assert!(told.ago.contains("second"), "{}", told.ago);
        age(&case, name, 5);
        let error = case
            .store
            .put(&commit(COMMIT), &two(&case))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("started 5 hours ago"), "{error}");
        age(&case, name, 7);
        let rehearsed = case
            .store
            .to_dry_run()
            .put(&commit(COMMIT), &two(&case))
            .await;
        assert!(matches!(rehearsed, Ok(Put::Created(_))), "{rehearsed:?}");
        let put = case.store.put(&commit(COMMIT), &two(&case)).await.unwrap();
        assert!(matches!(put, Put::Created(_)));
        let records = case.store.records(&commit(COMMIT)).await.unwrap();
        assert_eq!(case.store.lost(&records).await.unwrap(), []);
        case.store.fetch(&records[0], &case.out()).await.unwrap();
        let folder = root(&case).join(layout::package(&commit(COMMIT), "release", "docs"));
        if name == "docs" {
            assert_eq!(names(&folder), ["index.html", "two.html"]);
        }
        assert_eq!(names(&root(&case).join("active")), Vec::<String>::new());
    }
}

#[tokio::test]
async fn whoever_knows_that_the_run_was_stopped_replaces_it_at_once() {
    let case = folder();
    unfinished(&case, &case.wheel(FILE, b"one")).await;
    let options = StoreOptions::default().replace_unfinished(true);
    let store = Store::open_with(root(&case).to_str().unwrap(), options).unwrap();
    let put = store
        .put(&commit(COMMIT), &case.wheel(FILE, b"two!"))
        .await
        .unwrap();
    assert_eq!(case.bytes_of(put.record()).await, b"two!");
    // What is finished is replaced by nobody.
    let error = store
        .put(&commit(COMMIT), &case.wheel(FILE, b"three"))
        .await;
    assert!(
        matches!(
            error,
            Err(StoreError::Conflict {
                unfinished: None,
                ..
            })
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_upload_that_is_at_work_is_not_replaced_however_old_its_name_is() {
    let case = folder();
    unfinished(&case, &case.wheel(FILE, b"one")).await;
    age(&case, FILE, 7);
    let now = Time::now().to_string().replace(['-', ':'], "");
    let active = root(&case).join(format!("active/using/{now}-{COMMIT}-1"));
    std::fs::create_dir_all(active.parent().unwrap()).unwrap();
    std::fs::write(&active, "").unwrap();
    let error = case
        .store
        .put(&commit(COMMIT), &case.wheel(FILE, b"two!"))
        .await;
    assert!(
        matches!(
            error,
            Err(StoreError::Conflict {
                unfinished: Some(_),
                ..
            })
        ),
        "{error:?}"
    );
    std::fs::remove_file(active).unwrap();
    case.store
        .put(&commit(COMMIT), &case.wheel(FILE, b"two!"))
        .await
        .unwrap();
}
