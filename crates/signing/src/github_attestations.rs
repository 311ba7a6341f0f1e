//! Attestations at GitHub, where `gh attestation verify` finds them by the digest of a file.

use github::{GitHub, path_part};
use package_store::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Error;

/// How handing over an attestation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attested {
    /// GitHub has it now.
    Created,
    /// GitHub had it already.
    Unchanged,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    attestations: Vec<Attestation>,
}

#[derive(Deserialize)]
struct Attestation {
    #[serde(default)]
    bundle: Value,
}

/// A signature is never made twice with the same bytes, so it tells two attestations apart.
fn signature(bundle: &Value) -> Option<&str> {
    bundle.pointer("/dsseEnvelope/signatures/0/sig")?.as_str()
}

fn path(repository: &str, rest: &str) -> String {
    let repository: Vec<String> = repository.split('/').map(path_part).collect();
    format!("/repos/{}/attestations{rest}", repository.join("/"))
}

/// Whether GitHub has this very attestation of a file with this digest.
///
/// # Errors
/// [`Error::GitHub`], and [`Error::Sign`] for a bundle that is no attestation.
pub async fn has(
    api: &GitHub,
    repository: &str,
    sha256: &Digest,
    bundle: &[u8],
) -> Result<bool, Error> {
    let bundle = parse(bundle)?;
    Ok(find(api, repository, sha256, &bundle).await?.is_some())
}

async fn find(
    api: &GitHub,
    repository: &str,
    sha256: &Digest,
    bundle: &Value,
) -> Result<Option<()>, Error> {
    let path = path(repository, &format!("/sha256:{sha256}?per_page=100"));
    let listed: Option<Listed> = api.find(&path).await?;
    let all = listed.map(|it| it.attestations).unwrap_or_default();
    let is_it = |one: &Attestation| signature(&one.bundle) == signature(bundle);
    Ok(all.iter().any(is_it).then_some(()))
}

/// Hands an attestation over, unless GitHub has it.
///
/// # Errors
/// See [`has`]; the token needs `attestations: write`.
pub async fn put(
    api: &GitHub,
    repository: &str,
    sha256: &Digest,
    bundle: &[u8],
) -> Result<Attested, Error> {
    let bundle = parse(bundle)?;
    if find(api, repository, sha256, &bundle).await?.is_some() {
        return Ok(Attested::Unchanged);
    }
    let look = async || {
        let there = find(api, repository, sha256, &bundle).await?;
        Ok::<_, Error>(there.map(|()| Value::Null))
    };
    let body = json!({ "bundle": bundle });
    let made = api.create(&path(repository, ""), &body, look).await;
    made.map(|_: Value| Attested::Created)
}

fn parse(bundle: &[u8]) -> Result<Value, Error> {
    let bundle: Value = serde_json::from_slice(bundle).unwrap_or_default();
    match signature(&bundle).is_some() {
        true => Ok(bundle),
        false => Err(crate::signer::failed(
            "the attestation",
            "it is not a bundle with a signed statement",
        )),
    }
}
