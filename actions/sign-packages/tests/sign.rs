//! What a workflow sees of the action: what is signed, that a second run signs nothing, and what it is told when it cannot.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::path::{Path, PathBuf};

use package_store::{Commit, NewPackage, Record, SignatureKind, Store};
use serde_json::json;
use testkit::binary::Run;
use testkit::github::{FakeGitHub, State};
use testkit::packages::Wheel;
use testkit::runner::{InJob as _, Outcome};
use testkit::sigstore::{COMMIT, REPOSITORY, SigningJob};

const WHEEL: &str = "hello_sdk-0.2.0-py3-none-any.whl";

/// A bucket with a wheel and data of 0.2.0, frozen.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let dist = place.path("dist");
        let wheel = Wheel::default().write(&dist);
        std::fs::write(dist.join("hello.jsonl"), "{}\n").unwrap();
        place.in_bucket(async |store, commit| {
            let mut records: Vec<Record> = Vec::new();
            for (kind, path) in [("wheel", wheel.clone()), ("data", dist.join("hello.jsonl"))] {
                let package = NewPackage {
                    kind: kind.to_owned(),
                    project: "hello-sdk".to_owned(),
                    version: "0.2.0".to_owned(),
                    platform: "any".to_owned(),
                    file_name: path.file_name().unwrap().to_str().unwrap().to_owned(),
                    path,
                    ..NewPackage::default()
                };
                records.push(store.put(&commit, &package).await.unwrap().record().clone());
            }
            store.freeze("0.2.0", &commit, &records).await.unwrap();
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

    fn run(&self) -> Run {
        Run::new(env!("CARGO_BIN_EXE_sign-packages"))
            .workspace(self.folder.path())
            .input("bucket", self.path("bucket").to_str().unwrap())
            .input("version", "v0.2.0")
            .env("GITHUB_REPOSITORY", REPOSITORY)
    }

    fn sign(&self, job: &SigningJob, change: impl FnOnce(Run) -> Run) -> Outcome {
        let run = self.run().input("trust-config", job.trust_config());
        change(job.identity(run)).run()
    }

    /// Endings of the signatures of each package.
    fn signatures(&self) -> Vec<(String, Vec<&'static str>)> {
        self.in_bucket(async |store, commit| {
            let mut all = Vec::new();
            for record in store.records(&commit).await.unwrap() {
                let found = store.signatures(&record).await.unwrap();
                let endings = found.iter().map(|it| it.kind.ending()).collect();
                all.push((record.file, endings));
            }
            all
        })
    }
}

/// The log but for what tells the runner to mask.
fn shown(outcome: &Outcome) -> String {
    let lines = outcome.stdout.lines();
    let lines = lines.filter(|line| !line.starts_with("::add-mask::"));
    lines.collect::<Vec<_>>().join("\n")
}

fn list(outcome: &Outcome, name: &str) -> Vec<String> {
    serde_json::from_str(outcome.output(name)).unwrap()
}

#[test]
fn every_package_is_signed_once_and_wheels_get_what_pypi_shows() {
    let (place, job) = (Place::new(), SigningJob::start());
    let outcome = place.sign(&job, |run| run);
    outcome.assert_code(0);
    let both = [
        ("hello.jsonl".to_owned(), vec!["sigstore.json"]),
        (
            WHEEL.to_owned(),
            vec!["sigstore.json", "publish.sigstore.json"],
        ),
    ];
    assert_eq!(place.signatures(), both);
    assert_eq!(list(&outcome, "created").len(), 3);
    assert!(!shown(&outcome).contains("eyJ"), "a token is shown");

    let again = place.sign(&job, |run| run);
    again.assert_code(0);
    assert_eq!(list(&again, "created"), Vec::<String>::new());
    assert_eq!(list(&again, "unchanged").len(), 3);
}

#[test]
fn a_dry_run_signs_nothing_and_needs_no_identity() {
    let place = Place::new();
    let outcome = place.run().input("dry-run", "true").run();
    outcome.assert_code(0);
    assert!(outcome.stdout.contains("would create 3 signatures"));
    let none = |(file, _): (String, _)| (file, Vec::<&str>::new());
    let nothing: Vec<_> = place.signatures().into_iter().map(none).collect();
    assert_eq!(place.signatures(), nothing);
}

#[test]
fn without_an_identity_and_a_key_it_says_what_is_missing() {
    let outcome = Place::new().run().run();
    outcome.assert_code(2);
    let said = &outcome.stdout;
    assert!(
        said.contains("there is no `minisign-key`") && said.contains("`id-token: write`"),
        "{said}"
    );
    let neither = Place::new().run().input("version", "").run();
    neither.assert_code(2);
    assert!(
        neither
            .stdout
            .contains("either the input `version` or `commit`")
    );
}

#[test]
fn a_foreign_signature_is_an_error_and_stays() {
    let (place, job) = (Place::new(), SigningJob::start());
    job.claim(&[("repository", "evil/hello-sdk")]);
    let foreign = place.run().env("GITHUB_REPOSITORY", "evil/hello-sdk");
    let foreign = foreign.input("trust-config", job.trust_config());
    job.identity(foreign).run().assert_code(0);
    let before = place.signatures();

    job.claim(&[]);
    let outcome = place.sign(&job, |run| run);
    outcome.assert_code(2);
    let said = &outcome.stdout;
    assert!(
        said.contains("it was signed for the repository `https://github.com/evil/hello-sdk`"),
        "{said}"
    );
    assert_eq!(place.signatures(), before);
}

#[test]
fn a_key_signs_where_there_is_no_identity() {
    let place = Place::new();
    // `minisign -G -W`, made for this test.
    let key = key(&place.folder.path().join("key"));
    let sign = || place.run().input("minisign-key", key.as_str()).run();
    let outcome = sign();
    outcome.assert_code(0);
    for (_, endings) in place.signatures() {
        assert_eq!(endings, ["minisig"]);
    }
    assert!(!shown(&outcome).contains(&key), "the key is shown");
    let again = sign();
    again.assert_code(0);
    assert_eq!(list(&again, "unchanged").len(), 2);

    let bad = place.run().input("minisign-key", "swordfish").run();
    bad.assert_code(2);
    let said = shown(&bad);
    assert!(said.contains("failed to read the minisign key") && !said.contains("swordfish"));
}

/// The second line of a new secret key without a password, made by somebody else's code.
fn key(file: &Path) -> String {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let script =
        "import minisign, sys\nprint(bytes(minisign.KeyPair.generate().secret_key).decode())";
    let made = std::process::Command::new(python)
        .args(["-c", script])
        .output()
        .unwrap();
    let text = String::from_utf8(made.stdout).unwrap();
    std::fs::write(file, &text).unwrap();
    text.lines().nth(1).unwrap().to_owned()
}

fn github(permissions: &serde_json::Value) -> FakeGitHub {
    let (owner, name) = REPOSITORY.split_once('/').unwrap();
    let state: State = serde_json::from_value(json!({
        "tokens": [{ "name": "job", "value": "t0ken", "permissions": permissions }],
        "repositories": [{ "owner": owner, "name": name }],
    }))
    .unwrap();
    FakeGitHub::start(state)
}

#[test]
fn github_gets_each_attestation_once() {
    let (place, job) = (Place::new(), SigningJob::start());
    let github = github(&json!({ "attestations": "write" }));
    let attest = || {
        place.sign(&job, |run| {
            run.input("github-attestations", "true")
                .input("token", "t0ken")
                .env("GITHUB_API_URL", github.url())
        })
    };
    let outcome = attest();
    outcome.assert_code(0);
    let name = format!("{WHEEL}.{}", SignatureKind::Publish.ending());
    assert_eq!(list(&outcome, "attested"), [name]);
    assert_eq!(github.state().repositories[0].attestations.len(), 1);
    let again = attest();
    again.assert_code(0);
    assert_eq!(list(&again, "attested"), Vec::<String>::new());
    assert_eq!(github.state().repositories[0].attestations.len(), 1);
}

#[test]
fn a_token_that_may_not_attest_is_told_which_permission_is_missing() {
    let (place, job) = (Place::new(), SigningJob::start());
    let github = github(&json!({ "contents": "write" }));
    let outcome = place.sign(&job, |run| {
        run.input("github-attestations", "true")
            .input("token", "t0ken")
            .env("GITHUB_API_URL", github.url())
    });
    outcome.assert_code(2);
    let said = &outcome.stdout;
    assert!(said.contains("`attestations: write`"), "{said}");
}
