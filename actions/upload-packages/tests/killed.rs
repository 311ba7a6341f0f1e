//! An upload that is killed again and again: in the end the bucket is the same, and nothing was sent twice.
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

use testkit::bucket_server::BucketServer;
use testkit::packages::Wheel;
use testkit::recording_proxy::{Recorded, RecordingProxy};

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
const FILES: usize = 500;
/// A run is killed at this request that writes; a run that finds all in place only reads.
const KILL_AT: usize = 50;
/// More than enough: each run sends about 50 requests.
const MOST_RUNS: usize = 40;

fn lay_out(folder: &Path) {
    fs::create_dir_all(folder.join("dist")).unwrap();
    for project in ["hello-sdk", "hello-other", "hello-third"] {
        Wheel {
            project,
            version: "0.2.0",
            tags: "py3-none-any",
            module: "GREETING = 'hello'\n",
        }
        .write(&folder.join("dist"));
    }
    fs::create_dir(folder.join("docs")).unwrap();
    fs::write(folder.join("docs/index.html"), "<p>all</p>").unwrap();
    for number in 0..FILES {
        let file = folder.join(format!("docs/{}/{number}.html", number % 7));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, format!("<p>{number}</p>")).unwrap();
    }
}

fn upload(folder: &Path, bucket: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upload-packages"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .current_dir(folder)
        .args(["--bucket", bucket, "--commit", COMMIT])
        .args(["--files", "dist/*.whl", "--folders", "docs"])
        .args(["--kind", "docs-python", "--project", "hello-sdk"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Uploads of objects that the server took, by the object's name.
fn taken(recorded: &[Recorded]) -> BTreeMap<String, usize> {
    let mut taken = BTreeMap::new();
    for one in recorded {
        let name = one
            .query
            .split('&')
            .find_map(|pair| pair.strip_prefix("name="));
        let whole = one.query.contains("uploadType=multipart");
        if let (Some(name), true, 200) = (name, whole, one.status) {
            *taken.entry(name.to_owned()).or_default() += 1;
        }
    }
    taken
}

/// All objects with their contents, without the time in a record: it is that of whichever run wrote it.
fn objects(server: &BucketServer) -> BTreeMap<String, String> {
    let script = "import json, sys; from google.cloud import storage; from google.auth.credentials import AnonymousCredentials\n\
        client = storage.Client(project='p', credentials=AnonymousCredentials(), client_options={'api_endpoint': sys.argv[1]})\n\
        print(json.dumps({blob.name: blob.download_as_bytes().decode('latin-1') for blob in client.list_blobs('tests')}))";
    let output = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python"))
        .args(["-c", script, server.url()])
        .env("STORAGE_EMULATOR_HOST", server.url())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let objects: BTreeMap<String, String> = serde_json::from_slice(&output.stdout).unwrap();
    let without_time = |text: String| -> String {
        let time = |line: &&str| {
            !["uploaded", "upload-time", "added"]
                .iter()
                .any(|key| line.contains(&format!("\"{key}\"")))
        };
        text.lines().filter(time).collect::<Vec<_>>().join("\n")
    };
    objects
        .into_iter()
        .map(|(name, text)| match name.ends_with(".json") {
            true => (name, without_time(text)),
            false => (name, text),
        })
        // Pages of a day say when it was.
        .filter(|(name, _)| name.starts_with("commit/") || name.starts_with("6e4ddaf"))
        .filter(|(name, _)| !name.ends_with(".html") || name.contains("/packages/"))
        .collect()
}

#[test]
fn an_upload_that_is_killed_at_every_fiftieth_request_ends_the_same_and_sends_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());

    let whole = BucketServer::google();
    let output = upload(folder.path(), &whole.bucket("")).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );

    let server = BucketServer::google();
    let proxy = RecordingProxy::start(server.url()).unwrap();
    let mut all: Vec<Recorded> = Vec::new();
    let mut killed = 0;
    loop {
        assert!(killed < MOST_RUNS, "the upload never ends");
        proxy.reset();
        let child: Arc<Mutex<Option<Child>>> = Arc::default();
        let victim = child.clone();
        let writes = AtomicUsize::new(0);
        proxy.on_request(move |method, _| {
            if method != "GET"
                && writes.fetch_add(1, Ordering::Relaxed) + 1 == KILL_AT
                && let Some(child) = victim.lock().unwrap().as_mut()
            {
                child.kill().unwrap();
            }
        });
        let bucket = server.bucket_through(proxy.url(), "");
        *child.lock().unwrap() = Some(upload(folder.path(), &bucket).spawn().unwrap());
        let ended = loop {
            if let Some(status) = child.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        // What was under way when the run was killed still reaches the server.
        let waiting = Instant::now();
        while proxy.under_way() > 0 {
            assert!(
                waiting.elapsed() < Duration::from_secs(30),
                "a request never ends"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        all.extend(proxy.recorded());
        if ended.success() {
            break;
        }
        assert_eq!(ended.code(), None, "it was killed, it did not fail");
        killed += 1;
    }
    assert!(killed >= 8, "killed {killed} times only");
    let twice: Vec<(String, usize)> = taken(&all)
        .into_iter()
        .filter(|(name, count)| name.contains("packages%2Fdocs") && *count > 1)
        .collect();
    assert_eq!(twice, [], "sent again although it was complete");
    assert_eq!(objects(&server), objects(&whole));
}
