//! Whom a fetched package is from: good signatures pass with the public command, bad ones end the step.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::path::PathBuf;
use std::sync::Arc;

use package_store::{Commit, NewPackage, Record, SignatureKind, Store};
use signing::{File, Signer as _, Sigstore, Subject, Trust};
use testkit::binary::Run;
use testkit::packages::Wheel;
use testkit::runner::{InJob as _, Outcome};
use testkit::sigstore::{COMMIT, SigningJob};

struct Place {
    folder: tempfile::TempDir,
    job: SigningJob,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            job: SigningJob::start(),
        };
        let wheel = Wheel::default().write(&place.path("dist"));
        place.in_bucket(async |store, commit| {
            let package = NewPackage {
                kind: "wheel".to_owned(),
                project: "hello-sdk".to_owned(),
                version: "0.2.0".to_owned(),
                platform: "any".to_owned(),
                file_name: Wheel::default().file_name(),
                path: wheel,
                ..NewPackage::default()
            };
            store.put(&commit, &package).await.unwrap();
        });
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn in_bucket<T>(&self, work: impl AsyncFnOnce(Store, Commit) -> T) -> T {
        let store = Store::open(self.path("bucket").to_str().unwrap()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(work(store, COMMIT.parse().unwrap()))
    }

    /// Keeps a signature by a job with these claims, after a change to its bytes.
    fn sign(&self, changes: &[(&str, &str)], change: impl Fn(String) -> String) {
        let trust = Trust::read(Some(&self.job.trust_config())).unwrap();
        self.job.claim(changes);
        let url = format!(
            "{}/identity?api-version=2.0&audience=sigstore",
            self.job.tokens.url()
        );
        let asked = std::process::Command::new("curl")
            .args(["--silent", "--header", "Authorization: bearer job", &url])
            .output()
            .unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&asked.stdout).unwrap();
        let token = answer.get("value").unwrap().as_str().unwrap().to_owned();
        let identity = signing::identity(move |_| {
            let token = token.clone();
            async move { Ok::<_, std::io::Error>(token) }
        });
        self.in_bucket(async |store, commit| {
            let records: Vec<Record> = store.records(&commit).await.unwrap();
            let record = records.first().unwrap();
            let signer = Sigstore::new(&trust, identity, Arc::new(|_| {})).unwrap();
            let file = File {
                subject: Subject::from(record),
                content: None,
            };
            let bundle = signer.sign(&file).await.unwrap();
            let bundle = change(String::from_utf8(bundle.to_vec()).unwrap());
            let kind = SignatureKind::Sigstore;
            let put = store.put_signature(record, kind, bundle.into());
            put.await.unwrap();
        });
    }

    fn fetch(&self, inputs: &[(&str, &str)]) -> Outcome {
        let run = Run::new(env!("CARGO_BIN_EXE_fetch-packages"))
            .workspace(self.folder.path())
            .input("bucket", "./bucket")
            .input("commit", COMMIT)
            .input("trust-config", self.job.trust_config());
        let run = inputs
            .iter()
            .fold(run, |run, (name, value)| run.input(name, *value));
        run.run()
    }
}

#[test]
fn a_good_signature_passes_and_the_public_command_is_shown() {
    let place = Place::new();
    place.sign(&[], |bundle| bundle);
    for inputs in [
        &[][..],
        &[("verify", "require")],
        &[
            ("verify", "require"),
            ("signer-workflows", ".github/workflows/release.yml"),
        ],
    ] {
        let outcome = place.fetch(inputs);
        outcome.assert_code(0);
        assert!(
            outcome.stdout.contains("to verify it yourself: cosign verify-blob --bundle hello_sdk-0.2.0-py3-none-any.whl.sigstore.json"),
            "{outcome}"
        );
    }
}

#[test]
fn a_package_without_a_signature_is_refused_only_where_one_is_required() {
    let place = Place::new();
    place.fetch(&[]).assert_code(0);
    let refused = place.fetch(&[("verify", "require")]);
    refused.assert_code(1);
    let said = "`hello_sdk-0.2.0-py3-none-any.whl` has no signature by the expected signer";
    assert!(refused.stdout.contains(said), "{refused}");
}

#[test]
fn a_foreign_signature_ends_the_step_with_one_sentence() {
    let place = Place::new();
    place.sign(&[("repository", "evil/hello-sdk")], |bundle| bundle);
    let refused = place.fetch(&[]);
    refused.assert_code(1);
    let said = "it was signed for the repository `https://github.com/evil/hello-sdk`, not for `https://github.com/rerun-io/hello-sdk`";
    assert!(refused.stdout.contains(said), "{refused}");
    place.fetch(&[("verify", "off")]).assert_code(0);
    let evil = [("signer-repository", "evil/hello-sdk")];
    place.fetch(&evil).assert_code(0);
}

#[test]
fn a_signature_by_another_workflow_or_a_damaged_one_is_refused() {
    let place = Place::new();
    place.sign(&[], |bundle| bundle);
    let other = [("signer-workflows", ".github/workflows/other.yml")];
    let refused = place.fetch(&other);
    refused.assert_code(1);
    assert!(refused.stdout.contains("it was signed by `https://github.com/rerun-io/hello-sdk/.github/workflows/release.yml@refs/heads/main`"), "{refused}");

    for (change, expected) in [
        (
            (|_| "<html>".to_owned()) as fn(String) -> String,
            "it is not a Sigstore bundle",
        ),
        (
            |bundle| bundle.replacen("\"signature\":\"ME", "\"signature\":\"MF", 1),
            "is not valid",
        ),
    ] {
        let place = Place::new();
        place.sign(&[], change);
        let refused = place.fetch(&[]);
        refused.assert_code(1);
        assert!(refused.stdout.contains(expected), "{refused}");
    }
}

#[test]
fn what_cannot_be_a_signer_is_told_before_anything_is_fetched() {
    let place = Place::new();
    for (name, value, expected) in [
        ("signer-repository", "hello", "write it as `owner/name`"),
        (
            "signer-workflows",
            "release.yml",
            ".github/workflows/release.yml",
        ),
        (
            "minisign-public-key",
            "swordfish",
            "is not a minisign public key",
        ),
        (
            "trust-config",
            "missing.json",
            "failed to read the trust configuration",
        ),
    ] {
        let refused = place.fetch(&[(name, value)]);
        refused.assert_code(2);
        assert!(refused.stdout.contains(expected), "{refused}");
        assert!(!place.path("packages").exists());
    }
}
