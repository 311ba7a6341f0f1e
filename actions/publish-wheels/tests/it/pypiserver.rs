//! A real pypiserver on a free port, ended with its handle.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

pub(crate) const USER: &str = "releaser";
pub(crate) const PASSWORD: &str = "correct horse";
/// htpasswd's `{SHA}` form, which needs no bcrypt: base64 of the SHA-1 of `PASSWORD`.
const PASSWORD_SHA1: &str = "L55TUjtiq8FBorTWAZ0jy6g129A=";

/// It takes uploads from `USER` only.
pub(crate) struct PypiServer {
    child: Child,
    folder: TempDir,
    pub(crate) url: String,
}

impl PypiServer {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("packages")).unwrap();
        let passwords = format!("{USER}:{{SHA}}{PASSWORD_SHA1}\n");
        fs::write(folder.path().join("htpasswd"), passwords).unwrap();
        // Between our look for a free port and its start, another program may take the port.
        for _ in 0..5 {
            let port = free_port();
            let mut child = spawn(folder.path(), port);
            if is_ready(&mut child, port) {
                let url = format!("http://127.0.0.1:{port}/");
                return Self { child, folder, url };
            }
        }
        panic!("pypiserver ended at its start, five times");
    }

    /// The files that it holds.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path().join("packages"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for PypiServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &Path, port: u16) -> Child {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/pypi-server");
    assert!(
        program.is_file(),
        "{} is missing: run `cargo xtask test`, which installs it",
        program.display()
    );
    Command::new(program)
        .args(["run", "-i", "127.0.0.1", "-p", &port.to_string()])
        .args(["--hash-algo", "sha256", "-a", "update", "-P"])
        .args([folder.join("htpasswd"), folder.join("packages")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until it listens; `false` when it ended instead.
fn is_ready(child: &mut Child, port: u16) -> bool {
    for _ in 0..600 {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("pypiserver does not listen on port {port}");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
