//! Uploading once, again, and with other bytes.

use package_store::{Digest, NewPackage, Put, Store, StoreError, StoreOptions, layout};

use crate::buckets::{COMMIT, all, commit, folder, root};

const FILE: &str = "hello_sdk-0.1.0+1-py3-none-any.whl";

#[tokio::test]
async fn a_package_is_created_once_and_unchanged_after_that() {
    for case in all() {
        let package = case.wheel(FILE, b"bytes");
        let first = case.store.put(&commit(COMMIT), &package).await.unwrap();
        let Put::Created(record) = first else {
            panic!("{}: {first:?}", case.name);
        };
        assert_eq!(
            (record.size, record.sha256),
            (5, Digest::of(b"bytes")),
            "{}",
            case.name
        );
        assert_eq!(record.profile, "release");
        assert_eq!(record.content_type, "application/zip");

        let second = NewPackage {
            run_url: Some("https://ci.example/2".to_owned()),
            uploaded: Some("2030-01-01T00:00:00Z".parse().unwrap()),
            ..package
        };
        let again = case.again().put(&commit(COMMIT), &second).await.unwrap();
        assert_eq!(again, Put::Unchanged(record.clone()), "{}", case.name);
        assert_eq!(
            case.store.records(&commit(COMMIT)).await.unwrap(),
            std::slice::from_ref(&record)
        );
        assert_eq!(case.bytes_of(&record).await, b"bytes");
    }
}

#[tokio::test]
async fn other_bytes_are_an_error_that_names_both_digests() {
    for case in all() {
        let first = case.wheel(FILE, b"one");
        case.store.put(&commit(COMMIT), &first).await.unwrap();
        let second = case.wheel(FILE, b"three");
        let error = case.store.put(&commit(COMMIT), &second).await.unwrap_err();
        let text = error.to_string();
        let StoreError::Conflict {
            address,
            existing,
            offered,
            unfinished,
        } = error
        else {
            panic!("{}: {error:?}", case.name);
        };
        assert_eq!(
            (existing, offered, unfinished),
            (Digest::of(b"one"), Digest::of(b"three"), None),
            "{}",
            case.name
        );
        assert!(address.ends_with(&layout::package(&commit(COMMIT), "release", FILE)));
        assert!(text.contains(&existing.to_string()) && text.contains(&offered.to_string()));
    }
}

#[tokio::test]
async fn the_same_bytes_under_another_description_are_an_error() {
    for case in all() {
        let package = case.wheel(FILE, b"bytes");
        case.store.put(&commit(COMMIT), &package).await.unwrap();
        let other = NewPackage {
            platform: "linux-x64".to_owned(),
            ..package
        };
        let error = case.store.put(&commit(COMMIT), &other).await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("platform: existing `any`, new `linux-x64`"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn build_profiles_are_different_packages() {
    for case in all() {
        let release = case.wheel(FILE, b"release build");
        let debug = NewPackage {
            profile: "dev".to_owned(),
            ..case.wheel(FILE, b"debug build")
        };
        case.store.put(&commit(COMMIT), &release).await.unwrap();
        let put = case.store.put(&commit(COMMIT), &debug).await.unwrap();
        assert_eq!(
            case.bytes_of(put.record()).await,
            b"debug build",
            "{}",
            case.name
        );
        assert_eq!(case.store.records(&commit(COMMIT)).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_large_file_arrives_whole() {
    for case in all() {
        let bytes: Vec<u8> = (0..20_000_003_u32).map(|n| (n % 251) as u8).collect();
        let package = case.wheel(FILE, &bytes);
        let put = case.store.put(&commit(COMMIT), &package).await.unwrap();
        assert_eq!(case.bytes_of(put.record()).await, bytes, "{}", case.name);
    }
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_writes_nothing() {
    for case in all() {
        let dry = case.store.to_dry_run();
        let package = case.wheel(FILE, b"bytes");
        let would = dry.put(&commit(COMMIT), &package).await.unwrap();
        assert!(matches!(would, Put::Created(_)), "{}", case.name);
        assert_eq!(case.store.records(&commit(COMMIT)).await.unwrap(), []);

        let put = case.store.put(&commit(COMMIT), &package).await.unwrap();
        assert!(matches!(put, Put::Created(_)), "{}", case.name);
        let would = dry.put(&commit(COMMIT), &package).await.unwrap();
        assert_eq!(would, Put::Unchanged(put.record().clone()));
        let other = case.wheel(FILE, b"other bytes");
        assert!(matches!(
            dry.put(&commit(COMMIT), &other).await,
            Err(StoreError::Conflict { .. })
        ));
    }
}

#[tokio::test]
async fn a_dry_run_does_not_make_the_folder() {
    let case = folder();
    let missing = case.local.path().join("missing");
    let options = StoreOptions::default().dry_run(true);
    let store = Store::open_with(missing.to_str().unwrap(), options).unwrap();
    let put = store
        .put(&commit(COMMIT), &case.wheel(FILE, b"bytes"))
        .await
        .unwrap();
    assert!(matches!(put, Put::Created(_)));
    assert!(!missing.exists());
}

#[tokio::test]
async fn a_record_is_pretty_json_in_kebab_case_and_a_stable_order() {
    let case = folder();
    let package = NewPackage {
        toolchain: Some("rustc 1.95.0".to_owned()),
        metadata: Some(b"Metadata-Version: 2.1\n".to_vec()),
        requires_python: Some(">=3.9".to_owned()),
        uploaded: Some("2026-11-21T08:15:00Z".parse().unwrap()),
        ..case.wheel(FILE, b"bytes")
    };
    case.store.put(&commit(COMMIT), &package).await.unwrap();
    let path = layout::record(&commit(COMMIT), "wheel", "release", FILE);
    let text = std::fs::read_to_string(root(&case).join(path)).unwrap();
    let expected = format!(
        r#"{{
  "kind": "wheel",
  "project": "hello-sdk",
  "version": "0.1.0",
  "platform": "any",
  "profile": "release",
  "file": "{FILE}",
  "size": 5,
  "sha256": "{}",
  "content-type": "application/zip",
  "commit": "{COMMIT}",
  "toolchain": "rustc 1.95.0",
  "requires-python": ">=3.9",
  "metadata-sha256": "{}",
  "uploaded": "2026-11-21T08:15:00Z"
}}
"#,
        Digest::of(b"bytes"),
        Digest::of(b"Metadata-Version: 2.1\n")
    );
    assert_eq!(text, expected);
}

#[tokio::test]
async fn what_cannot_be_a_package_is_refused_before_anything_is_written() {
    let case = folder();
    let good = case.wheel(FILE, b"bytes");
    let bad = [
        NewPackage {
            file_name: "../evil.whl".to_owned(),
            ..good.clone()
        },
        NewPackage {
            kind: "Wheel".to_owned(),
            ..good.clone()
        },
        NewPackage {
            profile: "re/lease".to_owned(),
            ..good.clone()
        },
        NewPackage {
            version: "1 2".to_owned(),
            ..good.clone()
        },
        NewPackage {
            path: case.file("empty", b""),
            ..good.clone()
        },
        NewPackage {
            path: case.local.path().join("nowhere"),
            ..good
        },
    ];
    for package in bad {
        let answer = case.store.put(&commit(COMMIT), &package).await;
        assert!(answer.is_err(), "{package:?}");
    }
    assert_eq!(std::fs::read_dir(root(&case)).unwrap().count(), 0);
}

#[tokio::test]
async fn the_short_address_serves_the_same_bytes() {
    let case = folder();
    let package = case.wheel(FILE, b"bytes");
    case.store.put(&commit(COMMIT), &package).await.unwrap();
    let short = layout::short_package(&commit(COMMIT), "release", FILE);
    assert_eq!(short, format!("6e4ddaf/{FILE}"));
    assert_eq!(std::fs::read(root(&case).join(short)).unwrap(), b"bytes");
}
