//! The public commands that do what we do: nobody has to believe this program that a signature is good.

use package_store::SignatureKind;

use crate::endpoints::{GITHUB, SLSA_PROVENANCE};
use crate::{Policy, Verified};

/// A command that verifies a signature of a file, with the signature in a file beside it.
pub fn verify(file: &str, kind: SignatureKind, verified: &Verified, policy: &Policy) -> String {
    let signature = quoted(&format!("{file}.{}", kind.ending()));
    let file = quoted(file);
    let identity = format!(
        "--certificate-identity {} --certificate-oidc-issuer {}",
        quoted(&verified.signer),
        quoted(policy.issuer())
    );
    match kind {
        SignatureKind::Sigstore | SignatureKind::Minisign => {
            format!("cosign verify-blob --bundle {signature} {identity} {file}")
        }
        SignatureKind::Provenance => gh(&file, &signature, SLSA_PROVENANCE, verified, policy),
        SignatureKind::Publish => format!(
            "cosign verify-blob-attestation --bundle {signature} --type {} {identity} {file}",
            crate::endpoints::PUBLISH
        ),
    }
}

/// The attestation of the build. It is not the one of a release: that wants [`release_asset`].
fn gh(file: &str, bundle: &str, kind: &str, verified: &Verified, policy: &Policy) -> String {
    let signer = verified.signer.split('@').next().unwrap_or_default();
    let signer = signer.strip_prefix(GITHUB).unwrap_or(signer);
    format!(
        "gh attestation verify {file} --bundle {bundle} --repo {} --signer-workflow {} --predicate-type {kind}",
        quoted(policy.repository()),
        quoted(signer.trim_start_matches('/')),
    )
}

/// The command for a signature by a key.
pub fn minisign(file: &str, public_key: &str) -> String {
    let signature = format!("{file}.{}", SignatureKind::Minisign.ending());
    format!(
        "minisign -Vm {} -x {} -P {}",
        quoted(file),
        quoted(&signature),
        quoted(public_key)
    )
}

/// The command for GitHub's own attestation of an immutable release; `gh attestation verify` refuses that one.
pub fn release_asset(repository: &str, tag: &str, file: &str) -> String {
    format!(
        "gh release verify-asset {} {} --repo {}",
        quoted(tag),
        quoted(file),
        quoted(repository)
    )
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}
