//! Wheels on their way to a real pypiserver, and to an index that stumbles.

use crate::{
    clock::Bench,
    packages::{sdist, wheel},
    registry::{Answer, Registry as Server},
};
use blake2::Blake2b256;
use publishing::{
    State,
    pypi::{Credentials, Distribution, Index},
};
use sha2::Digest as _;
use std::process::Command;
use testkit::pypiserver::{PASSWORD, PypiServer, USER, python_program};

fn password(password: &str) -> Credentials {
    Credentials::Password {
        username: USER.to_owned(),
        password: password.into(),
    }
}

fn index(bench: &Bench, url: &str) -> Index {
    Index::new(&bench.transport, url, None).unwrap()
}

#[tokio::test]
async fn a_wheel_and_its_sdist_arrive_and_pip_installs_them() {
    let (server, bench) = (PypiServer::start(), Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let files = [
        sdist(folder.path(), "1.0.0"),
        wheel(folder.path(), "1.0.0", "from the index"),
    ];
    let index = index(&bench, &server.url);
    let outcome = index
        .publish_all(&files, &password(PASSWORD))
        .await
        .unwrap();
    assert_eq!(
        outcome.published,
        ["hello-1.0.0-py3-none-any.whl", "hello-1.0.0.tar.gz"]
    );
    let again = index
        .publish_all(&files, &password(PASSWORD))
        .await
        .unwrap();
    assert_eq!(again.published, Vec::<String>::new());
    assert_eq!(again.unchanged.len(), 2);
    assert_eq!(bench.sent().len(), 2);
    assert_eq!(install_and_ask(&server, folder.path()), "from the index");
}

/// What the installed module says.
fn install_and_ask(server: &PypiServer, folder: &std::path::Path) -> String {
    let target = folder.join("installed");
    let python = python_program("python");
    let pip = Command::new(&python)
        .args([
            "-m",
            "pip",
            "--isolated",
            "install",
            "--quiet",
            "--no-cache-dir",
        ])
        .args(["--disable-pip-version-check", "--no-deps"])
        .args(["--only-binary=:all:", "--index-url"])
        .arg(format!("{}simple/", server.url))
        .arg("--target")
        .arg(&target)
        .arg("hello==1.0.0")
        .output()
        .unwrap();
    assert!(
        pip.status.success(),
        "{}",
        String::from_utf8_lossy(&pip.stderr)
    );
    let said = Command::new(&python)
        .args(["-c", "import hello; print(hello.WORDS, end='')"])
        .env("PYTHONPATH", &target)
        .output()
        .unwrap();
    String::from_utf8(said.stdout).unwrap()
}

#[tokio::test]
async fn other_bytes_are_named_by_both_digests_and_nothing_is_sent() {
    let (server, bench) = (PypiServer::start(), Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let index = index(&bench, &server.url);
    let first = wheel(folder.path(), "1.0.0", "one");
    index
        .publish_all(std::slice::from_ref(&first), &password(PASSWORD))
        .await
        .unwrap();
    let files = [
        wheel(folder.path(), "1.0.0", "two"),
        wheel(folder.path(), "0.9.0", "new"),
    ];
    let plan = index.plan(&files, None).await.unwrap();
    assert_eq!(plan[0].state, State::Absent);
    assert_eq!(
        plan[1].state,
        State::Other {
            existing: first.sha256.clone()
        }
    );
    let error = index.publish_all(&files, &password(PASSWORD)).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains(&first.sha256), "{error}");
    assert!(error.contains(&files[0].sha256), "{error}");
    assert_eq!(server.files(), ["hello-1.0.0-py3-none-any.whl"]);
}

#[tokio::test]
async fn an_index_without_sha256_is_compared_by_download() {
    let (server, bench) = (PypiServer::start_with("md5", "update"), Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let index = index(&bench, &server.url);
    let file = wheel(folder.path(), "1.0.0", "one");
    let outcome = index
        .publish_all(std::slice::from_ref(&file), &password(PASSWORD))
        .await;
    assert_eq!(outcome.unwrap().published.len(), 1);
    let plan = index.plan(&[file], None).await.unwrap();
    assert_eq!(plan[0].state, State::Same);
    let other = wheel(folder.path(), "1.0.0", "two");
    let plan = index.plan(&[other], None).await.unwrap();
    assert!(plan[0].conflict().is_some());
}

#[tokio::test]
async fn a_wrong_password_says_what_to_check_and_is_not_shown() {
    let (server, bench) = (PypiServer::start(), Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let files = [wheel(folder.path(), "1.0.0", "one")];
    let wrong = password("hunter2-hunter2");
    let error = index(&bench, &server.url).publish_all(&files, &wrong).await;
    let error = error.unwrap_err();
    let text = format!("{error} {error:?} {}", bench.log());
    assert!(text.contains("check `username`"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(server.files(), Vec::<String>::new());
}

#[tokio::test]
async fn a_private_index_is_read_with_the_same_credentials() {
    let protected = "update,list,download";
    let (server, bench) = (PypiServer::start_with("sha256", protected), Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let files = [wheel(folder.path(), "1.0.0", "one")];
    let index = index(&bench, &server.url);
    let outcome = index
        .publish_all(&files, &password(PASSWORD))
        .await
        .unwrap();
    assert_eq!(outcome.published.len(), 1);
    assert!(index.plan(&files, None).await.is_err());
}

#[tokio::test]
async fn a_file_that_somebody_else_sent_meanwhile_is_compared() {
    let (server, bench) = (PypiServer::start(), Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let index = index(&bench, &server.url);
    let file = wheel(folder.path(), "1.0.0", "one");
    let (files, password) = ([file.clone()], password(PASSWORD));
    // Both were planned before either was sent.
    let plan = index.plan(&files, None).await.unwrap();
    let publish = async |files| index.publish_planned(files, &plan, &password).await;
    assert_eq!(publish(&files).await.unwrap().published.len(), 1);
    assert_eq!(publish(&files).await.unwrap().unchanged.len(), 1);
    let other = [wheel(folder.path(), "1.0.0", "two")];
    let error = publish(&other).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains(&file.sha256), "{error}");
}

#[tokio::test]
async fn the_form_carries_all_of_the_metadata() {
    let (server, bench, folder, file) = stumbling().await;
    upload(&server, &bench, &file).await.unwrap();
    let blake2_256 = hex::encode(Blake2b256::digest(std::fs::read(&file.path).unwrap()));
    let form = server.held().forms[0].clone();
    for (name, value) in [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("filetype", "bdist_wheel"),
        ("pyversion", "py3"),
        ("sha256_digest", &file.sha256),
        ("blake2_256_digest", &blake2_256),
        ("metadata_version", "2.1"),
        ("name", "hello"),
        ("version", "1.0.0"),
        ("requires_python", ">=3.8"),
        ("classifiers", "Programming Language :: Python"),
    ] {
        let field = format!("name=\"{name}\"\r\n\r\n{value}\r\n");
        assert!(form.contains(&field), "{name}");
    }
    drop(folder);
}

/// A server to stumble, and a wheel for it.
async fn stumbling() -> (Server, Bench, tempfile::TempDir, Distribution) {
    let folder = tempfile::tempdir().unwrap();
    let file = wheel(folder.path(), "1.0.0", "one");
    (Server::start().await, Bench::new(), folder, file)
}

async fn upload(
    server: &Server,
    bench: &Bench,
    file: &Distribution,
) -> Result<publishing::Outcome, publishing::pypi::Error> {
    let index = index(bench, &format!("{}/legacy/", server.url));
    index
        .publish_all(std::slice::from_ref(file), &password(PASSWORD))
        .await
}

#[tokio::test]
async fn a_wheel_that_arrived_before_the_cut_is_not_sent_again() {
    let (server, bench, _folder, file) = stumbling().await;
    server.script([Answer::KeepAndCut]);
    let outcome = upload(&server, &bench, &file).await.unwrap();
    assert_eq!(outcome.published.len(), 1);
    assert_eq!(server.held().forms.len(), 1);
    assert_eq!(bench.retries(), ["1/4"]);
}

#[tokio::test]
async fn a_password_that_the_index_refuses_by_hanging_up_is_named_all_the_same() {
    let (server, bench, _folder, file) = stumbling().await;
    server.script([Answer::Cut]);
    server.held().denies = true;
    let error = upload(&server, &bench, &file).await.unwrap_err();
    assert!(error.to_string().contains("check `username`"), "{error}");
    assert_eq!(server.held().forms.len(), 1);
}

#[tokio::test]
async fn a_redirect_gets_neither_the_file_nor_the_password() {
    let (server, bench, _folder, file) = stumbling().await;
    let to = vec![("location", "https://elsewhere.example/legacy/".to_owned())];
    server.script([Answer::Refuse(308, to, String::new())]);
    let error = upload(&server, &bench, &file)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("redirects to https://elsewhere.example/legacy/"),
        "{error}"
    );
}

#[tokio::test]
async fn the_words_of_a_refusal_are_passed_on() {
    let (server, bench, _folder, file) = stumbling().await;
    let page = "<html><title>400</title><body><h1>Bad Request</h1>'hello' has an invalid classifier</body></html>";
    server.script([Answer::Refuse(400, vec![], page.to_owned())]);
    let error = upload(&server, &bench, &file)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("answered 400: Bad Request 'hello' has an invalid classifier"),
        "{error}"
    );
}

#[tokio::test]
async fn a_password_in_the_address_is_refused_and_not_repeated() {
    let bench = Bench::new();
    let error = Index::new(&bench.transport, "https://me:hunter2@host.example/", None);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("it contains credentials"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}
