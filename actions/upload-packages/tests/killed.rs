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

use testkit::google_storage::GoogleStorage;
use testkit::packages::Wheel;
use testkit::recording_proxy::{Recorded, RecordingProxy};

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
const FILES: usize = 500;
const WHEELS: [&str; 3] = ["hello-sdk", "hello-other", "hello-third"];
/// So many runs are killed at their first request that writes, at their second, and so on: the wheels are sent first.
const EARLY_RUNS: usize = 12;
/// Each later run is killed at this one; a run that finds all in place only reads.
const KILL_AT: usize = 50;
/// More than enough: each later run sends about 50 requests.
const MOST_RUNS: usize = 50;

fn lay_out(folder: &Path) {
    fs::create_dir_all(folder.join("dist")).unwrap();
    for project in WHEELS {
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

/// How often the bytes of each object were sent, and how often the server made each: both by the object's name.
#[derive(Debug, Default)]
struct Counts {
    sent: BTreeMap<String, usize>,
    made: BTreeMap<String, usize>,
}

impl Counts {
    fn of(recorded: &[Recorded]) -> Self {
        let mut counts = Self::default();
        for one in recorded {
            let kind = one.parameter("uploadType");
            let bytes = match kind.as_deref() {
                Some("multipart") => true,
                // What begins such an upload is a POST without bytes.
                Some("resumable") => one.method == "PUT",
                _ => false,
            };
            let copied = one.path.rsplit_once("/rewriteTo/b/tests/o/");
            let copied = copied.map(|(_, to)| to.replace("%2F", "/"));
            let Some(name) = one.parameter("name").filter(|_| bytes).or(copied) else {
                continue;
            };
            if bytes {
                *counts.sent.entry(name.clone()).or_default() += 1;
            }
            if one.status == 200 {
                *counts.made.entry(name).or_default() += 1;
            }
        }
        counts
    }

    /// Nothing of these folders was sent or made twice.
    #[track_caller]
    fn assert_none_twice(&self, folder: &str) {
        for counts in [&self.sent, &self.made] {
            let twice: Vec<_> = counts
                .iter()
                .filter(|(name, count)| name.contains(folder) && **count > 1)
                .collect();
            assert_eq!(twice, [], "again although it was complete");
        }
    }
}

/// All objects with their contents, without the time in a record: it is that of whichever run wrote it.
fn objects(server: &GoogleStorage) -> BTreeMap<String, String> {
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
fn an_upload_that_is_killed_again_and_again_ends_the_same_and_sends_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path());

    let whole = GoogleStorage::start();
    let output = upload(folder.path(), &whole.bucket("")).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );

    let server = GoogleStorage::start();
    let proxy = RecordingProxy::start(server.url()).unwrap();
    let mut all: Vec<Recorded> = Vec::new();
    let mut killed = 0;
    loop {
        assert!(killed < MOST_RUNS, "the upload never ends");
        proxy.reset();
        let child: Arc<Mutex<Option<Child>>> = Arc::default();
        let victim = child.clone();
        let writes = AtomicUsize::new(0);
        let kill_at = match killed {
            early if early < EARLY_RUNS => early + 1,
            _ => KILL_AT,
        };
        proxy.on_request(move |method, _| {
            if method != "GET"
                && writes.fetch_add(1, Ordering::Relaxed) + 1 == kill_at
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
    assert!(killed >= EARLY_RUNS + 4, "killed {killed} times only");
    let counts = Counts::of(&all);
    for folder in ["/packages/", "/records/"] {
        counts.assert_none_twice(folder);
    }
    let objects_now = objects(&server);
    for project in WHEELS {
        let file = format!("{}-0.2.0-py3-none-any.whl", project.replace('-', "_"));
        let at = |folder: &str, end: &str| format!("commit/{COMMIT}/{folder}/{file}{end}");
        let (wheel, metadata) = (at("packages", ""), at("packages", ".metadata"));
        let record = at("records/wheel/release", ".json");
        for sent in [&wheel, &metadata, &record] {
            assert_eq!(counts.sent.get(sent), Some(&1), "{sent}");
            assert_eq!(counts.made.get(sent), Some(&1), "{sent}");
        }
        let short = format!("6e4ddaf/{file}");
        assert_eq!(counts.made.get(&short), Some(&1), "{short}");
        for place in [&wheel, &short] {
            let local = fs::read(folder.path().join("dist").join(&file)).unwrap();
            let local: String = local.into_iter().map(char::from).collect();
            assert!(objects_now.get(place) == Some(&local), "{place} differs");
        }
        let records = objects_now
            .keys()
            .filter(|name| name.contains("/records/") && name.contains(&file));
        assert_eq!(records.collect::<Vec<_>>(), [&record]);
    }
    let pages = counts
        .sent
        .keys()
        .filter(|name| name.contains("/packages/docs/"));
    assert_eq!(pages.count(), FILES + 1);
    assert_eq!(objects_now, objects(&whole));
}
