//! A fetch that is killed at any of its requests: what it leaves is never part of the package, and the next run completes it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use package_store::{NewPackage, Store};
use testkit::bucket_server::BucketServer;
use testkit::recording_proxy::RecordingProxy;

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
const FILES: usize = 12;
/// More requests than a fetch sends.
const MOST: usize = 60;

/// Uploads a folder, and answers which files it has.
fn upload(server: &BucketServer, place: &Path) -> BTreeMap<String, String> {
    let docs = place.join("docs");
    let mut files = BTreeMap::new();
    for number in 0..FILES {
        let path = format!("{}/{number}.html", number % 3);
        let file = docs.join(&path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let text = format!("<p>{}</p>", "all of it ".repeat(1000 * number));
        fs::write(file, &text).unwrap();
        files.insert(path, text);
    }
    let store = Store::open(&server.bucket("")).unwrap();
    let package = NewPackage {
        kind: "docs-rust".to_owned(),
        project: "hello".to_owned(),
        version: "0.1.0".to_owned(),
        platform: "any".to_owned(),
        file_name: "docs".to_owned(),
        path: docs,
        ..NewPackage::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let commit = COMMIT.parse().unwrap();
    runtime.block_on(store.put(&commit, &package)).unwrap();
    files
}

fn fetch(place: &Path, bucket: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fetch-packages"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", place)
        .current_dir(place)
        .args(["--bucket", bucket, "--commit", COMMIT, "--out", "out"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// All files below a folder with their contents.
fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn a_fetch_that_is_killed_at_any_request_leaves_no_stray_file_and_is_completed() {
    let place = tempfile::tempdir().unwrap();
    let server = BucketServer::google();
    let files = upload(&server, place.path());
    let proxy = RecordingProxy::start(server.url()).unwrap();
    let bucket = server.bucket_through(proxy.url(), "");
    let out = place.path().join("out");
    let mut killed = 0;
    for at in 1..MOST {
        fs::remove_dir_all(&out).ok();
        proxy.reset();
        let child: Arc<Mutex<Option<Child>>> = Arc::default();
        let (victim, seen) = (child.clone(), AtomicUsize::new(0));
        proxy.on_request(move |_, _| {
            if seen.fetch_add(1, Ordering::Relaxed) + 1 == at
                && let Some(child) = victim.lock().unwrap().as_mut()
            {
                child.kill().unwrap();
            }
        });
        *child.lock().unwrap() = Some(fetch(place.path(), &bucket).spawn().unwrap());
        let started = Instant::now();
        let ended = loop {
            assert!(started.elapsed() < Duration::from_secs(60), "it never ends");
            if let Some(status) = child.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        proxy.on_request(|_, _| {});
        let mut found = BTreeMap::new();
        read(&out.join("docs"), "", &mut found);
        let stray: Vec<_> = found
            .iter()
            .filter(|(path, text)| files.get(*path) != Some(text))
            .collect();
        assert_eq!(stray, Vec::new(), "killed at request {at}");
        let again = fetch(place.path(), &server.bucket("")).status().unwrap();
        assert!(again.success(), "after a kill at request {at}");
        let mut found = BTreeMap::new();
        read(&out, "", &mut found);
        let expected: BTreeMap<String, String> = files
            .iter()
            .map(|(path, text)| (format!("docs/{path}"), text.clone()))
            .collect();
        assert_eq!(found, expected, "after a kill at request {at}");
        if ended.success() {
            break;
        }
        killed += 1;
    }
    assert!(killed > FILES, "killed {killed} times only");
}

#[test]
fn half_written_files_of_an_earlier_version_go_and_the_users_own_stop_it() {
    let place = tempfile::tempdir().unwrap();
    let server = BucketServer::google();
    let files = upload(&server, place.path());
    let docs = place.path().join("out/docs");
    fs::create_dir_all(docs.join("1")).unwrap();
    fs::write(docs.join("1/.partial-aB3dE9"), "half").unwrap();
    let status = fetch(place.path(), &server.bucket("")).status().unwrap();
    assert!(status.success());
    let mut found = BTreeMap::new();
    read(&docs, "", &mut found);
    assert_eq!(found, files);
    fs::write(docs.join("1/mine.txt"), "my own").unwrap();
    let status = fetch(place.path(), &server.bucket("")).status().unwrap();
    assert_eq!(status.code(), Some(2));
    assert_eq!(
        fs::read_to_string(docs.join("1/mine.txt")).unwrap(),
        "my own"
    );
}
