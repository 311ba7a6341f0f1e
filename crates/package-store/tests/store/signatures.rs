//! Signatures beside packages: the first one stays, they belong to exact bytes, and they go with the package.

use package_store::{PutSignature, Record, SignatureKind, StoreError};

use crate::buckets::{COMMIT, Case, all, commit};

const FILE: &str = "hello_sdk-0.1.0-py3-none-any.whl";
const KIND: SignatureKind = SignatureKind::Sigstore;

async fn put(case: &Case) -> Record {
    let package = case.wheel(FILE, b"bytes");
    let put = case.store.put(&commit(COMMIT), &package).await.unwrap();
    put.record().clone()
}

#[tokio::test]
async fn the_first_signature_of_a_kind_stays() {
    for case in all() {
        let record = put(&case).await;
        assert_eq!(case.store.signatures(&record).await.unwrap(), []);
        let rehearsed = case.store.to_dry_run();
        let answer = rehearsed.put_signature(&record, KIND, "first".into());
        assert_eq!(answer.await.unwrap(), PutSignature::Created);
        assert_eq!(case.again().signature(&record, KIND).await.unwrap(), None);

        let first = case.store.put_signature(&record, KIND, "first".into());
        assert_eq!(first.await.unwrap(), PutSignature::Created);
        let second = case.store.put_signature(&record, KIND, "second".into());
        let kept = PutSignature::Kept("first".into());
        assert_eq!(second.await.unwrap(), kept, "{}", case.name);

        let other = SignatureKind::Minisign;
        let answer = case.store.put_signature(&record, other, "other".into());
        assert_eq!(answer.await.unwrap(), PutSignature::Created);
        let found = case.again().signatures(&record).await.unwrap();
        let found: Vec<_> = found.iter().map(|it| (it.kind, &it.bytes[..])).collect();
        assert_eq!(found, [(KIND, &b"first"[..]), (other, &b"other"[..])]);
    }
}

#[tokio::test]
async fn what_is_not_in_the_bucket_is_not_signed() {
    for case in all() {
        let record = put(&case).await;
        let other = Record {
            sha256: package_store::Digest::of(b"other bytes"),
            ..record.clone()
        };
        let refused = case.store.put_signature(&other, KIND, "signature".into());
        let refused = refused.await;
        assert!(
            matches!(refused, Err(StoreError::NotFound { .. })),
            "{refused:?}"
        );
        let empty = case.store.put_signature(&record, KIND, "".into()).await;
        assert!(matches!(empty, Err(StoreError::Value { .. })), "{empty:?}");
        assert_eq!(case.again().signatures(&record).await.unwrap(), []);
        // A signature of other bytes of the same name is another one.
        let signed = case.store.put_signature(&record, KIND, "signature".into());
        signed.await.unwrap();
        assert_eq!(case.store.signatures(&other).await.unwrap(), []);
    }
}
