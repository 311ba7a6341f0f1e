//! Packages in a bucket: signed once, judged before use, and refused where anything is not as expected.

use std::path::{Path, PathBuf};

use minisign::KeyPair;
use package_store::{Commit, NewPackage, Record, SignatureKind, Store};
use signing::packages::{Expected, Signed, Work, require, sign, verify};
use signing::{Minisign, Signer, Statement, Subject};

use crate::fixture::{COMMIT, Fixture, WHEEL, policy, secret};

async fn put(store: &Store, kind: &str, file: &str, path: &Path) -> Record {
    let package = NewPackage {
        kind: kind.to_owned(),
        project: "hello-sdk".to_owned(),
        version: "0.2.0".to_owned(),
        platform: "any".to_owned(),
        file_name: file.to_owned(),
        path: path.to_owned(),
        ..NewPackage::default()
    };
    let commit: Commit = COMMIT.parse().unwrap();
    store.put(&commit, &package).await.unwrap().record().clone()
}

fn expected(fixture: &Fixture) -> Expected {
    Expected {
        trust: fixture.trust(),
        policy: Some(policy()),
        key: None,
    }
}

fn file<'a>(record: &'a Record, path: &Path) -> Work<'a> {
    Work {
        record,
        statement: None,
        path: Some(path.to_owned()),
    }
}

fn provenance<'a>(record: &'a Record, statement: Statement) -> Work<'a> {
    Work {
        record,
        statement: Some((SignatureKind::Provenance, statement)),
        path: None,
    }
}

struct Signing {
    fixture: Fixture,
    store: Store,
    path: PathBuf,
    record: Record,
}

async fn signing() -> Signing {
    let fixture = Fixture::start();
    let store = Store::open("memory://").unwrap();
    let path = fixture.write(WHEEL, b"the bytes of a wheel");
    let record = put(&store, "wheel", WHEEL, &path).await;
    Signing {
        fixture,
        store,
        path,
        record,
    }
}

#[tokio::test]
async fn what_is_signed_stays_and_a_second_run_signs_nothing() {
    let Signing {
        fixture,
        store,
        path,
        record,
    } = signing().await;
    let expected = expected(&fixture);
    let signer = fixture.signer(&[]);
    let run = |store: Store| {
        let (signer, record, path, expected) = (&signer, &record, &path, &expected);
        async move {
            sign(&store, signer, file(record, path), expected)
                .await
                .unwrap()
        }
    };
    assert_eq!(run(store.to_dry_run()).await, Signed::Missing);
    let Signed::Made(made) = run(store.clone()).await else {
        panic!("nothing was signed");
    };
    assert_eq!(run(store.clone()).await, Signed::Kept(made.clone()));
    assert_eq!(run(store.to_dry_run()).await, Signed::Kept(made));

    let claims = fixture.claims();
    let statement = Statement::provenance(Subject::from(&record), &claims, "https://github.com");
    let work = provenance(&record, statement);
    sign(&store, &signer, work, &expected).await.unwrap();

    let good = require(&store, &record, &path, &expected).await.unwrap();
    let commands: Vec<&str> = good.iter().map(|it| it.command.as_str()).collect();
    assert_eq!(
        commands,
        [
            "cosign verify-blob --bundle hello_sdk-0.2.0-py3-none-any.whl.sigstore.json --certificate-identity https://github.com/rerun-io/hello-sdk/.github/workflows/release.yml@refs/heads/main --certificate-oidc-issuer https://token.actions.githubusercontent.com hello_sdk-0.2.0-py3-none-any.whl",
            "gh attestation verify hello_sdk-0.2.0-py3-none-any.whl --bundle hello_sdk-0.2.0-py3-none-any.whl.provenance.sigstore.json --repo rerun-io/hello-sdk --signer-workflow rerun-io/hello-sdk/.github/workflows/release.yml --predicate-type https://slsa.dev/provenance/v1",
        ]
    );
}

#[tokio::test]
async fn a_folder_is_signed_by_its_listing_with_an_identity_and_with_a_key() {
    let Signing { fixture, store, .. } = signing().await;
    let folder = fixture.folder.path().join("docs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("index.html"), "<p>").unwrap();
    let record = put(&store, "docs-rust", "docs", &folder).await;
    let pair = KeyPair::generate_unencrypted_keypair().unwrap();
    let text = pair.sk.to_box(None).unwrap().to_string();
    let key = Minisign::new(&secret(&text), None).unwrap();
    let expected = Expected {
        key: Some(key.public_key().unwrap()),
        ..expected(&fixture)
    };
    let identity = fixture.signer(&[]);
    let signers: [&dyn Signer; 2] = [&identity, &key];
    for signer in signers {
        let signed = sign(&store, signer, file(&record, &folder), &expected).await;
        assert!(matches!(signed, Ok(Signed::Made(_))), "{signed:?}");
    }
    let good = require(&store, &record, &folder, &expected).await.unwrap();
    let kinds: Vec<SignatureKind> = good.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [SignatureKind::Sigstore, SignatureKind::Minisign]);
    let listing = store.folder_listing(&record).await.unwrap();
    let listing = fixture.write("docs.txt", &listing);
    let signature = store.signature(&record, SignatureKind::Minisign).await;
    let signature = signature.unwrap().unwrap();
    let key = key.public_key().unwrap();
    let judged = fixture.judge("minisign", &listing, &signature, Some(key.as_str()), "a/b");
    judged.unwrap();
}

#[tokio::test]
async fn a_foreign_or_damaged_signature_is_one_sentence_and_is_not_replaced() {
    let Signing {
        fixture,
        store,
        path,
        record,
    } = signing().await;
    let expected = expected(&fixture);
    let foreign = fixture.signer(&[("repository", "evil/hello-sdk")]);
    let wheel = crate::fixture::file(WHEEL, b"the bytes of a wheel");
    let foreign = foreign.sign(&wheel).await.unwrap();
    store
        .put_signature(&record, SignatureKind::Sigstore, foreign)
        .await
        .unwrap();
    let error = verify(&store, &record, &path, &expected).await.unwrap_err();
    assert!(error.is_rejection());
    let address = store.signature_address(&record, SignatureKind::Sigstore);
    assert_eq!(
        error.to_string(),
        format!(
            "the signature of `{WHEEL}` is not valid: it was signed for the repository `https://github.com/evil/hello-sdk`, not for `https://github.com/rerun-io/hello-sdk` ({address})"
        )
    );
    let signer = fixture.signer(&[]);
    let again = sign(&store, &signer, file(&record, &path), &expected).await;
    assert!(again.unwrap_err().is_rejection());

    // Without anybody to expect, nothing can be judged.
    let nobody = Expected {
        policy: None,
        ..expected.clone()
    };
    assert_eq!(verify(&store, &record, &path, &nobody).await.unwrap(), []);
    let missing = require(&store, &record, &path, &nobody).await.unwrap_err();
    assert!(missing.is_rejection());
    assert!(missing.to_string().contains("`sign-packages`"), "{missing}");
}

#[tokio::test]
async fn provenance_of_another_commit_and_a_statement_of_another_kind_are_refused() {
    for (kind, changes, expected_words) in [
        (
            SignatureKind::Provenance,
            &[("sha", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567")][..],
            "it was built from commit `0a1b2c3d4e5f60718293a4b5c6d7e8f901234567`",
        ),
        (
            SignatureKind::Publish,
            &[][..],
            "it is a statement of type `https://slsa.dev/provenance/v1`",
        ),
        (SignatureKind::Sigstore, &[][..], "not a signature without"),
    ] {
        let Signing {
            fixture,
            store,
            path,
            record,
        } = signing().await;
        let claims = fixture.claims();
        let statement =
            Statement::provenance(Subject::from(&record), &claims, "https://github.com");
        let bundle = fixture.signer(changes).attest(&statement).await.unwrap();
        store.put_signature(&record, kind, bundle).await.unwrap();
        let error = verify(&store, &record, &path, &expected(&fixture)).await;
        let said = error.unwrap_err().to_string();
        assert!(said.contains(expected_words), "{said}");
    }
}

#[tokio::test]
async fn what_does_not_verify_is_not_kept() {
    let Signing {
        fixture,
        store,
        path,
        record,
    } = signing().await;
    let signer = fixture.signer(&[("repository", "rerun-io/other")]);
    let error = sign(&store, &signer, file(&record, &path), &expected(&fixture)).await;
    let said = error.unwrap_err().to_string();
    assert!(said.contains("what was signed does not verify"), "{said}");
    assert_eq!(store.signatures(&record).await.unwrap(), []);
}
