//! Provenance beside what was uploaded: signed by a job with an identity, told where there is none, and handed to GitHub.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::path::PathBuf;

use package_store::{SignatureKind, Store};
use serde_json::{Value, json};
use testkit::binary::Run;
use testkit::github::{FakeGitHub, State};
use testkit::packages::Wheel;
use testkit::runner::InJob as _;
use testkit::sigstore::{COMMIT, REPOSITORY, SigningJob};

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Wheel::default().write(folder.path());
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, provenance: &str) -> Run {
        Run::new(env!("CARGO_BIN_EXE_upload-packages"))
            .workspace(self.folder.path())
            .event("push", &json!({}))
            .input("bucket", "./bucket")
            .input("files", "*.whl")
            .input("commit", COMMIT)
            .input("provenance", provenance)
    }

    fn signed(&self, job: &SigningJob, provenance: &str) -> Run {
        let run = self.run(provenance);
        job.identity(run.input("trust-config", job.trust_config()))
    }

    /// What is signed of how the wheel was built.
    fn provenance(&self) -> Option<Value> {
        let store = Store::open(self.path("bucket").to_str().unwrap()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let bundle = runtime.block_on(async {
            let records = store.records(&COMMIT.parse().unwrap()).await.unwrap();
            let record = records.first().unwrap();
            store.signature(record, SignatureKind::Provenance).await
        });
        let bundle: Value = serde_json::from_slice(&bundle.unwrap()?).unwrap();
        let payload = bundle.pointer("/dsseEnvelope/payload").unwrap();
        let payload = base64(payload.as_str().unwrap());
        Some(serde_json::from_slice(&payload).unwrap())
    }
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.decode(text).unwrap()
}

#[test]
fn a_job_with_an_identity_signs_how_it_built_and_once() {
    let (place, job) = (Place::new(), SigningJob::start());
    place.signed(&job, "true").run().assert_code(0);
    let said = place.provenance().unwrap();
    let commit = said.pointer("/predicate/buildDefinition/resolvedDependencies/0/digest/gitCommit");
    assert_eq!(commit, Some(&json!(COMMIT)));
    let run = said.pointer("/predicate/runDetails/metadata/invocationId");
    let expected = format!("https://github.com/{REPOSITORY}/actions/runs/9/attempts/1");
    assert_eq!(run, Some(&json!(expected)));

    // Another run of the same commit finds it.
    job.claim(&[("run_id", "10")]);
    let again = place.signed(&job, "required").run();
    again.assert_code(0);
    assert_eq!(place.provenance(), Some(said));
    assert!(again.stdout.contains("the provenance of hello_sdk-0.2.0"));
}

#[test]
fn without_an_identity_it_is_told_and_required_is_an_error_before_the_first_byte() {
    let place = Place::new();
    let refused = place.run("required").run();
    refused.assert_code(2);
    assert!(refused.stdout.contains("`id-token: write`"), "{refused}");
    assert!(!place.path("bucket/commit").exists());

    let told = place.run("true").run();
    told.assert_code(0);
    assert!(told.stdout.contains("::warning::") && told.stdout.contains("`id-token: write`"));
    assert_eq!(place.provenance(), None);
}

#[test]
fn a_private_repository_is_not_named_in_a_public_log() {
    let (place, job) = (Place::new(), SigningJob::start());
    job.claim(&[("repository_visibility", "private")]);
    let outcome = job.identity(place.run("true")).run();
    outcome.assert_code(0);
    assert!(
        outcome.stdout.contains("the repository is not public"),
        "{outcome}"
    );
    assert_eq!(place.provenance(), None);
    // An instance of one's own is as private as it is.
    place.signed(&job, "true").run().assert_code(0);
    assert!(place.provenance().is_some());
}

#[test]
fn what_another_commit_built_is_not_signed_as_this_ones() {
    let (place, job) = (Place::new(), SigningJob::start());
    job.claim(&[("sha", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567")]);
    let told = place.signed(&job, "true").run();
    told.assert_code(0);
    assert!(
        told.stdout.contains("it was built from commit `0a1b2c3"),
        "{told}"
    );
    assert_eq!(place.provenance(), None);
    place.signed(&job, "required").run().assert_code(2);
    // A pull request is built as its merge, and kept under its head.
    job.claim(&[
        ("sha", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"),
        ("event_name", "pull_request"),
    ]);
    place.signed(&job, "required").run().assert_code(0);
}

fn github(permissions: &Value) -> FakeGitHub {
    let (owner, name) = REPOSITORY.split_once('/').unwrap();
    let state: State = serde_json::from_value(json!({
        "tokens": [{ "name": "job", "value": "t0ken", "permissions": permissions }],
        "repositories": [{ "owner": owner, "name": name }],
    }))
    .unwrap();
    FakeGitHub::start(state)
}

#[test]
fn github_gets_the_provenance_where_the_token_may_hand_it_over() {
    for (permissions, expected) in [(json!({ "attestations": "write" }), 1), (json!({}), 0)] {
        let (place, job) = (Place::new(), SigningJob::start());
        let github = github(&permissions);
        let run = place.signed(&job, "true").input("token", "t0ken");
        let outcome = run.env("GITHUB_API_URL", github.url()).run();
        outcome.assert_code(0);
        assert!(place.provenance().is_some());
        let state = github.state();
        assert_eq!(
            state.repositories.first().unwrap().attestations.len(),
            expected
        );
        let told = outcome.stdout.contains("but not on GitHub");
        assert_eq!(told, expected == 0, "{outcome}");
    }
}
