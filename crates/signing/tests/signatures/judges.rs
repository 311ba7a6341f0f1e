//! Bundles and attestations before PyPI's own programs, and before ours.

use serde_json::Value;
use signing::{Signer as _, Statement, pypi, verify_bundle};

use crate::fixture::{COMMIT, Fixture, WHEEL, WORKFLOW, file, policy, subject};

const BYTES: &[u8] = b"the bytes of a wheel";
const OTHER_WORKFLOW: &str = "rerun-io/hello-sdk/.github/workflows/other.yml@refs/heads/main";

#[tokio::test]
async fn a_signed_file_is_good_for_pypis_sigstore_and_for_us() {
    let fixture = Fixture::start();
    let path = fixture.write(WHEEL, BYTES);
    let signer = fixture.signer(&[]);
    let bundle = signer.sign(&file(WHEEL, BYTES)).await.unwrap();

    let judge = |path, workflow| fixture.judge("file", path, &bundle, None, workflow);
    assert_eq!(judge(&path, WORKFLOW), Ok("good".to_owned()));
    let said = judge(&path, OTHER_WORKFLOW).unwrap_err();
    assert!(said.contains("identity") || said.contains("SANs"), "{said}");
    let other = fixture.write("other", b"other bytes");
    judge(&other, WORKFLOW).unwrap_err();

    let trust = fixture.trust();
    let good = verify_bundle(&bundle, &subject(WHEEL, BYTES), &trust, &policy());
    let good = good.unwrap();
    assert_eq!(good.signer, format!("https://github.com/{WORKFLOW}"));
    assert_eq!((&*good.commit, &*good.trigger), (COMMIT, "push"));
    let only = policy().signed_by(&[WORKFLOW.to_owned()]).unwrap();
    verify_bundle(&bundle, &subject(WHEEL, BYTES), &trust, &only).unwrap();
}

#[tokio::test]
async fn a_publish_attestation_is_good_for_pypi() {
    let fixture = Fixture::start();
    let path = fixture.write(WHEEL, BYTES);
    let statement = Statement::publish(subject(WHEEL, BYTES));
    let bundle = fixture.signer(&[]).attest(&statement).await.unwrap();
    let object = pypi::attestation(WHEEL, &bundle).unwrap();

    let object = object.to_string();
    let judge = |path, workflow| fixture.judge("pypi", path, object.as_bytes(), None, workflow);
    let said = judge(&path, WORKFLOW);
    let expected = format!(r#"["{}", null]"#, signing::endpoints::PUBLISH);
    assert_eq!(said, Ok(expected));
    judge(&path, "evil/hello-sdk/.github/workflows/release.yml@x").unwrap_err();
    judge(&path, OTHER_WORKFLOW).unwrap_err();
    let same_name = fixture.folder.path().join("other");
    std::fs::create_dir(&same_name).unwrap();
    let same_name = same_name.join(WHEEL);
    std::fs::write(&same_name, b"other bytes").unwrap();
    let said = judge(&same_name, WORKFLOW).unwrap_err();
    assert!(said.contains("digest"), "{said}");
    let renamed = fixture.write("hello_sdk-0.3.0-py3-none-any.whl", BYTES);
    let said = judge(&renamed, WORKFLOW).unwrap_err();
    assert!(said.contains("name"), "{said}");
}

#[tokio::test]
async fn provenance_is_good_for_pypi_and_says_what_the_job_is() {
    let fixture = Fixture::start();
    let path = fixture.write(WHEEL, BYTES);
    let claims = fixture.claims();
    let statement = Statement::provenance(subject(WHEEL, BYTES), &claims, "https://github.com");
    let bundle = fixture.signer(&[]).attest(&statement).await.unwrap();

    let said = fixture.judge("statement", &path, &bundle, None, WORKFLOW);
    let said: Value = serde_json::from_str(&said.unwrap()).unwrap();
    assert_eq!(said["subject"].as_array().unwrap().len(), 1);
    assert_eq!(said["predicateType"], "https://slsa.dev/provenance/v1");
    let builder = &said["predicate"]["runDetails"]["builder"]["id"];
    assert_eq!(builder, &format!("https://github.com/{WORKFLOW}"));

    let object = pypi::attestation(WHEEL, &bundle).unwrap().to_string();
    let said = fixture.judge("pypi", &path, object.as_bytes(), None, WORKFLOW);
    assert!(
        said.unwrap()
            .starts_with(r#"["https://slsa.dev/provenance/v1""#)
    );
    let good = verify_bundle(&bundle, &subject(WHEEL, BYTES), &fixture.trust(), &policy());
    assert_eq!(good.unwrap().statement.unwrap().subjects[0].0, WHEEL);
}

#[tokio::test]
async fn other_bytes_and_other_identities_are_refused_with_a_reason() {
    let fixture = Fixture::start();
    let trust = fixture.trust();
    let signed = subject(WHEEL, BYTES);
    let own = fixture.signer(&[]).sign(&file(WHEEL, BYTES)).await.unwrap();
    let refused = |bundle: &[u8], subject: &signing::Subject, policy: &signing::Policy| {
        verify_bundle(bundle, subject, &trust, policy).unwrap_err()
    };

    let said = refused(&own, &subject(WHEEL, b"other bytes"), &policy());
    assert!(
        said.contains("digest") || said.contains("mismatch"),
        "{said}"
    );
    let elsewhere = signing::Policy::new("evil/hello-sdk").unwrap();
    let said = refused(&own, &signed, &elsewhere);
    assert_eq!(
        said,
        "it was signed for the repository `https://github.com/rerun-io/hello-sdk`, not for `https://github.com/evil/hello-sdk`"
    );
    let only = policy().signed_by(&[OTHER_WORKFLOW.to_owned()]).unwrap();
    let said = refused(&own, &signed, &only);
    assert!(said.contains("it was signed by `https://github.com/rerun-io/hello-sdk/.github/workflows/release.yml@refs/heads/main`, not by"), "{said}");
    let server = policy().server("https://github.com", "https://token.example.org");
    let said = refused(&own, &signed, &server);
    assert!(said.contains("token.example.org"), "{said}");

    // A statement about a file of another name with the same bytes.
    let statement = Statement::publish(subject("other.whl", BYTES));
    let bundle = fixture.signer(&[]).attest(&statement).await.unwrap();
    let said = refused(&bundle, &signed, &policy());
    assert_eq!(said, "its statement is about a file of another name");

    for damaged in damages(&own) {
        refused(&damaged, &signed, &policy());
    }
}

/// The bundle with one thing changed: each a text that still is JSON, cut, or nothing.
fn damages(bundle: &[u8]) -> Vec<Vec<u8>> {
    let json: Value = serde_json::from_slice(bundle).unwrap();
    let mut all = vec![
        Vec::new(),
        b"{}".to_vec(),
        bundle[..bundle.len() / 2].to_vec(),
    ];
    for pointer in [
        "/messageSignature/signature",
        "/messageSignature/messageDigest/digest",
        "/verificationMaterial/certificate/rawBytes",
        "/verificationMaterial/tlogEntries/0/canonicalizedBody",
        "/verificationMaterial/tlogEntries/0/integratedTime",
        "/verificationMaterial/tlogEntries/0/inclusionPromise/signedEntryTimestamp",
        "/verificationMaterial/tlogEntries/0/logId/keyId",
    ] {
        let mut damaged = json.clone();
        let value = damaged.pointer_mut(pointer).unwrap();
        let text = value.as_str().unwrap();
        let at = text.len() / 2;
        let other = if text.as_bytes()[at] == b'1' {
            "2"
        } else {
            "1"
        };
        *value = format!("{}{other}{}", &text[..at], &text[at + 1..]).into();
        all.push(damaged.to_string().into_bytes());
    }
    let mut without = json.clone();
    without["verificationMaterial"]["tlogEntries"] = Value::Array(Vec::new());
    all.push(without.to_string().into_bytes());
    all
}

#[tokio::test]
async fn an_instance_that_is_not_trusted_or_not_any_more_is_refused() {
    let (fixture, other) = (Fixture::start(), Fixture::start());
    let bundle = fixture.signer(&[]).sign(&file(WHEEL, BYTES)).await.unwrap();
    let signed = subject(WHEEL, BYTES);
    let refused =
        |trust: &signing::Trust| verify_bundle(&bundle, &signed, trust, &policy()).unwrap_err();
    refused(&other.trust());
    refused(&signing::Trust::public().unwrap());

    // The authority was retired before it signed.
    let mut config = fixture.services.trust_config().clone();
    let authority = &mut config["trustedRoot"]["certificateAuthorities"][0]["validFor"];
    *authority =
        serde_json::json!({"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"});
    refused(&signing::Trust::from_json(&config.to_string()).unwrap());
}

#[tokio::test]
async fn a_bundle_that_pypi_would_refuse_is_not_converted() {
    let fixture = Fixture::start();
    let blob = fixture.signer(&[]).sign(&file(WHEEL, BYTES)).await.unwrap();
    let statement = Statement::publish(subject(WHEEL, BYTES));
    let bundle = fixture.signer(&[]).attest(&statement).await.unwrap();
    let mut timeless: Value = serde_json::from_slice(&bundle).unwrap();
    timeless["verificationMaterial"]["tlogEntries"][0]["integratedTime"] = "0".into();
    for (name, bundle, expected) in [
        (WHEEL, blob.to_vec(), "signature"),
        ("other.whl", bundle.to_vec(), "not only about this file"),
        (WHEEL, timeless.to_string().into_bytes(), "Rekor 2"),
        (WHEEL, b"<html>".to_vec(), "expected value"),
    ] {
        let said = pypi::attestation(name, &bundle).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    }
}
