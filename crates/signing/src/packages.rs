//! Packages in a bucket and their signatures: signed once, and verified before anybody uses them.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use package_store::{PutSignature, Record, SignatureKind, Store};

use crate::endpoints::{PUBLISH, SLSA_PROVENANCE};
use crate::statement::Said;
use crate::{
    Content, Error, File, MinisignPublicKey, Policy, Rejected, Signer, Statement, Subject, Trust,
    commands, verify,
};

/// Whose signatures count.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The instance of Sigstore.
    pub trust: Trust,
    /// The repository and the workflows; without it signatures by identities are not looked at.
    pub policy: Option<Policy>,
    /// The key; without it signatures by keys are not looked at.
    pub key: Option<MinisignPublicKey>,
}

/// A signature of a package that is good.
#[derive(Debug, Clone, PartialEq)]
pub struct Good {
    /// What kind of signature.
    pub kind: SignatureKind,
    /// The workflow or the public key.
    pub signer: String,
    /// The public command that says the same.
    pub command: String,
    /// What a signed statement says.
    pub statement: Option<Said>,
}

/// How signing a package ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    /// It is signed now.
    Made(Bytes),
    /// It was signed already, by somebody who may, and stays so.
    Kept(Bytes),
    /// A dry run: it is not signed yet.
    Missing,
}

impl Signed {
    /// The signature that is there now.
    pub fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Made(bytes) | Self::Kept(bytes) => Some(bytes),
            Self::Missing => None,
        }
    }
}

/// Verifies all signatures of a package that `expected` can judge: one bad one is an error, none is an empty list.
///
/// `path` is where the package was fetched to; a signature by a key is over its bytes.
///
/// # Errors
/// [`Error::Rejected`] for a signature that is not what was expected, and what goes wrong with the bucket.
pub async fn verify(
    store: &Store,
    record: &Record,
    path: &Path,
    expected: &Expected,
) -> Result<Vec<Good>, Error> {
    let mut good = Vec::new();
    for there in store.signatures(record).await? {
        let judged = match there.kind {
            SignatureKind::Minisign => expected.key.is_some(),
            _ => expected.policy.is_some(),
        };
        if !judged {
            continue;
        }
        good.push(check(store, record, there.kind, &there.bytes, path, expected).await?);
    }
    Ok(good)
}

/// As [`verify`], and a package without any good signature is an error too.
///
/// # Errors
/// See [`verify`].
pub async fn require(
    store: &Store,
    record: &Record,
    path: &Path,
    expected: &Expected,
) -> Result<Vec<Good>, Error> {
    let good = verify(store, record, path, expected).await?;
    if good.is_empty() {
        return Err(Error::Rejected(Box::new(Rejected::Missing {
            file: record.file.clone(),
        })));
    }
    Ok(good)
}

/// The bytes that a signature by a key is over: the file, or the listing of a folder.
///
/// # Errors
/// What goes wrong with the bucket.
pub async fn content(store: &Store, record: &Record, path: &Path) -> Result<Content, Error> {
    Ok(match record.files {
        Some(_) => Content::Bytes(store.folder_listing(record).await?),
        None => Content::Path(path.to_owned()),
    })
}

/// What is to be signed.
#[derive(Debug)]
pub struct Work<'a> {
    /// The package.
    pub record: &'a Record,
    /// The statement to sign, and what it is kept as; without one the file itself is signed.
    pub statement: Option<(SignatureKind, Statement)>,
    /// Where the package was fetched to, for a signer that reads it.
    pub path: Option<PathBuf>,
}

/// Signs a package, unless that was done before: what is there and verifies stays. What the signer answers is verified
/// before it is kept.
///
/// # Errors
/// [`Error::Rejected`] for what is there and is not good, [`Error::Sign`], and what goes wrong with the bucket.
pub async fn sign(
    store: &Store,
    signer: &dyn Signer,
    work: Work<'_>,
    expected: &Expected,
) -> Result<Signed, Error> {
    let record = work.record;
    let kind = work.statement.as_ref().map_or(signer.kind(), |it| it.0);
    let path = work.path.unwrap_or_default();
    let path = path.as_path();
    let judge = async |bytes: Bytes| check(store, record, kind, &bytes, path, expected).await;
    if let Some(there) = store.signature(record, kind).await? {
        judge(there.clone()).await?;
        return Ok(Signed::Kept(there));
    }
    if store.is_dry_run() {
        return Ok(Signed::Missing);
    }
    let bytes = match &work.statement {
        Some((_, statement)) => signer.attest(statement).await?,
        None => {
            let content = match signer.needs_content() {
                true => Some(content(store, record, path).await?),
                false => None,
            };
            let subject = Subject::from(record);
            signer.sign(&File { subject, content }).await?
        }
    };
    judge(bytes.clone()).await.map_err(|error| match error {
        Error::Rejected(rejected) => crate::signer::failed(
            &record.file,
            format!("what was signed does not verify: {}", rejected.reason()),
        ),
        other => other,
    })?;
    match store.put_signature(record, kind, bytes.clone()).await? {
        PutSignature::Created => Ok(Signed::Made(bytes)),
        // Another run was faster.
        PutSignature::Kept(there) => {
            judge(there.clone()).await?;
            Ok(Signed::Kept(there))
        }
    }
}

/// Judges a signature by an identity.
///
/// # Errors
/// [`Error::Rejected`].
pub fn judge(
    store: &Store,
    record: &Record,
    kind: SignatureKind,
    bytes: &Bytes,
    expected: &Expected,
) -> Result<Good, Error> {
    by_identity(record, kind, bytes, expected)
        .map_err(|reason| rejected(store, record, kind, reason))
}

fn rejected(store: &Store, record: &Record, kind: SignatureKind, reason: String) -> Error {
    Error::Rejected(Box::new(Rejected::Invalid {
        file: record.file.clone(),
        address: store.signature_address(record, kind),
        reason,
    }))
}

async fn check(
    store: &Store,
    record: &Record,
    kind: SignatureKind,
    bytes: &Bytes,
    path: &Path,
    expected: &Expected,
) -> Result<Good, Error> {
    let judged = match kind {
        SignatureKind::Minisign => {
            let content = content(store, record, path).await?;
            by_key(record, bytes, content, expected).await
        }
        _ => by_identity(record, kind, bytes, expected),
    };
    judged.map_err(|reason| rejected(store, record, kind, reason))
}

fn by_identity(
    record: &Record,
    kind: SignatureKind,
    bytes: &Bytes,
    expected: &Expected,
) -> Result<Good, String> {
    let Some(policy) = &expected.policy else {
        return Err("no identity is trusted to sign".to_owned());
    };
    let subject = Subject::from(record);
    let verified = verify::bundle(bytes, &subject, &expected.trust, policy)?;
    let wanted = match kind {
        SignatureKind::Provenance => Some(SLSA_PROVENANCE),
        SignatureKind::Publish => Some(PUBLISH),
        SignatureKind::Sigstore | SignatureKind::Minisign => None,
    };
    let said = verified.statement.as_ref().map(|it| &*it.predicate_type);
    if said != wanted {
        let shown = |kind: Option<&str>| match kind {
            Some(kind) => format!("a statement of type `{}`", kind.escape_debug()),
            None => "a signature without a statement".to_owned(),
        };
        return Err(format!("it is {}, not {}", shown(said), shown(wanted)));
    }
    let of_pull = policy.takes_pull_requests() && verified.trigger == "pull_request";
    let commit = record.commit.as_str();
    if kind == SignatureKind::Provenance && !of_pull && verified.commit != commit {
        return Err(format!(
            "it was built from commit `{}`, not from {commit}",
            verified.commit.escape_debug()
        ));
    }
    Ok(Good {
        kind,
        command: commands::verify(&record.file, kind, &verified, policy),
        signer: verified.signer,
        statement: verified.statement,
    })
}

async fn by_key(
    record: &Record,
    bytes: &Bytes,
    content: Content,
    expected: &Expected,
) -> Result<Good, String> {
    let Some(key) = expected.key.clone() else {
        return Err("no key is trusted to sign".to_owned());
    };
    let (public, signature) = (key.as_str().to_owned(), bytes.clone());
    let subject = Subject::from(record);
    // Reading a large file is work for a thread that may block.
    let work = tokio::task::spawn_blocking(move || match &content {
        Content::Path(path) => {
            let opened = std::fs::File::open(path).map_err(|error| error.to_string())?;
            key.verify(&signature, &subject.name, opened)
        }
        Content::Bytes(bytes) => key.verify(&signature, &subject.name, Cursor::new(bytes)),
    });
    work.await.map_err(|error| error.to_string())??;
    Ok(Good {
        kind: SignatureKind::Minisign,
        command: commands::minisign(&record.file, &public),
        signer: public,
        statement: None,
    })
}
