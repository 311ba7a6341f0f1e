//! The stand-in for PyPI, held to what the real one refuses: each strictness is shown refusing.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod pypi {
    pub(crate) mod form;
}

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::SignedDuration;
use pypi::form::{Form, client, post};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use testkit::faults::Fault;
use testkit::packages::{Sdist, Wheel};
use testkit::pypi::{Options, PypiIndex, TOKEN};
use testkit::token_service::{Claims, Publisher, TokenService};

const NAME: &str = "hello_sdk-0.2.0-py3-none-any.whl";

fn start() -> PypiIndex {
    PypiIndex::start(Options::default()).unwrap()
}

fn made(folder: &tempfile::TempDir) -> Form {
    Form::of(&Wheel::default().write(folder.path()))
}

#[tokio::test]
async fn the_form_is_read() {
    let (pypi, folder) = (start(), tempfile::tempdir().unwrap());
    let good = made(&folder);
    let other = "0".repeat(64);
    for (form, words) in [
        (good.clone().with(":action", "submit"), "Invalid action"),
        (
            good.clone().with("protocol_version", "2"),
            "Unknown protocol version",
        ),
        (
            good.clone().with("name", "-hello-"),
            "invalid value for Name",
        ),
        (
            good.clone().with("filetype", "bdist_egg"),
            "Use a known file type",
        ),
        (
            good.clone().with("pyversion", ""),
            "Python version is required",
        ),
        (
            good.clone().with("filetype", "sdist"),
            "Use 'source' as Python version",
        ),
        (good.clone().with("sha256_digest", "abc"), "hex-encoded"),
        (
            good.clone().with("sha256_digest", &other),
            "digest supplied does not match",
        ),
        (
            good.clone().with("blake2_256_digest", &other),
            "digest supplied does not match",
        ),
        (
            good.clone()
                .with("sha256_digest", "")
                .with("blake2_256_digest", ""),
            "at least one message digest",
        ),
    ] {
        form.is_refused(&pypi, 400, words).await;
    }
    let image = Form {
        content_type: "image/png",
        ..good.clone()
    };
    image
        .is_refused(&pypi, 400, "Invalid distribution file")
        .await;
    good.is_taken(&pypi).await;
    assert_eq!(pypi.files("Hello.SDK").len(), 1);
}

#[tokio::test]
async fn metadata_is_what_packaging_says_it_is() {
    let (pypi, folder) = (start(), tempfile::tempdir().unwrap());
    let good = made(&folder);
    let long = "x".repeat(513);
    for (field, value, words) in [
        ("metadata_version", "2.0", "is not a valid metadata version"),
        ("version", "0.2.0+g1234567", "The use of local versions in"),
        (
            "license_file",
            "LICENSE",
            "introduced in metadata version 2.4, not 2.1",
        ),
        ("summary", &long, "must be 512 characters or less"),
        ("summary", "one\ntwo", "must be a single line"),
        (
            "classifiers",
            "Private :: Do Not Upload",
            "is not a valid classifier",
        ),
        (
            "requires_dist",
            "a @ https://host.example/a.whl",
            "Can't have direct dependency",
        ),
        ("requires_dist", "a b c", "is invalid for"),
        ("requires_python", "three", "is invalid for"),
        ("description_content_type", "text/html", "must be one of"),
        ("project_urls", "Docs", "Must have a URL"),
    ] {
        let form = good.clone().with(field, value);
        form.is_refused(&pypi, 400, words).await;
    }
    assert_eq!(pypi.files("hello-sdk"), []);
}

#[tokio::test]
async fn names_are_what_the_file_is() {
    let (pypi, folder) = (start(), tempfile::tempdir().unwrap());
    let good = made(&folder);
    let sdist = Form::of(&Sdist::default().write(folder.path()));
    for (form, words) in [
        (
            good.clone().named("hello_sdk-0.2.0.egg"),
            "Invalid file extension",
        ),
        (
            good.clone()
                .named("hello_sdk-0.2.0-py3-none-linux_x86_64.whl"),
            "unsupported platform tag 'linux_x86_64'",
        ),
        (
            good.clone()
                .named("hello_sdk-0.2.0-py3-none-macosx_11_3_arm64.whl"),
            "unsupported platform tag",
        ),
        (
            good.clone().named("hello_sdk-0.3.0-py3-none-any.whl"),
            "WHEEL not found",
        ),
        (
            good.clone().with("version", "0.3.0"),
            "Version in filename should be '0.3.0'",
        ),
        (
            good.clone().with("name", "goodbye"),
            "Start filename for 'goodbye'",
        ),
        (
            sdist.clone().named("Hello-SDK-0.2.0.tar.gz"),
            "should be 'hello_sdk-0.2.0.tar.gz'",
        ),
        (
            sdist.clone().holding(b"no archive"),
            "File is not a tarfile",
        ),
        (good.clone().holding(b"no archive"), "File is not a zipfile"),
    ] {
        form.is_refused(&pypi, 400, words).await;
    }
}

#[tokio::test]
async fn a_name_is_taken_once_and_for_good() {
    let (pypi, folder) = (start(), tempfile::tempdir().unwrap());
    let good = made(&folder);
    good.is_taken(&pypi).await;
    good.is_taken(&pypi).await;
    assert_eq!(pypi.files("hello-sdk").len(), 1);
    let module = "GREETING = 'other'\n";
    let other = Wheel {
        module,
        ..Wheel::default()
    };
    let other = Form::of(&other.write(&folder.path().join("other")));
    other.is_refused(&pypi, 400, "File already exists").await;
    let renamed = good.clone().named("hello_sdk-0.2.0-1-py3-none-any.whl");
    renamed.is_refused(&pypi, 400, "File already exists").await;
    pypi.delete("hello-sdk", NAME);
    good.is_refused(
        &pypi,
        400,
        "previously used by a file that has since been deleted",
    )
    .await;
}

#[tokio::test]
async fn a_release_closes_after_fourteen_days_and_has_one_sdist() {
    let (pypi, folder) = (start(), tempfile::tempdir().unwrap());
    let good = made(&folder);
    good.is_taken(&pypi).await;
    let sdist = Form::of(&Sdist::default().write(folder.path()));
    pypi.advance(SignedDuration::from_hours(14 * 24));
    sdist.is_taken(&pypi).await;
    let second = sdist.clone().named("hello_sdk-0.2.0.zip").holding(b"other");
    second.is_refused(&pypi, 400, "Only one sdist").await;
    pypi.advance(SignedDuration::from_secs(1));
    let late = Wheel {
        tags: "py3-none-win_amd64",
        ..Wheel::default()
    };
    let late = Form::of(&late.write(folder.path()));
    late.is_refused(&pypi, 400, "releases older than 14 days")
        .await;
    // The same bytes as before are fine for ever.
    good.is_taken(&pypi).await;
}

#[tokio::test]
async fn sizes_and_tokens_have_limits() {
    let folder = tempfile::tempdir().unwrap();
    let good = made(&folder);
    let options = Options {
        file_size_limit: 10,
        ..Options::default()
    };
    let small = PypiIndex::start(options).unwrap();
    good.is_refused(&small, 400, "File too large").await;
    let options = Options {
        project_size_limit: 10,
        tokens: [
            ("pypi-one".to_owned(), vec!["other".to_owned()]),
            (TOKEN.to_owned(), vec![]),
        ]
        .into(),
        ..Options::default()
    };
    let full = PypiIndex::start(options).unwrap();
    good.is_refused(&full, 400, "Project size too large").await;
    let other = good.clone().paid_with("pypi-one");
    other
        .is_refused(&full, 403, "isn't allowed to upload")
        .await;
    let nobody = good.clone().paid_with("pypi-nobody");
    nobody
        .is_refused(&full, 403, "Invalid or non-existent authentication")
        .await;
}

#[tokio::test]
async fn an_upload_that_takes_too_long_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        longest_upload: Duration::from_millis(50),
        ..Options::default()
    };
    let pypi = PypiIndex::start(options).unwrap();
    let address = pypi.url().trim_start_matches("http://");
    let mut slow = TcpStream::connect(address).unwrap();
    let head = "POST /legacy/ HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhalf";
    slow.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    std::io::Read::read_exact(&mut slow, &mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 503");
    assert_eq!(pypi.uploads(), []);
    drop(folder);
}

#[tokio::test]
async fn pages_lag_and_say_what_is_yanked() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        index_lag: 1,
        ..Options::default()
    };
    let pypi = PypiIndex::start(options).unwrap();
    made(&folder).is_taken(&pypi).await;
    let read = |accept: &'static str| {
        let request = client().get(format!("{}hello-sdk/", pypi.simple_url()));
        async move {
            let answer = request.header("accept", accept).send().await.unwrap();
            answer.text().await.unwrap()
        }
    };
    let json = "application/vnd.pypi.simple.v1+json";
    let page: Value = serde_json::from_str(&read(json).await).unwrap();
    assert_eq!(page["files"], json!([]));
    pypi.yank("hello-sdk", "0.2.0", "broken");
    let page: Value = serde_json::from_str(&read(json).await).unwrap();
    assert_eq!(page["files"][0]["yanked"], "broken");
    assert!(read("text/html").await.contains("data-yanked=\"broken\""));
    let request = client()
        .get(format!("{}Hello_SDK/", pypi.simple_url()))
        .send();
    assert!(request.await.unwrap().url().path().ends_with("/hello-sdk/"));
    let unknown = client().get(format!("{}other/", pypi.simple_url())).send();
    assert_eq!(unknown.await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_scripted_fault_hides_what_was_done() {
    let (pypi, folder) = (start(), tempfile::tempdir().unwrap());
    pypi.fault(Fault {
        handled: true,
        ..Fault::status("POST", "/legacy/", 502)
    });
    assert_eq!(made(&folder).send(&pypi).await.0, 502);
    assert_eq!(pypi.files("hello-sdk").len(), 1);
}

#[tokio::test]
async fn a_minted_token_ends_and_brings_attestations_that_are_about_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = TokenService::start("projects/1").unwrap();
    let own = "acme/project/.github/workflows/release.yml@refs/heads/main";
    let claims = [
        ("repository", "acme/project"),
        ("event_name", "push"),
        ("job_workflow_ref", own),
    ];
    let claims: Claims = claims
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    tokens.admit("secret", claims);
    let options = Options {
        trusted: vec!["hello-sdk".to_owned()],
        ..Options::default()
    };
    let pypi = PypiIndex::start_trusting(options, &tokens).unwrap();
    let mint = || async {
        let identity = client()
            .get(format!("{}&audience=pypi", tokens.identity_url()))
            .bearer_auth("secret");
        let identity: Value = identity.send().await.unwrap().json().await.unwrap();
        let url = format!("{}/_/oidc/mint-token", pypi.url());
        post(url, json!({"token": identity["value"]})).await
    };
    assert_eq!(mint().await.0, 422, "nobody is trusted yet");
    tokens.trust(Publisher {
        repository: "acme/project".to_owned(),
        workflow: "release.yml".to_owned(),
        environment: None,
    });
    let minted = mint().await.1["token"].as_str().unwrap().to_owned();
    let good = made(&folder).paid_with(&minted);
    let attestation = |name: &str| {
        let statement = json!({
            "subject": [{"name": name, "digest": {"sha256": hex::encode(Sha256::digest(&good.bytes))}}],
            "predicateType": "https://slsa.dev/provenance/v1",
        });
        json!({
            "version": 1,
            "verification_material": {"certificate": "", "transparency_entries": [{}]},
            "envelope": {"statement": BASE64_STANDARD.encode(statement.to_string()), "signature": ""},
        })
    };
    let own = attestation(NAME);
    for (attestations, words) in [
        (json!([]), "an empty attestation set is not permitted"),
        (json!([{"version": 2}]), "Malformed attestations"),
        (
            json!([attestation("other.whl")]),
            "does not match distribution name",
        ),
        (json!([own, own]), "same predicate type"),
        (json!([own, own, own]), "A maximum of 2"),
    ] {
        let form = good.clone().with("attestations", &attestations.to_string());
        form.is_refused(&pypi, 400, words).await;
    }
    let with = good.clone().with("attestations", &json!([own]).to_string());
    let by_user = with.clone().paid_with(TOKEN);
    by_user
        .is_refused(&pypi, 400, "only supported when using Trusted Publishing")
        .await;
    with.is_taken(&pypi).await;
    assert_eq!(pypi.files("hello-sdk")[0].attestations, 1);

    let stranger = good.clone().with("name", "other-project");
    stranger
        .is_refused(&pypi, 400, "Non-user identities cannot create new projects")
        .await;
    let burn = format!("{}/_/oidc/burn-token", pypi.url());
    assert_eq!(post(burn, json!({"token": minted})).await.0, 202);
    good.is_refused(&pypi, 403, "Invalid or non-existent authentication")
        .await;
    let minted = mint().await.1["token"].as_str().unwrap().to_owned();
    good.clone().paid_with(&minted).is_taken(&pypi).await;
    pypi.advance(SignedDuration::from_mins(15));
    let late = good.clone().paid_with(&minted);
    late.is_refused(&pypi, 403, "Invalid or non-existent authentication")
        .await;
}
