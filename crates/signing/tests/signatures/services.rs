//! The stand-in for Sigstore refuses what the real services refuse, and a signer says so in one sentence.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use signing::{Error, Signer as _, Sigstore, Trust};
use testkit::faults::Fault;
use testkit::recording_proxy::RecordingProxy;

use crate::fixture::{Fixture, file};

async fn refused(fixture: &Fixture, token: String) -> String {
    let signer = fixture.signer_at(&fixture.trust(), token);
    let answer = signer.sign(&file("a.whl", b"bytes")).await;
    answer.unwrap_err().to_string()
}

#[tokio::test]
async fn fulcio_takes_only_tokens_of_the_issuer_for_sigstore() {
    let fixture = Fixture::start();
    let token = fixture.token("sigstore", &[]);
    let (head, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    // Claims that nobody signed.
    let claims = fixture.token("sigstore", &[("repository", "evil/x")]);
    let claims = claims.split('.').nth(1).unwrap();
    for (token, expected) in [
        (fixture.token("nobody", &[]), "the audience is nobody"),
        (
            fixture.token("sigstore", &[("iss", "https://token.example.org")]),
            "the issuer https://token.example.org is not trusted",
        ),
        (
            format!("{head}.{claims}.{signature}"),
            "signature is not the issuer's",
        ),
        (
            fixture.token("sigstore", &[("job_workflow_ref", "")]),
            "no job_workflow_ref",
        ),
    ] {
        let said = refused(&fixture, token).await;
        assert!(said.contains(expected), "{said}");
        assert!(said.starts_with("failed to sign `a.whl`: "), "{said}");
        assert!(
            said.contains("does the service of `trust-config` trust"),
            "{said}"
        );
    }
    let said = refused(&fixture, "secret".to_owned()).await;
    assert!(
        said.contains("OIDC token") && !said.contains("secret"),
        "{said}"
    );
}

#[tokio::test]
async fn the_log_takes_no_statement_of_another_key() {
    let fixture = Fixture::start();
    let statement = signing::Statement::publish(crate::fixture::subject("a.whl", b"bytes"));
    let bundle = fixture.signer(&[]).attest(&statement).await.unwrap();
    let bundle: Value = serde_json::from_slice(&bundle).unwrap();
    let certificate = bundle.pointer("/verificationMaterial/certificate/rawBytes");
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        certificate.unwrap().as_str().unwrap()
    );
    let mut envelope = bundle["dsseEnvelope"].clone();
    envelope["payload"] = "e30=".into();
    let body = json!({
        "apiVersion": "0.0.1", "kind": "dsse",
        "spec": {"proposedContent": {
            "envelope": envelope.to_string(),
            "verifiers": [testkit_base64(pem.as_bytes())],
        }},
    });
    let client = reqwest::Client::new();
    let url = format!("{}/api/v1/log/entries", fixture.services.url());
    let answer = client.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let said = answer.text().await.unwrap();
    assert_eq!(said, "the signature does not verify");
}

fn testkit_base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_and_told() {
    let fixture = Fixture::start();
    for (path, status) in [("/api/v2/signingCert", 503), ("/api/v1/log/entries", 429)] {
        let proxy = RecordingProxy::start(fixture.services.url()).unwrap();
        proxy.fault(Fault {
            path: path.to_owned(),
            status: Some(status),
            ..Fault::default()
        });
        let config = fixture.services.trust_config_through(proxy.url());
        let trust = Trust::from_json(&config.to_string()).unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let token = fixture.token("sigstore", &[]);
        let identity = signing::identity(move |audience| {
            assert_eq!(audience, "sigstore");
            let token = token.clone();
            async move { Ok::<_, std::io::Error>(token) }
        });
        let on_retry = Arc::new(move |line: &str| heard.lock().unwrap().push(line.to_owned()));
        let signer = Sigstore::new(&trust, identity, on_retry).unwrap();
        signer.sign(&file("a.whl", b"bytes")).await.unwrap();
        let told = told.lock().unwrap().clone();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(&status.to_string()), "{told:?}");
    }
}

#[tokio::test]
async fn without_an_identity_the_error_says_which() {
    let fixture = Fixture::start();
    let identity = signing::identity(|_| async {
        Err::<String, _>("is `id-token: write` missing from the job's permissions?")
    });
    let signer = Sigstore::new(&fixture.trust(), identity, Arc::new(|_| {})).unwrap();
    let error = signer.sign(&file("a.whl", b"bytes")).await.unwrap_err();
    assert!(matches!(error, Error::Identity { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "failed to get an OIDC token for the audience `sigstore`: is `id-token: write` missing from the job's permissions?"
    );
}
