//! devpi, whose pages are not where others have theirs: what we say of that, and what uv and twine say of our upload.

use crate::{
    clock::Bench,
    packages::{sdist, wheel},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use publishing::{
    State,
    pypi::{Credentials, Index},
};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use testkit::pypiserver::{free_port, python_program};

/// The user that devpi is made with, who owns the index.
const USER: &str = "root";
const PASSWORD: &str = "correct-horse";

/// A devpi with the index `root/dev`, ended with its handle.
struct Devpi {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Devpi {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Devpi {
    async fn start() -> Self {
        // The only error says that another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new(python_program("devpi-init"))
            .args(["--no-root-pypi", "--root-passwd", PASSWORD, "--serverdir"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let port = free_port();
        let child = Command::new(python_program("devpi-server"))
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .args(["--offline-mode", "--serverdir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut devpi = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
            _folder: folder,
        };
        devpi.make_index().await;
        devpi
    }

    async fn make_index(&mut self) {
        let client = reqwest::Client::new();
        let login = json!({"user": USER, "password": PASSWORD});
        for _ in 0..600 {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "devpi ended at its start: {ended:?}");
            let sent = client.post(format!("{}/+login", self.url)).json(&login);
            let Ok(answer) = sent.send().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let answer: Value = answer.json().await.unwrap();
            let token = answer["result"]["password"].as_str().unwrap();
            let auth = BASE64_STANDARD.encode(format!("{USER}:{token}"));
            let made = client
                .put(format!("{}/{USER}/dev", self.url))
                .header("X-Devpi-Auth", auth)
                .json(&json!({"bases": []}))
                .send()
                .await
                .unwrap();
            assert!(made.status().is_success(), "{made:?}");
            return;
        }
        panic!("devpi did not start at {}", self.url);
    }
}

fn password() -> Credentials {
    Credentials::Password {
        username: USER.to_owned(),
        password: PASSWORD.into(),
    }
}

#[tokio::test]
async fn devpi_gets_nothing_until_its_pages_are_named_and_then_all_of_it_once() {
    let (devpi, bench) = (Devpi::start().await, Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let files = [
        wheel(folder.path(), "1.0.0", "one"),
        sdist(folder.path(), "1.0.0"),
    ];
    let (upload, simple) = (
        format!("{}/{USER}/dev/", devpi.url),
        format!("{}/{USER}/dev/+simple/", devpi.url),
    );
    let derived = Index::new(&bench.transport, &upload, None).unwrap();
    let error = derived.publish_all(&files, &password()).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("set `simple-url` to the address of its pages"),
        "{text}"
    );
    assert_eq!(bench.sent(), Vec::<String>::new());

    let index = Index::new(&bench.transport, &upload, Some(&simple)).unwrap();
    let outcome = index.publish_all(&files, &password()).await.unwrap();
    assert_eq!(outcome.published.len(), 2);
    let again = index.publish_all(&files, &password()).await.unwrap();
    assert_eq!(again.unchanged.len(), 2);

    let publish = ["--username", USER, "--password", PASSWORD];
    let uv = uv(&upload, &simple, &publish, folder.path());
    assert_eq!(uv.matches("already exists, skipping").count(), 2, "{uv}");
    let other = tempfile::tempdir().unwrap();
    let changed = [wheel(other.path(), "1.0.0", "two")];
    let plan = index.plan(&changed, None).await.unwrap();
    assert!(matches!(plan[0].state, State::Other { .. }), "{plan:?}");
}

/// What uv says of the files of a folder that it finds in an index already.
pub(crate) fn uv(upload: &str, simple: &str, credentials: &[&str], folder: &Path) -> String {
    let output = Command::new(python_program("uv"))
        .args(["publish", "--no-cache", "--trusted-publishing", "never"])
        .args(["--publish-url", upload, "--check-url", simple])
        .args(credentials)
        .arg(folder.join("*.whl"))
        .arg(folder.join("*.tar.gz"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    told
}
