//! Where signatures are: by the package's name and digest, in a folder of their own.

use crate::commit::Commit;
use crate::digest::Digest;
use crate::signature::SignatureKind;

/// Everything that was signed for packages of this name.
pub(crate) fn signatures(commit: &Commit, profile: &str, file: &str) -> String {
    format!("commit/{commit}/signatures/{profile}/{file}/")
}

/// A signature of a package; the digest is the package's, so that none is ever taken for one of other bytes.
pub fn signature(
    commit: &Commit,
    profile: &str,
    file: &str,
    sha256: &Digest,
    kind: SignatureKind,
) -> String {
    let folder = signatures(commit, profile, file);
    format!("{folder}{sha256}.{}", kind.ending())
}
