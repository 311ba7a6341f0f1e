//! Other uploaders against the same index: what uv asks for a token, and what twine and uv say of a file that we sent.

use crate::{
    clock::Bench,
    devpi::uv,
    pypi::{client, sdist, wheel},
    pypi_trusted::{job, trusting},
};
use publishing::pypi::{Credentials, Index};
use std::{collections::BTreeSet, process::Command};
use testkit::{
    pypi::PypiIndex,
    pypiserver::{PASSWORD, PypiServer, USER, python_program},
    tls_front::TlsFront,
};

/// What changes something, or mints: method, path and answer.
fn steps(pypi: &PypiIndex) -> Vec<(String, String, u16)> {
    pypi.requests()
        .into_iter()
        .filter(|one| !one.path.starts_with("/simple/"))
        .map(|one| (one.method, one.path, one.status))
        .collect()
}

#[tokio::test]
async fn uv_mints_uploads_and_ends_its_token_with_the_same_requests() {
    let folder = tempfile::tempdir().unwrap();
    let file = wheel(folder.path(), "");
    let (tokens, theirs) = trusting();
    let address = theirs.url().trim_start_matches("http://").parse().unwrap();
    // uv mints over TLS only. The front has a runtime of its own.
    let front = std::thread::spawn(move || TlsFront::start("localhost", address));
    let front = front.join().unwrap();
    let host = format!("localhost:{}", front.address().port());
    let output = Command::new(python_program("uv"))
        .args(["publish", "--no-cache", "--trusted-publishing", "always"])
        .args(["--allow-insecure-host", &host])
        .args(["--publish-url", &format!("https://{host}/legacy/")])
        .arg(&file.path)
        .env("GITHUB_ACTIONS", "true")
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", tokens.identity_url())
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret-of-the-job")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");

    let (tokens, ours) = trusting();
    let (bench, index) = client(&ours);
    let job = job(&bench, &index, &tokens);
    let files = std::slice::from_ref(&file);
    index.publish_all(files, &job.credentials).await.unwrap();
    assert_eq!(steps(&ours), steps(&theirs));
    assert_eq!(ours.burnt(), theirs.burnt());
    let form = |pypi: &PypiIndex| -> BTreeSet<(String, String)> {
        pypi.uploads()[0].fields.iter().cloned().collect()
    };
    assert_eq!(form(&ours), form(&theirs));
}

#[tokio::test]
async fn twine_and_uv_find_what_we_sent_to_pypiserver() {
    let (server, bench) = (PypiServer::start(), Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let files = [wheel(folder.path(), ""), sdist(folder.path())];
    let index = Index::new(&bench.transport, &server.url, None).unwrap();
    let credentials = Credentials::Password {
        username: USER.to_owned(),
        password: PASSWORD.into(),
    };
    index.publish_all(&files, &credentials).await.unwrap();
    let simple = format!("{}simple/", server.url);
    let login = ["--username", USER, "--password", PASSWORD];
    let told = uv(&server.url, &simple, &login, folder.path());
    assert_eq!(
        told.matches("already exists, skipping").count(),
        2,
        "{told}"
    );
    let twine = |arguments: &[&str]| {
        let output = Command::new(python_program("python"))
            .args(["-m", "twine"])
            .args(arguments)
            .args(files.iter().map(|file| &file.path))
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(told).unwrap())
    };
    let (passed, told) = twine(&["check"]);
    assert!(passed, "{told}");
    let upload = [
        "upload",
        "--verbose",
        "--non-interactive",
        "--disable-progress-bar",
        "--repository-url",
        &server.url,
        "-u",
        USER,
        "-p",
        PASSWORD,
    ];
    let (passed, told) = twine(&upload);
    assert!(!passed && told.contains("already exists!"), "{told}");
    assert_eq!(server.files().len(), 2);
}
