//! Trusted publishing at PyPI: what is minted, ended and renewed, and attestations, which come with it alone.

use crate::{
    clock::Bench,
    pypi::{client, options, token, wheel},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use publishing::{
    ExposeSecret as _, SecretString,
    pypi::{self, Credentials, Distribution, Index},
    trusted::{self, Publisher},
};
use serde_json::{Value, json};
use signing::endpoints::PUBLISH;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use testkit::{
    faults::Fault,
    pypi::{Options, PypiIndex},
    token_service::TokenService,
};

/// A token service that knows a job, and PyPI that trusts its workflow with `hello-sdk`.
pub(crate) fn trusting() -> (TokenService, PypiIndex) {
    let tokens = TokenService::start_for_job("acme/project", "secret-of-the-job").unwrap();
    let options = Options {
        trusted: vec!["hello-sdk".to_owned()],
        ..options()
    };
    let pypi = PypiIndex::start_trusting(options, &tokens).unwrap();
    (tokens, pypi)
}

/// The job's identity as a runner gives it.
async fn ask(tokens_url: String, audience: String) -> Result<String, reqwest::Error> {
    let answer = reqwest::Client::new()
        .get(format!("{tokens_url}&audience={audience}"))
        .bearer_auth("secret-of-the-job")
        .send()
        .await?
        .json::<Value>()
        .await?;
    Ok(answer["value"].as_str().unwrap().to_owned())
}

pub(crate) struct Job {
    pub(crate) credentials: Credentials,
    pub(crate) masked: Arc<Mutex<Vec<String>>>,
}

pub(crate) fn job(bench: &Bench, index: &Index, tokens: &TokenService) -> Job {
    let url = tokens.identity_url();
    let identity = trusted::identity(move |audience| ask(url.clone(), audience));
    let masked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&masked);
    let on_minted: trusted::OnMinted = Arc::new(move |token: &SecretString| {
        kept.lock().unwrap().push(token.expose_secret().to_owned());
    });
    let publisher = Publisher::pypi(&bench.transport, index.upload_url(), identity, on_minted);
    Job {
        credentials: Credentials::Trusted(Arc::new(publisher)),
        masked,
    }
}

/// An attestation as PyPI wants its form; nobody here checks the signature.
fn attestation(file: &Distribution, kind: &str) -> Value {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": file.file_name, "digest": {"sha256": file.sha256}}],
        "predicateType": kind, "predicate": null,
    });
    json!({
        "version": 1,
        "verification_material": {"certificate": "AA==", "transparency_entries": [{"logIndex": "1"}]},
        "envelope": {"statement": BASE64_STANDARD.encode(statement.to_string()), "signature": "AA=="},
    })
}

#[tokio::test]
async fn a_new_project_is_published_on_a_token_that_is_masked_and_ended() {
    let (tokens, pypi) = trusting();
    let folder = tempfile::tempdir().unwrap();
    let (bench, index) = client(&pypi);
    let job = job(&bench, &index, &tokens);
    let files = [wheel(folder.path(), "")];
    let outcome = index.publish_all(&files, &job.credentials).await.unwrap();
    assert_eq!(outcome.published.len(), 1);
    assert_eq!(*job.masked.lock().unwrap(), pypi.minted());
    assert_eq!(pypi.burnt(), pypi.minted());
    let posts: Vec<String> = pypi
        .requests()
        .into_iter()
        .filter(|request| request.method == "POST")
        .map(|request| request.path)
        .collect();
    assert_eq!(
        posts,
        ["/_/oidc/mint-token", "/legacy/", "/_/oidc/burn-token"]
    );
}

#[tokio::test]
async fn a_token_is_ended_after_a_failure() {
    let (tokens, pypi) = trusting();
    let folder = tempfile::tempdir().unwrap();
    let (bench, index) = client(&pypi);
    let job = job(&bench, &index, &tokens);
    let files = [wheel(folder.path(), "")];
    pypi.fault(Fault::status("POST", "/legacy/", 400));
    // A moment later the index ends it.
    pypi.fault(Fault::status("POST", "/_/oidc/burn-token", 503));
    let error = index.publish_all(&files, &job.credentials).await;
    assert!(error.unwrap_err().to_string().contains("answered 400"));
    assert_eq!(pypi.burnt(), pypi.minted());
    assert_eq!(pypi.burnt().len(), 1);
}

#[tokio::test]
async fn a_token_that_cannot_be_ended_changes_no_result_and_is_tried_a_few_times() {
    // An index that only mints refuses what it does not know; that is nothing to tell.
    for (status, attempts, told) in [(404, 1, 0), (405, 1, 0), (500, 3, 1)] {
        let (tokens, pypi) = trusting();
        let folder = tempfile::tempdir().unwrap();
        let (bench, index) = client(&pypi);
        let job = job(&bench, &index, &tokens);
        pypi.fault(Fault {
            times: 1000,
            ..Fault::status("POST", "/_/oidc/burn-token", status)
        });
        let files = [wheel(folder.path(), "")];
        index.publish_all(&files, &job.credentials).await.unwrap();
        let requests = pypi.requests();
        let tried = requests
            .iter()
            .filter(|one| one.path == "/_/oidc/burn-token");
        assert_eq!(tried.count(), attempts, "{status}");
        let cautions = bench.cautions();
        assert_eq!(cautions.len(), told, "{cautions:?}");
        let waited: Duration = bench.clock.waits().iter().sum();
        assert!(waited < Duration::from_secs(10), "{waited:?}");
    }
}

#[tokio::test]
async fn a_token_is_renewed_before_its_quarter_of_an_hour_ends() {
    let (tokens, pypi) = trusting();
    let (bench, index) = client(&pypi);
    let job = job(&bench, &index, &tokens);
    let Credentials::Trusted(publisher) = &job.credentials else {
        panic!("{:?}", job.credentials);
    };
    for minutes in [0, 9, 2] {
        let passed = Duration::from_secs(minutes * 60);
        bench.clock.advance(passed);
        pypi.advance(passed.try_into().unwrap());
        publisher.token().await.unwrap();
    }
    assert_eq!(pypi.minted().len(), 2);
    // An upload may still be under way with the first one, so both are burnt at the end.
    assert_eq!(pypi.burnt(), Vec::<String>::new());
    publisher.end().await;
    let (mut burnt, mut minted) = (pypi.burnt(), pypi.minted());
    burnt.sort();
    minted.sort();
    assert_eq!(burnt, minted);
}

#[tokio::test]
async fn attestations_beside_a_wheel_go_along_with_it() {
    let (tokens, pypi) = trusting();
    let folder = tempfile::tempdir().unwrap();
    let (bench, index) = client(&pypi);
    let job = job(&bench, &index, &tokens);
    let mut files = [wheel(folder.path(), "")];
    let beside = |kind: &str| {
        let name = format!("{}.{kind}.attestation", files[0].file_name);
        folder.path().join(name)
    };
    let (good, twice, other) = (beside("publish"), beside("again"), beside("slsa"));
    std::fs::write(&good, attestation(&files[0], PUBLISH).to_string()).unwrap();
    std::fs::write(&twice, attestation(&files[0], PUBLISH).to_string()).unwrap();
    std::fs::write(&other, "no JSON").unwrap();
    let strange = folder
        .path()
        .join("other-1.0-py3-none-any.whl.publish.attestation");
    std::fs::write(&strange, "{}").unwrap();
    assert!(
        [&good, &twice, &other, &strange]
            .into_iter()
            .all(|path| pypi::is_attestation(path))
    );
    let left_out = pypi::attach_attestations(&mut files, &[twice, strange]);
    let why: Vec<&str> = left_out.iter().map(|one| one.why.as_str()).collect();
    assert_eq!(
        why,
        [
            format!("the file already has one of the kind {PUBLISH}").as_str(),
            "it is not JSON",
            "other-1.0-py3-none-any.whl is not among the files",
        ]
    );
    index.publish_all(&files, &job.credentials).await.unwrap();
    assert_eq!(pypi.files("hello-sdk")[0].attestations, 1);
}

#[tokio::test]
async fn attestations_stay_at_home_without_trusted_publishing_and_off_pypi() {
    let (_tokens, pypi) = trusting();
    let folder = tempfile::tempdir().unwrap();
    let mut file = wheel(folder.path(), "");
    let value = attestation(&file, PUBLISH);
    pypi::add_attestation(&mut file, value).unwrap();
    let (bench, index) = client(&pypi);
    index
        .publish_all(std::slice::from_ref(&file), &token())
        .await
        .unwrap();
    assert!(
        bench.cautions()[0].contains("only with trusted publishing"),
        "{:?}",
        bench.cautions()
    );
    assert_eq!(pypi.files("hello-sdk")[0].attestations, 0);

    let (tokens, other) = trusting();
    let bench = Bench::new();
    let index = Index::new(&bench.transport, &other.upload_url(), None).unwrap();
    let job = job(&bench, &index, &tokens);
    index.publish_all(&[file], &job.credentials).await.unwrap();
    assert!(
        bench.cautions()[0].contains("only PyPI accepts them"),
        "{:?}",
        bench.cautions()
    );
    assert_eq!(other.files("hello-sdk")[0].attestations, 0);
}

#[tokio::test]
async fn an_attestation_about_other_bytes_is_not_added() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = wheel(folder.path(), "A = 1\n");
    let other = wheel(&folder.path().join("other"), "A = 2\n");
    let why = pypi::add_attestation(&mut file, attestation(&other, PUBLISH)).unwrap_err();
    assert!(why.contains("about different bytes"), "{why}");
    let kind = attestation(&file, "https://example.com/v1");
    let why = pypi::add_attestation(&mut file, kind).unwrap_err();
    assert!(why.contains("PyPI does not accept"), "{why}");
    assert_eq!(file.attestations, Vec::<Value>::new());
}
