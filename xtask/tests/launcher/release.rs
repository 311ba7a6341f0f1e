//! A release made by hand: a tree with the launcher and its sums, a tool cache, and a server with the downloads.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use testkit::binary::Run;
use testkit::runner::{InJob as _, Level, Outcome};
use testkit::serving::Server;

pub(crate) const ACTION: &str = "hello";
pub(crate) const NAME: &str = "hello-linux-x64";
/// A program that says that it ran, and shows each of its arguments on a line of its own.
pub(crate) const BINARY: &str =
    "#!/bin/sh\necho started\nfor a in \"$@\"; do printf '[%s]\\n' \"$a\"; done\n";
/// The same for all that its user can see; its digest is another.
pub(crate) const TAMPERED: &str = "#!/bin/sh\necho started\n# tampered\n";

pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// A release tree with an action in it, and a tool cache.
pub(crate) struct Release {
    _temporary: TempDir,
    pub(crate) folder: PathBuf,
}

impl Release {
    /// A tree that pins `BINARY` and says that it can be downloaded from nowhere.
    pub(crate) fn new() -> Self {
        Self::below("release")
    }

    pub(crate) fn below(name: &str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join(name);
        fs::create_dir_all(folder.join("tree/dist")).unwrap();
        fs::create_dir_all(folder.join(ACTION)).unwrap();
        let release = Self {
            _temporary: temporary,
            folder,
        };
        // `fs::copy` keeps the permission to run it, which the action relies on.
        fs::copy(root().join("dist/run.sh"), release.dist().join("run.sh")).unwrap();
        release.pins(NAME, BINARY);
        release.downloads_from("http://127.0.0.1:9");
        release
    }

    pub(crate) fn dist(&self) -> PathBuf {
        self.folder.join("tree/dist")
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.folder.join("tools")
    }

    /// Where the binary is kept after a download.
    pub(crate) fn cached(&self) -> PathBuf {
        self.cache()
            .join("ci-actions")
            .join(sha256(BINARY))
            .join(NAME)
    }

    pub(crate) fn pins(&self, name: &str, bytes: impl AsRef<[u8]>) {
        write_sums(&self.dist(), name, bytes);
    }

    pub(crate) fn downloads_from(&self, url: &str) {
        fs::write(self.dist().join("url"), format!("{url}\n")).unwrap();
    }

    /// A run as the step of an `action.yml` does it.
    pub(crate) fn run(&self) -> Run {
        self.run_with(&[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str]) -> Run {
        let step = format!(r#"exec "$GITHUB_ACTION_PATH/../tree/dist/run.sh" {ACTION} "$@""#);
        Run::new("bash")
            .args([
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
                &step,
                "step",
            ])
            .args(arguments)
            .env("GITHUB_ACTION_PATH", self.folder.join(ACTION))
            .env("RUNNER_TOOL_CACHE", self.cache())
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .limit(Duration::from_secs(60))
    }

    /// A folder for the front of `PATH` with a program in front of the real one, which its text knows as `$real`.
    pub(crate) fn path_with(&self, name: &str, text: &str) -> PathBuf {
        let folder = self.folder.join("path");
        let real = place_of(name).unwrap();
        let text = format!("#!/bin/bash\nreal={real}\n{text}\n");
        program(&folder.join(name), &text);
        folder
    }

    /// All files of the tool cache.
    pub(crate) fn kept(&self) -> Vec<PathBuf> {
        files(&self.cache())
    }
}

pub(crate) fn write_sums(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let sums = format!(
        "{}  other-linux-x64\n{}  {name}\n",
        "0".repeat(64),
        sha256(bytes)
    );
    fs::write(folder.join("SHA256SUMS"), sums).unwrap();
}

pub(crate) fn program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

#[track_caller]
pub(crate) fn assert_started(outcome: &Outcome) {
    outcome.assert_code(0);
    assert!(outcome.stdout.starts_with("started\n"), "{outcome}");
}

/// The one error of a run that did not get as far as the binary.
#[track_caller]
pub(crate) fn refusal(outcome: &Outcome) -> String {
    outcome.assert_code(2);
    assert!(!outcome.stdout.contains("started"), "{outcome}");
    let [error] = outcome.annotations.as_slice() else {
        panic!("expected one annotation\n{outcome}");
    };
    assert_eq!(error.level, Level::Error);
    assert!(
        error.message.starts_with("failed to start hello: "),
        "{outcome}"
    );
    error.message.clone()
}

#[track_caller]
pub(crate) fn assert_names_both_digests(message: &str) {
    for digest in [sha256(BINARY), sha256(TAMPERED)] {
        assert!(message.contains(&digest), "{message}");
    }
}

/// A release's downloads; counts them.
pub(crate) struct Downloads {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Downloads {
    pub(crate) fn of(bytes: Option<&'static str>) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&asked);
        let answer = move |uri: Uri| {
            log.lock().unwrap().push(uri.path().to_owned());
            let answer: Response = match bytes {
                Some(bytes) => bytes.into_response(),
                None => StatusCode::NOT_FOUND.into_response(),
            };
            async move { answer }
        };
        let server = Server::start(0, |_| Router::new().fallback(answer)).unwrap();
        Self { server, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/v1.2.3", self.server.url())
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A folder with links to what the launcher may need, without some of it.
pub(crate) fn path_without(missing: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "bash",
        "chmod",
        "cp",
        "curl",
        "env",
        "mkdir",
        "mktemp",
        "mv",
        "openssl",
        "perl",
        "rm",
        "sh",
        "sha256sum",
        "shasum",
        "sleep",
        "stat",
        "uname",
        "wget",
    ] {
        if let Some(place) = place_of(name).filter(|_| !missing.contains(&name)) {
            symlink(place, folder.path().join(name)).unwrap();
        }
    }
    folder
}

/// Where a program is on this machine.
fn place_of(name: &str) -> Option<String> {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {name}")])
        .output()
        .unwrap();
    let place = String::from_utf8(found.stdout).unwrap();
    found.status.success().then(|| place.trim().to_owned())
}
