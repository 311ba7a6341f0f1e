//! A real pypiserver on a free port, ended with its handle.

use std::{
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

pub(crate) const USER: &str = "releaser";
pub(crate) const PASSWORD: &str = "correct horse";
const PASSWORD_SHA1: &str = "L55TUjtiq8FBorTWAZ0jy6g129A=";

pub(crate) struct PypiServer {
    child: Child,
    pub(crate) url: String,
    pub(crate) folder: tempfile::TempDir,
}

impl PypiServer {
    /// Starts it with `hash_algo` for the digests on its pages, and passwords for whatever `protected` names.
    pub(crate) async fn start(hash_algo: &str, protected: &str) -> Self {
        let program = python_program("pypi-server");
        let folder = tempfile::tempdir().unwrap();
        let packages = folder.path().join("packages");
        std::fs::create_dir(&packages).unwrap();
        let passwords = folder.path().join("htpasswd");
        let mut file = std::fs::File::create(&passwords).unwrap();
        // htpasswd's `{SHA}` form, which needs no bcrypt: base64 of the SHA-1 of PASSWORD.
        writeln!(file, "{USER}:{{SHA}}{PASSWORD_SHA1}").unwrap();
        let port = free_port();
        let child = Command::new(program)
            .args(["run", "-i", "127.0.0.1", "-p", &port.to_string()])
            .args(["--hash-algo", hash_algo, "-a", protected, "-P"])
            .arg(&passwords)
            .arg(&packages)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self {
            child,
            url: format!("http://127.0.0.1:{port}/"),
            folder,
        };
        server.wait_ready(port).await;
        server
    }

    async fn wait_ready(&mut self, port: u16) {
        for _ in 0..600 {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "pypiserver ended at its start: {ended:?}");
            if tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("pypiserver did not start on port {port}");
    }

    /// The files that it holds.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path().join("packages"))
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

/// A program of the environment that the project's own test command sets up.
pub(crate) fn python_program(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../.venv/bin")
        .join(name);
    assert!(
        path.is_file(),
        "{} is missing: run `cargo xtask test`, which installs it",
        path.display()
    );
    path
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
