//! What signs: a job's own identity, or a key where there is none. Callers know nothing of either.

use std::fmt;
use std::path::PathBuf;

use bytes::Bytes;
use futures::future::BoxFuture;
use package_store::SignatureKind;

use crate::{Error, Statement, Subject};

/// Something that signs.
pub trait Signer: Send + Sync + fmt::Debug {
    /// What a signature of a file is; it is kept beside the package as this kind.
    fn kind(&self) -> SignatureKind;

    /// Whether it reads the file itself; otherwise the digest is enough.
    fn needs_content(&self) -> bool;

    /// Signs a file, and answers what its users need to verify it.
    fn sign<'a>(&'a self, file: &'a File) -> BoxFuture<'a, Result<Bytes, Error>>;

    /// Signs a statement as a Sigstore bundle with an envelope (DSSE).
    ///
    /// # Errors
    /// [`Error::Sign`], also where the signer has no identity that could vouch for a statement.
    fn attest<'a>(&'a self, statement: &'a Statement) -> BoxFuture<'a, Result<Bytes, Error>>;
}

/// A file to sign.
#[derive(Debug, Clone)]
pub struct File {
    /// What the signature is about.
    pub subject: Subject,
    /// The bytes, for a signer that reads them.
    pub content: Option<Content>,
}

/// The bytes of a file.
#[derive(Debug, Clone)]
pub enum Content {
    /// On this machine's disk.
    Path(PathBuf),
    /// In memory, as the listing of a folder.
    Bytes(Bytes),
}

pub(crate) fn failed(name: &str, cause: impl fmt::Display) -> Error {
    Error::Sign {
        name: name.to_owned(),
        cause: cause.to_string(),
    }
}
