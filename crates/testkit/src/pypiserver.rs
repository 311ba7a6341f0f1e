//! A real pypiserver on a free port, from the project's own `.venv`, ended with its handle.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tempfile::TempDir;

pub const USER: &str = "releaser";
pub const PASSWORD: &str = "correct horse";
/// htpasswd's `{SHA}` form, which needs no bcrypt: base64 of the SHA-1 of `PASSWORD`.
const PASSWORD_SHA1: &str = "L55TUjtiq8FBorTWAZ0jy6g129A=";
/// Below the ports that a system gives to who asks for any.
const PORTS: std::ops::Range<u16> = 15_000..30_000;

/// An index that takes uploads from [`USER`] only.
#[derive(Debug)]
pub struct PypiServer {
    child: Child,
    folder: TempDir,
    /// With a slash at its end.
    pub url: String,
}

impl PypiServer {
    /// Starts it with SHA-256 on its pages, which anybody may read.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start() -> Self {
        Self::start_with("sha256", "update")
    }

    /// Starts it with `hash_algo` for the digests on its pages, and a password for whatever `protected` names.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_with(hash_algo: &str, protected: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("packages")).expect("a folder for packages");
        let passwords = format!("{USER}:{{SHA}}{PASSWORD_SHA1}\n");
        fs::write(folder.path().join("htpasswd"), passwords).expect("a file of passwords");
        // Between our look for a free port and its start, another program may take the port.
        for _ in 0..5 {
            let port = free_port();
            let mut child = Command::new(python_program("pypi-server"))
                .args(["run", "-i", "127.0.0.1", "-p", &port.to_string()])
                .args(["--hash-algo", hash_algo, "-a", protected, "-P"])
                .args(["htpasswd", "packages"].map(|name| folder.path().join(name)))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("pypiserver starts");
            if is_ready(&mut child, port) {
                let url = format!("http://127.0.0.1:{port}/");
                return Self { child, folder, url };
            }
        }
        panic!("pypiserver ended at its start, five times");
    }

    /// The files that it holds.
    ///
    /// # Panics
    /// When its folder cannot be read.
    pub fn files(&self) -> Vec<String> {
        let packages = fs::read_dir(self.folder.path().join("packages")).expect("its folder");
        let names = packages.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for PypiServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Waits until it listens; `false` when it ended instead.
fn is_ready(child: &mut Child, port: u16) -> bool {
    for _ in 0..600 {
        if child.try_wait().expect("its state").is_some() {
            return false;
        }
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("pypiserver does not listen on port {port}");
}

/// A port that nobody listens on, for a program that does not choose one itself. No server that lets the system choose gets it.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let count = PORTS.end - PORTS.start;
    // Several test programs run at the same time.
    let first = u16::try_from(std::process::id() % u32::from(count)).unwrap_or_default();
    (0..count)
        .map(|_| NEXT.fetch_add(1, Ordering::Relaxed))
        .map(|next| PORTS.start + first.wrapping_add(next) % count)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// A program of the environment that the project's own test command sets up.
///
/// # Panics
/// When it is missing.
pub fn python_program(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin");
    let path = path.join(name);
    assert!(
        path.is_file(),
        "{} is missing: run `cargo xtask test`, which installs it",
        path.display()
    );
    path
}
