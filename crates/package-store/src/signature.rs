//! What was signed, beside the package: created once, found by the package's digest, and deleted with the package.
//!
//! No two signatures of the same bytes are alike, so the first one stays; whether it is any good is for its reader to verify.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use crate::bucket::Wrote;
use crate::content::Headers;
use crate::error::StoreError;
use crate::layout;
use crate::record::Record;
use crate::store::{READS, Store};

/// Longest signature or attestation, in bytes: what GitHub takes as an attestation's predicate.
const LONGEST: usize = 16 << 20;

/// What kind of signature it is, and so which program verifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureKind {
    /// A Sigstore bundle over the file's digest.
    Sigstore,
    /// A Sigstore bundle with a signed statement of how the package was built (SLSA provenance).
    Provenance,
    /// A Sigstore bundle with a signed statement that the package is published (PEP 740).
    Publish,
    /// A signature of `minisign`.
    Minisign,
}

impl SignatureKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Sigstore,
        Self::Provenance,
        Self::Publish,
        Self::Minisign,
    ];

    /// What a file of this kind is called after the package's name and a dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Sigstore => "sigstore.json",
            Self::Provenance => "provenance.sigstore.json",
            Self::Publish => "publish.sigstore.json",
            Self::Minisign => "minisig",
        }
    }
}

/// A signature that is in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub kind: SignatureKind,
    pub bytes: Bytes,
}

/// How keeping a signature ended; a dry run answers how it would end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutSignature {
    /// It is there now.
    Created,
    /// One of this kind was there already, and stays.
    Kept(Bytes),
}

fn path_of(record: &Record, kind: SignatureKind) -> String {
    let Record {
        commit,
        profile,
        file,
        sha256,
        ..
    } = record;
    layout::signature(commit, profile, file, sha256, kind)
}

impl Store {
    /// Keeps a signature beside its package, which must be in the bucket. One that is there already stays.
    pub async fn put_signature(
        &self,
        record: &Record,
        kind: SignatureKind,
        bytes: Bytes,
    ) -> Result<PutSignature, StoreError> {
        record.check()?;
        let path = path_of(record, kind);
        if bytes.is_empty() || bytes.len() > LONGEST {
            return Err(StoreError::Value {
                what: "signature",
                given: format!("{} bytes", bytes.len()),
                expected: format!("1 byte to {} MiB", LONGEST >> 20),
            });
        }
        let work = async {
            // Looked at now that nobody deletes it.
            let of_record =
                layout::record(&record.commit, &record.kind, &record.profile, &record.file);
            let there = self.read_record(&record.commit, &of_record).await?;
            if there.is_none_or(|there| there.sha256 != record.sha256) {
                return Err(StoreError::NotFound {
                    verb: "sign",
                    address: self.address(&of_record),
                });
            }
            let headers = Headers::immutable(&path, None);
            match self.bucket.create(&path, bytes, &headers).await? {
                Wrote::Created => Ok(PutSignature::Created),
                Wrote::Exists => match self.signature(record, kind).await? {
                    Some(there) => Ok(PutSignature::Kept(there)),
                    None => Err(StoreError::NotFound {
                        verb: "read",
                        address: self.address(&path),
                    }),
                },
            }
        };
        self.while_in_use(&record.commit, work).await
    }

    /// The signature of one kind, if the package has one.
    pub async fn signature(
        &self,
        record: &Record,
        kind: SignatureKind,
    ) -> Result<Option<Bytes>, StoreError> {
        record.check()?;
        let path = path_of(record, kind);
        let read = self.bucket.read(&path).await?;
        if read.as_ref().is_some_and(|bytes| bytes.len() > LONGEST) {
            let reason = format!("it is larger than {} MiB", LONGEST >> 20);
            return Err(StoreError::damaged(self.address(&path), reason));
        }
        Ok(read)
    }

    /// All signatures of a package, in the order of [`SignatureKind::ALL`].
    pub async fn signatures(&self, record: &Record) -> Result<Vec<Signature>, StoreError> {
        record.check()?;
        let folder = layout::signatures(&record.commit, &record.profile, &record.file);
        let there = self.bucket.files_under(&folder).await?;
        let kinds = SignatureKind::ALL.into_iter();
        let kinds = kinds.filter(|kind| there.contains(&path_of(record, *kind)));
        let reads = kinds.map(|kind| async move {
            let bytes = self.signature(record, kind).await?;
            Ok(bytes.map(|bytes| Signature { kind, bytes }))
        });
        let found: Vec<Option<Signature>> = futures::stream::iter(reads)
            .buffered(READS)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The address of a signature, for messages.
    pub fn signature_address(&self, record: &Record, kind: SignatureKind) -> String {
        self.address(&path_of(record, kind))
    }
}
