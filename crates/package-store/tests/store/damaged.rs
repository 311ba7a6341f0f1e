//! Hostile and broken objects in a bucket: an error that names the object, or a warning where work can go on; never a panic.

use std::sync::{Arc, Mutex};

use package_store::{
    Channel, Promotion, PromotionOptions, PruneOptions, Site, Store, StoreError, StoreOptions,
    layout,
};

use crate::buckets::{COMMIT, Case, OTHER, commit, folder, root};

const FILE: &str = "hello_sdk-0.1.0-py3-none-any.whl";

/// A channel that was moved to two versions.
async fn moved_twice() -> Case {
    let case = folder();
    for (id, version) in [(COMMIT, "0.1.0"), (OTHER, "0.2.0")] {
        let package = package_store::NewPackage {
            version: version.to_owned(),
            ..case.wheel(FILE, version.as_bytes())
        };
        case.store.put(&commit(id), &package).await.unwrap();
        promote(&case.store, id, version).await.unwrap();
    }
    case
}

async fn promote(store: &Store, id: &str, version: &str) -> Result<Promotion, StoreError> {
    let records = store.records(&commit(id)).await?;
    let frozen = store.freeze(version, &commit(id), &records).await?;
    let options = PromotionOptions {
        force: true,
        ..PromotionOptions::default()
    };
    store
        .promote(Channel::Latest, frozen.manifest(), &options)
        .await
}

/// The same bucket, and what is warned of.
fn warned(case: &Case) -> (Store, Arc<Mutex<Vec<String>>>) {
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let warnings = told.clone();
    let options = StoreOptions::default()
        .on_warning(move |text| warnings.lock().unwrap().push(text.to_owned()));
    let store = Store::open_with(root(case).to_str().unwrap(), options).unwrap();
    (store, told)
}

fn log(case: &Case, name: &str) -> std::path::PathBuf {
    root(case).join(format!("channels/latest/log/{name}.json"))
}

#[tokio::test]
async fn a_bad_move_of_a_channel_is_passed_over_with_a_warning_and_both_ways_lead_on() {
    for (name, change) in [
        ("00000003", ("\"number\": 2", "\"number\": 3")),
        ("00000003", ("0.2.0", "9.9.9")),
        (
            "00000003",
            ("\"number\": 2", "\"number\": 18446744073709551615"),
        ),
        ("00000003", ("\"number\": 2", "\"number\": \"two\"")),
        ("00000003", ("\"number\": 2", "\"number\": -1")),
        ("00000003", ("{", "[")),
        (
            "00000003",
            (
                "\"number\": 2,",
                "\"number\": 3, \"restores\": 18446744073709551615,",
            ),
        ),
        (
            "18446744073709551615",
            ("\"number\": 2", "\"number\": 18446744073709551615"),
        ),
        ("18446744073709551616", ("\"number\": 2", "\"number\": 3")),
        ("99999999", ("\"number\": 2", "\"number\": 99999999")),
        ("00000000", ("\"number\": 2", "\"number\": 0")),
    ]
    .map(|(name, change)| (name, change))
    {
        let case = moved_twice().await;
        let text = std::fs::read_to_string(log(&case, "00000002")).unwrap();
        let mut text = text.replace(change.0, change.1);
        let good = change == ("\"number\": 2", "\"number\": 3") && name == "00000003";
        if change.1 == "9.9.9" {
            text = text.replace("\"number\": 2", "\"number\": 3");
        }
        std::fs::write(log(&case, name), text).unwrap();
        let (store, told) = warned(&case);
        let current = store.current(Channel::Latest).await.unwrap().unwrap();
        assert_eq!(current.version, "0.2.0", "{name} {change:?}");
        assert_eq!(
            current.number,
            if good { 3 } else { 2 },
            "{name} {change:?}"
        );
        if !good && name != "18446744073709551616" && name != "00000000" {
            let told = told.lock().unwrap();
            assert!(
                told.iter().any(|text| text.contains(name)),
                "{name} {change:?}: {told:?}"
            );
        }
        let options = PromotionOptions::default();
        let back = store.rollback(Channel::Latest, &options).await.unwrap();
        let Promotion::Moved { entry, .. } = back else {
            panic!("{back:?}");
        };
        if !good {
            assert_eq!(entry.version, "0.1.0", "{name} {change:?}");
        }
        store
            .write_channel(Channel::Latest, &Site::default())
            .await
            .unwrap();
        promote(&store, COMMIT, "0.1.0").await.unwrap();
        promote(&store, OTHER, "0.2.0").await.unwrap();
        let current = store.current(Channel::Latest).await.unwrap().unwrap();
        assert_eq!(current.version, "0.2.0", "{name} {change:?}");
        store.write_all_pages(&Site::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_record_with_hostile_numbers_is_an_error_that_names_it() {
    for (key, value) in [
        ("size", "18446744073709551615"),
        ("size", "18446744073709551616"),
        ("size", "-1"),
        ("size", "1e400"),
        ("size", "\"5\""),
        ("files", "18446744073709551615"),
        ("uploaded", "\"+999999-01-01T00:00:00Z\""),
        ("uploaded", "12"),
        ("sha256", "\"00\""),
        ("file", "\"../../evil\""),
        ("profile", "\"..\""),
    ] {
        let case = folder();
        let package = case.wheel(FILE, b"bytes");
        case.store.put(&commit(COMMIT), &package).await.unwrap();
        let path = layout::record(&commit(COMMIT), "wheel", "release", FILE);
        let text = std::fs::read_to_string(root(&case).join(&path)).unwrap();
        let mut json: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).unwrap();
        json.insert(key.to_owned(), "@@".into());
        let text = serde_json::to_string(&json)
            .unwrap()
            .replace("\"@@\"", value);
        std::fs::write(root(&case).join(&path), text).unwrap();
        let errors = [
            case.store.records(&commit(COMMIT)).await.map(|_| ()),
            case.store.put(&commit(COMMIT), &package).await.map(|_| ()),
            case.store
                .write_commit(&commit(COMMIT), &Site::default(), None)
                .await
                .map(|_| ()),
        ];
        for error in errors {
            let error = error.unwrap_err();
            assert!(
                matches!(&error, StoreError::Damaged { address, .. } if address.ends_with(&path)),
                "{key} {value}: {error:?}"
            );
        }
    }
}

#[tokio::test]
async fn sizes_that_add_up_to_more_than_a_number_holds_are_no_panic() {
    let case = folder();
    for number in 0..3 {
        let name = format!("{number}.zip");
        let package = package_store::NewPackage {
            kind: "bundle".to_owned(),
            ..case.wheel(&name, name.as_bytes())
        };
        case.store.put(&commit(COMMIT), &package).await.unwrap();
        let path = root(&case).join(layout::record(&commit(COMMIT), "bundle", "release", &name));
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(
            &path,
            text.replace("\"size\": 5", &format!("\"size\": {}", 1_u64 << 50)),
        )
        .unwrap();
    }
    let pages = case.store.write_all_pages(&Site::default()).await.unwrap();
    assert!(pages.page.is_some());
    let options = PruneOptions {
        before: "2100-01-01T00:00:00Z".parse().unwrap(),
        commits: String::new(),
        kinds: Vec::new(),
        leftovers_before: None,
    };
    assert!(case.store.prunable(&options).await.unwrap().size() >= 3 << 50);
}

#[tokio::test]
async fn an_object_without_end_is_not_read_to_its_end() {
    let case = folder();
    let path = layout::record(&commit(COMMIT), "wheel", "release", FILE);
    let file = root(&case).join(&path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    // 1 TiB that takes no room on the disk.
    std::fs::File::create(&file)
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let error = case.store.records(&commit(COMMIT)).await.unwrap_err();
    assert!(error.to_string().contains("larger than 64 MiB"), "{error}");
}

#[tokio::test]
async fn what_is_damaged_of_one_commit_does_not_stop_the_pages_of_others() {
    for name in ["summary.json", "added.json"] {
        let case = folder();
        for id in [COMMIT, OTHER] {
            case.store
                .put(&commit(id), &case.wheel(FILE, b"bytes"))
                .await
                .unwrap();
            case.store
                .write_commit(&commit(id), &Site::default(), None)
                .await
                .unwrap();
        }
        let path = root(&case).join(format!("commit/{COMMIT}/{name}"));
        std::fs::write(&path, "{\"commit\": 7}").unwrap();
        let (store, told) = warned(&case);
        store
            .write_commit(&commit(OTHER), &Site::default(), None)
            .await
            .unwrap();
        store
            .write_commit(&commit(COMMIT), &Site::default(), None)
            .await
            .unwrap();
        assert!(told.lock().unwrap().iter().any(|text| text.contains(name)));
        let home = std::fs::read_to_string(root(&case).join("index.html")).unwrap();
        assert!(
            home.contains("6e4ddaf") && home.contains("0a1b2c3"),
            "{home}"
        );
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(COMMIT), "{text}");
    }
}
