//! Signatures by a key, for places where a job has no identity; the program `minisign` verifies them.

use std::fmt;
use std::fs;
use std::io::{BufReader, Read};

use bytes::Bytes;
use futures::future::BoxFuture;
use minisign::{PublicKey, SecretKey, SecretKeyBox, SignatureBox};
use package_store::SignatureKind;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;

use crate::signer::failed;
use crate::{Content, Error, File, Signer, Statement};

/// Longest first and third line of a signature, in characters.
const LONGEST_COMMENT: usize = 512;

/// A secret key of minisign.
pub struct Minisign {
    key: Arc<SecretKey>,
}

impl fmt::Debug for Minisign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minisign").finish_non_exhaustive()
    }
}

impl Minisign {
    /// Reads the text of a secret key file: both of its lines, or the second one alone.
    ///
    /// # Errors
    /// [`Error::Key`], which quotes nothing of the key.
    pub fn new(key: &SecretString, password: Option<&SecretString>) -> Result<Self, Error> {
        let text = key.expose_secret().trim();
        let text = match text.lines().count() {
            1 => format!("untrusted comment: minisign secret key\n{text}\n"),
            _ => format!("{text}\n"),
        };
        // Its own words may quote what it read.
        let failed = |what: &str| Error::Key(what.to_owned());
        let no_key = "it is not the text of a minisign secret key file";
        let parse = || SecretKeyBox::from_string(&text).map_err(|_| failed(no_key));
        let key = match password.map(|it| it.expose_secret().to_owned()) {
            Some(password) => parse()?
                .into_secret_key(Some(password))
                .map_err(|_| failed("its password is wrong"))?,
            // Otherwise the library would ask for a password at the terminal.
            None => parse()?.into_unencrypted_secret_key().map_err(|_| {
                failed("the key has a password; set it, or create a key without one with `minisign -G -W`")
            })?,
        };
        Ok(Self { key: Arc::new(key) })
    }

    /// The key that verifies what this one signs.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn public_key(&self) -> Result<MinisignPublicKey, Error> {
        let key = PublicKey::from_secret_key(&self.key)
            .map_err(|_| Error::Key("it has no public key".to_owned()))?;
        let text = key.to_base64();
        Ok(MinisignPublicKey { key, text })
    }
}

impl Signer for Minisign {
    fn kind(&self) -> SignatureKind {
        SignatureKind::Minisign
    }

    fn needs_content(&self) -> bool {
        true
    }

    fn sign<'a>(&'a self, file: &'a File) -> BoxFuture<'a, Result<Bytes, Error>> {
        let (key, file) = (Arc::clone(&self.key), file.clone());
        Box::pin(async move {
            let name = file.subject.name.clone();
            // Reading a large file is work for a thread that may block.
            tokio::task::spawn_blocking(move || sign(&key, &file))
                .await
                .unwrap_or_else(|error| Err(failed(&name, error)))
        })
    }

    fn attest<'a>(&'a self, statement: &'a Statement) -> BoxFuture<'a, Result<Bytes, Error>> {
        let name = &statement.subject().name;
        let cause = "a minisign key cannot vouch for a statement; that takes a job's identity";
        Box::pin(async move { Err(failed(name, cause)) })
    }
}

fn sign(key: &SecretKey, file: &File) -> Result<Bytes, Error> {
    let name = &file.subject.name;
    let content: Box<dyn Read> = match &file.content {
        Some(Content::Path(path)) => {
            let opened = fs::File::open(path).map_err(|error| failed(name, error))?;
            Box::new(BufReader::new(opened))
        }
        Some(Content::Bytes(bytes)) => Box::new(std::io::Cursor::new(bytes.clone())),
        None => return Err(failed(name, "its bytes are missing")),
    };
    // The comment is signed too, so nobody can give the signature to a file of another name.
    let comment = format!("file:{}\tsha256:{}", printable(name), file.subject.sha256);
    if comment.len() > LONGEST_COMMENT {
        return Err(failed(name, "its name is too long"));
    }
    let signed = minisign::sign(None, key, content, Some(&comment), None);
    let signed = signed.map_err(|error| failed(name, error))?;
    Ok(Bytes::from(signed.into_string()))
}

/// The name as a comment may have it: programs refuse any other character.
fn printable(name: &str) -> String {
    match name.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        true => name.to_owned(),
        false => name.escape_default().to_string(),
    }
}

/// The public key that goes with a secret one, and verifies what it signed.
#[derive(Clone)]
pub struct MinisignPublicKey {
    key: PublicKey,
    text: String,
}

impl fmt::Debug for MinisignPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl MinisignPublicKey {
    /// Reads a public key: the line that `minisign -P` takes, or the text of a public key file.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn new(text: &str) -> Result<Self, Error> {
        let line = text.trim().lines().last().unwrap_or_default().trim();
        let key = PublicKey::from_base64(line).map_err(|_| {
            Error::Key(format!(
                "`{}` is not a minisign public key",
                line.escape_debug()
            ))
        })?;
        Ok(Self {
            key,
            text: line.to_owned(),
        })
    }

    /// As `minisign -P` takes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Verifies a signature of a file; the reason in words where it is not one.
    pub(crate) fn verify(
        &self,
        signature: &[u8],
        file: &str,
        content: impl Read + std::io::Seek,
    ) -> Result<(), String> {
        let text = std::str::from_utf8(signature).map_err(|_| "it is not UTF-8".to_owned())?;
        let signature = SignatureBox::from_string(text)
            .map_err(|_| "it is not a minisign signature".to_owned())?;
        minisign::verify(&self.key, &signature, content, true, false, false).map_err(|_| {
            "the key did not sign this file; compare `minisign-public-key` with the key that signs"
                .to_owned()
        })?;
        let comment = signature.trusted_comment().unwrap_or_default();
        let named = comment.split('\t').find_map(|it| it.strip_prefix("file:"));
        match named {
            Some(name) if name != printable(file) => {
                Err(format!("it is the signature of `{}`", name.escape_debug()))
            }
            // Signatures by the program itself may say anything.
            _ => Ok(()),
        }
    }
}
