//! pip's index, with the real pip.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use package_store::{NewPackage, layout};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::buckets::{COMMIT, Case, all, commit, folder, root};

pub(crate) const FILE: &str = "hello_sdk-0.1.0+2026.11.21.g6e4ddaf-py3-none-any.whl";
const METADATA: &str = "Metadata-Version: 2.1\nName: hello-sdk\nVersion: 0.1.0+2026.11.21.g6e4ddaf\nRequires-Python: >=3.8\n";

/// A wheel that pip installs.
pub(crate) fn pure_wheel(case: &Case) -> NewPackage {
    let info = "hello_sdk-0.1.0+2026.11.21.g6e4ddaf.dist-info";
    let mut wheel = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let record =
        format!("hello_sdk/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n");
    for (name, text) in [
        (
            "hello_sdk/__init__.py".to_owned(),
            "GREETING = 'hello from the bucket'\n",
        ),
        (format!("{info}/METADATA"), METADATA),
        (
            format!("{info}/WHEEL"),
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        ),
        (format!("{info}/RECORD"), &record),
    ] {
        wheel
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        wheel.write_all(text.as_bytes()).unwrap();
    }
    let bytes = wheel.finish().unwrap().into_inner();
    NewPackage {
        version: "0.1.0+2026.11.21.g6e4ddaf".to_owned(),
        metadata: Some(METADATA.as_bytes().to_vec()),
        requires_python: Some(">=3.8".to_owned()),
        ..case.wheel(FILE, &bytes)
    }
}

/// A static file server on a folder, ended with its handle.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path, log: &Path) -> Self {
        let mut child = Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log).unwrap())
            .spawn()
            .unwrap();
        // `Serving HTTP on 127.0.0.1 port 41235 (…) ...`
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let port = line
            .split_whitespace()
            .find_map(|word| word.parse().ok())
            .unwrap();
        Self { child, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{text}");
    text
}

#[tokio::test]
async fn pip_installs_a_commits_wheel_from_a_plain_file_server() {
    let case = folder();
    case.store
        .put(&commit(COMMIT), &pure_wheel(&case))
        .await
        .unwrap();
    case.store.write_index(&commit(COMMIT)).await.unwrap();

    let log = case.local.path().join("server.log");
    let server = Server::start(root(&case), &log);
    let venv = case.local.path().join("venv");
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    let python = venv.join("bin/python");
    let index = format!(
        "http://127.0.0.1:{}/{}",
        server.port,
        layout::simple(&commit(COMMIT))
    );
    let pip = |args: &[&str]| {
        let isolated = [
            "-m",
            "pip",
            "--isolated",
            "--no-cache-dir",
            "--disable-pip-version-check",
        ];
        let once = ["--retries", "0", "--timeout", "20"];
        let (verb, rest) = args.split_first().unwrap();
        run(Command::new(&python)
            .args(isolated)
            .arg(verb)
            .args(once)
            .args(rest))
    };
    pip(&["install", "--index-url", &index, "hello-sdk"]);
    let greeting =
        run(Command::new(&python).args(["-c", "import hello_sdk as h; print(h.GREETING)"]));
    assert_eq!(greeting.trim(), "hello from the bucket");

    // Without the index: from a project's page alone, and from the short address.
    let (page, out) = (format!("{index}hello-sdk/index.html"), case.out());
    let out = out.to_str().unwrap();
    pip(&[
        "download",
        "--no-index",
        "--find-links",
        &page,
        "--dest",
        out,
        "hello-sdk",
    ]);
    std::fs::remove_file(case.out().join(FILE)).unwrap();
    let short = layout::url_path(&layout::short_package(&commit(COMMIT), "release", FILE));
    let short = format!("http://127.0.0.1:{}/{short}", server.port);
    pip(&["download", "--no-deps", "--dest", out, &short]);
    assert!(case.out().join(FILE).exists());

    let log = std::fs::read_to_string(log).unwrap();
    for asked in [
        "%2B2026.11.21.g6e4ddaf-py3-none-any.whl HTTP",
        ".whl.metadata HTTP",
    ] {
        assert!(log.contains(asked), "{asked} is not in {log}");
    }
}

#[tokio::test]
async fn pages_are_written_once_and_list_every_project() {
    for case in all() {
        let other = NewPackage {
            project: "Hello_Extra".to_owned(),
            ..case.wheel("hello_extra-0.1.0-py3-none-any.whl", b"extra")
        };
        let bundle = NewPackage {
            kind: "bundle".to_owned(),
            ..case.wheel("hello.zip", b"bundle")
        };
        for package in [pure_wheel(&case), other, bundle] {
            case.store.put(&commit(COMMIT), &package).await.unwrap();
        }
        let would = case
            .store
            .to_dry_run()
            .write_index(&commit(COMMIT))
            .await
            .unwrap();
        let index = case.store.write_index(&commit(COMMIT)).await.unwrap();
        assert_eq!(
            index.projects,
            ["hello-extra", "hello-sdk"],
            "{}",
            case.name
        );
        assert_eq!(index.written.len(), 6, "{:?}", index.written);
        assert_eq!(would, index, "{}", case.name);
        let again = case.again().write_index(&commit(COMMIT)).await.unwrap();
        assert_eq!(again.written, Vec::<String>::new(), "{}", case.name);
    }
}

#[tokio::test]
async fn a_commit_without_wheels_gets_no_index() {
    for case in all() {
        let bundle = NewPackage {
            kind: "bundle".to_owned(),
            ..case.wheel("hello.zip", b"bundle")
        };
        case.store.put(&commit(COMMIT), &bundle).await.unwrap();
        let index = case.store.write_index(&commit(COMMIT)).await.unwrap();
        assert_eq!((index.projects.len(), index.written.len()), (0, 0));
    }
}
