//! Buckets that refuse, and servers that fail.

use std::sync::{Arc, Mutex};

use package_store::{Retry, Store, StoreError, StoreOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::buckets::{COMMIT, commit, folder};

const FILE: &str = "hello_sdk-0.1.0-py3-none-any.whl";

/// A server that gives every request the same answer, ended with its handle.
struct Answering {
    address: String,
    task: JoinHandle<()>,
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answering(status: &'static str, body: &'static str) -> Answering {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 16 * 1024];
            let _ = socket.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 {status}\r\nRetry-After: 0\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    Answering { address, task }
}

fn gs(server: &Answering, options: StoreOptions) -> Store {
    let url = format!("gs://bucket/prefix?endpoint={}", server.address);
    Store::open_with(&url, options.anonymous(true)).unwrap()
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again_a_bounded_number_of_times() {
    let server = answering("503 Service Unavailable", "come back later").await;
    let retries: Arc<Mutex<Vec<Retry>>> = Arc::default();
    let seen = retries.clone();
    let options = StoreOptions::default()
        .tries(3)
        .on_retry(move |retry| seen.lock().unwrap().push(retry.clone()));
    let error = gs(&server, options)
        .records(&commit(COMMIT))
        .await
        .unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    assert!(error.to_string().contains("come back later"), "{error}");
    let retries = retries.lock().unwrap();
    let attempts: Vec<_> = retries
        .iter()
        .map(|retry| (retry.attempt, retry.of))
        .collect();
    assert_eq!(attempts, [(2, 3), (3, 3)]);
    assert!(retries[0].cause.contains("come back later"));
}

#[tokio::test]
async fn a_refusal_is_not_repeated_and_names_the_address() {
    let server = answering("403 Forbidden", "no storage.objects.list access").await;
    let options = StoreOptions::default().on_retry(|retry| panic!("{retry:?}"));
    let error = gs(&server, options)
        .records(&commit(COMMIT))
        .await
        .unwrap_err();
    assert!(!error.is_temporary());
    let text = error.to_string();
    assert!(
        matches!(error, StoreError::PermissionDenied { .. }),
        "{error:?}"
    );
    assert!(text.contains("gs://bucket/prefix/commit/"), "{text}");
    assert!(text.contains("no storage.objects.list access"), "{text}");
    assert!(!text.contains("127.0.0.1"), "{text}");
}

#[tokio::test]
async fn an_upload_that_the_server_refuses_leaves_an_error_and_no_record() {
    let server = answering("403 Forbidden", "no storage.objects.create access").await;
    let case = folder();
    let error = gs(&server, StoreOptions::default())
        .put(&commit(COMMIT), &case.wheel(FILE, b"bytes"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::PermissionDenied { .. }),
        "{error:?}"
    );
}

#[test]
fn s3_and_azure_open_by_address() {
    for url in [
        "s3://bucket/prefix?region=eu-central-1&anonymous=true",
        "s3://bucket?endpoint=http://127.0.0.1:9&anonymous=true",
        "az://container/prefix?account=hello&anonymous=true",
    ] {
        let store = Store::open(url).unwrap();
        let shown = store.address("x");
        assert!(shown.ends_with("/x") && !shown.contains('?'), "{shown}");
    }
    let error = Store::open("az://container").unwrap_err().to_string();
    assert!(error.contains("?account=NAME"), "{error}");
}

#[test]
fn a_folder_below_a_file_cannot_be_opened() {
    let local = tempfile::tempdir().unwrap();
    std::fs::write(local.path().join("file"), b"x").unwrap();
    let path = local.path().join("file/bucket");
    let error = Store::open(path.to_str().unwrap()).unwrap_err();
    assert!(error.to_string().starts_with("failed to open "), "{error}");
}

/// A folder that not even root can write to.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_that_cannot_be_written_says_so() {
    let case = folder();
    let store = Store::open("/sys/kernel").unwrap();
    let error = store
        .put(&commit(COMMIT), &case.wheel(FILE, b"bytes"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::PermissionDenied { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("/sys/kernel"), "{error}");
}
