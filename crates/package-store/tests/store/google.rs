//! Google's buckets on the wire: what is asked, what is sent with it, and who is said to be asking.

use std::sync::{Arc, Mutex};

use package_store::{NewPackage, Put, Store, StoreError, StoreOptions};
use testkit::faults::Fault;
use testkit::google_storage::GoogleStorage;
use testkit::recording_proxy::{Recorded, RecordingProxy};

use crate::buckets::{COMMIT, commit};

const FILE: &str = "hello_sdk-0.1.0-py3-none-any.whl";

pub(crate) fn wheel(folder: &tempfile::TempDir, bytes: &[u8]) -> NewPackage {
    let path = folder.path().join(format!("{}-{FILE}", bytes.len()));
    std::fs::write(&path, bytes).unwrap();
    NewPackage {
        kind: "wheel".to_owned(),
        project: "hello-sdk".to_owned(),
        version: "0.1.0".to_owned(),
        platform: "any".to_owned(),
        file_name: FILE.to_owned(),
        path,
        ..NewPackage::default()
    }
}

pub(crate) struct Case {
    server: GoogleStorage,
    pub(crate) proxy: RecordingProxy,
    pub(crate) local: tempfile::TempDir,
}

impl Case {
    pub(crate) fn new() -> Self {
        let server = GoogleStorage::start();
        let proxy = RecordingProxy::start(server.url()).unwrap();
        let local = tempfile::tempdir().unwrap();
        Self {
            server,
            proxy,
            local,
        }
    }

    pub(crate) fn address(&self) -> String {
        self.server.bucket_through(self.proxy.url(), "p")
    }

    fn store(&self) -> Store {
        Store::open(&self.address()).unwrap()
    }
}

/// Requests that start an upload.
fn uploads(recorded: &[Recorded]) -> Vec<&Recorded> {
    let starts = |one: &&Recorded| one.method == "POST" && one.path.starts_with("/upload/");
    recorded.iter().filter(starts).collect()
}

#[tokio::test]
async fn every_object_that_never_changes_is_asked_for_create_only_with_its_headers() {
    let case = Case::new();
    let package = NewPackage {
        metadata: Some(b"Metadata-Version: 2.1\n".to_vec()),
        ..wheel(&case.local, &[7; 300_000])
    };
    case.store().put(&commit(COMMIT), &package).await.unwrap();
    let recorded = case.proxy.recorded();
    let uploads = uploads(&recorded);
    // The announcement of the upload is deleted at its end.
    let kept = |upload: &&&Recorded| !upload.query.contains("active%2F");
    let uploads: Vec<&&Recorded> = uploads.iter().filter(kept).collect();
    assert_eq!(uploads.len(), 5, "{uploads:?}");
    for upload in uploads {
        assert!(
            upload.query.contains("ifGenerationMatch=0"),
            "{}",
            upload.query
        );
        let body = String::from_utf8_lossy(&upload.body);
        assert!(
            body.contains(r#""cacheControl":"public, max-age=31536000, immutable""#),
            "{body}"
        );
        assert!(!body.contains("contentEncoding"), "{body}");
    }
    let copies: Vec<&Recorded> = recorded
        .iter()
        .filter(|one| one.path.contains("/rewriteTo/"))
        .collect();
    assert_eq!(copies.len(), 1);
    assert!(copies[0].query.contains("ifGenerationMatch=0"));
}

#[tokio::test]
async fn the_files_of_a_folder_cost_one_request_each_between_its_listing_and_its_record() {
    let case = Case::new();
    let folder = case.local.path().join("docs");
    std::fs::create_dir(&folder).unwrap();
    for number in 0..100 {
        std::fs::write(folder.join(format!("{number}.html")), number.to_string()).unwrap();
    }
    let package = NewPackage {
        kind: "docs-rust".to_owned(),
        file_name: "docs".to_owned(),
        path: folder,
        ..wheel(&case.local, b"")
    };
    case.store().put(&commit(COMMIT), &package).await.unwrap();
    let recorded = case.proxy.recorded();
    let uploads = uploads(&recorded);
    let name = |upload: &Recorded| upload.query.clone();
    let of = |part: &str| {
        uploads
            .iter()
            .position(|upload| name(upload).contains(part))
            .unwrap()
    };
    let last = uploads.len() - 1;
    assert_eq!((of("active"), of("reserved"), of("listings")), (0, 1, 2));
    assert_eq!(of("records"), last);
    let plain = uploads
        .iter()
        .filter(|upload| name(upload).contains("packages%2Fdocs%2F"));
    assert_eq!(plain.count(), 100);

    case.proxy.reset();
    let again = case.store().put(&commit(COMMIT), &package).await.unwrap();
    assert!(matches!(again, Put::Unchanged(_)));
    assert_eq!(
        case.proxy.recorded().len(),
        3,
        "its record, its listing, and one list of its files"
    );
}

#[tokio::test]
async fn what_arrives_damaged_is_never_recorded() {
    let case = Case::new();
    // The server says that it received other bytes than were sent.
    case.proxy.fault(Fault {
        method: Some("PUT".to_owned()),
        path: "/upload/*".to_owned(),
        // The first is the reservation of its name.
        nth: 2,
        times: 100,
        status: Some(200),
        body: Some(serde_json::json!({"size": "300000", "crc32c": "AAAAAA==", "generation": "1"})),
        ..Fault::default()
    });
    let error = case
        .store()
        .put(&commit(COMMIT), &wheel(&case.local, &[7; 300_000]))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    let records = case.store().records(&commit(COMMIT)).await.unwrap();
    assert_eq!(records, []);
}

#[tokio::test]
async fn bad_days_of_the_server_are_waited_out() {
    let quick = |status, times| Fault {
        times,
        ..Fault::status("POST", "/upload/*", status)
    };
    let cases: Vec<(&str, Fault)> = vec![
        ("503 twice", quick(503, 2)),
        (
            "429 that asks for a second",
            Fault {
                headers: [("retry-after".to_owned(), "1".to_owned())].into(),
                ..quick(429, 1)
            },
        ),
        (
            "a reply that is lost",
            Fault {
                handled: true,
                ..quick(502, 1)
            },
        ),
        (
            "a reply that is cut",
            Fault {
                cut: true,
                path: "/upload/*".to_owned(),
                ..Fault::default()
            },
        ),
        (
            "a request that comes twice",
            Fault {
                twice: true,
                path: "/upload/*".to_owned(),
                times: 100,
                ..Fault::default()
            },
        ),
        (
            "a slow server",
            Fault {
                delay_ms: 300,
                times: 20,
                ..Fault::default()
            },
        ),
    ];
    for (name, fault) in cases {
        let case = Case::new();
        case.proxy.fault(fault);
        let tries = Arc::new(Mutex::new(Vec::new()));
        let heard = tries.clone();
        let options = StoreOptions::default()
            .on_retry(move |retry| heard.lock().unwrap().push(retry.to_string()));
        let store = Store::open_with(&case.address(), options).unwrap();
        let package = wheel(&case.local, &[7; 300_000]);
        let put = store
            .put(&commit(COMMIT), &package)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}, after {:?}", tries.lock().unwrap()));
        let out = case.local.path().join("out");
        let fetched = store.fetch(put.record(), &out).await.unwrap();
        assert_eq!(std::fs::read(fetched).unwrap(), [7; 300_000], "{name}");
    }
}

/// What Google's own Python client sees of every object.
fn read_back(server: &GoogleStorage) -> serde_json::Value {
    let script = "import json, sys; from google.cloud import storage; from google.auth.credentials import AnonymousCredentials\n\
        client = storage.Client(project='p', credentials=AnonymousCredentials(), client_options={'api_endpoint': sys.argv[1]})\n\
        print(json.dumps({b.name: [b.content_type, b.cache_control, b.content_encoding, b.download_as_bytes(checksum='crc32c').decode('latin-1')] for b in client.list_blobs('tests')}))";
    let python = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let output = std::process::Command::new(python)
        .args(["-c", script, server.url()])
        .env("STORAGE_EMULATOR_HOST", server.url())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn googles_own_client_reads_back_all_that_was_written() {
    let case = Case::new();
    let folder = case.local.path().join("docs");
    std::fs::create_dir_all(folder.join("a b")).unwrap();
    std::fs::write(folder.join("a b/c+d.js"), "let x;").unwrap();
    let large = vec![7; 3_000_000];
    std::fs::write(folder.join("large.bin"), &large).unwrap();
    let docs = NewPackage {
        kind: "docs-rust".to_owned(),
        file_name: "docs".to_owned(),
        path: folder,
        ..wheel(&case.local, b"")
    };
    let store = case.store();
    store
        .put(&commit(COMMIT), &wheel(&case.local, b"bytes"))
        .await
        .unwrap();
    store.put(&commit(COMMIT), &docs).await.unwrap();
    let seen = read_back(&case.server);
    let year = "public, max-age=31536000, immutable";
    let at = |path: &str| seen[format!("p/commit/{COMMIT}/{path}")].clone();
    let object = |kind: &str, text: &str| serde_json::json!([kind, year, null, text]);
    assert_eq!(
        at(&format!("packages/{FILE}")),
        object("application/zip", "bytes")
    );
    assert_eq!(
        at("packages/docs/a b/c+d.js"),
        object("text/javascript; charset=utf-8", "let x;")
    );
    let large = String::from_utf8(large).unwrap();
    assert_eq!(
        at("packages/docs/large.bin"),
        object("application/octet-stream", &large)
    );
}
